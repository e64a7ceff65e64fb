//! The journal: what is being written, for the call after one that was killed.

use super::NewBlock;
use super::error::{NotWritten, UpdateWriteError};
use super::file::Changelog;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The journal's name in DIRECTORY.
pub const JOURNAL: &str = ".cooperage-update.json";

/// What was done about an interrupted call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// All its entries were there: they stay.
    Kept {
        /// How many.
        entries: usize,
    },
    /// Some of its entries were there, or none: they are gone.
    TakenBack {
        /// How many there were.
        entries: usize,
        /// How many there were to be.
        of: usize,
    },
}

#[derive(Serialize, Deserialize)]
struct Document {
    v: u32,
    files: Vec<NewBlock>,
}

/// The file in DIRECTORY, there while changelogs are being written.
pub(super) struct Journal(PathBuf);

impl Journal {
    pub(super) fn of(root: &Path) -> Self {
        Self(root.join(JOURNAL))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes down what is going to be, before anything else is written.
    pub(super) fn announce(&self, files: &[NewBlock]) -> Result<(), NotWritten> {
        let write = || fs::write(self.announced(), serde_json::to_vec(&Document { v: 1, files: files.to_vec() })?);
        write().map_err(|source| self.trouble(source))
    }

    /// From here on changelogs change. What was announced must be on disk.
    pub(super) fn begin(&self) -> Result<(), NotWritten> {
        fs::rename(self.announced(), &self.0).map_err(|source| self.trouble(source))
    }

    /// Removes it: what it says is done, or taken back.
    pub(super) fn end(&self) -> Result<(), NotWritten> {
        for file in [&self.0, &self.announced()] {
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(self.trouble(error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn announced(&self) -> PathBuf {
        self.0.with_extension("json.new")
    }

    fn trouble(&self, source: io::Error) -> NotWritten {
        NotWritten::Io { file: self.0.clone(), source }
    }

    /// What an interrupted call left; `None` where there is nothing.
    fn read(&self, file: &Path) -> Result<Option<Vec<NewBlock>>, UpdateWriteError> {
        let damaged = |why: String| UpdateWriteError::Journal { journal: file.to_owned(), why };
        let bytes = match fs::read(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(damaged(error.to_string())),
            Ok(bytes) => bytes,
        };
        let document: Document = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if document.v != 1 {
            return Err(damaged(format!("it was written by another version of cooperage (v {})", document.v)));
        }
        // The file may come from anywhere: it must not lead out of the catalogue.
        let leads_out = |file: &&NewBlock| file.block.is_empty() || !is_below(&file.path);
        match document.files.iter().find(leads_out) {
            Some(file) => Err(damaged(format!("\"{}\" is no folder of a definition", file.path.escape_debug()))),
            None => Ok(Some(document.files)),
        }
    }
}

fn is_below(path: &str) -> bool {
    path == "." || (!path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_))))
}

/// Deals with what an interrupted call left below `root`; `None` where nothing was left. If all its entries are there,
/// they stay; otherwise those that are there are taken back, so that nothing of it remains. What was changed below them
/// in the meantime stays. `boundary` is what links may not leave.
///
/// # Errors
/// When the journal cannot be read or a changelog cannot be written.
pub fn recover(root: &Path, boundary: &Path) -> Result<Option<Recovered>, UpdateWriteError> {
    let journal = Journal::of(root);
    let stuck = |error: NotWritten| UpdateWriteError::Stuck(Box::new(error));
    let boundary = || fs::canonicalize(boundary).map_err(|source| stuck(journal.trouble(source)));
    let Some(files) = journal.read(&journal.0)? else { return forget_announced(&journal, root, boundary).map(|()| None) };
    let boundary = boundary()?;
    let found = find(root, &files, &boundary).map_err(stuck)?;
    let written = found.iter().filter(|entry| entry.is_written).count();
    let recovered = if written == found.len() {
        Recovered::Kept { entries: written }
    } else {
        Recovered::TakenBack { entries: written, of: files.len() }
    };
    match recovered {
        Recovered::Kept { .. } => found.iter().try_for_each(|entry| entry.changelog.clear()).map_err(stuck)?,
        Recovered::TakenBack { .. } => take_back(&found).map_err(stuck)?,
    }
    journal.end().map_err(stuck)?;
    Ok(Some(recovered))
}

/// Clears up after a call that was killed before any changelog changed.
fn forget_announced(
    journal: &Journal,
    root: &Path,
    boundary: impl Fn() -> Result<PathBuf, UpdateWriteError>,
) -> Result<(), UpdateWriteError> {
    let stuck = |error: NotWritten| UpdateWriteError::Stuck(Box::new(error));
    // Where it cannot be read, the machine itself went down early; what stands beside a changelog then harms nobody, and
    // the next update of that changelog replaces it.
    match journal.read(&journal.announced()) {
        Ok(None) => return Ok(()),
        Ok(Some(files)) => {
            let found = find(root, &files, &boundary()?).map_err(stuck)?;
            found.iter().try_for_each(|entry| entry.changelog.clear()).map_err(stuck)?;
        }
        Err(_) => {}
    }
    journal.end().map_err(stuck)
}

/// Takes back what stands of these entries, and removes the journal.
pub(super) fn undo(journal: &Journal, root: &Path, files: &[NewBlock], boundary: &Path) -> Result<(), NotWritten> {
    take_back(&find(root, files, boundary)?)?;
    journal.end()
}

/// An entry of the journal and how far it got.
struct Found<'a> {
    changelog: Changelog,
    block: &'a [u8],
    is_written: bool,
}

/// Looks at every changelog that still exists.
fn find<'a>(root: &Path, files: &'a [NewBlock], boundary: &Path) -> Result<Vec<Found<'a>>, NotWritten> {
    let mut found = Vec::with_capacity(files.len());
    for file in files {
        // The path may come from anywhere, so every part of it is looked at.
        let changelog = match Changelog::resolve(root, &file.path, boundary) {
            Err(NotWritten::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        let block = file.block.as_bytes();
        let is_written = changelog.read()?.starts_with(block);
        found.push(Found { changelog, block, is_written });
    }
    Ok(found)
}

fn take_back(found: &[Found<'_>]) -> Result<(), NotWritten> {
    for entry in found {
        entry.changelog.clear()?;
        if entry.is_written {
            let now = entry.changelog.read()?;
            let old = now.strip_prefix(entry.block).unwrap_or(&now);
            entry.changelog.write_beside(old)?;
            entry.changelog.rename()?;
        }
    }
    Ok(())
}
