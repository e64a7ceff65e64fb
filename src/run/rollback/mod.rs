//! `rollback`: floating tags of one image go back to an older version at all destinations, by digest.

pub(in crate::run) mod yank;

use crate::event::{Counts, Delivery, Emitter, EventKind, ImageDetails, ImageOutcome, ReasonText, SettledTag, TagOutcome};
use crate::name::Digest;
use crate::publish::journal::{Kind, Place};
use crate::publish::{Fate, Location, MoveError, Placement, Spot, Spots, TagMove, dropped_platforms};
use crate::registry::RegistryError;
use crate::run::carry::Carrier;
use crate::run::survey::Survey;
use crate::run::work::execute::RunEnd;
use crate::run::work::prepare::RunError;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// A rollback that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Undoing<'a> {
    /// The image.
    pub name: &'a str,
    /// The version; `None` for the newest older one that is published everywhere and not yanked.
    pub to: Option<&'a str>,
    /// Whether a tag may lose platforms.
    pub drops_platforms: bool,
}

/// One floating tag of a rollback.
#[derive(Clone, Debug)]
pub struct Back {
    /// The destination's name.
    pub destination: String,
    /// The tag.
    pub spot: Spot,
    /// The tag of the version that it goes to.
    pub version: Location,
    /// What it holds.
    pub from: Option<Digest>,
    /// Whether the old manifest is kept.
    pub keep_alive: bool,
    /// Platforms that it would lose; then it does not move.
    pub dropped: Vec<String>,
    /// What became of it.
    pub outcome: TagOutcome,
}

/// What a rollback is to do.
#[derive(Clone, Debug)]
pub struct Rollback {
    /// The image.
    pub name: String,
    /// The version that the tags hold, where the changelog knows it.
    pub from: Option<String>,
    /// The version they go to.
    pub to: String,
    /// Its digest.
    pub digest: Digest,
    /// Its names.
    pub placements: Vec<(String, Location)>,
    /// The tags.
    pub tags: Vec<Back>,
}

/// What destinations say of one version: what each holds, in the order of its placements.
struct Standing {
    version: String,
    placements: Vec<Placement>,
    held: Vec<Option<Digest>>,
}

impl Standing {
    /// The digest, where all destinations have the version with the same one.
    fn whole(&self) -> Option<&Digest> {
        let first = self.held.first()?.as_ref()?;
        self.held.iter().all(|held| held.as_ref() == Some(first)).then_some(first)
    }

    fn holds(&self, digest: &Digest) -> bool {
        self.held.iter().flatten().any(|held| held == digest)
    }
}

impl Rollback {
    /// Asks all destinations and decides.
    ///
    /// # Errors
    /// When the image or the version is none, the version is yanked or not published everywhere, or an answer is not clear.
    pub async fn plan(survey: &Survey, spots: &Spots, undoing: &Undoing<'_>) -> Result<Self, RunError> {
        let Some(node) = survey.graph.find(undoing.name) else {
            return Err(refused(format!("the catalogue has no sound image {}", undoing.name)));
        };
        let name = undoing.name;
        let mut versions: Vec<&str> = Vec::new();
        for entry in survey.item(node).definition.changelog.entries.iter().filter(|entry| entry.package == name) {
            if !versions.contains(&entry.version.as_str()) {
                versions.push(entry.version.as_str());
            }
        }
        let current = survey.placements_of(node, versions.first().copied().unwrap_or_default());
        if current.iter().all(|placement| placement.floating.is_empty()) {
            return Err(refused(format!("{name} has no floating tag at any destination, so there is nothing to roll back")));
        }
        let held = held(spots, &current).await?;
        let (from, chosen) = choose(survey, spots, node, &versions, &held, undoing).await?;
        let digest = chosen.whole().cloned().ok_or_else(|| refused(not_everywhere(survey, name, &chosen)))?;
        let mut tags = Vec::new();
        let places: Vec<(&Placement, &Location)> =
            chosen.placements.iter().flat_map(|one| one.floating.iter().map(move |tag| (one, tag))).collect();
        for (placement, location) in places {
            let destination = &survey.destinations.list()[placement.destination];
            let spot = spots.at(location)?;
            let from = spot.head().await?;
            let dropped = match from.as_ref().filter(|from| **from != digest && !undoing.drops_platforms) {
                Some(from) => dropped_platforms(&spot, from, &digest).await?,
                None => Vec::new(),
            };
            let outcome = match &from {
                Some(from) if *from == digest => TagOutcome::There,
                _ if !dropped.is_empty() => TagOutcome::Refused,
                _ => TagOutcome::Open,
            };
            let (name, keep_alive) = (destination.name.clone(), destination.keep_alive);
            let version = placement.version.clone();
            tags.push(Back { destination: name, spot, version, from, keep_alive, dropped, outcome });
        }
        let named = |one: &Placement| (survey.destinations.list()[one.destination].name.clone(), one.version.clone());
        let placements = chosen.placements.iter().map(named).collect();
        Ok(Self { name: name.to_owned(), from, to: chosen.version, digest, placements, tags })
    }

