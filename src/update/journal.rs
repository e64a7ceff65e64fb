//! The journal: what is being written and what stood there, for the call after one that was killed.

use super::NewBlock;
use super::error::{NotWritten, UpdateWriteError};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Component, Path, PathBuf};

/// The journal's name in DIRECTORY.
pub const JOURNAL: &str = ".cooperage-update.json";

#[derive(Serialize, Deserialize)]
struct Document<'a> {
    v: u32,
    files: Cow<'a, [Record<'a>]>,
}

/// One changelog in the journal.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Record<'a> {
    path: Cow<'a, str>,
    block: Cow<'a, str>,
    old: Old<'a>,
}

/// Old changelogs need not be UTF-8.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Old<'a> {
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

impl<'a> Record<'a> {
    /// `block` is going to stand before `old`.
    pub(super) fn new(block: &'a NewBlock, old: &'a [u8]) -> Self {
        let record = Self { path: Cow::Borrowed(&block.path), block: Cow::Borrowed(&block.block), old: Old::Bytes(Cow::Borrowed(&[])) };
        record.on(Cow::Borrowed(old))
    }

    /// The same with something else below the block.
    pub(super) fn on(self, old: Cow<'a, [u8]>) -> Self {
        let old = match old {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map_or(Old::Bytes(old), |text| Old::Text(Cow::Borrowed(text))),
            Cow::Owned(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Old::Text(Cow::Owned(text)),
                Err(error) => Old::Bytes(Cow::Owned(error.into_bytes())),
            },
        };
        Self { old, ..self }
    }

    /// The definition's folder relative to DIRECTORY.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// What is to stand at the top.
    pub(super) fn block(&self) -> &[u8] {
        self.block.as_bytes()
    }

    /// What stood in the file.
    pub(super) fn old(&self) -> &[u8] {
        match &self.old {
            Old::Text(text) => text.as_bytes(),
            Old::Bytes(bytes) => bytes,
        }
    }
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

    /// A file that counts for nothing, and that the next call removes: the journal until it is whole.
    pub(super) fn draft(&self) -> PathBuf {
        self.0.with_extension("json.new")
    }

    /// Puts down what is going to be. When this returns, all of it is on disk under its name.
    pub(super) fn begin(&self, files: &[Record<'_>]) -> Result<(), NotWritten> {
        let write = || {
            let mut file = BufWriter::new(File::create(self.draft())?);
            serde_json::to_writer(&mut file, &Document { v: 2, files: Cow::Borrowed(files) })?;
            file.flush()?;
            file.get_ref().sync_all()?;
            fs::rename(self.draft(), &self.0)?;
            self.sync_folder()
        };
        write().map_err(|source| self.trouble(source))
    }

    /// Removes it: what it says is done and on disk, or taken back. It does not come back when the power fails.
    pub(super) fn end(&self) -> Result<(), NotWritten> {
        let mut removed = false;
        for file in [&self.0, &self.draft()] {
            match fs::remove_file(file) {
                Ok(()) => removed = true,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(self.trouble(error)),
            }
        }
        if removed { self.sync_folder().map_err(|source| self.trouble(source)) } else { Ok(()) }
    }

    fn sync_folder(&self) -> io::Result<()> {
        File::open(self.0.parent().unwrap_or(Path::new("/")))?.sync_all()
    }

    pub(super) fn trouble(&self, source: io::Error) -> NotWritten {
        NotWritten::Io { file: self.0.clone(), source }
    }

    /// What an interrupted call left; `None` where there is nothing.
    pub(super) fn read(&self) -> Result<Option<Vec<Record<'static>>>, UpdateWriteError> {
        let damaged = |why: String| UpdateWriteError::Journal { journal: self.0.clone(), why };
        let bytes = match fs::read(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(damaged(error.to_string())),
            Ok(bytes) => bytes,
        };
        let document: Document<'static> = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if document.v != 2 {
            return Err(damaged(format!("it was written by another version of cooperage (v {})", document.v)));
        }
        // The file may come from anywhere: it must not lead out of the catalogue.
        let leads_out = |file: &&Record<'_>| file.block.is_empty() || !is_below(&file.path);
        match document.files.iter().find(leads_out) {
            Some(file) => Err(damaged(format!("\"{}\" is no folder of a definition", file.path.escape_debug()))),
            None => Ok(Some(document.files.into_owned())),
        }
    }
}

fn is_below(path: &str) -> bool {
    path == "." || (!path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_))))
}
