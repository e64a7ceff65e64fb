//! Tags that were to move, and what became of them.

use serde::{Deserialize, Serialize};

/// What became of a tag that was to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TagOutcome {
    /// It was not reached.
    Open,
    /// Something stands where a list of tags named nothing; settled before a run ends well.
    Unlisted,
    /// It moved.
    Moved,
    /// It stood there already.
    There,
    /// Somebody else moved it since it was looked at, so it was left alone.
    Left,
    /// Somebody else moved it right after us.
    Lost,
    /// What it was to hold is not there any more.
    Gone,
    /// It must not be made.
    Refused,
    /// It is in no registry of ours: whoever called sets it.
    #[serde(rename = "to_set")]
    ToSet,
}

impl TagOutcome {
    /// The word of documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Unlisted => "unlisted",
            Self::Moved => "moved",
            Self::There => "there",
            Self::Left => "left",
            Self::Lost => "lost",
            Self::Gone => "gone",
            Self::Refused => "refused",
            Self::ToSet => "to_set",
        }
    }
}

/// A tag of `promote` or `rollback`, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledTag {
    /// The image.
    pub name: String,
    /// promote, commit, cache, stream or floating.
    pub kind: String,
    /// What it takes, for people.
    pub source: Option<String>,
    /// The tag.
    pub reference: String,
    /// What it is to hold.
    pub digest: Option<String>,
    /// What it held before.
    pub from: Option<String>,
    /// Under which name that is kept.
    pub kept_as: Option<String>,
    /// What became of it.
    pub outcome: TagOutcome,
    /// Why, where it did not move.
    pub reason: Option<String>,
}