    /// Moves the tags under the journal, and tells it.
    pub async fn carry_out(
        &mut self,
        spots: &Spots,
        journal: Option<&Place>,
        emitter: &Arc<Emitter>,
        cancel: &CancellationToken,
        (reason, parallel): (&str, usize),
    ) -> RunEnd {
        let (started, at) = (Instant::now(), emitter.now());
        let wanted: Vec<TagMove> = self.tags.iter().filter(|tag| tag.outcome == TagOutcome::Open).map(|tag| self.wanted(tag)).collect();
        let fates: Mutex<BTreeMap<String, Fate>> = Mutex::default();
        let tell = |moved: &TagMove, fate: &Fate| {
            told(emitter, moved, fate);
            fates.lock().unwrap_or_else(PoisonError::into_inner).insert(moved.spot.location.whole(), fate.clone());
        };
        let carrier = Carrier { spots, journal, emitter, at, parallel };
        let done = tokio::select! {
            done = carrier.carry_out(&wanted, &tell) => done,
            () = cancel.cancelled() => return RunEnd::Interrupted,
        };
        let fates = fates.into_inner().unwrap_or_else(PoisonError::into_inner);
        for tag in &mut self.tags {
            tag.outcome = fates.get(&tag.spot.location.whole()).map_or(tag.outcome, outcome);
        }
        let good = self.tags.iter().all(|tag| matches!(tag.outcome, TagOutcome::Moved | TagOutcome::There));
        let end = match done {
            Ok(()) if good => RunEnd::Good,
            Ok(()) => RunEnd::Failed,
            Err(error) => self.broken(emitter, &error),
        };
        self.finish(emitter, (reason, at), end, started);
        end
    }

    fn broken(&self, emitter: &Emitter, error: &MoveError) -> RunEnd {
        let message = format!("not all tags went back; the same rollback goes on: {error}");
        emitter.emit(EventKind::Warning { code: "not_rolled_back".to_owned(), name: Some(self.name.clone()), message });
        RunEnd::Stopped
    }

    fn wanted(&self, tag: &Back) -> TagMove {
        TagMove {
            name: self.name.clone(),
            destination: tag.destination.clone(),
            kind: Kind::Floating,
            spot: tag.spot.clone(),
            from: tag.from.clone(),
            to: self.digest.clone(),
            version: tag.version.clone(),
            keep_alive: tag.keep_alive,
            level: 0,
            manifest: None,
        }
    }

    /// The tags as documents have them.
    pub fn settled(&self, run: &str, at: Timestamp) -> Vec<SettledTag> {
        let each = self.tags.iter().map(|tag| {
            let keeps = matches!(tag.outcome, TagOutcome::Open | TagOutcome::Moved);
            let kept = self.wanted(tag).entry(run, at).keep.filter(|_| keeps);
            let kept = kept.and_then(|keep| crate::name::Tag::parse(&keep).ok()).map(|keep| tag.spot.with_tag(keep).to_string());
            SettledTag {
                name: self.name.clone(),
                kind: "floating".to_owned(),
                source: Some(self.to.clone()),
                reference: tag.spot.to_string(),
                digest: Some(self.digest.to_string()),
                from: tag.from.as_ref().map(ToString::to_string),
                kept_as: kept,
                outcome: tag.outcome,
                reason: (!tag.dropped.is_empty())
                    .then(|| format!("it would no longer serve {}; --drop-platforms moves it", tag.dropped.join(", "))),
            }
        });
        each.collect()
    }

    /// A sentence for the record.
    fn note(&self, reason: &str) -> String {
        let from = self.from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        format!("rolled back{from} to {}{why}", self.to)
    }

    fn finish(&self, emitter: &Arc<Emitter>, (reason, at): (&str, Timestamp), end: RunEnd, started: Instant) {
        let moved = self.tags.iter().any(|tag| tag.outcome == TagOutcome::Moved);
        let (outcome, code, text) = match (end, moved) {
            (RunEnd::Good, true) => (ImageOutcome::Published, "rolled_back", self.note(reason)),
            (RunEnd::Good, false) => (ImageOutcome::Skipped, "already_there", format!("its tags hold {} already", self.to)),
            _ => (ImageOutcome::Failed, "not_rolled_back", format!("not all of its tags went back to {}", self.to)),
        };
        let destinations = self.placements.iter().map(|(name, version)| Delivery {
            name: name.clone(),
            reference: version.to_string(),
            digest: Some(self.digest.to_string()),
            tags: Vec::new(),
        });
        let details = ImageDetails { destinations: destinations.collect(), ..ImageDetails::default() };
        emitter.emit(EventKind::ImageDetails { name: self.name.clone(), details });
        emitter.emit(EventKind::ImageFinished {
            name: self.name.clone(),
            reference: self.placements.first().map(|(_, version)| version.to_string()).unwrap_or_default(),
            outcome,
            digest: Some(self.digest.to_string()),
            reason: ReasonText { code: code.to_owned(), text },
            seconds: started.elapsed().as_secs_f64(),
            blocked_by: None,
            log_tail: Vec::new(),
        });
        emitter.emit(EventKind::TagsSettled { ok: end == RunEnd::Good, tags: self.settled(emitter.run(), at) });
        let mut counts = Counts::default();
        counts.add(outcome);
        emitter.emit(EventKind::RunFinished { counts, seconds: started.elapsed().as_secs_f64(), exit: end.exit() });
    }
}

