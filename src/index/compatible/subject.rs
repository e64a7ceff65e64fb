//! An entry that is checked, with its keys as Python sees them.

use super::python::Python;
use super::record::About;
use crate::config::yaml::{Entry, Node, Place, Shape};
use crate::index::entry::value;
use crate::index::folder::IndexFile;
use std::sync::Arc;

/// One entry.
pub(super) struct Subject<'a> {
    pub(super) file: &'a IndexFile,
    pub(super) node: &'a Node,
    pub(super) about: Arc<About>,
}

impl<'a> Subject<'a> {
    /// The entry at a place of the list, from 1; none where it is no mapping.
    pub(super) fn of(file: &'a IndexFile, at: usize, node: &'a Node) -> Option<Self> {
        let Shape::Map(_) = node.shape else { return None };
        let about = Arc::new(About::of(&file.path, at, node));
        Some(Self { file, node, about })
    }

    /// The value of a key; nothing where there is no such key.
    pub(super) fn get(&self, key: &str) -> Python<'a> {
        value(self.node, key).map_or(Python::None, Python::of)
    }

    /// Whether there is such a key, whatever it holds.
    pub(super) fn has(&self, key: &str) -> bool {
        value(self.node, key).is_some()
    }

    /// Text of a key, as it takes part in a path or a command; nothing where there is none.
    pub(super) fn text(&self, key: &str) -> String {
        match self.get(key) {
            Python::None => String::new(),
            other => other.printed(),
        }
    }

    /// Where a key's value stands; the key where it has none, the entry where there is no such key.
    pub(super) fn place(&self, key: &str) -> Place {
        let Shape::Map(entries) = &self.node.shape else { return self.node.place };
        let found: Option<&Entry> = entries.iter().rev().find(|entry| entry.key == key);
        found.map_or(self.node.place, |entry| if entry.node.shape == Shape::Null { entry.place } else { entry.node.place })
    }
}
