//! Where the checks of one file put what they find.

use super::table::RULES;
use crate::config::yaml::Place;
use crate::finding::{Finding, Severity, find};

/// A finding of a rule, at a place of a file.
pub(super) fn finding(id: &'static str, path: &str, place: Place, message: impl Into<String>) -> Finding {
    let severity = find(RULES, id).and_then(|rule| rule.severity).unwrap_or(Severity::Error);
    // A file that cannot be read has no place.
    let at = |number: usize| (number > 0).then_some(number);
    Finding::new(id, severity, message).at(Some(path.to_owned()), at(place.line), at(place.column))
}

/// What was found in one file.
pub(super) struct Notes<'a> {
    path: &'a str,
    found: Vec<Finding>,
}

impl<'a> Notes<'a> {
    pub(super) fn of(path: &'a str) -> Self {
        Self { path, found: Vec::new() }
    }

    pub(super) fn tell(&mut self, id: &'static str, place: Place, message: impl Into<String>) {
        self.found.push(finding(id, self.path, place, message));
    }

    /// Adds to the last finding what to do about it.
    pub(super) fn help(&mut self, help: impl Into<String>) {
        if let Some(last) = self.found.last_mut() {
            last.help = Some(help.into());
        }
    }

    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    /// Says of which entry the findings since `start` are; gives the first error among them.
    pub(super) fn about(&mut self, start: usize, subject: Option<&str>) -> Option<String> {
        let found = &mut self.found[start..];
        for finding in &mut *found {
            finding.subject = subject.map(str::to_owned);
        }
        found.iter().find(|finding| finding.severity == Severity::Error).map(|finding| finding.message.clone())
    }

    pub(super) fn into_found(self) -> Vec<Finding> {
        self.found
    }
}