/// What the floating tags hold, in the order of the destinations.
async fn held(spots: &Spots, placements: &[Placement]) -> Result<Vec<Digest>, RegistryError> {
    let tags = placements.iter().flat_map(|placement| &placement.floating);
    let asked = tags.map(|tag| async move { spots.at(tag)?.head().await });
    Ok(try_join_all(asked).await?.into_iter().flatten().collect())
}

/// The version that the tags hold, as far as that is known, and the one to go to. Versions are asked for newest first
/// and no further than needed.
async fn choose(
    survey: &Survey,
    spots: &Spots,
    node: usize,
    versions: &[&str],
    held: &[Digest],
    undoing: &Undoing<'_>,
) -> Result<(Option<String>, Standing), RunError> {
    if let Some(to) = undoing.to {
        check_version(survey, versions, undoing.name, to)?;
    }
    let (mut from, mut fallback) = (None, None);
    let mut chosen = None;
    for version in versions.iter().copied() {
        let placements = survey.placements_of(node, version);
        let asked = placements.iter().map(|placement| async { spots.at(&placement.version)?.head().await });
        let standing = Standing { version: version.to_owned(), held: try_join_all(asked).await?, placements };
        let is_held = held.iter().any(|held| standing.holds(held));
        if undoing.to == Some(version) {
            chosen = Some(standing);
        } else if undoing.to.is_none() && from.is_some() && !is_held && is_candidate(survey, undoing.name, &standing) {
            return Ok((from, standing));
        } else if is_held && from.is_none() {
            from = Some(version.to_owned());
        } else if undoing.to.is_none() && version != versions[0] && fallback.is_none() && is_candidate(survey, undoing.name, &standing) {
            fallback = Some(standing);
        }
        if chosen.is_some() && (from.is_some() || held.is_empty()) {
            break;
        }
    }
    // Tags that hold what this changelog does not know go to the newest version but the current one.
    let found = chosen.or(if from.is_none() { fallback } else { None });
    let none = || refused(format!("no older version of {} is published at all its destinations and not yanked", undoing.name));
    Ok((from, found.ok_or_else(none)?))
}

fn is_candidate(survey: &Survey, name: &str, standing: &Standing) -> bool {
    standing.whole().is_some() && survey.yanked.why(name, &standing.version).is_none()
}

fn check_version(survey: &Survey, versions: &[&str], name: &str, to: &str) -> Result<(), RunError> {
    if !versions.contains(&to) {
        let known = versions.iter().take(5).copied().collect::<Vec<_>>().join(", ");
        return Err(refused(format!("the changelog of {name} has no version {to}; its newest are {known}")));
    }
    match survey.yanked.why(name, to) {
        Some(why) => Err(refused(format!("{name} cannot go to {to}: {why}; `cooperage yank --undo` takes that back"))),
        None => Ok(()),
    }
}

fn not_everywhere(survey: &Survey, name: &str, standing: &Standing) -> String {
    let told = standing.placements.iter().zip(&standing.held).map(|(placement, held)| {
        let destination = &survey.destinations.list()[placement.destination].name;
        let held = held.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
        format!("\n  {} at {destination}: {held}", placement.version)
    });
    format!("{name} {} is not published everywhere with one digest, so no tag was moved:{}", standing.version, told.collect::<String>())
}

fn refused(message: String) -> RunError {
    RunError::Refused(vec![message])
}

fn outcome(fate: &Fate) -> TagOutcome {
    match fate {
        Fate::Open => TagOutcome::Open,
        Fate::Moved => TagOutcome::Moved,
        Fate::WasThere => TagOutcome::There,
        Fate::Left(_) => TagOutcome::Left,
        Fate::Lost(_) => TagOutcome::Lost,
        Fate::Gone(_) | Fate::Unfounded => TagOutcome::Gone,
    }
}

fn told(emitter: &Emitter, moved: &TagMove, fate: &Fate) {
    let found = |found: &Option<Digest>| found.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
    let message = match fate {
        Fate::Moved => {
            return emitter.emit(EventKind::TagMoved {
                name: moved.name.clone(),
                destination: Some(moved.destination.clone()),
                reference: moved.spot.to_string(),
                digest: moved.to.to_string(),
            });
        }
        Fate::Open | Fate::WasThere => return,
        Fate::Left(held) => format!("lost_race: somebody else made {} {} since we looked; run again", moved.spot, found(held)),
        Fate::Lost(held) => format!("lost_race: {} holds {} right after we moved it; run again", moved.spot, found(held)),
        Fate::Gone(why) => why.clone(),
        Fate::Unfounded => {
            format!("lost_race: {} is not moved, because {} does not hold {}; run again", moved.spot, moved.version, moved.to)
        }
    };
    emitter.emit(EventKind::Warning { code: "lost_race".to_owned(), name: Some(moved.name.clone()), message });
}
