//! The result of planning.

use super::Reason;
use crate::name::Reference;

/// What is to be done with one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Build it, test it, publish it where that is asked for.
    Build,
    /// Test what the engine holds.
    Test,
    /// Test what the engine holds, then publish it.
    Publish,
    /// Nothing.
    Skip,
}

impl Action {
    /// The word of CLI.md's documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Test => "test",
            Self::Publish => "publish",
            Self::Skip => "skip",
        }
    }
}

/// One image in a plan.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Which node of the graph.
    pub node: usize,
    /// The reference it gets, with the stamp if it has one.
    pub reference: Reference,
    /// What to do.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// Whether the version tag is pushed when the image is good.
    pub push: bool,
    /// Whether it was asked for, rather than brought along by a child.
    pub selected: bool,
}

/// All decisions of a run: what is selected and the parents it brings along, parents before children,
/// then by name.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The images, in order.
    pub images: Vec<Planned>,
    /// What somebody should know before it runs: definition and text.
    pub notes: Vec<(usize, String)>,
}

impl Plan {
    /// The images that have something to do.
    pub fn work(&self) -> impl Iterator<Item = &Planned> {
        self.images.iter().filter(|image| image.action != Action::Skip)
    }

    /// Whether a node is built in this run.
    pub fn builds(&self, node: usize) -> bool {
        self.images.iter().any(|image| image.node == node && image.action == Action::Build)
    }
}

/// Engine or registry gave no clear answer about these, so nothing may be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(|(reference, why)| format!("{reference}: {why}")).collect::<Vec<_>>().join("\n"))]
pub struct Unclear(
    /// The reference and what was said about it.
    pub Vec<(String, String)>,
);
