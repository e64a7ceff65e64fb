//! Names of images: `where`, `whose`.

use serde::Serialize;

/// `where`.
#[derive(Debug, Serialize)]
pub struct NamesDocument<'a> {
    pub v: u32,
    pub images: Vec<NamedImage>,
    pub problems: Vec<NameProblem<'a>>,
}

/// One image of `where`.
#[derive(Debug, Serialize)]
pub struct NamedImage {
    pub name: String,
    pub references: Vec<NamedReference>,
}

/// One name of an image.
#[derive(Debug, Serialize)]
pub struct NamedReference {
    pub destination: String,
    pub reference: String,
    /// What consumers write, where that is something else.
    pub pull_reference: Option<String>,
    /// `version` or `floating`.
    pub kind: &'static str,
    /// The name that keeps an old digest of this one.
    pub keep_alive_pattern: Option<String>,
}

/// Names that collide or cannot be.
#[derive(Debug, Serialize)]
pub struct NameProblem<'a> {
    pub code: &'static str,
    pub path: &'a str,
    pub destination: &'a str,
    pub names: &'a [String],
    pub references: &'a [String],
    pub message: &'a str,
    pub help: Option<&'a str>,
}

impl<'a> From<&'a crate::publish::PlacementProblem> for NameProblem<'a> {
    fn from(problem: &'a crate::publish::PlacementProblem) -> Self {
        Self {
            code: problem.code,
            path: &problem.path,
            destination: &problem.destination,
            names: &problem.names,
            references: &problem.references,
            message: &problem.message,
            help: problem.help.as_deref(),
        }
    }
}

/// `whose`.
#[derive(Debug, Serialize)]
pub struct OwnerDocument<'a> {
    pub v: u32,
    pub reference: &'a str,
    pub known: bool,
    pub matches: &'a [OwnerRow],
}

/// An image that a reference belongs to.
#[derive(Debug, Serialize)]
pub struct OwnerRow {
    pub name: String,
    pub version: String,
    pub destination: String,
}
