//! What is kept of a layer once it was read; it does not depend on the image, so it serves every image with that layer.

use super::Package;
use crate::layers::{Device, Kind, Stat};
use crate::name::Digest;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// What one layer holds.
#[derive(Clone, Debug, Default)]
pub struct LayerRecord {
    /// The digest of its plain tar.
    pub diff_id: Option<Digest>,
    /// How many bytes that tar has.
    pub bytes: u64,
    /// Everything in it, whiteouts included, in the order it came; a path that comes twice counts the last time.
    pub files: Vec<FileRecord>,
    /// Contents that scanners look at, by path.
    pub contents: Vec<(String, Content)>,
    /// Packages in the files themselves: programs, archives.
    pub embedded: Vec<Embedded>,
    /// What looks like a secret in a file.
    pub leaks: Vec<Leak>,
    /// The folder of [`Content::Spooled`], which goes when nobody has this record any more.
    pub spool: Option<Arc<TempDir>>,
}

/// A file, folder, link or device of a layer.
///
/// Of a hard link to a file of the same layer, everything but the kind is that file's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// A clean path.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Its permissions, owner, size and time.
    pub stat: Stat,
    /// Which device it is.
    pub device: Option<Device>,
    /// MD5 of a file's bytes, as dpkg and old RPMs record it. None of a file with holes that is too large to go through.
    pub md5: Option<[u8; 16]>,
    /// SHA-256 of a file's bytes, where there is an MD5.
    pub sha256: Option<[u8; 32]>,
    /// The attribute `security.capability`, as the kernel stores it.
    pub capabilities: Option<Vec<u8>>,
}

/// Bytes of a file.
#[derive(Clone, Debug)]
pub enum Content {
    /// In memory.
    Held(Bytes),
    /// In a file of ours.
    Spooled(PathBuf),
    /// Too large to keep; its size.
    TooLarge(u64),
}

/// Packages that a program or an archive holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embedded {
    /// The file.
    pub path: String,
    /// What is in it; the layer's number is not known here and 0.
    pub packages: Vec<Package>,
    /// Why it could not be read to its end.
    pub trouble: Option<String>,
}

/// Something in a file that looks like a secret. The secret itself is nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leak {
    /// The file.
    pub path: String,
    /// The rule of the table of secrets.
    pub rule: String,
    /// The line, from 1.
    pub line: usize,
}
