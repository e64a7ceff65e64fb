//! Moving tags: written down first, looked at again right before, read back right after.
//!
//! Everything that a tag is moved to stands in its repository already, by digest. So a move is one manifest, and a run
//! that was killed is finished by writing it again.

use super::journal::{Entry, Journal, JournalError, Kind, Settle, settle};
use super::keep::{keep_alive, keep_name, not_kept};
use super::labels::read;
use super::location::Location;
use super::parts::config_of;
use super::platforms::{platform_of_config, platforms_of_index};
use super::spot::{Spot, Spots};
use crate::name::{Digest, Tag};
use crate::registry::{Manifest, RegistryError};
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// A tag that is to move.
#[derive(Clone, Debug)]
pub struct TagMove {
    /// The definition.
    pub name: String,
    /// The destination's name in the configuration.
    pub destination: String,
    /// Whether a version appears or a floating tag moves.
    pub kind: Kind,
    /// The tag.
    pub spot: Spot,
    /// What it held when we looked.
    pub from: Option<Digest>,
    /// What it is to hold.
    pub to: Digest,
    /// The version tag that it follows, or is.
    pub version: Location,
    /// Whether the old manifest is kept under another name.
    pub keep_alive: bool,
    /// Tags of one level move together, levels one after the other: parents before children.
    pub level: usize,
    /// The manifest itself, where somebody has read it already.
    pub manifest: Option<Manifest>,
}

/// What became of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is still to be moved.
    Open,
    /// It moved; the name under which the old manifest stays, where it is kept.
    Moved(Option<Tag>),
    /// It stood there already.
    WasThere,
    /// It held something else than before when we looked again, so it was left alone.
    Left(Option<Digest>),
    /// Somebody else moved it at the same moment as we did.
    Lost(Option<Digest>),
    /// What a promotion was to take, or what was to be kept of a tag, is not there any more; the text says what.
    Gone(String),
    /// What it was to hold is not, or no longer, what its version holds, so it was left alone.
    Unfounded,
}

/// Why tags could not be moved. Those that were not are in the journal.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The registry gave no clear answer, or did not take a manifest.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Moves tags.
pub struct Mover<'a> {
    /// Where the tags are.
    pub spots: &'a Spots,
    /// The id of the run.
    pub run: &'a str,
    /// When: in the journal, and in the names of what is kept.
    pub at: Timestamp,
    /// As many tags of one level at once.
    pub parallel: usize,
}

impl TagMove {
    /// The line of the journal.
    pub fn entry(&self, run: &str, at: Timestamp) -> Entry {
        let keep = self.from.as_ref().filter(|_| self.keep_alive).and_then(|_| keep_name(&self.spot.tag, at).ok());
        Entry {
            v: 1,
            run: run.to_owned(),
            at: at.to_string(),
            name: self.name.clone(),
            destination: self.destination.clone(),
            kind: self.kind,
            location: self.spot.location.whole(),
            from: self.from.clone(),
            to: self.to.clone(),
            version: self.version.whole(),
            keep: keep.map(|tag| tag.to_string()),
        }
    }
}

