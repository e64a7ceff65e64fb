//! The JSON documents of reading commands (CLI.md, "Documents").

use crate::catalog::{Defect, Severity};
use crate::name::Digest;
use crate::publish::Fate;
use crate::publish::journal::{Entry, Kind};
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

/// `rollback --dry-run`.
#[derive(Debug, Serialize)]
pub struct RollbackDocument<'a> {
    pub v: u32,
    /// Whether no tag is refused.
    pub ok: bool,
    pub name: &'a str,
    /// The version that the tags hold, where the changelog knows it.
    pub from: Option<&'a str>,
    pub to: &'a str,
    pub tags: &'a [crate::event::SettledTag],
}

/// `promote`.
#[derive(Debug, Serialize)]
pub struct PromoteDocument<'a> {
    pub v: u32,
    /// Whether there are no errors among the problems.
    pub ok: bool,
    pub problems: Vec<ProblemDocument<'a>>,
    /// In the order in which they are to be done.
    pub moves: Vec<MoveDocument<'a>>,
}

/// One problem of `promote`.
#[derive(Debug, Serialize)]
pub struct ProblemDocument<'a> {
    pub code: &'static str,
    pub severity: Severity,
    /// In the configuration, below `cooperage`.
    pub path: &'a str,
    pub message: &'a str,
    pub help: &'a str,
    /// Where that was written.
    pub file: Option<String>,
    pub line: Option<usize>,
    pub column: Option<usize>,
}

/// One move of `promote`.
#[derive(Debug, Serialize)]
pub struct MoveDocument<'a> {
    pub image: &'a str,
    pub source: String,
    pub reference: String,
    pub pull_reference: Option<String>,
    pub kind: &'static str,
    pub digest: Option<String>,
    pub action: &'static str,
}

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

/// `publish --dry-run`.
#[derive(Debug, Serialize)]
pub struct PublishDocument<'a> {
    pub v: u32,
    pub ok: bool,
    pub actions: Vec<PublishRow<'a>>,
}

/// One name of `publish --dry-run`.
#[derive(Debug, Serialize)]
pub struct PublishRow<'a> {
    pub name: &'a str,
    pub destination: Option<&'a str>,
    pub reference: &'a str,
    /// `version` or `floating`.
    pub kind: &'static str,
    /// `send`, `move`, `keep`, `refuse` or `missing`.
    pub action: &'static str,
    pub digest: Option<String>,
    pub from: Option<String>,
    pub bytes: Option<u64>,
    pub kept_as: Option<&'a str>,
    pub reason: &'a str,
}

impl<'a> From<&'a crate::run::Row> for PublishRow<'a> {
    fn from(row: &'a crate::run::Row) -> Self {
        Self {
            name: &row.name,
            destination: row.destination.as_deref(),
            reference: &row.reference,
            kind: row.kind,
            action: row.action.as_str(),
            digest: row.digest.as_ref().map(ToString::to_string),
            from: row.from.as_ref().map(ToString::to_string),
            bytes: row.bytes,
            kept_as: row.kept_as.as_deref(),
            reason: &row.reason,
        }
    }
}

/// `publish --resume`.
#[derive(Debug, Serialize)]
pub struct ResumeDocument<'a> {
    pub v: u32,
    pub ok: bool,
    pub tags: Vec<LeftTag<'a>>,
    pub damaged: &'a [String],
}

/// One tag that a killed run left.
#[derive(Debug, Serialize)]
pub struct LeftTag<'a> {
    pub name: &'a str,
    pub destination: &'a str,
    pub reference: &'a str,
    pub kind: Kind,
    pub from: Option<&'a Digest>,
    pub to: &'a Digest,
    /// `moved`, `there`, `left`, `lost`, `unfounded`; `open` in a dry run.
    pub outcome: &'static str,
}

impl<'a> From<&'a (Entry, Fate)> for LeftTag<'a> {
    fn from((entry, fate): &'a (Entry, Fate)) -> Self {
        let outcome = match fate {
            Fate::Open => "open",
            Fate::Moved(_) => "moved",
            Fate::WasThere => "there",
            Fate::Left(_) => "left",
            Fate::Lost(_) => "lost",
            Fate::Gone(_) => "gone",
            Fate::Unfounded => "unfounded",
        };
        let Entry { name, destination, location, kind, from, to, .. } = entry;
        Self { name, destination, reference: location, kind: *kind, from: from.as_ref(), to, outcome }
    }
}
