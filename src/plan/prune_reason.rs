//! Why `prune` takes a name out of the engine, or leaves it there.

/// Why a name goes or stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PruneReason {
    /// Another version is current.
    OtherVersion(String),
    /// Only a name: the image stays under its current one.
    OtherName(String),
    /// It is what stays: the current version or the stamp that was given.
    Current,
    /// Containers use it.
    InUse(Vec<String>),
    /// It carries a name that is none of the selected images'.
    OtherTag(String),
    /// `--keep`.
    Kept(usize),
    /// The registry does not have it.
    NotPublished,
    /// The registry gave no clear answer.
    Unclear(String),
    /// Untagged: another image has the name that its labels tell.
    Replaced(String),
    /// Untagged, and nobody has the name that its labels tell.
    Untagged(String),
}

impl PruneReason {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherVersion(_) => "other_version",
            Self::OtherName(_) => "other_name",
            Self::Current => "current",
            Self::InUse(_) => "in_use",
            Self::OtherTag(_) => "other_tag",
            Self::Kept(_) => "kept",
            Self::NotPublished => "not_published",
            Self::Unclear(_) => "unclear",
            Self::Replaced(_) => "replaced",
            Self::Untagged(_) => "untagged",
        }
    }

    /// The sentence.
    pub fn text(&self) -> String {
        match self {
            Self::OtherVersion(current) => format!("not {current}"),
            Self::OtherName(current) => format!("the same image as {current}, which stays"),
            Self::Current => "the version that stays".to_owned(),
            Self::InUse(containers) => format!("used by the container {}", containers.join(", ")),
            Self::OtherTag(name) => format!("the same image as {name}, which is not for this call to remove"),
            Self::Kept(count) => format!("one of the {count} newest others (--keep)"),
            Self::NotPublished => "not in the registry; --unpublished removes it".to_owned(),
            Self::Replaced(former) => format!("untagged; a later image is {former} now"),
            Self::Untagged(former) => format!("untagged; it was {former}"),
            Self::Unclear(why) => format!("it is not clear whether it is published: {why}"),
        }
    }
}
