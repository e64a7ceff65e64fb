//! The JSON documents of reading commands (CLI.md, "Documents").

use crate::catalog::Defect;
use serde::Serialize;

/// `{code,text}`.
#[derive(Debug, Serialize)]
pub struct ReasonDocument {
    pub code: &'static str,
    pub text: String,
}

/// `prune`.
#[derive(Debug, Serialize)]
pub struct PruneDocument {
    pub v: u32,
    pub actions: Vec<PruneRow>,
}

/// One name of `prune`.
#[derive(Debug, Serialize)]
pub struct PruneRow {
    pub reference: String,
    pub image_id: String,
    /// `remove` or `keep`.
    pub action: &'static str,
    pub reason: ReasonDocument,
    /// What the engine gets back.
    pub bytes: u64,
    /// Whether it may be less.
    pub at_most: bool,
}

impl From<&crate::plan::Reason> for ReasonDocument {
    fn from(reason: &crate::plan::Reason) -> Self {
        Self { code: reason.code(), text: reason.text() }
    }
}

/// `list`.
#[derive(Debug, Serialize)]
pub struct ListDocument<'a> {
    pub v: u32,
    pub images: Vec<ListedImage>,
    pub defects: &'a [Defect],
    pub warnings: &'a [Defect],
}

/// One image of `list`.
#[derive(Debug, Serialize)]
pub struct ListedImage {
    pub name: String,
    pub version: String,
    pub tag: String,
    pub reference: String,
    pub path: String,
    pub depends: Vec<String>,
    pub inferred: Vec<String>,
    pub presence: Option<&'static str>,
    pub image_id: Option<String>,
    pub digest: Option<String>,
    pub destinations: Vec<ListedDestination>,
    pub reason: Option<ReasonDocument>,
}

/// One destination of an image of `list`.
#[derive(Debug, Serialize)]
pub struct ListedDestination {
    pub name: &'static str,
    pub reference: String,
    pub presence: &'static str,
    pub digest: Option<String>,
}

/// `render`.
#[derive(Debug, Serialize)]
pub struct RenderDocument<'a> {
    pub v: u32,
    pub images: Vec<RenderedImage<'a>>,
    pub defects: &'a [Defect],
    pub warnings: &'a [Defect],
}

/// One image of `render`.
#[derive(Debug, Serialize)]
pub struct RenderedImage<'a> {
    pub name: &'a str,
    pub reference: String,
    pub path: &'a str,
    pub dockerfile: &'a str,
    /// 64 hex digits over the text.
    pub sha256: String,
}

/// `build --dry-run`.
#[derive(Debug, Serialize)]
pub struct PlanDocument {
    pub v: u32,
    pub actions: Vec<PlannedAction>,
}

/// One action of a plan.
#[derive(Debug, Serialize)]
pub struct PlannedAction {
    pub name: String,
    pub reference: String,
    pub action: &'static str,
    pub reason: ReasonDocument,
    pub parents: Vec<String>,
    pub builder: Option<&'static str>,
}

/// `graph` and `tree`.
#[derive(Debug, Serialize)]
pub struct GraphDocument<'a> {
    pub v: u32,
    pub nodes: Vec<GraphNode<'a>>,
    pub edges: Vec<GraphEdge<'a>>,
    pub critical_path: Vec<&'a str>,
    pub defects: &'a [Defect],
    pub warnings: &'a [Defect],
}

/// One image of `graph`.
#[derive(Debug, Serialize)]
pub struct GraphNode<'a> {
    pub name: &'a str,
    pub reference: &'a str,
    pub level: usize,
    /// Only with `--presence`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<&'static str>,
}

/// One need of `graph`.
#[derive(Debug, Serialize)]
pub struct GraphEdge<'a> {
    pub parent: &'a str,
    pub child: &'a str,
    pub from: Vec<&'static str>,
}

/// `matrix`.
#[derive(Debug, Serialize)]
pub struct MatrixDocument<'a> {
    pub v: u32,
    pub per: &'static str,
    pub jobs: &'a [crate::report::MatrixJob],
}

/// `update`.
#[derive(Debug, Serialize)]
pub struct UpdateDocument<'a> {
    pub v: u32,
    pub changes: Vec<ChangeDocument<'a>>,
    pub warnings: &'a [Defect],
}

/// One new entry of `update`.
#[derive(Debug, Serialize)]
pub struct ChangeDocument<'a> {
    pub name: &'a str,
    pub path: &'a str,
    pub from: &'a str,
    pub to: &'a str,
    pub cause: &'static str,
    pub parent: Option<&'a str>,
}
