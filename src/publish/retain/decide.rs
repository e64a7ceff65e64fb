//! The decision: facts in, a verdict for each tag out. No clock, no registry.

use super::facts::Facts;
use super::owners::{Claim, Standing};
use super::reason::{Action, Reason};
use super::stamp::Usage;
use crate::name::{Digest, Pattern};
use std::collections::{BTreeMap, HashMap};

/// A tag with all that is known of it.
#[derive(Clone, Debug)]
pub struct Item {
    /// The place of its repository among the shelves' names.
    pub home: usize,
    /// The tag.
    pub tag: String,
    /// Whose its name is.
    pub claim: Option<Claim>,
    /// What it holds; `None` where that was not asked because the name alone keeps it.
    pub digest: Option<Digest>,
    /// When it was first seen with this digest, in seconds since 1970.
    pub first: i64,
    /// Since when it is marked.
    pub marked: Option<i64>,
}

/// What is said in general.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Tags, or whole references, that always stay.
    pub keep: Vec<Pattern>,
    /// Seconds that a tag stays after it was first seen or last used.
    pub min_age: i64,
    /// Seconds from mark to removal.
    pub grace: i64,
    /// Seconds since 1970.
    pub now: i64,
}

/// All that the decision rests on.
pub struct Shelf<'a> {
    /// The names of the repositories.
    pub homes: &'a [String],
    /// All tags.
    pub items: &'a [Item],
    /// What is known of manifests.
    pub facts: &'a BTreeMap<Digest, Facts>,
    /// When images of a repository were used.
    pub used: &'a HashMap<(usize, Digest), Usage>,
    /// Whether a label `io.cooperage.repository` is the catalogue's.
    pub is_ours: &'a dyn Fn(&str) -> bool,
}

/// What is done with a tag, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What.
    pub action: Action,
    /// Why.
    pub reason: Reason,
}

impl Verdict {
    fn kept(reason: Reason) -> Self {
        Self { action: Action::Kept, reason }
    }
}

/// What name and age alone decide; `None` where the image itself counts.
pub fn by_name(item: &Item, home: &str, policy: &Policy) -> Option<Verdict> {
    match item.claim.as_ref().map(|claim| claim.standing) {
        Some(Standing::Named) => return Some(Verdict::kept(Reason::Current)),
        Some(Standing::Floating) => return Some(Verdict::kept(Reason::Floating)),
        Some(Standing::Released) => return Some(Verdict::kept(Reason::Release)),
        Some(Standing::Old) | None => {}
    }
    let whole = reference(home, &item.tag);
    if let Some(pattern) = policy.keep.iter().find(|pattern| pattern.matches(&item.tag) || pattern.matches(&whole)) {
        return Some(Verdict::kept(Reason::Pattern(pattern.as_str().to_owned())));
    }
    if policy.now.saturating_sub(item.first) >= policy.min_age {
        return None;
    }
    Some(match item.claim {
        Some(_) => Verdict::kept(Reason::Recent { first: item.first }),
        None => Verdict { action: Action::Foreign, reason: Reason::Stranger },
    })
}

/// The verdict for each item, in their order.
pub fn decide(shelf: &Shelf<'_>, policy: &Policy) -> Vec<Verdict> {
    let mut verdicts: Vec<Option<Verdict>> = shelf.items.iter().map(|item| first_verdict(shelf, item, policy)).collect();
    spread(shelf, &mut verdicts);
    finish(shelf, policy, verdicts)
}

fn reference(home: &str, tag: &str) -> String {
    format!("{home}:{tag}")
}

fn first_verdict(shelf: &Shelf<'_>, item: &Item, policy: &Policy) -> Option<Verdict> {
    if let Some(verdict) = by_name(item, &shelf.homes[item.home], policy) {
        return Some(verdict);
    }
    // What was not looked at cannot go.
    let Some(digest) = &item.digest else { return Some(Verdict::kept(Reason::Moved)) };
    let facts = shelf.facts.get(digest);
    let labelled = facts.is_some_and(|facts| facts.repositories.iter().any(|name| (shelf.is_ours)(name)));
    if item.claim.is_none() && !labelled {
        return Some(Verdict { action: Action::Foreign, reason: Reason::Stranger });
    }
    let usage = shelf.used.get(&(item.home, digest.clone()));
    if facts.is_some_and(|facts| facts.permanent) || usage.is_some_and(|usage| usage.permanent) {
        return Some(Verdict::kept(Reason::Permanent));
    }
    let used = usage.map(|usage| usage.last_used).filter(|at| policy.now.saturating_sub(*at) < policy.min_age)?;
    Some(Verdict::kept(Reason::Used { at: used }))
}

