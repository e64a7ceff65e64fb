//! The journal: which tags a run is about to move, for the call after one that was killed.
//!
//! One JSON document a line. What is planned is on disk before the first tag moves, and what is done is noted behind
//! it. Nothing here asks a registry: the journal says what a tag held and what it shall hold, and [`settle`] says what
//! that means beside what stands there now. A lost journal loses nothing, because the next run compares floating tags
//! with the versions they should follow.

mod line;
mod place;

pub use line::{Entry, Kind};
pub use place::Place;

use crate::name::Digest;
use line::Line;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The largest journal we read, in bytes: some 100,000 tags.
const LARGEST: u64 = 64 << 20;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It cannot be read, written or removed.
    #[error("the journal {path} cannot be {what}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// read, written or removed.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// It holds something that no run wrote there.
    #[error(
        "the journal {path} is damaged in line {line} ({why}), so nothing of it is done; `cooperage publish` brings the tags in line without it"
    )]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        why: String,
    },
}

/// The journal of a run that moves tags.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Writes down what is going to be moved. When this returns, it is on disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(place: &Place, entries: &[Entry]) -> Result<Self, JournalError> {
        let path = place.own();
        let begin = || {
            let mut file = place.create()?;
            let lines: Vec<u8> = entries.iter().flat_map(|entry| Line::Move(entry.clone()).bytes()).collect();
            file.write_all(&lines)?;
            file.sync_all()?;
            place.announce()?;
            Ok(file)
        };
        match begin() {
            Ok(file) => Ok(Self { path: path.to_owned(), file }),
            Err(source) => Err(JournalError::File { path: path.to_owned(), what: "written", source }),
        }
    }

    /// Goes on with a journal that an earlier run left.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn resume(place: &Place) -> Result<Self, JournalError> {
        let path = place.own().to_owned();
        let resume = || {
            // What a kill cut off stands behind the last line end; the next line must not run on from there.
            let bytes = fs::read(&path)?;
            let file = File::options().append(true).open(&path)?;
            file.set_len(whole_lines(&bytes).len() as u64)?;
            Ok(file)
        };
        match resume() {
            Ok(file) => Ok(Self { path, file }),
            Err(source) => Err(JournalError::File { path, what: "written", source }),
        }
    }

    /// Notes that a tag stands where it should.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn done(&mut self, location: &str) -> Result<(), JournalError> {
        let line = Line::Done { v: line::VERSION, location: location.to_owned() }.bytes();
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        written.map_err(|source| JournalError::File { path: self.path.clone(), what: "written", source })
    }
}

/// What a run left unfinished at a place, in the order in which it was to be done; `None` where there is no journal.
///
/// # Errors
/// When the journal cannot be read, or is damaged. A last line without its end is no damage: the run was killed while
/// it wrote, and nothing was moved for it.
pub fn unfinished(path: &Path) -> Result<Option<Vec<Entry>>, JournalError> {
    Ok(read(path)?.map(|(mut entries, done)| {
        entries.retain(|entry| !done.contains(&entry.location));
        entries
    }))
}

/// All that a run was about to do, also what is done; `None` where there is no journal.
///
/// # Errors
/// When the journal cannot be read, or is damaged.
pub fn planned(path: &Path) -> Result<Option<Vec<Entry>>, JournalError> {
    Ok(read(path)?.map(|(entries, _)| entries))
}

fn read(path: &Path) -> Result<Option<Lines>, JournalError> {
    let file = |source| JournalError::File { path: path.to_owned(), what: "read", source };
    let mut bytes = Vec::new();
    match File::open(path).and_then(|journal| journal.take(LARGEST + 1).read_to_end(&mut bytes)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file(error)),
        Ok(_) if bytes.len() as u64 > LARGEST => return Err(file(io::ErrorKind::FileTooLarge.into())),
        Ok(_) => {}
    }
    parse(whole_lines(&bytes)).map(Some).map_err(|(line, why)| JournalError::Damaged { path: path.to_owned(), line, why })
}

fn whole_lines(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)]
}

/// Removes a journal whose tags are all settled.
///
/// # Errors
/// When it cannot be removed.
pub fn forget(place: &Place) -> Result<(), JournalError> {
    place.remove().map_err(|(path, source)| JournalError::File { path, what: "removed", source })
}

/// Everything that was planned, and the locations that are done.
type Lines = (Vec<Entry>, BTreeSet<String>);

fn parse(bytes: &[u8]) -> Result<Lines, (usize, String)> {
    let (mut entries, mut done): (Vec<Entry>, BTreeSet<String>) = Default::default();
    for (at, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        match Line::read(line).map_err(|why| (at + 1, why))? {
            Line::Move(entry) if entries.iter().any(|known| known.location == entry.location) => {
                return Err((at + 1, format!("{} stands there twice", entry.location)));
            }
            Line::Move(entry) => entries.push(entry),
            Line::Done { location, .. } if entries.iter().any(|known| known.location == location) => {
                done.insert(location);
            }
            Line::Done { location, .. } => return Err((at + 1, format!("{location} was never to be moved"))),
        }
    }
    Ok((entries, done))
}

/// What is to be done about a tag that a killed run was to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settle {
    /// It still holds what the run saw: it is moved.
    Move,
    /// It holds what it should.
    Done,
    /// Somebody else moved it since: it is left alone.
    Left,
}

/// Decides about one tag; `held` is what stands there now.
pub fn settle(entry: &Entry, held: Option<&Digest>) -> Settle {
    match (held, entry.from.as_ref()) {
        (Some(held), _) if *held == entry.to => Settle::Done,
        (held, from) if held == from => Settle::Move,
        _ => Settle::Left,
    }
}

#[cfg(test)]
mod tests;
