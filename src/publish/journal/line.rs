//! The lines of a journal.

use crate::name::Digest;
use crate::publish::keep::is_keep_name;
use serde::{Deserialize, Serialize};

/// The version of the lines that this code writes and reads.
pub(super) const VERSION: u32 = 1;

/// What kind of tag is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A version tag, which appears and never changes.
    Version,
    /// A tag that follows versions.
    Floating,
}

/// One tag that is to be moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The version of this line: 1.
    pub v: u32,
    /// The run that wrote it.
    pub run: String,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// The definition.
    pub name: String,
    /// The destination's name in the configuration.
    pub destination: String,
    /// Whether a version appears or a floating tag moves.
    pub kind: Kind,
    /// The tag: a reference, or `oci:FOLDER:TAG`.
    pub location: String,
    /// What the run saw there; `None` for nothing.
    pub from: Option<Digest>,
    /// What it is to hold. The manifest stands in the same repository already.
    pub to: Digest,
    /// The version tag that it follows, or is, written as `location` is.
    pub version: String,
    /// Under which name the old manifest is kept; `None` where it is not, or there is none.
    pub keep: Option<String>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    /// A tag that is to be moved.
    Move(Entry),
    /// A tag that stands where it should.
    Done {
        /// The version of this line.
        v: u32,
        /// Which tag.
        #[serde(rename = "done")]
        location: String,
    },
}

impl Entry {
    /// Refuses what no run plans: that a version which stands somewhere is to be another one, or that an old manifest is
    /// kept under a name that is not for that.
    fn check(&self) -> Result<(), String> {
        if self.kind == Kind::Version && (self.from.is_some() || self.keep.is_some()) {
            return Err("a version never moves".to_owned());
        }
        let Some(keep) = &self.keep else { return Ok(()) };
        let tag = self.location.rsplit(':').next().unwrap_or_default();
        if is_keep_name(keep, tag) { Ok(()) } else { Err(format!("nothing is kept under {}", keep.escape_debug())) }
    }
}

impl Line {
    /// The line with its end.
    pub(super) fn bytes(&self) -> Vec<u8> {
        // Text and numbers alone: writing them to memory cannot fail.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads a line.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let line: Self = serde_json::from_slice(bytes).map_err(|_| "it is no line of a journal".to_owned())?;
        match &line {
            Self::Move(entry @ Entry { v: VERSION, .. }) => entry.check().map(|()| line.clone()),
            Self::Done { v: VERSION, .. } => Ok(line),
            Self::Move(Entry { v, .. }) | Self::Done { v, .. } => Err(format!("another version of cooperage wrote it (v {v})")),
        }
    }
}
