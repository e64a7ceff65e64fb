//! The document, its reader and its writer.

use crate::event::{BaseImage, Delivery, ImageOutcome, ReasonText, Step, StepOutcome};
use crate::report::file::{WriteError, replace};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The largest record we read, in bytes: some 100,000 images.
const LARGEST: u64 = 256 << 20;

/// The version of the document that this code writes and reads.
pub(super) const VERSION: u32 = 1;

/// What one run did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of this document.
    pub v: u32,
    /// `cooperage`.
    pub tool: String,
    /// The version of the tool.
    pub version: String,
    /// The run's id.
    pub run: String,
    /// When it started, RFC 3339 in UTC.
    pub started: String,
    /// How long it took.
    pub seconds: f64,
    /// The exit code.
    pub exit: u8,
    /// The catalogue's revision, where it is in git.
    pub revision: Option<String>,
    /// Whether files differ from that revision.
    pub dirty: Option<bool>,
    /// What was selected and what that brought along, sorted by name.
    pub images: Vec<ImageRecord>,
}

/// What the run did with one image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// The definition.
    pub name: String,
    /// What the changelog says.
    pub version: String,
    /// Version and stamp.
    pub tag: String,
    /// The reference.
    pub reference: String,
    /// The definition's folder, relative to DIRECTORY.
    pub path: String,
    /// Of the manifest in the registry, where it is there.
    pub digest: Option<String>,
    /// The engine's id, where the engine has it.
    pub image_id: Option<String>,
    /// The hash over what the image is made of.
    pub inputs: Option<String>,
    /// The images from outside it was built on.
    pub bases: Vec<BaseImage>,
    /// buildkit or classic, where it was built.
    pub builder: Option<String>,
    /// How it ended; `None` when the run stopped before.
    pub outcome: Option<ImageOutcome>,
    /// Why.
    pub reason: Option<ReasonText>,
    /// Its steps in the order in which they ended.
    pub steps: Vec<StepRecord>,
    /// Where it is now.
    pub destinations: Vec<Delivery>,
    /// For each step that examined it, how many findings of which severity.
    pub findings: BTreeMap<Step, BTreeMap<String, u64>>,
    /// The digest of the inventory of its packages, where it was scanned.
    pub inventory: Option<String>,
    /// The file that holds its log; lines begin with time and name.
    pub log: Option<String>,
}

/// A step that ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Which.
    pub name: Step,
    /// How.
    pub outcome: StepOutcome,
    /// How long it took.
    pub seconds: f64,
}

/// A record could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file is not there or may not be read.
    #[error("cannot read the run record {path}: {source}; write one with `--record FILE`")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is no record.
    #[error("{path} is not a run record: {source}; write one with `--record FILE`")]
    Document {
        /// Which.
        path: PathBuf,
        /// Where it departs from one, with line and column.
        source: serde_json::Error,
    },
    /// It was written by a later cooperage.
    #[error("the run record {path} has version {found}, this cooperage reads version {VERSION}: use the version that wrote it")]
    Version {
        /// Which.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
}

/// Writes a record so that a reader sees all of it or nothing.
///
/// # Errors
/// When it is not whole on disk.
pub fn write_atomically(path: &Path, record: &RunRecord) -> Result<(), WriteError> {
    const WHAT: &str = "the run record";
    let mut bytes =
        serde_json::to_vec_pretty(record).map_err(|error| WriteError { what: WHAT, path: path.to_owned(), source: error.into() })?;
    bytes.push(b'\n');
    replace(WHAT, path, &bytes)
}

/// Reads a record. Fields of later versions of the tool are passed over.
///
/// # Errors
/// When it cannot be read, is no record, or is of another version.
pub fn read(path: &Path) -> Result<RunRecord, ReadError> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u32,
    }
    let bytes = bytes_of(path).map_err(|source| ReadError::File { path: path.to_owned(), source })?;
    let wrong = |source| ReadError::Document { path: path.to_owned(), source };
    let Versioned { v: found } = serde_json::from_slice(&bytes).map_err(wrong)?;
    if found != VERSION {
        return Err(ReadError::Version { path: path.to_owned(), found });
    }
    serde_json::from_slice(&bytes).map_err(wrong)
}

fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_ends_is_no_record() {
        assert!(matches!(read(Path::new("/dev/zero")), Err(ReadError::File { .. })));
    }

    fn read_text(text: &str) -> Result<RunRecord, ReadError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.json");
        fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn what_was_written_is_read() {
        let image = ImageRecord { name: "python3".into(), outcome: Some(ImageOutcome::Published), ..ImageRecord::default() };
        let record = RunRecord {
            v: VERSION,
            tool: "cooperage".into(),
            version: "0.1.0".into(),
            run: "r".into(),
            started: "2026-08-01T10:00:00Z".into(),
            seconds: 1.5,
            exit: 0,
            revision: None,
            dirty: None,
            images: vec![image],
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.json");
        write_atomically(&path, &record).unwrap();
        assert_eq!(read(&path).unwrap(), record);
    }

    #[test]
    fn refusals_say_what_is_wrong() {
        assert!(matches!(read_text("[]"), Err(ReadError::Document { .. })));
        assert!(matches!(read_text("{\"v\": 1}"), Err(ReadError::Document { .. })));
        assert!(matches!(read_text("{\"v\": 2, \"images\": 7}"), Err(ReadError::Version { found: 2, .. })));
        let error = read(Path::new("/nowhere/record.json")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/record.json") && error.contains("--record"), "{error}");
    }
}
