//! What a catalogue holds: `list`, `render`, `graph` and `tree`, `matrix`.

use super::ReasonDocument;
use crate::catalog::Defect;
use serde::Serialize;

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
    pub name: String,
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
