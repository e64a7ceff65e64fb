//! What changed between two versions of an image.

use crate::finding::Finding;
use crate::scan::{Difference, Scanned};
use std::collections::BTreeSet;

/// What makes two findings the same, whatever version of a package they are about.
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
    let place = finding.path.as_deref().unwrap_or_default();
    (&finding.id, package.unwrap_or_default(), if package.is_some() { "" } else { place })
}

fn incomplete(now: &Scanned, before: &Scanned) -> Option<String> {
    let broken =
        |image: &Scanned| image.scanners.iter().filter(|report| report.error.is_some()).map(|report| report.name.clone()).collect();
    let all: BTreeSet<String> = [broken(now), broken(before)].into_iter().flat_map(|names: Vec<String>| names).collect();
    (!all.is_empty()).then(|| format!("incomplete, because of errors: {}", all.into_iter().collect::<Vec<_>>().join(", ")))
}