impl Mover<'_> {
    /// Moves what is wanted, versions first, and tells what became of each. `journal` holds all of them.
    ///
    /// # Errors
    /// The first tag that could not be moved; those that were told before have been.
    pub async fn carry_out(
        &self,
        wanted: &[TagMove],
        journal: Option<Journal>,
        tell: &(dyn Fn(&TagMove, &Fate) + Sync),
    ) -> Result<(), MoveError> {
        let journal = journal.map(Mutex::new);
        let rank = |one: &TagMove| (one.kind != Kind::Version, one.level);
        let ranks: BTreeSet<_> = wanted.iter().map(rank).collect();
        for now in ranks {
            let moves = wanted.iter().filter(|one| rank(one) == now).map(|one| async {
                let entry = one.entry(self.run, self.at);
                let fate = self.move_one(&entry, &one.spot, one.manifest.as_ref()).await?;
                note(journal.as_ref(), &entry)?;
                tell(one, &fate);
                Ok::<(), MoveError>(())
            });
            futures_util::stream::iter(moves).buffer_unordered(self.parallel.max(1)).try_collect::<Vec<()>>().await?;
        }
        Ok(())
    }

    /// Finishes what an earlier run left in its journal, in its order.
    ///
    /// # Errors
    /// The first tag that could not be moved.
    pub async fn finish(&self, entries: &[Entry], journal: Journal, tell: &(dyn Fn(&Entry, &Fate) + Sync)) -> Result<(), MoveError> {
        let journal = Mutex::new(journal);
        for entry in entries {
            // What another hand wrote there is not moved by ours.
            let fate = match Location::parse(&entry.location) {
                Some(location) => self.move_one(entry, &self.spots.at(&location)?, None).await?,
                None => Fate::Left(None),
            };
            note(Some(&journal), entry)?;
            tell(entry, &fate);
        }
        Ok(())
    }

    /// What would become of a tag; moves nothing.
    ///
    /// # Errors
    /// When there is no clear answer.
    pub async fn foresee(&self, entry: &Entry) -> Result<Fate, RegistryError> {
        let Some(location) = Location::parse(&entry.location) else { return Ok(Fate::Left(None)) };
        let held = self.spots.at(&location)?.head().await?;
        Ok(match settled(entry, held) {
            Some(fate) => fate,
            None if self.is_founded(entry).await? => Fate::Open,
            None => Fate::Unfounded,
        })
    }

    async fn move_one(&self, entry: &Entry, spot: &Spot, known: Option<&Manifest>) -> Result<Fate, RegistryError> {
        match self.try_move(entry, spot, known).await {
            Err(error @ (RegistryError::NotFound { .. } | RegistryError::Incomplete { .. })) if entry.kind == Kind::Promotion => {
                Ok(Fate::Gone(format!("{error}; it was there when this promotion was planned")))
            }
            other => other,
        }
    }

    async fn try_move(&self, entry: &Entry, spot: &Spot, known: Option<&Manifest>) -> Result<Fate, RegistryError> {
        if let Some(fate) = settled(entry, spot.head().await?) {
            return Ok(fate);
        }
        // What this very run read at the source of a promotion needs no other ground.
        let known = known.filter(|known| entry.kind == Kind::Promotion && known.digest == entry.to);
        let next = match known {
            Some(known) => known.clone(),
            None => match spot.manifest(&entry.to).await {
                Ok(next) if self.is_founded(entry).await? => next,
                Err(RegistryError::NotFound { .. }) if entry.kind != Kind::Promotion => return Ok(Fate::Unfounded),
                Ok(_) => return Ok(Fate::Unfounded),
                Err(error) => return Err(error),
            },
        };
        let old = entry.from.as_ref().zip(entry.keep.as_deref().and_then(|keep| Tag::parse(keep).ok()));
        let is_at_once = known.is_some() && old.is_none();
        let kept = match old {
            None => None,
            Some((old, name)) => match keep_alive(spot, old, name).await? {
                Some(name) => Some(name),
                None => return Ok(Fate::Gone(not_kept(spot, old))),
            },
        };
        // All that came between took its time; where nothing did, the look above was right before the write.
        if !is_at_once && let Some(fate) = settled(entry, spot.head().await?) {
            return Ok(fate);
        }
        match spot.put(&next, entry.from.as_ref()).await {
            Err(RegistryError::Moved { found, .. }) => return Ok(Fate::Left(found)),
            other => other?,
        }
        // A registry's answer to the write tells the digest that the tag holds then. A name that nobody had is not asked
        // for once more in a promotion of hundreds; one that held something is.
        if entry.kind == Kind::Promotion && entry.from.is_none() {
            return Ok(Fate::Moved(None));
        }
        let found = spot.read_back().await?;
        Ok(if found.as_ref() == Some(&entry.to) { Fate::Moved(kept) } else { Fate::Lost(found) })
    }

    /// Whether the version that a floating tag follows, or that a release name takes, holds what the tag is to hold. A
    /// staged version may have been taken by somebody else, and one that a killed run saw may be gone.
    async fn is_founded(&self, entry: &Entry) -> Result<bool, RegistryError> {
        if entry.kind == Kind::Version {
            return Ok(true);
        }
        let Some(version) = Location::parse(&entry.version) else { return Ok(false) };
        Ok(self.spots.at(&version)?.read_back().await?.as_ref() == Some(&entry.to))
    }
}

/// What has become of a tag that is not to be moved; `None` for one that is.
fn settled(entry: &Entry, held: Option<Digest>) -> Option<Fate> {
    match settle(entry, held.as_ref()) {
        Settle::Done => Some(Fate::WasThere),
        Settle::Left => Some(Fate::Left(held)),
        Settle::Move => None,
    }
}

fn note(journal: Option<&Mutex<Journal>>, entry: &Entry) -> Result<(), JournalError> {
    match journal {
        Some(journal) => journal.lock().unwrap_or_else(PoisonError::into_inner).done(&entry.location),
        None => Ok(()),
    }
}

/// The platforms that a tag would lose by moving from one manifest to another, where one of them is an image index.
///
/// # Errors
/// When the registry gives no clear answer.
pub async fn dropped_platforms(spot: &Spot, from: &Digest, to: &Digest) -> Result<Vec<String>, RegistryError> {
    let (old, new) = (spot.manifest(from).await?, spot.manifest(to).await?);
    let (before, after) = (platforms_of_index(&old), platforms_of_index(&new));
    if before.is_none() && after.is_none() {
        return Ok(Vec::new());
    }
    let before = of_either(spot, &old, before).await?;
    let after = of_either(spot, &new, after).await?;
    Ok(before.difference(&after).cloned().collect())
}

async fn of_either(spot: &Spot, manifest: &Manifest, index: Option<BTreeSet<String>>) -> Result<BTreeSet<String>, RegistryError> {
    if let Some(found) = index {
        return Ok(found);
    }
    let Some(config) = config_of(manifest) else { return Ok(BTreeSet::new()) };
    Ok(platform_of_config(&read(spot.repository.as_ref(), &config).await?).into_iter().collect())
}
