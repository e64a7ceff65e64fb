//! Puts new entries before changelogs: all of them or none.
//!
//! What is to be written is put into a journal in DIRECTORY, every new file is written beside the old one, one sync puts
//! all of it on disk, the journal takes its name, and the files are renamed. A call that was killed leaves the journal: the next one takes back what
//! was written, or keeps it where nothing was missing ([`recover`]). Whoever calls this room holds the lock on DIRECTORY.
//! It decides nothing about versions and texts, and asks neither engine, registry nor git.

mod apply;
mod error;
mod file;
mod journal;

#[cfg(test)]
mod tests;

pub use apply::{Prepared, prepare};
pub use error::{NotWritten, UpdateWriteError};
pub use journal::{JOURNAL, Recovered, recover};

/// A block that is to stand at the top of a changelog.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NewBlock {
    /// The definition's folder relative to DIRECTORY, `.` for DIRECTORY itself.
    pub path: String,
    /// The text, blank line included.
    pub block: String,
}
