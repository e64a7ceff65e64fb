//! How severe an advisory is: scores of CVSS vectors, else the words of its source.

use super::osv::{Advisory, AffectedPackage, Rating, Specific};
use crate::finding::Severity;
use cvss::Cvss;
use std::str::FromStr as _;

/// The longest vector that is read, in bytes; one with every metric is shorter.
const LONGEST: usize = 512;

/// The words of sources. Source: GitHub's advisories, Debian's security tracker, Ubuntu's priorities, Red Hat's ratings.
const WORDS: &[(&str, Severity)] = &[
    ("critical", Severity::Critical),
    ("important", Severity::High),
    ("high", Severity::High),
    ("moderate", Severity::Medium),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
    ("minor", Severity::Low),
    ("negligible", Severity::Low),
    ("unimportant", Severity::Low),
];

/// How severe something is, with the score where one was computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rated {
    /// The word.
    pub severity: Severity,
    /// 0.0 to 10.0.
    pub score: Option<f64>,
}

impl Rated {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { severity: Severity::Unknown, score: None };

    /// The worse of two.
    pub fn or_worse(self, other: Self) -> Self {
        let worse = |one: &Self| (one.severity, std::cmp::Reverse(one.score.map(|score| (score * 10.0) as i64)));
        if worse(&other) < worse(&self) { other } else { self }
    }
}

/// How severe an advisory is for a package: its vectors, of which the newest form counts, else words.
pub fn of(advisory: &Advisory, affected: &AffectedPackage) -> Rated {
    let ratings = || affected.severity.iter().chain(&advisory.severity);
    let vectors = ["CVSS_V4", "CVSS_V3", "CVSS_V2"].into_iter().flat_map(|kind| ratings().filter(move |rating| rating.kind == kind));
    if let Some(score) = vectors.filter_map(|rating| score(&rating.score)).next() {
        return Rated { severity: by_score(score), score: Some(score) };
    }
    let words = said(&affected.ecosystem_specific).chain(said(&affected.database_specific)).chain(said(&advisory.database_specific));
    let own = ratings().map(|Rating { score, .. }| score.as_str());
    // `Important: httpd security update` is how Red Hat and its relatives begin.
    let first = advisory.summary.split_once(':').map(|(word, _)| word);
    let severity = words.chain(own).chain(first).find_map(word).unwrap_or(Severity::Unknown);
    Rated { severity, score: None }
}

/// The score of a vector of CVSS 2.0, 3.0, 3.1 or 4.0. Source: FIRST, the specifications of CVSS.
pub fn score(vector: &str) -> Option<f64> {
    if vector.len() > LONGEST {
        return None;
    }
    let score = Cvss::from_str(vector.trim()).ok()?.score();
    score.is_finite().then(|| score.clamp(0.0, 10.0))
}

/// The word of a score. Source: CVSS 3.1 and 4.0, "Qualitative Severity Rating Scale"; none is as good as low.
pub fn by_score(score: f64) -> Severity {
    match score {
        9.0.. => Severity::Critical,
        7.0.. => Severity::High,
        4.0.. => Severity::Medium,
        _ => Severity::Low,
    }
}

/// The severity of a word; Debian marks some with `*`.
pub fn word(text: &str) -> Option<Severity> {
    let text = text.trim().trim_end_matches('*');
    WORDS.iter().find(|(word, _)| text.eq_ignore_ascii_case(word)).map(|(_, severity)| *severity)
}

fn said(specific: &Specific) -> impl Iterator<Item = &str> {
    [&specific.urgency, &specific.severity, &specific.priority].into_iter().filter_map(|word| word.as_deref())
}
