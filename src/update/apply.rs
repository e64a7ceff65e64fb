//! Writing all entries, or none.

use super::NewBlock;
use super::error::{NotWritten, UpdateWriteError};
use super::file::{Changelog, Content};
use super::journal::{Journal, Record};
use super::recovery::undo;
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
    files: Vec<(Changelog, Content)>,
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

fn look(root: &Path, canonical: &Path, path: &str, boundary: &Path) -> Result<(Changelog, Content), NotWritten> {
    let changelog = Changelog::find(root, canonical, path, boundary)?;
    let old = changelog.read()?;
    changelog.check_writable(&old)?;
    match conflict_mark(&old.bytes) {
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
        match undo(&journal, self.root, &self.boundary) {
            Ok(()) => Err(UpdateWriteError::TakenBack(cause)),
            Err(undo) => Err(UpdateWriteError::HalfWritten { cause, undo: Box::new(undo), journal: journal.path().to_owned() }),
        }
    }

    fn try_write(&self, journal: &Journal) -> Result<(), NotWritten> {
        let separate =
            |(changelog, old): &(Changelog, Content)| old.has_other_names().then(|| changelog.separate(old, &journal.draft())).transpose();
        let separated = self.files.iter().map(separate).collect::<Result<Vec<_>, _>>()?;
        let current = self.files.iter().zip(&separated).map(|((changelog, old), new)| (changelog, new.as_ref().unwrap_or(old)));
        let all: Vec<_> = current.zip(self.blocks).collect();
        let records: Vec<Record<'_>> = all.iter().map(|((_, old), block)| Record::new(block, &old.bytes)).collect();
        journal.begin(&records)?;
        let write = |((changelog, old), block): &((&Changelog, &Content), &NewBlock)| {
            changelog.write(old, &[block.block.as_bytes(), &old.bytes].concat())
        };
        side_by_side(&all, write).into_iter().collect::<Result<(), _>>()?;
        sync(all.iter().map(|(file, _)| *file))?;
        journal.end()
    }
}

/// One for all: a sync of each of thousands of files would take minutes. One for each file system, where links or mounts
/// lead to several.
pub(super) fn sync<'a>(files: impl Iterator<Item = (&'a Changelog, &'a Content)>) -> Result<(), NotWritten> {
    let mut synced = HashSet::new();
    for (changelog, _) in files.filter(|(_, content)| synced.insert(content.device())) {
        let file = File::open(&changelog.target).map_err(|source| changelog.trouble(source))?;
        rustix::fs::syncfs(&file).map_err(|error| changelog.trouble(error.into()))?;
    }
    Ok(())
}
