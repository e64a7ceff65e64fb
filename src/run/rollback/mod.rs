//! `rollback`: floating tags of one image go back to an older version at all destinations, by digest; and `yank`, which
//! marks a version that must not come back.

mod begun;
mod carry_out;
mod plan;
pub(in crate::run) mod yank;

pub use begun::Begun;

use crate::event::TagOutcome;
use crate::name::{Digest, Tag};
use crate::publish::{Location, Spot};

/// A rollback that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Undoing<'a> {
    /// The image.
    pub name: &'a str,
    /// The version; `None` for the newest older one that is published everywhere and not yanked.
    pub to: Option<&'a str>,
    /// Whether a tag may lose platforms.
    pub drops_platforms: bool,
    /// What tags held before an earlier call that was killed; they count as if they still did.
    pub was: &'a [Digest],
}

/// One floating tag of a rollback.
#[derive(Clone, Debug)]
pub struct Back {
    /// The destination's name.
    pub destination: String,
    /// The tag.
    pub spot: Spot,
    /// The tag of the version that it goes to.
    pub version: Location,
    /// What it holds.
    pub from: Option<Digest>,
    /// Whether the old manifest is kept.
    pub keep_alive: bool,
    /// The name under which it is.
    pub kept: Option<Tag>,
    /// Platforms that it would lose; then it does not move.
    pub dropped: Vec<String>,
    /// What became of it.
    pub outcome: TagOutcome,
}

/// What a rollback is to do.
#[derive(Clone, Debug)]
pub struct Rollback {
    /// The image.
    pub name: String,
    /// The version that the tags hold, where the changelog knows it.
    pub from: Option<String>,
    /// The version they go to.
    pub to: String,
    /// Its digest.
    pub digest: Digest,
    /// Its names.
    pub placements: Vec<(String, Location)>,
    /// The tags.
    pub tags: Vec<Back>,
}
