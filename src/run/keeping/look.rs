//! Asks for what the decision needs, and for nothing where names and ages decide.

use super::KeepError;
use super::estate::Estate;
use crate::name::{Digest, Tag};
use crate::publish::retain::{Action, Facts, Item, Policy, Reason, Record, Seen, Usage, by_name, facts, stamp_tag, usage};
use crate::registry::{Lookup, Named, RegistryError};
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a look at the repositories has found.
pub(super) struct Found {
    pub items: Vec<Item>,
    pub facts: BTreeMap<Digest, Facts>,
    pub used: HashMap<(usize, Digest), Usage>,
}

/// Looks. `record` is what was known before; it learns what is new.
pub(super) async fn look(estates: &[Estate], record: &mut Record, policy: &Policy, parallel: usize) -> Result<Found, KeepError> {
    check_whole(estates, record, parallel).await?;
    let mut items = items(estates, record, policy.now);
    let mut found = Found { items: Vec::new(), facts: BTreeMap::new(), used: HashMap::new() };
    if open(estates, &items, policy).next().is_some() {
        ask_digests(estates, &mut items, policy.now, parallel).await?;
        let asked: BTreeSet<(usize, Digest)> = items.iter().filter_map(|item| Some((item.home, item.digest.clone()?))).collect();
        found.facts = ask_facts(estates, asked, record, parallel).await?;
        let questions: BTreeSet<(usize, Digest)> =
            open(estates, &items, policy).filter_map(|item| Some((item.home, item.digest.clone()?))).collect();
        found.used = ask_usage(estates, questions, parallel).await?;
    }
    remember(estates, &items, &found, record);
    found.items = items;
    Ok(found)
}

/// The items that neither name nor age keeps.
fn open<'a>(estates: &'a [Estate], items: &'a [Item], policy: &'a Policy) -> impl Iterator<Item = &'a Item> {
    items.iter().filter(|item| by_name(item, &estates[item.home].home.name, policy).is_none())
}

fn items(estates: &[Estate], record: &Record, now: i64) -> Vec<Item> {
    let mut items = Vec::with_capacity(estates.iter().map(|estate| estate.tags.len()).sum());
    for (home, estate) in estates.iter().enumerate() {
        let known = record.tags.get(&estate.home.name);
        for tag in &estate.tags {
            let seen = known.and_then(|known| known.get(tag));
            items.push(Item {
                home,
                tag: tag.clone(),
                claim: estate.home.claim(tag),
                digest: seen.and_then(|seen| seen.digest.clone()),
                first: seen.map_or(now, |seen| seen.first),
                marked: seen.and_then(|seen| seen.marked),
            });
        }
    }
    items
}

/// A list that lacks what is known to be there is not whole, and what it lacks could lose its image.
async fn check_whole(estates: &[Estate], record: &Record, parallel: usize) -> Result<(), KeepError> {
    let mut missing: Vec<(&Estate, String)> = Vec::new();
    for estate in estates {
        let listed = |tag: &str| estate.tags.binary_search_by(|one| one.as_str().cmp(tag)).is_ok();
        let known = record.tags.get(&estate.home.name).into_iter().flatten().map(|(tag, _)| tag.as_str());
        let expected: BTreeSet<&str> = estate.home.named().chain(known).filter(|tag| !listed(tag)).collect();
        missing.extend(expected.into_iter().map(|tag| (estate, tag.to_owned())));
    }
    let asked = missing.into_iter().map(|(estate, tag)| async move {
        let Ok(name) = Tag::parse(&tag) else { return Ok(()) };
        if estate.repository.head(Named::Tag(&name)).await? == Lookup::Absent {
            return Ok(());
        }
        // Somebody may have written it since the list was read.
        if estate.repository.tags().await?.contains(&tag) {
            return Ok(());
        }
        Err(KeepError::NotWhole { repository: estate.home.name.clone(), tag })
    });
    futures_util::stream::iter(asked).buffer_unordered(parallel.max(1)).try_collect::<Vec<()>>().await.map(drop)
}

