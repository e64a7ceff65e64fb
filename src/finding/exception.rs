//! Dated exceptions: findings that somebody accepts until a day.

use super::severity::{Family, Severity};
use super::shape::Finding;
use crate::name::{Pattern, PatternError};
use jiff::civil::Date;

/// The id of the finding that an exception becomes after its day.
pub const EXPIRED: &str = "expired_exception";

/// A finding that is accepted until a day, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The finding's id, or `*` for every one.
    pub id: String,
    /// The images it is for, on the whole reference without a stamp.
    pub image: Pattern,
    /// Its last day.
    pub until: Date,
    /// Why; never empty.
    pub reason: String,
}

/// Why something is no exception.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExceptionError {
    /// No id, or no reason.
    #[error("an exception needs {0}")]
    Missing(&'static str),
    /// Not a day.
    #[error("\"{0}\" is no day; write YYYY-MM-DD")]
    Day(String),
    /// The glob cannot be used.
    #[error(transparent)]
    Image(#[from] PatternError),
}

impl Exception {
    /// Puts one together.
    ///
    /// # Errors
    /// When id or reason are empty, `until` is no day `YYYY-MM-DD`, or the glob cannot be used.
    pub fn new(id: &str, image: &str, until: &str, reason: &str) -> Result<Self, ExceptionError> {
        let day = || ExceptionError::Day(until.to_owned());
        let shape = |at: usize, byte: u8| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
        if id.trim().is_empty() {
            return Err(ExceptionError::Missing("the id of a finding, or * for every one"));
        }
        if reason.trim().is_empty() {
            return Err(ExceptionError::Missing("a reason"));
        }
        if until.len() != 10 || !until.bytes().enumerate().all(|(at, byte)| shape(at, byte)) {
            return Err(day());
        }
        let until = until.parse().map_err(|_| day())?;
        Ok(Self { id: id.trim().to_owned(), image: Pattern::parse(image)?, until, reason: reason.trim().to_owned() })
    }

    /// Whether it still holds on a day; its last day counts.
    pub fn holds(&self, today: Date) -> bool {
        today <= self.until
    }

    /// Whether it is for this image.
    pub fn is_for(&self, reference: &str) -> bool {
        self.image.matches(reference)
    }

    /// Whether it covers a finding of an image.
    pub fn covers(&self, finding: &Finding, reference: &str) -> bool {
        (self.id == "*" || self.id == finding.id) && finding.id != EXPIRED && self.is_for(reference)
    }

    /// What it becomes after its day. It is less than what it covered: that counts again by itself.
    pub fn expired(&self, family: Family, subject: Option<&str>) -> Finding {
        let what = if self.id == "*" { "all findings".to_owned() } else { self.id.clone() };
        let severity = if family == Family::Text { Severity::Warning } else { Severity::Low };
        Finding::new(
            EXPIRED,
            severity,
            format!("the exception for {what} of {} ended on {}: {}", self.image.as_str(), self.until, self.reason),
        )
        .about(subject)
        .help(Some("correct what it covered and remove it, or give it a later day"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_counts_and_nonsense_is_refused() {
        let exception = Exception::new("DL3008", "*/python3:*", "2026-12-31", "until 2.0").unwrap();
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert!(exception.holds(day("2026-12-31")) && !exception.holds(day("2027-01-01")));
        assert!(exception.is_for("r.example/x/python3:1") && !exception.is_for("r.example/x/python3-build:1"));
        for (id, until, reason, said) in [
            ("", "2026-12-31", "x", "the id"),
            ("a", "2026-12-31", " ", "a reason"),
            ("a", "20261231", "x", "YYYY-MM-DD"),
            ("a", "2026-13-31", "x", "YYYY-MM-DD"),
            ("a", "2026-12-31T", "x", "YYYY-MM-DD"),
            ("a", "soon", "x", "YYYY-MM-DD"),
        ] {
            let error = Exception::new(id, "*", until, reason).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
