//! What scanners want of the files of a layer while it is read: the one list of whom to ask.

use super::{Embedded, Leak, capabilities, inventory, updates, verify};
use std::collections::BTreeSet;
use std::io::{Read, Seek};

/// A file that can be read at any place.
pub(super) trait Seekable: Read + Seek {}

impl<T: Read + Seek> Seekable for T {}

/// Looks for secrets in the text of the file at a clean path.
pub(super) type Leaks = fn(&str, &[u8]) -> Vec<Leak>;

/// Whom to ask.
pub(super) struct Interest {
    /// Whether the bytes of the file at a clean path are kept.
    pub wants: &'static [fn(&str) -> bool],
    /// Whether they are also wanted of a file that only a link to one of its folders leads to from this path.
    pub through: fn(&str) -> bool,
    /// Further paths whose bytes are kept.
    pub more: BTreeSet<String>,
    /// Whether a file that begins like this is examined.
    pub examines: fn(&str, &[u8]) -> bool,
    /// The packages in a file.
    pub examine: fn(&str, &mut dyn Seekable) -> Embedded,
    /// What looks like a secret in a small file.
    pub leaks: &'static [Leaks],
}

impl Interest {
    /// Of all scanners.
    pub const ALL: Self = Self {
        wants: &[inventory::wants, updates::wants, verify::wants, capabilities::wants],
        through: inventory::wants_through_links,
        more: BTreeSet::new(),
        examines: inventory::examines,
        examine: |path, mut file| inventory::examine(path, &mut file),
        leaks: &[capabilities::leaks],
    };

    pub fn wants(&self, path: &str) -> bool {
        self.wants.iter().any(|wants| wants(path)) || self.more.contains(path)
    }
}
