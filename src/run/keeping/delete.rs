//! Removes what was decided on. Looks again right before: what somebody has moved, or named anew, stays.

use super::KeepError;
use super::estate::Estate;
use super::look::Found;
use crate::name::{Digest, Tag};
use crate::publish::retain::{Action, Reason, Record, Standing, Verdict, forget, is_stamp_tag};
use crate::registry::{Lookup, Named, RegistryError};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use tokio_util::sync::CancellationToken;

/// Removes; whether it was interrupted. `verdicts` learn what was not removed after all, `record` forgets what was.
pub(super) async fn remove(
    estates: &[Estate],
    found: &Found,
    verdicts: &mut [Verdict],
    record: &mut Record,
    cancel: &CancellationToken,
) -> Result<bool, KeepError> {
    for (home, estate) in estates.iter().enumerate() {
        let mut due: BTreeMap<&Digest, Vec<usize>> = BTreeMap::new();
        for (at, item) in found.items.iter().enumerate().filter(|(at, item)| item.home == home && verdicts[*at].action == Action::Deleted) {
            if let Some(digest) = &item.digest {
                due.entry(digest).or_default().push(at);
            }
        }
        if due.is_empty() {
            continue;
        }
        let taken = taken_since(estate, home, found).await?;
        let mut room = Room { estate, found, verdicts: &mut *verdicts, record: &mut *record, refused: None };
        // An index goes before what it names: one that is left must not lack its parts.
        let is_index = |digest: &Digest| found.facts.get(digest).is_some_and(|facts| !facts.children.is_empty());
        let (first, then): (Vec<_>, Vec<_>) = due.into_iter().partition(|(digest, _)| is_index(digest));
        for (digest, tags) in first.into_iter().chain(then) {
            if cancel.is_cancelled() {
                room.set(&tags, Action::Marked, &Reason::Held);
            } else if taken.contains(digest) {
                room.set(&tags, Action::Kept, &Reason::Moved);
            } else {
                room.one(digest, &tags).await?;
            }
        }
    }
    Ok(cancel.is_cancelled())
}

/// Digests that tags hold now which were not there, or may have moved, since we looked.
async fn taken_since(estate: &Estate, home: usize, found: &Found) -> Result<HashSet<Digest>, RegistryError> {
    let known: BTreeSet<&str> = estate.tags.iter().map(String::as_str).collect();
    let listed = estate.repository.tags().await?;
    let new = listed.iter().map(String::as_str).filter(|tag| !known.contains(tag) && !is_stamp_tag(tag));
    let is_floating = |standing: Option<Standing>| matches!(standing, Some(Standing::Floating | Standing::Released));
    let floating = found.items.iter().filter(|item| item.home == home && is_floating(item.claim.as_ref().map(|claim| claim.standing)));
    let mut taken = HashSet::new();
    for tag in new.chain(floating.map(|item| item.tag.as_str())).filter_map(|tag| Tag::parse(tag).ok()) {
        if let Lookup::Found(digest) = estate.repository.head(Named::Tag(&tag)).await? {
            taken.insert(digest);
        }
    }
    Ok(taken)
}

/// One repository at work.
struct Room<'a> {
    estate: &'a Estate,
    found: &'a Found,
    verdicts: &'a mut [Verdict],
    record: &'a mut Record,
    /// Why this registry removes nothing, once it has said so.
    refused: Option<String>,
}

impl Room<'_> {
    fn set(&mut self, tags: &[usize], action: Action, reason: &Reason) {
        for &at in tags {
            self.verdicts[at] = Verdict { action, reason: reason.clone() };
        }
    }

    /// Removes a digest with all its tags.
    async fn one(&mut self, digest: &Digest, tags: &[usize]) -> Result<(), KeepError> {
        if let Some(why) = self.refused.clone() {
            self.set(tags, Action::Marked, &Reason::Undeletable(why));
            return Ok(());
        }
        let mut left = Vec::new();
        for &at in tags {
            if self.holds(at).await?.as_ref() == Some(digest) {
                left.push(at);
            } else {
                self.set(&[at], Action::Kept, &Reason::Moved);
            }
        }
        if left.is_empty() {
            return Ok(());
        }
        match self.estate.repository.delete(Named::Digest(digest)).await {
            Ok(()) => self.confirm(digest, &left).await,
            Err(error @ (RegistryError::CannotDelete { .. } | RegistryError::Denied { .. })) => {
                self.refused = Some(error.to_string());
                self.set(&left, Action::Marked, &Reason::Undeletable(error.to_string()));
                Ok(())
            }
            Err(error) => {
                self.set(&left, Action::Marked, &Reason::Held);
                Err(error.into())
            }
        }
    }

    /// Reads back: what a registry says it has removed must be gone.
    async fn confirm(&mut self, digest: &Digest, tags: &[usize]) -> Result<(), KeepError> {
        let mut all_gone = true;
        for &at in tags {
            if self.holds(at).await?.as_ref() == Some(digest) {
                all_gone = false;
                let why = "the registry says that it was removed, and still has it".to_owned();
                self.set(&[at], Action::Marked, &Reason::Undeletable(why));
            } else if let Some(known) = self.record.tags.get_mut(&self.estate.home.name) {
                known.remove(&self.found.items[at].tag);
            }
        }
        if all_gone {
            match forget(self.estate.repository.as_ref(), digest).await {
                // A stamp without its image is listed nowhere as one.
                Ok(()) | Err(RegistryError::CannotDelete { .. } | RegistryError::Denied { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn holds(&self, at: usize) -> Result<Option<Digest>, RegistryError> {
        let Ok(tag) = Tag::parse(&self.found.items[at].tag) else { return Ok(None) };
        Ok(match self.estate.repository.head(Named::Tag(&tag)).await? {
            Lookup::Found(digest) => Some(digest),
            Lookup::Absent => None,
        })
    }
}
