//! Pictures of a catalogue: DOT, Mermaid and SVG from one neutral description.
//!
//! What is drawn comes in as facts; nothing here knows catalogues or plans.

mod dot;
mod layout;
mod mermaid;
mod order;
mod place;
mod svg;

pub use dot::dot;
pub use mermaid::{MOST_EDGES as MOST_MERMAID_EDGES, mermaid};
pub use svg::{TooLarge, svg};

/// What is to be drawn.
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    /// The boxes.
    pub nodes: Vec<DrawnNode>,
    /// The lines between them.
    pub edges: Vec<DrawnEdge>,
    /// The nodes of the longest chain, parents first; it is drawn stronger.
    pub critical_path: Vec<usize>,
}

/// One image.
#[derive(Clone, Debug)]
pub struct DrawnNode {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its whole reference.
    pub reference: String,
    /// As many parents stand above it on the longest chain.
    pub level: usize,
    /// Number of the group it hangs together with, from 0; groups are drawn below each other.
    pub group: usize,
    /// Where it is, if anybody was asked.
    pub presence: Option<Presence>,
}

/// One need.
#[derive(Clone, Copy, Debug)]
pub struct DrawnEdge {
    /// The node that is needed.
    pub parent: usize,
    /// The node that needs it.
    pub child: usize,
    /// Whether `control` says so.
    pub control: bool,
    /// Whether the Dockerfile says so.
    pub dockerfile: bool,
}

/// Where an image is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// In the registry.
    Published,
    /// At some destinations, not at all of them.
    Partial,
    /// Only in the engine.
    Built,
    /// Nowhere.
    Missing,
    /// Engine or registry did not say.
    Unknown,
}

impl Presence {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Published, Self::Partial, Self::Built, Self::Missing, Self::Unknown];

    /// The word of CLI.md's documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Partial => "partial",
            Self::Built => "built",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        }
    }

    /// The presence of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|presence| presence.word() == word)
    }

    /// Fill and outline; dark text is readable on each fill.
    fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Published => ("#d3f2d9", "#1a7f37"),
            Self::Partial => ("#dbeafe", "#0969da"),
            Self::Built => ("#fdf0c4", "#9a6700"),
            Self::Missing => ("#eef0f2", "#6e7781"),
            Self::Unknown => ("#ffdcd8", "#cf222e"),
        }
    }
}

impl Drawing {
    /// Whether each node, and each step from one to the next, is part of the longest chain.
    fn is_critical_edge(&self, edge: &DrawnEdge) -> bool {
        self.critical_path.windows(2).any(|pair| pair == [edge.parent, edge.child])
    }

    /// Marks the nodes of the longest chain. A single image is no chain.
    fn critical_nodes(&self) -> Vec<bool> {
        let mut marked = vec![false; self.nodes.len()];
        for &node in self.critical_path.iter().filter(|_| self.critical_path.len() > 1) {
            marked[node] = true;
        }
        marked
    }

    /// The presences that occur, in their order.
    fn presences(&self) -> Vec<Presence> {
        Presence::ALL.into_iter().filter(|presence| self.nodes.iter().any(|node| node.presence == Some(*presence))).collect()
    }
}
