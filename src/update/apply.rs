//! Writing all entries, or none.

use super::NewBlock;
use super::error::{NotWritten, UpdateWriteError};
use super::file::Changelog;
use super::journal::{Journal, undo};
use crate::catalog::conflict_mark;
use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// More threads than these wait for each other in the file system.
const MOST_THREADS: usize = 8;
/// Fewer files than these are not worth a thread.
const SMALLEST_SHARE: usize = 64;

/// Entries that can be written, as far as can be told without writing.
pub struct Prepared<'a> {
    root: &'a Path,
    boundary: PathBuf,
    blocks: &'a [NewBlock],
    files: Vec<(Changelog, Vec<u8>)>,
}

/// Looks at every changelog before anything is written. `boundary` is what links may not leave.
///
/// # Errors
/// All changelogs that cannot be written, with the reason: read-only, in conflict, outside of `boundary`.
pub fn prepare<'a>(root: &'a Path, boundary: &Path, blocks: &'a [NewBlock]) -> Result<Prepared<'a>, UpdateWriteError> {
    let no_boundary = |source| UpdateWriteError::Refused(vec![NotWritten::Io { file: boundary.to_owned(), source }]);
    let boundary = fs::canonicalize(boundary).map_err(no_boundary)?;
    let no_root = |source| UpdateWriteError::Refused(vec![NotWritten::Io { file: root.to_owned(), source }]);
    let canonical = fs::canonicalize(root).map_err(no_root)?;
    let (mut files, mut refused, mut seen) = (Vec::with_capacity(blocks.len()), Vec::new(), HashSet::new());
    for looked in side_by_side(blocks, |block| look(root, &canonical, &block.path, &boundary)) {
        match looked {
            Ok((changelog, _)) if !seen.insert(changelog.target.clone()) => refused.push(NotWritten::Shared(changelog.shown)),
            Ok(file) => files.push(file),
            Err(reason) => refused.push(reason),
        }
    }
    if !refused.is_empty() {
        return Err(UpdateWriteError::Refused(refused));
    }
    Ok(Prepared { root, boundary, blocks, files })
}

fn look(root: &Path, canonical: &Path, path: &str, boundary: &Path) -> Result<(Changelog, Vec<u8>), NotWritten> {
    let changelog = Changelog::find(root, canonical, path, boundary)?;
    changelog.check_writable()?;
    let old = changelog.read()?;
    match conflict_mark(&old) {
        Some(line) => Err(NotWritten::Conflict { file: changelog.shown, line }),
        None => Ok((changelog, old)),
    }
}

/// The same work on many files, each of which waits for the disk, on several threads. The order stays.
fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let share = items.len().div_ceil(threads).max(SMALLEST_SHARE);
    std::thread::scope(|scope| {
        let work = &work;
        let parts: Vec<_> = items.chunks(share).map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<R>>())).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

impl Prepared<'_> {
    /// The files that will change, links followed.
    pub fn files(&self) -> Vec<&Path> {
        self.files.iter().map(|(changelog, _)| changelog.target.as_path()).collect()
    }

    /// Writes them.
    ///
    /// # Errors
    /// When one cannot be written; the others are then as they were.
    pub fn write(&self) -> Result<(), UpdateWriteError> {
        let journal = Journal::of(self.root);
        let cause = match self.try_write(&journal) {
            Ok(()) => return Ok(()),
            Err(cause) => Box::new(cause),
        };
        match undo(&journal, self.root, self.blocks, &self.boundary) {
            Ok(()) => Err(UpdateWriteError::TakenBack(cause)),
            Err(undo) => Err(UpdateWriteError::HalfWritten { cause, undo: Box::new(undo), journal: journal.path().to_owned() }),
        }
    }

    fn try_write(&self, journal: &Journal) -> Result<(), NotWritten> {
        journal.announce(self.blocks)?;
        let both: Vec<_> = self.files.iter().zip(self.blocks).collect();
        let write = |((changelog, old), block): &(&(Changelog, Vec<u8>), &NewBlock)| {
            changelog.write_beside(&[block.block.as_bytes(), old].concat())
        };
        side_by_side(&both, write).into_iter().collect::<Result<(), _>>()?;
        self.sync()?;
        journal.begin()?;
        side_by_side(&self.files, |(changelog, _)| changelog.rename()).into_iter().collect::<Result<(), _>>()?;
        journal.end()
    }

    /// One for all: a sync of each of thousands of files would take minutes.
    fn sync(&self) -> Result<(), NotWritten> {
        let folder = File::open(self.root).map_err(|source| NotWritten::Io { file: self.root.to_owned(), source })?;
        rustix::fs::syncfs(&folder).map_err(|error| NotWritten::Io { file: self.root.to_owned(), source: error.into() })
    }
}
