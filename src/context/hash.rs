//! A hash over what a context holds, without copying it.

use super::error::ContextError;
use super::ignore::Ignore;
use super::stage::contents;
use super::walk::{Entry, Kind, read_error};
use crate::name::Digest;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Not hashed at the top of the folder: a `Dockerfile` there is replaced by the rendered one, which the caller hashes;
/// `.git` changes with every commit. The changelog is hashed, because it is sent and `COPY . /` takes it along.
const SKIP: [&str; 2] = ["Dockerfile", ".git"];

/// The first bytes hashed; to be changed with the format.
const FORMAT: &[u8] = b"cooperage context 1\n";

/// A digest over the paths, kinds, executable bits and contents of what [`super::stage`] would copy from `folder`
/// (`docs/context.md` says more). It depends on no time, owner or place.
///
/// # Errors
/// As [`super::stage`].
pub fn content_hash(folder: &Path, boundary: &Path, ignore: &Ignore) -> Result<Digest, ContextError> {
    let mut hasher = Sha256::new_with_prefix(FORMAT);
    for entry in contents(folder, boundary, ignore, &SKIP)? {
        match add(&entry, &mut hasher) {
            Err(ContextError::Read { .. }) if entry.excluded => {}
            other => other?,
        }
    }
    Ok(Digest::from_hasher(hasher))
}

/// Adds kind, length of the path, path and, for files, length and contents: no two lists give the same bytes.
fn add(entry: &Entry, hasher: &mut Sha256) -> Result<(), ContextError> {
    let path = entry.path.as_os_str().as_bytes();
    match &entry.kind {
        Kind::Directory => field(b"d", path, hasher),
        Kind::Link { target } => {
            field(b"l", path, hasher);
            field(b"", target.as_os_str().as_bytes(), hasher);
        }
        Kind::File { executable } => {
            let mut file = File::open(&entry.source).map_err(|source| read_error(&entry.source, source))?;
            let length = file.metadata().map_err(|source| read_error(&entry.source, source))?.len();
            field(if *executable { b"x" } else { b"f" }, path, hasher);
            hasher.update(length.to_le_bytes());
            if contents_of(&mut file, &entry.source, hasher)? != length {
                return Err(ContextError::Changed { path: entry.source.clone() });
            }
        }
    }
    Ok(())
}

fn field(kind: &[u8], text: &[u8], hasher: &mut Sha256) {
    hasher.update(kind);
    hasher.update((text.len() as u64).to_le_bytes());
    hasher.update(text);
}

fn contents_of(file: &mut File, path: &Path, hasher: &mut Sha256) -> Result<u64, ContextError> {
    let mut buffer = vec![0; 64 * 1024];
    let mut total = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                total += count as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(source) => return Err(read_error(path, source)),
        }
    }
}
