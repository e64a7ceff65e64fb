//! What a branch changed in an index.

use crate::cli::commands::index::base::Base;
use crate::cli::exit::Trouble;
use crate::cli::rules::wrong;
use crate::index::{IndexFile, IndexFolder, files_at};
use std::collections::BTreeSet;

/// The files that changed, and what all of them held before.
pub struct Change {
    files: BTreeSet<String>,
    /// The files at the base that were text.
    pub before: Vec<(IndexFile, String)>,
    /// The full id of the commit that is compared with.
    pub commit: String,
}

impl Change {
    /// Since the commit where the branch parted.
    pub fn since(base: Base, folder: &IndexFolder) -> Result<Self, Trouble> {
        let changed = base.repository.changed_since_commit(&base.commit, &folder.root).map_err(wrong)?;
        let before = files_at(&base.repository, &base.commit).map_err(wrong)?;
        let before = before.into_iter().filter_map(|(file, text)| Some((file, text.ok()?))).collect();
        Ok(Self { files: changed.into_iter().collect(), before, commit: base.commit })
    }

    /// Whether a file, relative to the index, changed.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains(path)
    }
}
