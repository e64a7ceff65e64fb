//! What one layer says about one path.

use super::{Content, Entry};

/// What a layer says about a path.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// What it holds there, with the content where that was asked for.
    pub entry: Option<(Entry, Option<Content>)>,
    /// It takes away what lower layers hold there.
    pub removed: bool,
    /// It shows nothing of what lower layers hold in this folder.
    pub opaque: bool,
    /// It holds something below, and may not name the folder itself.
    pub implied: bool,
}
