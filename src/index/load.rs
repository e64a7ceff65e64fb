//! The entries of an index that can be used, and whether that is all of them.

use super::entry::{Entry, value};
use super::folder::{IndexError, IndexFolder};
use crate::config::yaml::{Shape, parse};
use std::path::Path;

/// What an index holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The sound entries, by file and place.
    pub entries: Vec<Entry>,
    /// What could not be used: file, line, and what it is. While there is anything here, nothing may be removed because
    /// the index does not name it.
    pub unusable: Vec<(String, usize, String)>,
}

/// Reads the index at `path`.
///
/// # Errors
/// When there is none. Files and entries that cannot be used are told in [`Loaded::unusable`].
pub fn load(path: &Path) -> Result<Loaded, IndexError> {
    let mut loaded = Loaded::default();
    for file in IndexFolder::list(path)?.files {
        match std::fs::read_to_string(&file.at) {
            Ok(text) => loaded.add(&file.path, &text),
            Err(error) => loaded.unusable.push((file.path, 0, error.to_string())),
        }
    }
    Ok(loaded)
}

impl Loaded {
    /// Adds the entries of a file.
    pub fn add(&mut self, file: &str, text: &str) {
        let root = match parse(text) {
            Ok(root) => root,
            Err(error) => {
                let line = error.place.map_or(0, |place| place.line);
                return self.unusable.push((file.to_owned(), line, error.message));
            }
        };
        let Some(Shape::List(items)) = value(&root, "Projects").map(|projects| &projects.shape) else {
            return self.unusable.push((file.to_owned(), root.place.line, "there is no list \"Projects\"".to_owned()));
        };
        for node in items {
            match Entry::read(file, node) {
                Some(entry) => self.entries.push(entry),
                None => self.unusable.push((file.to_owned(), node.place.line, "the entry lacks what it needs".to_owned())),
            }
        }
    }
}
