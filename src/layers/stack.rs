//! Layers on top of each other.

use super::record::Record;
use super::{Content, Entry, Kind, Wanted, parent, upwards};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The layers of an image from the lowest to the highest, as far as they were kept.
#[derive(Debug)]
pub(super) struct Stack {
    pub layers: Vec<BTreeMap<String, Record>>,
    pub wanted: Wanted,
    /// Paths that were not kept from the start.
    pub late: HashSet<String>,
}

/// What a path holds, links not followed.
pub(super) enum Held<'a> {
    /// It was not asked for: nobody knows.
    Unknown,
    Nothing,
    Entry(&'a Entry, Option<&'a Content>),
    /// A folder no layer names, though one holds something in it.
    Implied,
}

impl Stack {
    pub(super) fn held(&self, path: &str) -> Held<'_> {
        if !self.wanted.has_path(path) || self.late.contains(path) {
            return Held::Unknown;
        }
        let mut implied = false;
        for layer in self.layers.iter().rev() {
            if let Some(record) = layer.get(path) {
                if let Some((entry, content)) = &record.entry {
                    return Held::Entry(entry, content.as_ref());
                }
                implied |= record.implied;
                if record.removed {
                    break;
                }
            }
            if upwards(path).skip(1).any(|above| layer.get(above).is_some_and(hides)) {
                break;
            }
        }
        if implied || path == "/" { Held::Implied } else { Held::Nothing }
    }

    /// Names in a folder that was asked for as a list.
    pub(super) fn names(&self, folder: &str) -> BTreeSet<&str> {
        let paths = self.layers.iter().flat_map(|layer| layer.keys());
        let inside = paths.filter(|path| parent(path) == Some(folder));
        inside.filter_map(|path| path.rsplit('/').next()).filter(|name| !name.is_empty()).collect()
    }
}

/// Whether nothing of lower layers shows below this path.
fn hides(record: &Record) -> bool {
    let replaced = record.entry.as_ref().is_some_and(|(entry, _)| entry.kind != Kind::Folder);
    record.removed || record.opaque || replaced
}
