//! Whether a new advisory, or what is known of a package, concerns an inventory that was kept.

use super::matching;
use super::{Advisories, ecosystems, finding};
use crate::finding::{Affected, Finding, Severity};
use crate::scan::{Found, Inventory, Subject};

/// What is known of an id of an advisory or of a package in an inventory. With an id: its vulnerability, in every package
/// that has it. With the name of a package, or of the source package of some: its vulnerabilities; without any, a finding
/// that it is installed.
pub async fn affected(advisories: &Advisories, what: &str, subject: &Subject<'_>) -> Found {
    let mut found = Found::default();
    let inventory = subject.inventory;
    let named = inventory.packages.iter().filter(|package| {
        package.name.eq_ignore_ascii_case(what) || package.source.as_ref().is_some_and(|source| source.name.eq_ignore_ascii_case(what))
    });
    let named = Inventory { os: inventory.os.clone(), packages: named.cloned().collect(), troubles: Vec::new() };
    let about_id = advisories.of_id(what, &ecosystems(inventory), &mut found.errors).await;
    let mut matches = matching::of(inventory, &about_id, &mut found.errors);
    if !named.packages.is_empty() {
        matches.extend(matching::matches(&named, advisories, &mut found.errors).await);
    }
    found.findings = matches.iter().map(|one| finding::of(subject, one)).collect();
    let silent = named.packages.iter().filter(|package| matches.iter().all(|one| one.package != *package));
    found.findings.extend(silent.map(|package| {
        let affected = Affected { package: package.name.clone(), version: package.version.clone(), fixed: None, layer: None };
        let message = format!("{} {} is installed, and no advisory is known", package.name, package.version);
        let finding = Finding::new("package-installed", Severity::Unknown, message).about(subject.name).of_package(affected);
        finding.at(Some(package.location.clone()), None, None)
    }));
    finding::sort(&mut found.findings);
    found
}