/// Lets everything stay that something which stays refers to, until nothing changes any more.
fn spread(shelf: &Shelf<'_>, verdicts: &mut [Option<Verdict>]) {
    let mut here: HashMap<(usize, &Digest), Vec<usize>> = HashMap::new();
    let mut anywhere: HashMap<&Digest, Vec<usize>> = HashMap::new();
    let mut named: HashMap<String, usize> = HashMap::new();
    for (at, item) in shelf.items.iter().enumerate().filter(|(at, _)| verdicts[*at].is_none()) {
        if let Some(digest) = &item.digest {
            here.entry((item.home, digest)).or_default().push(at);
            anywhere.entry(digest).or_default().push(at);
            named.insert(reference(&shelf.homes[item.home], &item.tag), at);
        }
    }
    let mut left: Vec<usize> = (0..shelf.items.len()).filter(|at| verdicts[*at].is_some()).collect();
    // Reasons do not depend on where the work begins.
    left.reverse();
    while let Some(at) = left.pop() {
        let item = &shelf.items[at];
        let is_foreign = verdicts[at].as_ref().is_some_and(|verdict| verdict.action == Action::Foreign);
        let Some(digest) = &item.digest else { continue };
        let own = reference(&shelf.homes[item.home], &item.tag);
        let mut keep = |found: Option<&Vec<usize>>, reason: &dyn Fn(String) -> Reason| {
            for &other in found.into_iter().flatten() {
                if verdicts[other].is_none() {
                    verdicts[other] = Some(Verdict::kept(reason(own.clone())));
                    left.push(other);
                }
            }
        };
        keep(here.get(&(item.home, digest)), &Reason::SameDigest);
        let Some(facts) = shelf.facts.get(digest) else { continue };
        for child in &facts.children {
            keep(here.get(&(item.home, child)), &Reason::PartOf);
        }
        // What others made from our images has its own copy of the layers.
        if !is_foreign {
            for base in &facts.bases {
                keep(anywhere.get(base), &Reason::BaseOf);
            }
            for base in &facts.base_names {
                keep(named.get(base).map(|at| vec![*at]).as_ref(), &Reason::BaseOf);
            }
        }
    }
}

/// What is left is marked, or goes: a digest with all its tags, or not at all.
fn finish(shelf: &Shelf<'_>, policy: &Policy, verdicts: Vec<Option<Verdict>>) -> Vec<Verdict> {
    let since = |item: &Item| item.marked.unwrap_or(policy.now);
    let is_due = |item: &Item| policy.now.saturating_sub(since(item)) >= policy.grace;
    let mut waiting: HashMap<(usize, &Digest), &str> = HashMap::new();
    for (item, _) in shelf.items.iter().zip(&verdicts).filter(|(item, verdict)| verdict.is_none() && !is_due(item)) {
        if let Some(digest) = &item.digest {
            waiting.entry((item.home, digest)).or_insert(&item.tag);
        }
    }
    let last = |item: &Item| {
        let (since, until) = (since(item), since(item).saturating_add(policy.grace));
        let other = item.digest.as_ref().and_then(|digest| waiting.get(&(item.home, digest)));
        match (is_due(item), other) {
            (false, _) => Verdict { action: Action::Marked, reason: Reason::Unneeded { since, until } },
            (true, Some(other)) => Verdict { action: Action::Marked, reason: Reason::WaitsFor(reference(&shelf.homes[item.home], other)) },
            (true, None) => Verdict { action: Action::Deleted, reason: Reason::Due { since } },
        }
    };
    shelf.items.iter().zip(verdicts).map(|(item, verdict)| verdict.unwrap_or_else(|| last(item))).collect()
}
