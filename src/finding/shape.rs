//! One finding, and how many there are.

use super::severity::Severity;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Something that breaks a rule, in the shape of CLI.md.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule, the test or the vulnerability.
    pub id: Cow<'static, str>,
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
    /// The last day (`YYYY-MM-DD`) of the exception that covers it; none where none does.
    pub excepted_until: Option<String>,
    /// Further paths that the same is true of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// What it is in, of a scan.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub affected: Option<Affected>,
}

impl Finding {
    /// A finding that says nothing of where it is and what to do.
    pub fn new(id: impl Into<Cow<'static, str>>, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            severity,
            subject: None,
            message: message.into(),
            path: None,
            line: None,
            column: None,
            approximate: false,
            help: None,
            excepted_until: None,
            also: Vec::new(),
            affected: None,
        }
    }

    /// On this definition.
    pub fn about(self, subject: Option<impl Into<String>>) -> Self {
        Self { subject: subject.map(Into::into), ..self }
    }

    /// In this file, at this line and column.
    pub fn at(self, path: Option<String>, line: Option<usize>, column: Option<usize>) -> Self {
        Self { path, line, column, ..self }
    }

    /// Whether its place is only where the cause may be.
    pub fn roughly(self, approximate: bool) -> Self {
        Self { approximate, ..self }
    }

    /// With what to do about it.
    pub fn help(self, help: Option<impl Into<String>>) -> Self {
        Self { help: help.map(Into::into), ..self }
    }

    /// In this package.
    pub fn of_package(self, affected: Affected) -> Self {
        Self { affected: Some(affected), ..self }
    }

    /// Under an exception that ends on this day.
    pub fn excepted(self, until: Option<String>) -> Self {
        Self { excepted_until: until, ..self }
    }
}

/// What a scan's finding is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Affected {
    /// The package.
    pub package: String,
    /// Its version in the image.
    pub version: String,
    /// The version that has it no more, where there is one.
    pub fixed: Option<String>,
    /// The digest of the layer that brought it, where that is known.
    pub layer: Option<String>,
}

/// How many findings there are. Those of a scan are in no document but the run record, by [`Counts::by_severity`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Of severity error.
    pub error: usize,
    /// Of severity warning.
    pub warning: usize,
    /// Of severity info.
    pub info: usize,
    /// Of severity style.
    pub style: usize,
    /// Of severity critical.
    #[serde(skip)]
    pub critical: usize,
    /// Of severity high.
    #[serde(skip)]
    pub high: usize,
    /// Of severity medium.
    #[serde(skip)]
    pub medium: usize,
    /// Of severity low.
    #[serde(skip)]
    pub low: usize,
    /// Of severity unknown.
    #[serde(skip)]
    pub unknown: usize,
    /// Silenced by comments, and counted nowhere else.
    pub silenced: usize,
    /// Covered by an exception, and counted nowhere else.
    pub excepted: usize,
}

impl Counts {
    /// Counts findings by severity, those under an exception apart.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            match finding.excepted_until {
                Some(_) => counts.excepted += 1,
                None => *counts.slot(finding.severity) += 1,
            }
        }
        counts
    }

    /// How many of each severity, by its name; without those that there are none of.
    pub fn by_severity(mut self) -> BTreeMap<&'static str, usize> {
        let all = Severity::ALL.map(|severity| (severity.as_str(), *self.slot(severity)));
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }

    fn slot(&mut self, severity: Severity) -> &mut usize {
        match severity {
            Severity::Error => &mut self.error,
            Severity::Warning => &mut self.warning,
            Severity::Info => &mut self.info,
            Severity::Style => &mut self.style,
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
            Severity::Unknown => &mut self.unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: Severity, excepted: bool) -> Finding {
        Finding::new("x", severity, "").excepted(excepted.then(|| "2026-12-31".to_owned()))
    }

    #[test]
    fn what_an_exception_covers_is_counted_apart() {
        let list = [finding(Severity::Error, false), finding(Severity::Error, true), finding(Severity::High, false)];
        let counts = Counts::of(&list);
        assert_eq!((counts.error, counts.excepted, counts.high), (1, 1, 1));
        assert_eq!(counts.by_severity(), BTreeMap::from([("error", 1), ("high", 1)]));
    }

    #[test]
    fn the_shape_is_that_of_the_contract() {
        let keys = |finding: &Finding| {
            let value = serde_json::to_value(finding).unwrap();
            value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
        };
        let plain = finding(Severity::Info, false);
        assert_eq!(keys(&plain), "id severity subject message path line column approximate help excepted_until");
        let affected = Some(Affected { package: "p".into(), version: "1".into(), fixed: None, layer: None });
        assert!(keys(&Finding { affected, ..plain }).ends_with("excepted_until package version fixed layer"));
    }
}
