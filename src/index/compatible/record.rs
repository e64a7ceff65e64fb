//! What the validator says: a record for each entry and check, and a verdict for each file.

use super::table::check_of;
use crate::config::yaml::{Node, Place};
use crate::finding::{Finding, Severity};
use crate::index::entry::value;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// The outcome of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// One a file, in the order they were read.
    pub files: Vec<FileVerdict>,
    /// In the order of the checks.
    pub records: Vec<Record>,
    /// Why the original stops here with an internal error; what comes after was not looked at.
    pub aborted: Option<String>,
}

/// What is to be said of a file as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileVerdict {
    /// The file, relative to the index.
    pub file: String,
    /// Whether every check of its entries passes. A file that is no YAML has no entries, and passes.
    pub ok: bool,
    /// Why nothing of it was read, or the run ended in it.
    pub error: Option<String>,
    /// How many entries it has.
    pub entries: usize,
    /// Where the error is.
    #[serde(skip)]
    pub(super) place: Option<Place>,
}

/// What one check said of one entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// Of which entry.
    #[serde(flatten)]
    pub about: Arc<About>,
    /// The name of the check.
    pub check: Cow<'static, str>,
    /// Whether it passes: there is no error.
    pub ok: bool,
    /// What is wrong.
    pub errors: Vec<Note>,
    /// What is worth knowing.
    pub warnings: Vec<Note>,
}

/// An entry, as its file names it. Values are as YAML types them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct About {
    /// The file, relative to the index.
    pub file: String,
    /// Which entry of the file, from 1; none for the file as a whole.
    pub entry: Option<usize>,
    /// `id`
    pub id: Value,
    /// `app-id`
    pub app_id: Value,
    /// `job-id`
    pub job_id: Value,
    /// `desired-tag`
    pub desired_tag: Value,
}

impl About {
    /// The entry at a place of the list, from 1.
    pub(in crate::index) fn of(file: &str, at: usize, node: &Node) -> Self {
        let json = |key: &str| value(node, key).map_or(Value::Null, Node::to_value);
        let (id, app_id, job_id, desired_tag) = (json("id"), json("app-id"), json("job-id"), json("desired-tag"));
        Self { file: file.to_owned(), entry: Some(at), id, app_id, job_id, desired_tag }
    }
}

/// One thing that a check says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// A word for programs.
    pub code: Cow<'static, str>,
    /// What it is.
    pub message: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column, from 1, in characters.
    pub column: Option<usize>,
}

impl FileVerdict {
    /// Of a file, relative to the index.
    pub fn new(file: &str, ok: bool, error: Option<String>, entries: usize) -> Self {
        Self { file: file.to_owned(), ok, error, entries, place: None }
    }
}

impl Record {
    /// Adds a finding to the record of its rule and entry, which is made where it is not the last one.
    pub fn gather(records: &mut Vec<Self>, about: Arc<About>, finding: &Finding) {
        let check = check_of(&finding.id);
        let code = finding.id.clone();
        let note = Note { code, message: finding.message.clone(), line: finding.line, column: finding.column };
        if records.last().is_none_or(|last| last.check != check || last.about != about) {
            records.push(Self { about, check, ok: true, errors: Vec::new(), warnings: Vec::new() });
        }
        let Some(record) = records.last_mut() else { return };
        if finding.severity == Severity::Error {
            record.ok = false;
            record.errors.push(note);
        } else {
            record.warnings.push(note);
        }
    }
}

/// What a check says of an entry.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) errors: Vec<Note>,
    pub(super) warnings: Vec<Note>,
}

impl Said {
    pub(super) fn error(mut self, code: &'static str, place: Place, message: impl Into<String>) -> Self {
        self.errors.push(Note::at(code, place, message));
        self
    }

    pub(super) fn warning(mut self, code: &'static str, place: Place, message: impl Into<String>) -> Self {
        self.warnings.push(Note::at(code, place, message));
        self
    }

    pub(super) fn and(mut self, other: Self) -> Self {
        self.errors.extend(other.errors);
        self.warnings.extend(other.warnings);
        self
    }

    pub(super) fn record(self, about: &Arc<About>, check: &'static str) -> Record {
        Record {
            about: Arc::clone(about),
            check: Cow::Borrowed(check),
            ok: self.errors.is_empty(),
            errors: self.errors,
            warnings: self.warnings,
        }
    }
}

impl Note {
    pub(super) fn at(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self { code: Cow::Borrowed(code), message: message.into(), line: Some(place.line), column: Some(place.column) }
    }
}

impl Report {
    /// Whether the original ends with 0.
    pub fn is_ok(&self) -> bool {
        self.aborted.is_none() && self.files.iter().all(|file| file.ok)
    }
}
