//! Packages of Python, Node, Ruby and Rust against what their indexes offer now.
//!
//! Indexes are asked at the addresses of the configuration only; a kind without an address is not asked for. One kind that
//! fails is told, and the others count all the same.

mod ask;
mod cargo;
mod gem;
mod kinds;
mod npm;
mod pypi;

use super::{Found, Subject};
use crate::fetch::Fetcher;
use crate::finding::{Finding, Rule, Severity};
use ask::Asked;
use futures_util::future::{BoxFuture, join_all};
use tokio::time::Instant;

/// What this scanner finds.
pub const RULES: &[Rule] = &[Rule {
    id: "language-update",
    severity: Some(Severity::Low),
    text: "The index of a language has a newer version of an installed package; versions before a release and withdrawn ones do not count.",
    bad: "requests 2.25.0 is installed, and 2.32.3 is offered",
    good: "requests 2.32.3 is installed, and only 3.0.0a1 is newer",
}];

/// Looks for updates. All kinds are asked at once; four fifths of the scanner's time are for the network.
pub async fn scan(subject: &Subject<'_>, fetcher: &Fetcher) -> Found {
    let deadline = Instant::now() + subject.settings.timeout.mul_f64(0.8);
    let mut asking: Vec<BoxFuture<'_, Asked<'_>>> = Vec::new();
    for index in &kinds::INDEXES {
        if let Some(address) = subject.settings.indexes.get(index.kind.as_str()) {
            asking.push(Box::pin(ask::ask(subject, fetcher, index, address, deadline)));
        }
    }
    let asked = join_all(asking).await;
    let mut found = Found::default();
    for Asked { updates, errors } in asked {
        found.errors.extend(errors);
        found.findings.extend(updates.into_iter().map(|(package, to)| {
            let message = format!("{} {} can become {to}, from the index {}", package.name, package.version, package.kind.as_str());
            let finding = Finding::new(RULES[0].id, Severity::Low, message).about(subject.name);
            finding
                .of_package(subject.affected(package, Some(to)))
                .help(Some(format!("{} tells of it; update it where the image installs it", package.location)))
        }));
    }
    found
}
