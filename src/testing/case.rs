//! One test and how it ended.

use serde::{Deserialize, Serialize};

/// What kind of test a case is. The words are those of CLI.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CaseKind {
    /// `test.sh`, or whatever `verify_command` names.
    Script,
    /// A command in a fresh container.
    Command,
    /// Whether a path is there, and how.
    FileExistence,
    /// What a file holds.
    FileContent,
    /// The image's config.
    Metadata,
    /// Words in licence files.
    License,
    /// A service that starts, answers and stops.
    Health,
}

impl CaseKind {
    /// The word of documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::Command => "command",
            Self::FileExistence => "fileExistence",
            Self::FileContent => "fileContent",
            Self::Metadata => "metadata",
            Self::License => "license",
            Self::Health => "health",
        }
    }
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseOutcome {
    /// Good.
    Passed,
    /// Something is not as expected.
    Failed,
    /// It was not run.
    Skipped,
    /// It was stopped after its time.
    Timeout,
}

impl CaseOutcome {
    /// The word of documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Timeout => "timeout",
        }
    }

    /// Whether it speaks against the image.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Timeout)
    }
}

/// One test and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// What kind.
    pub kind: CaseKind,
    /// Its name in the file; empty where that is what is wrong with it.
    pub name: String,
    /// How it ended.
    pub outcome: CaseOutcome,
    /// How long it took.
    pub seconds: f64,
    /// What was expected and what was found, a sentence each.
    pub errors: Vec<String>,
    /// What a command wrote, cut where it is long.
    pub stdout: Option<String>,
    /// What a command wrote to its other stream.
    pub stderr: Option<String>,
    /// How a command ended, where it did.
    pub exit_code: Option<i64>,
}

impl Case {
    /// A case without output that ended with these errors.
    pub fn judged(kind: CaseKind, name: impl Into<String>, errors: Vec<String>) -> Self {
        let outcome = if errors.is_empty() { CaseOutcome::Passed } else { CaseOutcome::Failed };
        Self { kind, name: name.into(), outcome, seconds: 0.0, errors, stdout: None, stderr: None, exit_code: None }
    }

    /// The same with the time it took.
    #[must_use]
    pub fn after(self, seconds: f64) -> Self {
        Self { seconds, ..self }
    }
}
