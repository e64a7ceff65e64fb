//! Several advisories about one vulnerability are one finding: GitHub's, Python's and the system's own name one CVE.

use super::matching::Hit;
use std::collections::{BTreeMap, BTreeSet};

/// Groups what was found for one package by the ids they share, however these lead to each other. An advisory that only
/// bundles vulnerabilities which are found by themselves is left out.
pub fn fold<'a, 'b>(hits: &'b [Hit<'a>]) -> Vec<Vec<&'b Hit<'a>>> {
    let single: BTreeSet<&str> = hits.iter().filter(|hit| !is_bundle(hit)).flat_map(|hit| ids(hit)).collect();
    let counts = |hit: &&Hit<'_>| !is_bundle(hit) || !bundled(hit).all(|id| single.contains(id));
    let hits: Vec<&Hit<'a>> = hits.iter().filter(counts).collect();
    // Each id belongs to a group, named by the place of a hit; groups that meet take the lower name.
    let mut group: Vec<usize> = (0..hits.len()).collect();
    let mut owner: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, hit) in hits.iter().enumerate() {
        for id in ids(hit) {
            let other = *owner.entry(id).or_insert(at);
            let (one, other) = (root(&group, at), root(&group, other));
            group[one.max(other)] = one.min(other);
        }
    }
    let mut groups: BTreeMap<usize, Vec<&Hit<'a>>> = BTreeMap::new();
    for (at, hit) in hits.into_iter().enumerate() {
        groups.entry(root(&group, at)).or_default().push(hit);
    }
    groups.into_values().collect()
}

/// All names of a group, the preferred one first: CVE before others, then the oldest.
pub fn names(group: &[&Hit<'_>]) -> Vec<String> {
    let all: BTreeSet<&str> =
        group.iter().flat_map(|hit| ids(hit).chain(is_bundle(hit).then_some(bundled(hit)).into_iter().flatten())).collect();
    // A bundle of several keeps its own name: none of theirs would say what it is.
    let own = (group.len() == 1 && is_bundle(group[0])).then(|| group[0].advisory.id.as_str());
    let mut names: Vec<&str> = all.into_iter().collect();
    names.sort_by_key(|name| (Some(*name) != own, preference(name)));
    names.into_iter().map(str::to_owned).collect()
}

fn root(group: &[usize], mut at: usize) -> usize {
    // Every step leads to a lower number, so it ends.
    while group[at] != at {
        at = group[at];
    }
    at
}

/// Its own id, its aliases, and the one vulnerability that it tells of.
fn ids<'h>(hit: &'h Hit<'_>) -> impl Iterator<Item = &'h str> {
    let upstream = if hit.advisory.upstream.len() == 1 { hit.advisory.upstream.as_slice() } else { &[] };
    [&hit.advisory.id].into_iter().chain(&hit.advisory.aliases).chain(upstream).map(String::as_str).filter(|id| !id.is_empty())
}

/// Whether it tells of several vulnerabilities at once, as a notice of a distribution does.
fn is_bundle(hit: &Hit<'_>) -> bool {
    bundled(hit).take(2).count() > 1
}

fn bundled<'h>(hit: &'h Hit<'_>) -> impl Iterator<Item = &'h str> {
    let advisory = hit.advisory;
    // Red Hat's relatives write them under `related`.
    let is_notice = advisory.aliases.is_empty() && !advisory.id.starts_with("CVE-") && !advisory.id.starts_with("GHSA-");
    let related = if advisory.upstream.is_empty() && is_notice { advisory.related.as_slice() } else { &[] };
    advisory.upstream.iter().chain(related).map(String::as_str).filter(|id| id.starts_with("CVE-"))
}

/// CVEs first, then GitHub's, then others; by year and number.
fn preference(name: &str) -> (u8, u64, u64, &str) {
    let kind = match name.split('-').next() {
        Some("CVE") => 0,
        Some("GHSA") => 1,
        _ => 2,
    };
    let mut numbers = name.split('-').filter_map(|part| part.parse::<u64>().ok());
    let (year, number) = if kind == 0 { (numbers.next(), numbers.next()) } else { (None, None) };
    (kind, year.unwrap_or_default(), number.unwrap_or_default(), name)
}
