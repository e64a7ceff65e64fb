//! Goes through the bytes of each file once: digests, what is kept, what is examined.

use super::digests::Digests;
use super::{Limits, ReadError};
use crate::scan::interest::{Interest, Seekable};
use crate::scan::{Content, Embedded, FileRecord, LayerRecord};
use bytes::Bytes;
use std::fs::File;
use std::io::{Cursor, Read, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file of at most so many bytes goes through memory as a whole.
const WHOLE: u64 = 2 << 20;
/// A larger one comes in pieces of this size.
const PIECE: usize = 64 << 10;
/// A file of at most so many bytes is kept in memory, as long as there are no more than [`HELD`] of them all.
const SMALL: usize = 256 << 10;
const HELD: usize = 16 << 20;
/// A file of at most so many bytes is looked through for secrets.
const TEXT: usize = 1 << 20;

/// What is made of a layer.
pub struct Keeper<'a> {
    interest: &'a Interest,
    limits: Limits,
    record: LayerRecord,
    spool: &'a Path,
    /// Room for one file or piece.
    room: Vec<u8>,
    held: usize,
    kept: u64,
}

impl<'a> Keeper<'a> {
    pub fn new(spool: &'a Path, interest: &'a Interest, limits: Limits) -> Self {
        Self { interest, limits, record: LayerRecord::default(), spool, room: Vec::new(), held: 0, kept: 0 }
    }

    /// How many there are so far.
    pub fn files(&self) -> usize {
        self.record.files.len()
    }

    pub fn add(&mut self, file: FileRecord) {
        self.record.files.push(file);
    }

    pub fn finish(mut self) -> LayerRecord {
        self.record.files.shrink_to_fit();
        self.record
    }

    /// Goes through a file.
    pub fn file(&mut self, file: &mut FileRecord, stored: u64, content: &mut dyn Read) -> Result<(), ReadError> {
        let wanted = self.interest.wants(&file.path);
        if file.stat.size > self.limits.sparse && file.stat.size > stored {
            // Zeros without end.
            if wanted {
                self.record.contents.push((file.path.clone(), Content::TooLarge(file.stat.size)));
            }
            return self.holey(file, content);
        }
        if file.stat.size <= WHOLE { self.whole(file, wanted, content) } else { self.pieces(file, wanted, content) }
    }

    /// Only the beginning is looked at: whether somebody should know that the rest was not.
    fn holey(&mut self, file: &FileRecord, content: &mut dyn Read) -> Result<(), ReadError> {
        let mut head = vec![0; PIECE];
        let filled = read_full(content, &mut head)?;
        if (self.interest.examines)(&file.path, &head[..filled]) {
            self.not_examined(file);
        }
        Ok(())
    }

    fn not_examined(&mut self, file: &FileRecord) {
        let trouble = Some(format!("it has {} bytes, more than is examined", file.stat.size));
        self.record.embedded.push(Embedded { path: file.path.clone(), packages: Vec::new(), trouble });
    }

    fn whole(&mut self, file: &mut FileRecord, wanted: bool, content: &mut dyn Read) -> Result<(), ReadError> {
        let mut room = std::mem::take(&mut self.room);
        room.clear();
        content.read_to_end(&mut room)?;
        let mut digests = Digests::default();
        digests.update(&room);
        put(file, digests);
        if (self.interest.examines)(&file.path, &room) {
            self.examine(&file.path, &mut Cursor::new(room.as_slice()));
        }
        if room.len() <= TEXT {
            self.record.leaks.extend(self.interest.leaks.iter().flat_map(|leaks| leaks(&file.path, &room)));
        }
        if wanted {
            let kept = self.keep(&room)?;
            self.record.contents.push((file.path.clone(), kept));
        }
        self.room = room;
        Ok(())
    }

    fn pieces(&mut self, file: &mut FileRecord, wanted: bool, content: &mut dyn Read) -> Result<(), ReadError> {
        let mut room = std::mem::take(&mut self.room);
        room.resize(PIECE, 0);
        let mut filled = read_full(content, &mut room)?;
        let examined = (self.interest.examines)(&file.path, &room[..filled]);
        let fits = file.stat.size <= self.limits.content;
        let mut copy = if fits && (wanted || examined) { Some(self.copy()?) } else { None };
        let mut digests = Digests::default();
        while filled > 0 {
            digests.update(&room[..filled]);
            if let Some((_, copy)) = &mut copy {
                copy.write_all(&room[..filled]).map_err(|error| self.no_place(&error))?;
            }
            filled = read_full(content, &mut room)?;
        }
        self.room = room;
        put(file, digests);
        if examined && !fits {
            self.not_examined(file);
        }
        if let (Some((path, copy)), true) = (&mut copy, examined) {
            copy.rewind().map_err(|error| self.no_place(&error))?;
            self.examine(&file.path, copy);
            if !wanted {
                // The folder goes in any case.
                let _ = std::fs::remove_file(path);
            }
        }
        if wanted {
            let kept = match copy {
                Some((path, _)) if self.has_place(file.stat.size) => Content::Spooled(path),
                _ => Content::TooLarge(file.stat.size),
            };
            self.record.contents.push((file.path.clone(), kept));
        }
        Ok(())
    }

    fn examine(&mut self, path: &str, file: &mut dyn Seekable) {
        let found = (self.interest.examine)(path, file);
        if !found.packages.is_empty() || found.trouble.is_some() {
            self.record.embedded.push(found);
        }
    }

    /// Keeps bytes that came as a whole.
    fn keep(&mut self, bytes: &[u8]) -> Result<Content, ReadError> {
        if bytes.len() <= SMALL && self.held + bytes.len() <= HELD {
            self.held += bytes.len();
            return Ok(Content::Held(Bytes::copy_from_slice(bytes)));
        }
        if !self.has_place(bytes.len() as u64) {
            return Ok(Content::TooLarge(bytes.len() as u64));
        }
        let (path, mut copy) = self.copy()?;
        copy.write_all(bytes).map_err(|error| self.no_place(&error))?;
        Ok(Content::Spooled(path))
    }

    fn has_place(&mut self, bytes: u64) -> bool {
        self.kept = self.kept.saturating_add(bytes);
        self.kept <= self.limits.contents
    }

    /// A file of ours.
    fn copy(&mut self) -> Result<(PathBuf, File), ReadError> {
        if self.record.spool.is_none() {
            let folder = tempfile::Builder::new().prefix("layer-").tempdir_in(self.spool).map_err(|error| self.no_place(&error))?;
            self.record.spool = Some(Arc::new(folder));
        }
        let folder = self.record.spool.as_ref().map_or(self.spool, |folder| folder.path());
        let path = folder.join(self.record.files.len().to_string());
        let file = File::options().read(true).write(true).create_new(true).open(&path).map_err(|error| self.no_place(&error))?;
        Ok((path, file))
    }

    fn no_place(&self, error: &std::io::Error) -> ReadError {
        ReadError::Spool { folder: self.spool.display().to_string(), reason: error.to_string() }
    }
}

fn put(file: &mut FileRecord, digests: Digests) {
    let (md5, sha256) = digests.finish();
    (file.md5, file.sha256) = (Some(md5), Some(sha256));
}

/// Fills the room as far as there are bytes.
fn read_full(from: &mut dyn Read, room: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < room.len() {
        match from.read(&mut room[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
