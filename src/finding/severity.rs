//! How bad a finding is, in the words of its step.

use serde::Serialize;

/// The words a step uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// error, warning, info, style: lint, check and test.
    Text,
    /// critical, high, medium, low, unknown: scan.
    Contents,
}

/// How bad a finding is; within a family the worst comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Wrong.
    Error,
    /// Somebody should look.
    Warning,
    /// Worth knowing.
    Info,
    /// A matter of taste.
    Style,
    /// As the vulnerability's source says.
    Critical,
    /// As the vulnerability's source says.
    High,
    /// As the vulnerability's source says.
    Medium,
    /// As the vulnerability's source says.
    Low,
    /// The source says nothing.
    Unknown,
}

impl Severity {
    /// All of them, worst first within each family.
    pub const ALL: [Self; 9] =
        [Self::Error, Self::Warning, Self::Info, Self::Style, Self::Critical, Self::High, Self::Medium, Self::Low, Self::Unknown];

    /// As people and documents name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Style => "style",
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Unknown => "unknown",
        }
    }

    /// Whose word it is.
    pub fn family(self) -> Family {
        if self <= Self::Style { Family::Text } else { Family::Contents }
    }

    /// The word of a family.
    pub fn parse(word: &str, family: Family) -> Option<Self> {
        Self::of(family).find(|severity| severity.as_str() == word)
    }

    /// The severities of a family, worst first.
    pub fn of(family: Family) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |severity| severity.family() == family)
    }

    /// Whether it is at least as bad as a threshold of its family.
    pub fn reaches(self, threshold: Self) -> bool {
        self.family() == threshold.family() && self <= threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_has_its_words_and_order() {
        assert_eq!(Severity::of(Family::Text).map(Severity::as_str).collect::<Vec<_>>(), ["error", "warning", "info", "style"]);
        assert_eq!(Severity::parse("high", Family::Text), None);
        assert_eq!(Severity::parse("high", Family::Contents), Some(Severity::High));
        assert!(Severity::Error.reaches(Severity::Warning) && !Severity::Info.reaches(Severity::Warning));
        assert!(!Severity::Error.reaches(Severity::Low), "families do not compare");
    }
}
