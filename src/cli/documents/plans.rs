//! What would be done: `build --dry-run`, `prune`, `update`.

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

/// What findings of a step lead to, of `explain`.
#[derive(Debug, Serialize)]
pub struct PolicyDocument {
    /// `lint`, `test` or `scan`.
    pub step: &'static str,
    /// `gate`, `warn` or `off`.
    pub policy: &'static str,
    pub threshold: &'static str,
    /// Whether `control` says something about it.
    pub control: bool,
    /// The exceptions that are for this image.
    pub ignore: Vec<ExceptionDocument>,
}

/// One exception.
#[derive(Debug, Serialize)]
pub struct ExceptionDocument {
    pub id: String,
    pub image: String,
    pub until: String,
    pub reason: String,
}
