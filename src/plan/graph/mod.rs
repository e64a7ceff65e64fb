//! Which definition needs which, from `control` and from the rendered Dockerfile.

mod cycles;
mod link;
mod order;

pub use link::{link, link_with_names};

use crate::catalog::{Defect, Relation};
use crate::dockerfile::ExternalReference;
use crate::name::{Reference, Version};
use std::collections::HashMap;

/// What is known of a definition before it is linked to the others.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// The version of its first changelog entry.
    pub version: Version,
    /// Its folder relative to DIRECTORY.
    pub path: String,
    /// Where it is published, without a stamp.
    pub reference: Reference,
    /// Whether the first entry's distribution is `UNRELEASED`.
    pub unreleased: bool,
    /// Why its version is passed over, if it was yanked.
    pub yanked: Option<String>,
    /// What `control` names.
    pub relations: Vec<Relation>,
    /// What the rendered Dockerfile takes from elsewhere.
    pub uses: Vec<ExternalReference>,
}

/// A need between two definitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The node that is needed.
    pub parent: usize,
    /// The line of `control` that says so.
    pub control: Option<usize>,
    /// The line of the rendered Dockerfile that says so.
    pub dockerfile: Option<usize>,
    /// What the Dockerfile calls it, where that is not its name in the engine.
    pub names: Vec<Reference>,
}

/// An image from outside that a definition is built on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUse {
    /// As the Dockerfile writes it.
    pub reference: String,
    /// The line of the rendered Dockerfile.
    pub line: usize,
}

/// A definition with its needs.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Its folder relative to DIRECTORY.
    pub path: String,
    /// Where it is published, without a stamp.
    pub reference: Reference,
    /// Whether it may never be published.
    pub unreleased: bool,
    /// Why its version is passed over, if it was yanked.
    pub yanked: Option<String>,
    /// Its direct parents in the tree, by name.
    pub parents: Vec<Edge>,
    /// Its direct children.
    pub children: Vec<usize>,
    /// Images from outside it is built on.
    pub bases: Vec<BaseUse>,
    /// Names of broken definitions it needs, as their defects call them; it cannot be built while there are any.
    pub broken_parents: Vec<String>,
}

/// All definitions with their edges. Nodes are sorted by name.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The definitions.
    pub nodes: Vec<Node>,
    /// Node numbers, parents before children, then by name.
    pub order: Vec<usize>,
}

/// A linked catalogue and what was found on the way.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// The sound definitions.
    pub graph: Graph,
    /// Cycles.
    pub defects: Vec<Defect>,
    /// Parents that `control` forgets or that nobody has, versions that do not fit.
    pub warnings: Vec<Defect>,
    /// For every definition on a cycle, the name under which the cycle's defect is told.
    pub cyclic: HashMap<String, String>,
}

impl Graph {
    /// The node of a name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.nodes.binary_search_by(|node| node.name.as_str().cmp(name)).ok()
    }

    /// Marks `start` and everything it needs, directly or not.
    pub fn with_ancestors(&self, start: &[bool]) -> Vec<bool> {
        let mut marked = start.to_vec();
        for &node in self.order.iter().rev() {
            if marked[node] {
                for edge in &self.nodes[node].parents {
                    marked[edge.parent] = true;
                }
            }
        }
        marked
    }

    /// Marks `start` and everything that needs it, directly or not.
    pub fn with_descendants(&self, start: &[bool]) -> Vec<bool> {
        let mut marked = start.to_vec();
        for &node in &self.order {
            if self.nodes[node].parents.iter().any(|edge| marked[edge.parent]) {
                marked[node] = true;
            }
        }
        marked
    }
}

/// Other names of definitions, by their canonical reference: where destinations put them, and how they are pulled.
pub type OtherNames = HashMap<Reference, String>;
