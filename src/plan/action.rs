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
    /// What somebody should know before it runs.
    pub notes: Vec<Note>,
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

/// Something to know about a planned image that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Which node of the graph.
    pub node: usize,
    /// A stable word for programs.
    pub code: &'static str,
    /// The sentence, to stand behind the name.
    pub text: String,
}

/// Engine or registry gave no clear answer about these, so nothing may be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclear(
    /// The reference and what was said about it.
    pub Vec<(String, String)>,
);

/// As many references as are named for one cause; the rest is counted.
const NAMED: usize = 3;

impl std::error::Error for Unclear {}

/// One cause, and the references it is the cause for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt<'a> {
    /// What was said about the first of them.
    pub why: &'a str,
    /// All of them.
    pub references: Vec<&'a str>,
    /// Whether the same words were said about each.
    pub is_common: bool,
}

impl Unclear {
    /// The causes. Those that differ only in the references they speak of are one: a wrong password is told once, not
    /// for every image, also where destinations have names of their own.
    pub fn causes(&self) -> Vec<Doubt<'_>> {
        let mut causes: Vec<(String, Doubt<'_>)> = Vec::new();
        for (reference, why) in &self.0 {
            let kind = without_references(why);
            match causes.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, cause)) => {
                    cause.is_common &= cause.why == why;
                    cause.references.push(reference);
                }
                None => causes.push((kind, Doubt { why, references: vec![reference], is_common: true })),
            }
        }
        causes.into_iter().map(|(_, cause)| cause).collect()
    }
}

fn without_references(why: &str) -> String {
    let is_reference = |word: &&str| {
        let bare = word.trim_end_matches([':', ',', ';']);
        Reference::parse(bare).is_ok_and(|found| found.host().is_some() && (found.tag().is_some() || found.digest().is_some()))
    };
    why.split(' ').filter(|word| !is_reference(word)).collect::<Vec<_>>().join(" ")
}

impl std::fmt::Display for Unclear {
    /// One line a cause, with the references it is the cause for.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, Doubt { why, references, .. }) in self.causes().into_iter().enumerate() {
            let named = references[..references.len().min(NAMED)].join(", ");
            let rest = references.len().saturating_sub(NAMED);
            let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            let end = if at > 0 { "\n" } else { "" };
            write!(f, "{end}{named}{more}: {why}")?;
        }
        Ok(())
    }
}