/// What every tag holds now. A tag that moved counts as new; one that is gone is left out.
async fn ask_digests(estates: &[Estate], items: &mut Vec<Item>, now: i64, parallel: usize) -> Result<(), KeepError> {
    let asked = std::mem::take(items).into_iter().map(|mut item| async move {
        let Ok(name) = Tag::parse(&item.tag) else { return Ok(None) };
        let Lookup::Found(digest) = estates[item.home].repository.head(Named::Tag(&name)).await? else { return Ok(None) };
        if item.digest.as_ref().is_some_and(|before| *before != digest) {
            (item.first, item.marked) = (now, None);
        }
        item.digest = Some(digest);
        Ok::<_, RegistryError>(Some(item))
    });
    let answers: Vec<Option<Item>> = futures_util::stream::iter(asked).buffered(parallel.max(1)).try_collect().await?;
    *items = answers.into_iter().flatten().collect();
    Ok(())
}

async fn ask_facts(
    estates: &[Estate],
    asked: BTreeSet<(usize, Digest)>,
    record: &Record,
    parallel: usize,
) -> Result<BTreeMap<Digest, Facts>, KeepError> {
    let mut found = BTreeMap::new();
    let mut unknown: BTreeMap<Digest, usize> = BTreeMap::new();
    for (home, digest) in asked {
        match record.facts.get(&digest) {
            Some(known) => drop(found.insert(digest, known.clone())),
            None => drop(unknown.insert(digest, home)),
        }
    }
    let reads = unknown.into_iter().map(|(digest, home)| async move {
        let read = facts(estates[home].repository.as_ref(), &digest).await?;
        Ok::<_, RegistryError>(read.map(|read| (digest, read)))
    });
    let mut reads = futures_util::stream::iter(reads).buffer_unordered(parallel.max(1));
    while let Some(read) = reads.next().await {
        found.extend(read?);
    }
    Ok(found)
}

async fn ask_usage(
    estates: &[Estate],
    asked: BTreeSet<(usize, Digest)>,
    parallel: usize,
) -> Result<HashMap<(usize, Digest), Usage>, KeepError> {
    let mut found = HashMap::new();
    for (home, estate) in estates.iter().enumerate() {
        let mut digests = asked.iter().filter(|(at, _)| *at == home).map(|(_, digest)| digest.clone());
        let tagged = |digest: &Digest| stamp_tag(digest).is_some_and(|tag| estate.stamps.contains(tag.as_str()));
        // The first answer tells whether this registry lists referrers at all.
        let mut listing = true;
        let Some(first) = digests.next() else { continue };
        let usage_of_first = usage(estate.repository.as_ref(), &first, tagged(&first), &mut listing).await?;
        found.extend(usage_of_first.map(|usage| ((home, first), usage)));
        let rest = digests.filter(|digest| listing || tagged(digest)).map(|digest| async move {
            let mut listing = listing;
            let read = usage(estate.repository.as_ref(), &digest, tagged(&digest), &mut listing).await?;
            Ok::<_, RegistryError>(read.map(|usage| ((home, digest), usage)))
        });
        let mut rest = futures_util::stream::iter(rest.collect::<Vec<_>>()).buffer_unordered(parallel.max(1));
        while let Some(read) = rest.next().await {
            found.extend(read?);
        }
    }
    Ok(found)
}

/// Writes down what was seen; forgets what is gone. Repositories that were not looked at stay as they are.
fn remember(estates: &[Estate], items: &[Item], found: &Found, record: &mut Record) {
    for estate in estates {
        record.tags.insert(estate.home.name.clone(), BTreeMap::new());
    }
    for item in items {
        let seen = Seen { first: item.first, digest: item.digest.clone(), marked: item.marked };
        record.tags.entry(estates[item.home].home.name.clone()).or_default().insert(item.tag.clone(), seen);
    }
    record.facts.extend(found.facts.iter().map(|(digest, facts)| (digest.clone(), facts.clone())));
    let needed: BTreeSet<&Digest> = record.tags.values().flat_map(BTreeMap::values).filter_map(|seen| seen.digest.as_ref()).collect();
    let needed: BTreeSet<Digest> = needed.into_iter().cloned().collect();
    record.facts.retain(|digest, _| needed.contains(digest));
}

/// Whether a verdict leaves a tag marked.
pub(super) fn mark(action: Action, reason: &Reason, now: i64, before: Option<i64>) -> Option<i64> {
    match (action, reason) {
        (Action::Marked, Reason::Unneeded { since, .. }) => Some(*since),
        (Action::Marked, _) | (Action::Deleted, _) => Some(before.unwrap_or(now)),
        (Action::Kept | Action::Foreign, _) => None,
    }
}
