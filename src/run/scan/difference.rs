//! What changed between two versions of an image.

use crate::finding::Finding;
use crate::scan::{Difference, Scanned, verify};
use std::collections::BTreeSet;

/// What makes two findings the same, whatever version of a package they are about: the place counts where they are about a file
/// and not about the package, which may be elsewhere in another version.
type Key<'a> = (&'a str, &'a str, &'a str);

/// What an image has that `before` did not have, and the other way round. What an exception covers does not count.
pub fn difference(now: &Scanned, before: &Scanned) -> Difference {
    let error = before.error.clone().or_else(|| incomplete(now, before));
    if before.error.is_some() {
        return Difference { reference: before.reference.clone(), added: Vec::new(), fixed: Vec::new(), error };
    }
    Difference { reference: before.reference.clone(), added: without(now, before), fixed: without(before, now), error }
}

/// The findings of one that the other does not have.
fn without(one: &Scanned, other: &Scanned) -> Vec<Finding> {
    let known: BTreeSet<Key<'_>> = findings(other).map(key).collect();
    let mut told: BTreeSet<Key<'_>> = BTreeSet::new();
    let mut list: Vec<Finding> = findings(one).filter(|found| !known.contains(&key(found)) && told.insert(key(found))).cloned().collect();
    list.sort_by(|a, b| (a.severity, &a.id).cmp(&(b.severity, &b.id)));
    list
}

/// Exceptions that ended say nothing of an image.
fn findings(image: &Scanned) -> impl Iterator<Item = &Finding> {
    image.scanners.iter().flat_map(|report| &report.findings).filter(|finding| finding.excepted_until.is_none())
}

fn key(finding: &Finding) -> Key<'_> {
    let package = finding.affected.as_ref().map(|affected| affected.package.as_str()).filter(|package| !package.is_empty());
    // Two variables of the environment, or two switches of a label, differ in nothing but the words.
    let place = finding.path.as_deref().unwrap_or(&finding.message);
    let of_package = package.is_some() && !verify::RULES.iter().any(|rule| rule.id == finding.id);
    (&finding.id, package.unwrap_or_default(), if of_package { "" } else { place })
}

fn incomplete(now: &Scanned, before: &Scanned) -> Option<String> {
    let broken =
        |image: &Scanned| image.scanners.iter().filter(|report| report.error.is_some()).map(|report| report.name.clone()).collect();
    let all: BTreeSet<String> = [broken(now), broken(before)].into_iter().flat_map(|names: Vec<String>| names).collect();
    (!all.is_empty()).then(|| format!("incomplete, because of errors: {}", all.into_iter().collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Affected, Severity};
    use crate::scan::{Report, Status};

    fn image(findings: &[(&'static str, &str)]) -> Scanned {
        let package = Affected { package: "zlib1g".into(), version: "1".into(), fixed: None, layer: None };
        let finding = |(id, path): &(&'static str, &str)| {
            Finding::new(*id, Severity::High, "m").of_package(package.clone()).at(Some((*path).to_owned()), None, None)
        };
        let findings = findings.iter().map(finding).collect();
        let report = Report { name: "x".into(), status: Status::Findings, seconds: 0.0, error: None, findings };
        Scanned { scanners: vec![report], ..Scanned::new("r.example/app:1", None) }
    }

    #[test]
    fn another_file_of_the_same_package_is_new() {
        let altered = verify::RULES[0].id;
        let found = difference(&image(&[(altered, "/a"), (altered, "/b")]), &image(&[(altered, "/a"), (altered, "/c")]));
        let paths = |list: &[Finding]| list.iter().filter_map(|one| one.path.clone()).collect::<Vec<_>>();
        assert_eq!((paths(&found.added), paths(&found.fixed)), (vec!["/b".to_owned()], vec!["/c".to_owned()]));
    }

    #[test]
    fn another_variable_with_a_secret_is_new() {
        let secret = |name: &str| Finding::new("secret-in-environment", Severity::High, format!("the variable {name}"));
        let with = |names: &[&str]| {
            let report = Report { findings: names.iter().map(|name| secret(name)).collect(), ..image(&[]).scanners.remove(0) };
            Scanned { scanners: vec![report], ..Scanned::new("r.example/app:1", None) }
        };
        let found = difference(&with(&["A_TOKEN", "B_TOKEN"]), &with(&["A_TOKEN"]));
        assert_eq!((found.added.len(), found.added[0].message.as_str(), found.fixed.len()), (1, "the variable B_TOKEN", 0));
    }

    #[test]
    fn a_package_that_moved_is_the_same() {
        let found = difference(&image(&[("CVE-2026-1", "/app-2/x")]), &image(&[("CVE-2026-1", "/app-1/x")]));
        assert!(found.added.is_empty() && found.fixed.is_empty());
    }
}
