//! The entries of an index that can be used, and whether that is all of them: on disk, and at a commit.

use super::entry::Entry;
use super::folder::{DATA, IndexError, IndexFile, IndexFolder, is_data, text};
use super::strict::{StrictInput, check};
use crate::git::{GitError, Repository};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What an index holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The sound entries, by file and place.
    pub entries: Vec<Entry>,
    /// What could not be used: file, line (0: the file as a whole), and what it is. While there is anything here, nothing may be
    /// removed because the index does not name it.
    pub unusable: Vec<(String, usize, String)>,
}

/// Reads the index at `path`.
///
/// # Errors
/// When there is none. Files and entries that cannot be used are told in [`Loaded::unusable`].
pub fn load(path: &Path) -> Result<Loaded, IndexError> {
    let files = IndexFolder::list(path)?.files;
    Ok(read(files.into_iter().map(|file| {
        let text = file.read().and_then(text);
        (file, text)
    })))
}

/// Reads the index as it was at a commit (a full id); `repository` was found from the folder that holds `index.d`. A commit
/// without an index is an empty one.
///
/// # Errors
/// When git fails.
pub fn load_at(repository: &Repository, commit: &str) -> Result<Loaded, GitError> {
    Ok(read(files_at(repository, commit)?.into_iter()))
}

/// A file with its text, or why it has none.
pub type FileText = (IndexFile, Result<String, String>);

/// The files of the index as they were at a commit, each with its text, or why it has none.
///
/// # Errors
/// When git fails.
pub fn files_at(repository: &Repository, commit: &str) -> Result<Vec<FileText>, GitError> {
    let files = repository.files_in(DATA, commit, is_data)?;
    Ok(files.into_iter().map(|(name, bytes)| (IndexFile { path: format!("{DATA}/{name}"), at: PathBuf::new() }, text(bytes))).collect())
}

/// Entries that the strict checks let pass. That an address is a folder of this machine, and what parents there are beside the
/// index, is for those to judge who fetch and build.
fn read(files: impl Iterator<Item = FileText>) -> Loaded {
    let mut unreadable = Vec::new();
    let mut texts = Vec::new();
    for (file, text) in files {
        match text {
            Ok(text) => texts.push((file, text)),
            Err(error) => unreadable.push((file.path, 0, error)),
        }
    }
    let (_, mut loaded) = check(&StrictInput { files: &texts, known: &BTreeSet::new(), bases: &[], allow_file: true });
    loaded.unusable.extend(unreadable);
    loaded
}
