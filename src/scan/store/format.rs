//! How a record stands in its folder: one file with everything that is small, and one for each content that is large.

use crate::name::Digest;
use crate::scan::{Content, Embedded, FileRecord, LayerRecord, Leak};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What stands in front, with the rules behind it.
const MARK: &[u8] = b"cooperage layer 2\n";
const DIGEST: usize = 32;

/// The most bytes of what is small of a record.
const LARGEST: u64 = 1 << 30;

/// A record without its contents.
#[derive(Serialize, Deserialize)]
struct Stored {
    diff_id: Digest,
    bytes: u64,
    files: Vec<FileRecord>,
    contents: Vec<(String, Kept)>,
    embedded: Vec<Embedded>,
    leaks: Vec<Leak>,
}

/// Where a content stands.
#[derive(Serialize, Deserialize)]
enum Kept {
    /// So many bytes, behind those before.
    Here(u64),
    /// In the file with its number, with this digest.
    Beside([u8; DIGEST]),
    /// Nowhere.
    TooLarge(u64),
}

/// The files of one record.
pub struct Files<'a> {
    folder: &'a Path,
}

impl<'a> Files<'a> {
    pub fn in_folder(folder: &'a Path) -> Self {
        Self { folder }
    }

    /// The file with everything that is small.
    pub fn record(&self) -> PathBuf {
        self.folder.join("record")
    }

    fn beside(&self, number: usize) -> PathBuf {
        self.folder.join(number.to_string())
    }

    pub fn write(&self, diff_id: &Digest, record: &LayerRecord) -> io::Result<()> {
        let mut contents = Vec::with_capacity(record.contents.len());
        for (number, (path, content)) in record.contents.iter().enumerate() {
            contents.push((path.clone(), self.write_beside(number, content)?));
        }
        let stored = Stored {
            diff_id: diff_id.clone(),
            bytes: record.bytes,
            files: record.files.clone(),
            contents,
            embedded: record.embedded.clone(),
            leaks: record.leaks.clone(),
        };
        let text = postcard::to_allocvec(&stored).map_err(io::Error::other)?;
        drop(stored);
        let length = (text.len() as u64).to_le_bytes();
        let held = record.contents.iter().filter_map(|(_, content)| match content {
            Content::Held(bytes) => Some(bytes.as_ref()),
            _ => None,
        });
        let parts: Vec<&[u8]> = [length.as_slice(), &text].into_iter().chain(held).collect();
        let mut hasher = Sha256::new();
        parts.iter().for_each(|part| hasher.update(part));
        let mut file = File::create_new(self.record())?;
        file.write_all(MARK)?;
        file.write_all(&hasher.finalize())?;
        parts.iter().try_for_each(|part| file.write_all(part))
    }

    fn write_beside(&self, number: usize, content: &Content) -> io::Result<Kept> {
        Ok(match content {
            Content::Held(bytes) => Kept::Here(bytes.len() as u64),
            Content::TooLarge(size) => Kept::TooLarge(*size),
            Content::Spooled(path) => {
                link(path, &self.beside(number))?;
                Kept::Beside(digest_of(path)?)
            }
        })
    }

    /// None: there is no record, or it cannot be believed. Large contents are linked into a folder in `work`, so that they
    /// stay while they are used.
    pub fn read(&self, diff_id: &Digest, work: &Path) -> Option<LayerRecord> {
        let (stored, mut held) = self.checked()?;
        if stored.diff_id != *diff_id {
            return None;
        }
        let mut record = LayerRecord {
            diff_id: Some(stored.diff_id),
            bytes: stored.bytes,
            files: stored.files,
            embedded: stored.embedded,
            leaks: stored.leaks,
            ..LayerRecord::default()
        };
        for (number, (path, kept)) in stored.contents.into_iter().enumerate() {
            let content = match kept {
                Kept::TooLarge(size) => Content::TooLarge(size),
                Kept::Here(bytes) => {
                    let bytes = usize::try_from(bytes).ok().filter(|bytes| *bytes <= held.len())?;
                    Content::Held(held.split_to(bytes))
                }
                Kept::Beside(digest) => self.borrow(number, digest, &mut record, work)?,
            };
            record.contents.push((path, content));
        }
        Some(record)
    }

    /// The record and the contents behind it, if the digest is right.
    fn checked(&self) -> Option<(Stored, Bytes)> {
        let mut text = Vec::new();
        File::open(self.record()).ok()?.take(LARGEST).read_to_end(&mut text).ok()?;
        let mut text = Bytes::from(text);
        let head = MARK.len() + DIGEST;
        if text.len() < head + 8 || !text.starts_with(MARK) {
            return None;
        }
        let digest = text.split_to(head).slice(MARK.len()..);
        if Sha256::digest(&text)[..] != digest[..] {
            return None;
        }
        let length = u64::from_le_bytes(text.split_to(8).as_ref().try_into().ok()?);
        let length = usize::try_from(length).ok().filter(|length| *length <= text.len())?;
        let stored = postcard::from_bytes(&text.split_to(length)).ok()?;
        // What is held has its own memory, so that the rest goes.
        Some((stored, Bytes::copy_from_slice(&text)))
    }

    fn borrow(&self, number: usize, digest: [u8; DIGEST], record: &mut LayerRecord, work: &Path) -> Option<Content> {
        if record.spool.is_none() {
            record.spool = Some(Arc::new(tempfile::Builder::new().prefix("layer-").tempdir_in(work).ok()?));
        }
        let to = record.spool.as_ref()?.path().join(number.to_string());
        link(&self.beside(number), &to).ok()?;
        (digest_of(&to).ok()? == digest).then_some(Content::Spooled(to))
    }
}

/// Another name of a file, or a copy where that is not possible.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop))
}

fn digest_of(path: &Path) -> io::Result<[u8; DIGEST]> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path)?;
    let mut piece = vec![0; 64 << 10];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hasher.finalize().into()),
            read => hasher.update(&piece[..read]),
        }
    }
}
