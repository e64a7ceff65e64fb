//! Which findings somebody looks at first.

use crate::finding::Finding;
use crate::scan::Scanned;
use std::collections::BTreeSet;

/// The findings that no exception covers, the worst first; of equals those that can be repaired. One in many packages of
/// the same source stands there once for each.
pub fn worst(image: &Scanned) -> Vec<&Finding> {
    let mut list: Vec<&Finding> = image.findings().filter(|finding| finding.excepted_until.is_none()).collect();
    list.sort_by_key(|finding| (finding.severity, !has_fix(finding), &finding.id, package(finding)));
    let mut told = BTreeSet::new();
    list.retain(|finding| told.insert((finding.id.as_ref(), package(finding), finding.path.as_deref(), finding.line, said(finding))));
    list
}

/// What tells findings apart that are about no package and no file, such as those of two variables.
fn said(finding: &Finding) -> Option<&str> {
    let of_thing = finding.path.is_some() || package(finding).is_some_and(|package| !package.is_empty());
    (!of_thing).then_some(finding.message.as_str())
}

fn has_fix(finding: &Finding) -> bool {
    finding.affected.as_ref().is_some_and(|affected| affected.fixed.is_some())
}

fn package(finding: &Finding) -> Option<&str> {
    finding.affected.as_ref().map(|affected| affected.package.as_str())
}
