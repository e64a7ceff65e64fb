//! What rules found, in the shape of CLI.md's findings.

use super::rule::{Levels, Severity};
use super::silence::Silences;
use crate::catalog::Defect;
use crate::run::Survey;
use serde::Serialize;

/// Something that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub id: &'static str,
    /// How severe it is in this call.
    pub severity: Severity,
    /// The definition, where there is one.
    pub subject: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The file, relative to DIRECTORY.
    pub path: Option<String>,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column, from 1, in characters.
    pub column: Option<usize>,
    /// Whether the place is where the cause may be, and not where it certainly is.
    pub approximate: bool,
    /// What to do about it.
    pub help: Option<String>,
    /// Until when an exception holds; rules of `check` have none.
    pub excepted_until: Option<String>,
}

/// How many findings there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Of severity error.
    pub error: usize,
    /// Of severity warning.
    pub warning: usize,
    /// Of severity info; rules of `check` have none.
    pub info: usize,
    /// Of severity style; rules of `check` have none.
    pub style: usize,
    /// Silenced by comments, and counted nowhere else.
    pub silenced: usize,
}

/// Gives what was found its severity, and leaves out what is switched off or silenced. Sorted by path, line and id.
pub fn judge(found: Vec<Defect>, levels: &Levels, survey: &Survey) -> (Vec<Finding>, Counts) {
    let mut silences = Silences::new(survey);
    let mut counts = Counts::default();
    let mut findings = Vec::new();
    for defect in found {
        let Some(severity) = level(&defect, levels) else { continue };
        match silences.silenced(&defect) {
            true => counts.silenced += 1,
            false => findings.push(finding(defect, severity)),
        }
    }
    let bad = silences.into_bad();
    findings.extend(bad.into_iter().filter_map(|defect| Some(finding(defect.clone(), level(&defect, levels)?))));
    findings.sort_by(|a, b| (&a.path, a.line, a.id, &a.message).cmp(&(&b.path, b.line, b.id, &b.message)));
    findings.dedup();
    counts.error = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    counts.warning = findings.len() - counts.error;
    (findings, counts)
}

/// `force_numeric_user` makes its defect an error, although the rule of that name is off by default.
fn level(defect: &Defect, levels: &Levels) -> Option<Severity> {
    let forced = defect.code == "user_not_numeric" && defect.severity == crate::catalog::Severity::Error && !levels.tells(defect.code);
    if forced { Some(Severity::Error) } else { levels.of(defect.code) }
}

fn finding(defect: Defect, severity: Severity) -> Finding {
    // Where the template has no such line, the line is that of the rendered Dockerfile.
    let approximate = defect.line.is_some() && defect.path.as_deref().is_some_and(|path| path.rsplit('/').next() == Some("Dockerfile"));
    Finding {
        id: defect.code,
        severity,
        subject: defect.name,
        message: defect.message,
        path: defect.path,
        line: defect.line,
        column: defect.column,
        approximate,
        help: defect.help,
        excepted_until: None,
    }
}
