//! Promotion: images that passed get release names. Pure: facts in, problems and moves out.
//!
//! A [`PromotionPlan`] is data in the order in which it is to be done; nothing here asks a registry or moves a tag. The
//! rules are those of OpenShift's CI (`docs/promote.md` tells them); where those do something without a word, a problem
//! says so here.

mod destination;
mod moves;
mod names;
mod problem;
mod rules;
mod sources;
mod wanted;

#[cfg(test)]
mod tests;

pub use destination::is_proxy;
pub use moves::{Action, Move, MoveKind, PromotionPlan, plan};
pub use names::{JoinedError, Repository, StreamTag, Timestamp, TimestampError};
pub use problem::{Blame, Problem, ProblemCode};

use crate::config::{ImageToPromote, Promotion, PromotionContext};
use crate::name::{Digest, Reference};
use std::collections::BTreeMap;
use std::fmt;

/// Namespaces whose images also get a tag of a stream in the central cluster; the first two are official ones.
const OFFICIAL: [&str; 3] = ["ocp", "origin", "ocp-priv"];

/// Everything that a promotion is decided by.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// `cooperage.promotion`.
    pub promotion: &'a Promotion,
    /// `cooperage.promotion_context`.
    pub context: &'a PromotionContext,
    /// The images of the job.
    pub images: &'a [Candidate],
    /// Whether those and the context's streams are all there are.
    pub is_complete: bool,
    /// Whether what a change does not affect was left out of the build.
    pub skips_unaffected: bool,
    /// The commit the images were built from, if it is known.
    pub commit: Option<&'a str>,
    /// When; without it nothing goes to the one repository.
    pub timestamp: Option<&'a Timestamp>,
}

/// An image that may be promoted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// Whether it is promoted only where it is required.
    pub optional: bool,
    /// Where it stands, if that is known.
    pub source: Option<Reference>,
    /// Of its manifest, if that is known.
    pub digest: Option<Digest>,
    /// Why it must not be promoted, if so.
    pub held_back: Option<HeldBack>,
}

/// Why an image must not be promoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldBack {
    /// Its changelog says so.
    Unreleased,
    /// It failed, or is not published; the text says what is so.
    NotPassed(String),
    /// Its version was yanked; the text says why.
    Yanked(String),
}

impl From<ImageToPromote> for Candidate {
    fn from(image: ImageToPromote) -> Self {
        Self { name: image.name, optional: image.optional, source: image.source, digest: image.digest, held_back: None }
    }
}

/// What a move takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// An image of the job of which only the name is known.
    Image(String),
    /// What stands there; by digest, where that is known.
    At(Reference),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(name) => f.write_str(name),
            Self::At(reference) => reference.fmt(f),
        }
    }
}

/// What stands at references that were asked for: a digest, or nothing.
pub type Standing = BTreeMap<Reference, Option<Digest>>;
