//! Why a tag stays or goes.

use jiff::Timestamp;

/// What is done with a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is removed.
    Deleted,
    /// It will be removed when the time has come.
    Marked,
    /// It is ours and stays.
    Kept,
    /// It is not ours and stays.
    Foreign,
}

impl Action {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Marked => "marked",
            Self::Kept => "kept",
            Self::Foreign => "foreign",
        }
    }
}

/// Why. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The catalogue names this version.
    Current,
    /// It follows versions.
    Floating,
    /// The configuration gives this release name.
    Release,
    /// It matches a pattern of `keep`.
    Pattern(String),
    /// It is too young.
    Recent {
        /// When it was seen for the first time.
        first: i64,
    },
    /// Its image, or its stamp, says so.
    Permanent,
    /// Somebody used it.
    Used {
        /// When.
        at: i64,
    },
    /// Another tag that stays holds the same digest.
    SameDigest(String),
    /// It belongs to an image index that stays.
    PartOf(String),
    /// An image that stays was made from it.
    BaseOf(String),
    /// Neither its name nor a label is the catalogue's.
    Stranger,
    /// Nothing keeps it.
    Unneeded {
        /// Since when it is marked.
        since: i64,
        /// When it may go.
        until: i64,
    },
    /// Another tag on the same digest has to wait.
    WaitsFor(String),
    /// It was marked for long enough.
    Due {
        /// Since when it is marked.
        since: i64,
    },
    /// It would go, but something forbids that all go.
    Held,
    /// The registry does not remove it.
    Undeletable(String),
    /// It holds something else than when it was looked at.
    Moved,
}

impl Reason {
    /// A stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Floating => "floating",
            Self::Release => "release",
            Self::Pattern(_) => "pattern",
            Self::Recent { .. } => "recent",
            Self::Permanent => "permanent",
            Self::Used { .. } => "used",
            Self::SameDigest(_) => "same_digest",
            Self::PartOf(_) => "part_of",
            Self::BaseOf(_) => "base_of",
            Self::Stranger => "foreign",
            Self::Unneeded { .. } => "unneeded",
            Self::WaitsFor(_) => "waits_for",
            Self::Due { .. } => "due",
            Self::Held => "held",
            Self::Undeletable(_) => "undeletable",
            Self::Moved => "moved",
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        match self {
            Self::Current => "the catalogue names this version".to_owned(),
            Self::Floating => "a floating tag; what it holds stays".to_owned(),
            Self::Release => "a release name of cooperage.promotion; what it holds stays".to_owned(),
            Self::Pattern(pattern) => format!("keep has the pattern {pattern}"),
            Self::Recent { first } => format!("first seen {}, less than min_age ago", day(*first)),
            Self::Permanent => "labelled permanent".to_owned(),
            Self::Used { at } => format!("last used {}, less than min_age ago", day(*at)),
            Self::SameDigest(other) => format!("{other} holds the same digest, and stays"),
            Self::PartOf(other) => format!("belongs to the image index {other}, which stays"),
            Self::BaseOf(other) => format!("{other}, which stays, was made from it"),
            Self::Stranger => "neither its name nor a label is this catalogue's".to_owned(),
            Self::Unneeded { since, until } => format!("nothing needs it; marked {}, goes from {}", day(*since), day(*until)),
            Self::WaitsFor(other) => format!("goes together with {other}, which holds the same digest"),
            Self::Due { since } => format!("nothing needs it; marked {}", day(*since)),
            Self::Held => "it would go, but nothing is removed this time".to_owned(),
            Self::Undeletable(why) => format!("it could not be removed: {why}"),
            Self::Moved => "it was moved or removed in the meantime".to_owned(),
        }
    }
}

/// A moment as people read it, in UTC.
fn day(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}
