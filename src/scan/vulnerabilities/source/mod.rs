//! Where advisories come from: folders and zip files of JSON documents, read one by one.

mod folder;
mod zip;

use std::fs::File;
use std::path::{Path, PathBuf};

/// The most bytes of one advisory.
const LARGEST: u64 = 16 << 20;
/// The most documents of one set, and their bytes in all.
const MOST: usize = 2_000_000;
const MOST_BYTES: u64 = 16 << 30;

/// A set of advisories.
#[derive(Debug)]
pub enum Source {
    /// A folder, with everything below it.
    Folder(PathBuf),
    /// A zip file.
    Zip(File),
}

/// Takes the documents of a set, each with its name, or with why it cannot be read.
pub type Taker<'a> = dyn FnMut(&str, Result<&[u8], String>) -> Result<(), String> + 'a;

impl Source {
    /// What a path of the configuration names.
    ///
    /// # Errors
    /// When there is nothing.
    pub fn open(path: &Path) -> Result<Self, String> {
        let wrong = |error: std::io::Error| format!("the advisories of {} cannot be read: {error}", path.display());
        let kind = std::fs::metadata(path).map_err(wrong)?;
        if kind.is_dir() {
            return std::fs::read_dir(path).map(|_| Self::Folder(path.to_owned())).map_err(wrong);
        }
        // Reading a pipe or a device may never end.
        if !kind.is_file() {
            return Err(format!("the advisories of {} cannot be read: it is neither a folder nor a file", path.display()));
        }
        File::open(path).map(Self::Zip).map_err(wrong)
    }

    /// Shows every JSON document; one that cannot be read does not lose the others.
    ///
    /// # Errors
    /// When the set itself cannot be read, or the taker does not go on.
    pub fn each(&self, take: &mut Taker<'_>) -> Result<(), String> {
        match self {
            Self::Folder(path) => folder::each(path, take),
            Self::Zip(file) => zip::each(file, take),
        }
    }

    /// A word that is another one when the set has changed.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn stamp(&self) -> Result<String, String> {
        match self {
            Self::Folder(path) => folder::stamp(path),
            Self::Zip(file) => zip::stamp(file),
        }
    }
}

fn is_document(name: &str) -> bool {
    name.ends_with(".json")
}
