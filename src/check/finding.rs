//! What rules found, in the shape of CLI.md's findings.

use super::silence::Silences;
use crate::catalog::Defect;
use crate::finding::{Counts, Finding, Levels, Severity};
use crate::run::Survey;

/// Gives what was found its severity, and leaves out what is switched off or silenced. Sorted by path, line and id.
pub fn judge(found: Vec<Defect>, levels: &Levels, survey: &Survey) -> (Vec<Finding>, Counts) {
    let mut silences = Silences::new(survey);
    let mut silenced = 0;
    let mut findings = Vec::new();
    for defect in found {
        let Some(severity) = level(&defect, levels) else { continue };
        match silences.silenced(&defect) {
            true => silenced += 1,
            false => findings.push(finding(defect, severity)),
        }
    }
    let bad = silences.into_bad();
    findings.extend(bad.into_iter().filter_map(|defect| Some(finding(defect.clone(), level(&defect, levels)?))));
    findings.sort_by(|a, b| (&a.path, a.line, &a.id, &a.message).cmp(&(&b.path, b.line, &b.id, &b.message)));
    findings.dedup();
    let counts = Counts { silenced, ..Counts::of(&findings) };
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
    Finding::new(defect.code, severity, defect.message)
        .about(defect.name)
        .at(defect.path, defect.line, defect.column)
        .roughly(approximate)
        .help(defect.help)
}
