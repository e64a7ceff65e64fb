//! What gc remembers: registries do not tell how old a tag is, so it writes down when it saw each for the first time.
//!
//! One file, changed under a lock and written whole. Losing it loses nothing but time: everything counts as new again.

use super::facts::Facts;
use crate::name::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The form of the file: 1.
    pub v: u32,
    /// Tags by repository.
    pub tags: BTreeMap<String, BTreeMap<String, Seen>>,
    /// What manifests said.
    pub facts: BTreeMap<Digest, Facts>,
}

/// What is remembered of a tag. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// When it was first seen, with the digest below.
    pub first: i64,
    /// What it held when somebody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Since when it is marked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked: Option<i64>,
}

/// Why the record cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The system said no.
    #[error("the record of gc {} cannot be used: {source}; name another with --state", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The file, with the right to change it; let go when it is dropped or the process ends.
#[derive(Debug)]
pub struct RecordFile {
    path: PathBuf,
    /// The lock lives as long as the open file.
    _lock: File,
}

impl RecordFile {
    /// Takes the lock beside the file; `None` while somebody else has it.
    ///
    /// # Errors
    /// When the folder or the lock cannot be made.
    pub fn try_lock(path: &Path) -> Result<Option<Self>, RecordError> {
        let wrong = |source| RecordError::Io { path: path.to_owned(), source };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(wrong)?;
        }
        let mut beside = path.as_os_str().to_owned();
        beside.push(".lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&beside).map_err(wrong)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { path: path.to_owned(), _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(wrong(source)),
        }
    }

    /// Reads it; an empty one where there is none. One that is damaged is put aside, and where it is then is told.
    ///
    /// # Errors
    /// When it cannot be read, or not be put aside.
    pub fn read(&self) -> Result<(Record, Option<PathBuf>), RecordError> {
        let fresh = || Record { v: 1, ..Record::default() };
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((fresh(), None)),
            Err(source) => return Err(self.wrong(source)),
        };
        match serde_json::from_slice::<Record>(&bytes) {
            Ok(record) if record.v == 1 => Ok((record, None)),
            _ => {
                let mut aside = self.path.as_os_str().to_owned();
                aside.push(".damaged");
                fs::rename(&self.path, &aside).map_err(|source| self.wrong(source))?;
                Ok((fresh(), Some(aside.into())))
            }
        }
    }

    /// Writes it whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, record: &Record) -> Result<(), RecordError> {
        self.try_write(record).map_err(|source| self.wrong(source))
    }

    fn try_write(&self, record: &Record) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = NamedTempFile::new_in(folder)?;
        let mut bytes = serde_json::to_vec(record)?;
        bytes.push(b'\n');
        file.write_all(&bytes)?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        // Some file systems refuse to sync a folder, which loses at most this one change.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    }

    fn wrong(&self, source: io::Error) -> RecordError {
        RecordError::Io { path: self.path.clone(), source }
    }
}
