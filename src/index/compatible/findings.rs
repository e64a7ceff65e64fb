//! Records as findings, for people, GitHub and SARIF.

use super::record::{Note, Record, Report};
use super::table::NOT_READ;
use crate::finding::{Finding, Severity};

impl Report {
    /// What failed, and what is worth knowing, by file, line and column.
    pub fn findings(&self) -> Vec<Finding> {
        let files = self.files.iter().filter_map(|file| {
            let message = file.error.as_ref()?;
            let (severity, message) = match file.ok {
                true => (Severity::Warning, format!("nothing of this file was checked, and it passes: {message}")),
                false => (Severity::Error, message.clone()),
            };
            let (line, column) = (file.place.map(|place| place.line), file.place.map(|place| place.column));
            Some(Finding::new(NOT_READ, severity, message).at(Some(file.file.clone()), line, column))
        });
        let records = self.records.iter().flat_map(|record| {
            let of = |severity| move |note: &Note| finding(record, severity, note);
            record.errors.iter().map(of(Severity::Error)).chain(record.warnings.iter().map(of(Severity::Warning)))
        });
        let mut findings: Vec<Finding> = files.chain(records).collect();
        findings.sort_by(|a, b| (&a.path, a.line, a.column, &a.id).cmp(&(&b.path, b.line, b.column, &b.id)));
        // What the original writes down twice is told once.
        findings.dedup();
        findings
    }
}

fn finding(record: &Record, severity: Severity, note: &Note) -> Finding {
    let about = &record.about;
    let subject = about.entry.map(|number| format!("{} entry {number}", about.file));
    Finding::new(record.check.clone(), severity, note.message.clone()).about(subject).at(Some(about.file.clone()), note.line, note.column)
}
