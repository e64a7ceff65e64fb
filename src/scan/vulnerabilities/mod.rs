//! Packages with known vulnerabilities.
//!
//! Advisories in the OSV form come from folders, zip files and mirrors ([`Advisories`]); each set is read once and kept by
//! package, so that a scan reads only those of installed packages. They are matched with the order of versions of their
//! ecosystem. Where the configuration chooses it, trivy or grype looks instead ([`Program`]). Nothing of the image is run.

mod advisories;
mod affected;
mod ecosystem;
mod finding;
mod fold;
mod json;
mod matching;
mod osv;
mod program;
mod range;
mod severity;
mod source;
mod store;
#[cfg(test)]
mod tests;

pub use advisories::Advisories;
pub use affected::affected;
pub use program::{Program, Target};

use super::{Found, Inventory, Subject};
use crate::finding::{Rule, Severity};

/// What this scanner finds. The id of a finding is that of the vulnerability.
pub const RULES: &[Rule] = &[
    Rule {
        id: "CVE-…",
        severity: Some(Severity::Unknown),
        text: "An installed package has a known vulnerability. The id is its CVE, else the id that the advisories give it; how severe it is \
           they say, too: critical from a CVSS score of 9.0, high from 7.0, medium from 4.0, low below.",
        bad: "openssl 3.0.11-1~deb12u1 is installed, and CVE-2023-5363 is fixed in 3.0.11-1~deb12u2",
        good: "openssl 3.0.11-1~deb12u2 is installed",
    },
    Rule {
        id: "package-installed",
        severity: Some(Severity::Unknown),
        text: "A package that somebody asks for with `--affected-by` is installed, and no advisory is about it.",
        bad: "--affected-by busybox, and busybox 1.35.0-4 is installed",
        good: "--affected-by busybox, and it is not installed",
    },
];

/// Looks for vulnerabilities of installed packages in advisories.
pub async fn scan(subject: &Subject<'_>, advisories: &Advisories) -> Found {
    let mut found = Found::default();
    let matches = matching::matches(subject.inventory, advisories, &mut found.errors).await;
    let told = matches.iter().filter(|one| subject.settings.unfixed || one.fixed.is_some());
    found.findings = told.map(|one| finding::of(subject, one)).collect();
    finding::sort(&mut found.findings);
    found
}

/// The kinds of advisories that the packages of an image need, such as `Debian` and `PyPI`.
pub fn ecosystems(inventory: &Inventory) -> Vec<&'static str> {
    ecosystem::of_inventory(inventory)
}

/// The severity of a word that people use for one.
pub(super) fn severity_word(word: &str) -> Option<Severity> {
    severity::word(word)
}

/// The severity of a CVSS score.
pub(super) fn severity_of_score(score: f64) -> Severity {
    severity::by_score(score)
}
