//! Advisories as files in a folder.

use super::{LARGEST, MOST, Taker, is_document};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Folders in folders at most so deep.
const DEEPEST: usize = 16;

/// Shows every document.
pub fn each(folder: &Path, take: &mut Taker<'_>) -> Result<(), String> {
    let mut bytes = Vec::new();
    for (path, data) in files(folder)? {
        let name = path.display().to_string();
        if data.len() > LARGEST {
            take(&name, Err(too_large(data.len())))?;
            continue;
        }
        bytes.clear();
        // A file that grows meanwhile is cut, and then no JSON.
        let read = File::open(&path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
        take(&name, read.map(|_| bytes.as_slice()).map_err(|error| error.to_string()))?;
    }
    Ok(())
}

/// Names, sizes and times of all files.
pub fn stamp(folder: &Path) -> Result<String, String> {
    let mut hash = Sha256::new();
    for (path, data) in files(folder)? {
        hash.update(format!("{}\0{}\0{}.{}\n", path.display(), data.len(), data.mtime(), data.mtime_nsec()));
    }
    Ok(crate::name::Digest::from_hasher(hash).as_str().to_owned())
}

pub(super) fn too_large(size: u64) -> String {
    format!("it has {size} bytes, and at most {LARGEST} are read")
}

/// The documents below a folder, by path; links to folders are not followed.
fn files(folder: &Path) -> Result<Vec<(PathBuf, Metadata)>, String> {
    let wrong = |path: &Path, error: std::io::Error| format!("the advisories in {} cannot be read: {error}", path.display());
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| wrong(&folder, error))? {
            let entry = entry.map_err(|error| wrong(&folder, error))?;
            let kind = entry.file_type().map_err(|error| wrong(&entry.path(), error))?;
            if kind.is_dir() && depth < DEEPEST {
                folders.push((entry.path(), depth + 1));
            } else if !kind.is_dir() && is_document(&entry.file_name().to_string_lossy()) {
                let data = fs::metadata(entry.path()).map_err(|error| wrong(&entry.path(), error))?;
                // Pipes and devices are no documents, and reading one may wait for ever.
                found.extend(data.is_file().then(|| (entry.path(), data)));
            }
            if found.len() > MOST {
                return Err(format!("{} has more than {MOST} advisories", folder.display()));
            }
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(found)
}
