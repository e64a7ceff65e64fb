//! Reads one layer in one pass, whatever the scanners want of it. Blocks.
//!
//! Memory stays flat: large files that are kept or examined go through a temporary folder, and there is a limit to everything
//! that a hostile layer could make grow.

mod digests;
mod error;
mod keep;
mod links;
mod plain;

pub use error::ReadError;
pub(super) use links::Folders;
pub(super) use plain::Plain;

use super::interest::Interest;
use super::{FileRecord, LayerRecord};
use crate::archive::Packing;
use crate::layers::{Entry, Kind, is_too_long, layer};
use keep::Keeper;
use links::fill_hard_links;
use std::io::Read;
use std::path::Path;

/// How much a layer may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Files, folders, links.
    pub files: usize,
    /// Bytes of all paths.
    pub names: usize,
    /// Folders of all paths, as far as a path does not share them with the one before it: each is remembered later.
    pub folders: usize,
    /// Bytes of the plain tar.
    pub bytes: u64,
    /// Bytes of one file that is kept or examined.
    pub content: u64,
    /// Bytes of all that are kept.
    pub contents: u64,
    /// Bytes of a file with holes that is gone through.
    pub sparse: u64,
}

impl Limits {
    /// The usual ones.
    pub const USUAL: Self = Self {
        files: 1_000_000,
        names: 128 << 20,
        folders: 4_000_000,
        bytes: 64 << 30,
        content: 512 << 20,
        contents: 1 << 30,
        sparse: 1 << 30,
    };
}

/// Reads a layer to its end; what is large goes into a folder in `spool`.
///
/// # Errors
/// When it breaks off, is no tar, or holds more than a layer may.
pub(super) fn read(from: impl Read, packing: Packing, spool: &Path, interest: &Interest, limits: Limits) -> Result<LayerRecord, ReadError> {
    let mut plain = Plain::new(packing.open(from), limits.bytes);
    let mut reading = Reading {
        keeper: Keeper::new(spool, interest, limits),
        folders: Folders::default(),
        limits,
        names: 0,
        parts: 0,
        last: String::new(),
    };
    layer(&mut plain, &mut |entry, content| reading.take(entry, content))?;
    let mut record = reading.keeper.finish();
    let (diff_id, bytes) = plain.finish();
    (record.diff_id, record.bytes) = (Some(diff_id), bytes);
    fill_hard_links(&mut record.files);
    Ok(record)
}

/// A layer that is being read.
struct Reading<'a> {
    keeper: Keeper<'a>,
    folders: Folders,
    limits: Limits,
    names: usize,
    parts: usize,
    /// The path before this one.
    last: String,
}

impl Reading<'_> {
    /// Refuses one that is too much.
    fn weigh(&mut self, path: &str, kind: &Kind) -> Result<(), ReadError> {
        self.names += path.len();
        if let Kind::Link(text) | Kind::HardLink(text) = kind {
            self.names += text.len();
        }
        let shared = path.bytes().zip(self.last.bytes()).take_while(|(one, other)| one == other).count();
        self.parts += path.bytes().skip(shared).filter(|byte| *byte == b'/').count();
        path.clone_into(&mut self.last);
        let Limits { files, names, folders, .. } = self.limits;
        if self.keeper.files() >= files || self.names > names || self.parts > folders {
            return Err(ReadError::TooMuch { files, names, folders });
        }
        Ok(())
    }

    fn take(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<(), ReadError> {
        let path = self.folders.real(&entry.path);
        if is_too_long(&path) {
            // Links of the layer made it so.
            let text = format!("{} leads to a path that is longer than any", entry.path.escape_debug());
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, text).into());
        }
        self.weigh(&path, &entry.kind)?;
        self.folders.note(&path, &entry.kind);
        let mut file = FileRecord {
            path,
            kind: entry.kind.clone(),
            stat: entry.stat,
            device: entry.device,
            capabilities: entry.capabilities.clone(),
            ..FileRecord::default()
        };
        if entry.kind == Kind::File {
            self.keeper.file(&mut file, entry.stored, content)?;
        }
        self.keeper.add(file);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
