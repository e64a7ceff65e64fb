//! Tags that move: `publish`, `promote`, `rollback`.

use crate::catalog::Severity;
use crate::name::Digest;
use crate::publish::Fate;
use crate::publish::journal::{Entry, Kind};
use serde::Serialize;

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
