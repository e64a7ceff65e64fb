//! Finishes what a killed run left in its journal.

use crate::config::LatestPolicy;
use crate::event::{Emitter, EventKind};
use crate::name::Digest;
use crate::plan::PlanOptions;
use crate::publish::journal::{self, Entry, Journal, JournalError, Kind, Place};
use crate::publish::{Fate, History, MoveError, Mover, Placement, Spots, Subject, Wanted, whose};
use crate::run::promote::Promotable;
use crate::run::session::Session;
use crate::run::survey::Survey;
use crate::run::work::prepare::{RunError, check_names};
use jiff::Timestamp;
use std::sync::{Mutex, PoisonError};

/// What became of the tags of a run that was killed.
#[derive(Debug, Default)]
pub struct Resumed {
    /// Each tag that was not done, and what became of it.
    pub tags: Vec<(Entry, Fate)>,
    /// Journals that could not be trusted, in a sentence each.
    pub damaged: Vec<String>,
}

impl Resumed {
    /// Whether there was anything.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.damaged.is_empty()
    }

    /// Tells it at the begin of a run.
    pub fn tell(&self, emitter: &Emitter) {
        for (entry, fate) in &self.tags {
            let code = if matches!(fate, Fate::Moved(_) | Fate::WasThere) { "resumed" } else { "tag_left" };
            emitter.emit(EventKind::Warning { code: code.to_owned(), name: Some(entry.name.clone()), message: told(entry, fate) });
        }
        for message in &self.damaged {
            emitter.emit(EventKind::Warning { code: "journal_damaged".to_owned(), name: None, message: message.clone() });
        }
    }

    /// Whether all of it is done now.
    pub fn is_whole(&self) -> bool {
        self.damaged.is_empty() && self.tags.iter().all(|(_, fate)| matches!(fate, Fate::Moved(_) | Fate::WasThere))
    }
}

/// A sentence about a tag of a killed run.
pub fn told(entry: &Entry, fate: &Fate) -> String {
    let found = |found: &Option<Digest>| found.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
    let Entry { location, to, version, .. } = entry;
    match fate {
        Fate::Open => format!("{location} would move to {to} ({version}), as an interrupted run was about to do"),
        Fate::Moved(_) => format!("{location} moved to {to} ({version}), as an interrupted run was about to do"),
        Fate::WasThere => format!("{location} holds {to} ({version}), as an interrupted run was about to do"),
        Fate::Left(held) => {
            let from = found(&entry.from);
            let held = found(held);
            format!("{location} is left alone: an interrupted run was to move it from {from} to {to}, and it holds {held} now")
        }
        Fate::Unfounded => format!(
            "{location} is left alone: an interrupted run was to move it to {to}, and that is not what {version} of {name} is now, by this catalogue and its destinations",
            name = entry.name
        ),
        Fate::Lost(held) => format!("lost_race: {location} was moved to {to} and holds {} now", found(held)),
        Fate::Gone(why) => format!("{location} was not moved to {to}, as an interrupted run was about to do: {why}"),
    }
}

/// Finishes what the journals of a place say.
///
/// # Errors
/// When a registry gives no clear answer, or a journal cannot be read or removed; what is left stays in the journal.
pub async fn resume(session: &Session, survey: &Survey, place: &Place, run: &str, at: Timestamp) -> Result<Resumed, RunError> {
    // With names that cannot be, nothing is started, and who knows whose a tag is.
    check_names(survey, &vec![true; survey.graph.nodes.len()], &PlanOptions::default())?;
    let mut resumed = Resumed::default();
    for place in place.candidates() {
        let Some(entries) = open(&place, &mut resumed, || put_aside(&place))? else { continue };
        let spots = spots(session)?;
        let mover = Mover { spots: &spots, run, at, parallel: session.config.registry_parallel() };
        let fates = Mutex::new(Vec::new());
        let journal = Journal::resume(&place).map_err(MoveError::from)?;
        let tell = |entry: &Entry, fate: &Fate| fates.lock().unwrap_or_else(PoisonError::into_inner).push((entry.clone(), fate.clone()));
        let (ours, others) = sorted(session, survey, entries);
        resumed.tags.extend(others.into_iter().map(|entry| (entry, Fate::Unfounded)));
        mover.finish(&ours, journal, &tell).await?;
        resumed.tags.extend(fates.into_inner().unwrap_or_else(PoisonError::into_inner));
        journal::forget(&place).map_err(MoveError::from)?;
    }
    Ok(resumed)
}

/// What interrupted runs left to be done, for a call that cannot finish it: without a catalogue nobody knows whose the tags are.
///
/// # Errors
/// When a journal cannot be read. One that is damaged is put aside and told.
pub fn left_behind(place: &Place) -> Result<(Vec<(Place, Entry)>, Resumed), RunError> {
    let (mut left, mut found) = (Vec::new(), Resumed::default());
    for place in place.candidates() {
        let entries = open(&place, &mut found, || put_aside(&place))?.unwrap_or_default();
        left.extend(entries.into_iter().map(|entry| (place.clone(), entry)));
    }
    Ok((left, found))
}

/// Says what [`resume`] would do, and does nothing.
///
/// # Errors
/// When a registry gives no clear answer, or a journal cannot be read.
pub async fn unfinished(session: &Session, survey: &Survey, place: &Place) -> Result<Resumed, RunError> {
    let mut found = Resumed::default();
    for place in place.candidates() {
        let Some(entries) = open(&place, &mut found, String::new)? else { continue };
        let spots = spots(session)?;
        let mover = Mover { spots: &spots, run: "", at: Timestamp::UNIX_EPOCH, parallel: 1 };
        let (ours, others) = sorted(session, survey, entries);
        found.tags.extend(others.into_iter().map(|entry| (entry, Fate::Unfounded)));
        for entry in ours {
            let fate = mover.foresee(&entry).await?;
            found.tags.push((entry, fate));
        }
    }
    Ok(found)
}

/// The entries that count, and the others. A promotion names what it takes by digest; here it gets the tag at which the
/// catalogue has that, so that it is known whether it still does.
fn sorted(session: &Session, survey: &Survey, entries: Vec<Entry>) -> (Vec<Entry>, Vec<Entry>) {
    let has_promotions = entries.iter().any(|entry| entry.kind == Kind::Promotion);
    let promotable = if has_promotions { Promotable::of(&session.config, survey) } else { Promotable::default() };
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry.kind {
            Kind::Promotion => match promotable.version(&entry) {
                Some(version) => ours.push(Entry { version: version.whole(), ..entry }),
                None => others.push(entry),
            },
            Kind::Floating | Kind::Version if is_ours(session, survey, &entry) => ours.push(entry),
            Kind::Floating | Kind::Version => others.push(entry),
        }
    }
    (ours, others)
}

/// Whether an entry is about a name that the catalogue gives now. A journal may be of another catalogue that uses the same
/// record, of a configuration of earlier, or of somebody who may write there and not to the registry. Floating tags count
/// for the current version alone: those of an older one are the next run's to judge.
fn is_ours(session: &Session, survey: &Survey, entry: &Entry) -> bool {
    let Some(node) = survey.graph.find(&entry.name) else { return false };
    let placements = survey.placements.find(&entry.name);
    let floats = |placement: &Placement| placement.floating.iter().any(|floating| floating.whole() == entry.location);
    match entry.kind {
        Kind::Floating => {
            let moves = session.config.cooperage.latest != LatestPolicy::Never;
            moves && placements.iter().any(|placement| placement.version.whole() == entry.version && floats(placement))
        }
        // [`Promotable`] says so.
        Kind::Promotion => false,
        Kind::Version => !placements.iter().any(floats) && is_version(survey, node, &entry.location),
    }
}

/// Whether a location is the tag of a version that the changelog of a node knows, with or without a stamp.
fn is_version(survey: &Survey, node: usize, location: &str) -> bool {
    let Ok(wanted) = Wanted::parse(location) else { return false };
    let found = &survey.graph.nodes[node];
    let version = found.version.to_string();
    let subject =
        Subject { name: &found.name, path: &found.path, reference: &found.reference, version: &version, tag: &version, entry: None };
    let entries = survey.item(node).definition.changelog.entries.iter().skip(1);
    let older: Vec<String> = entries.map(|entry| entry.version.to_string()).collect();
    let history = History { subject, older: older.iter().map(String::as_str).collect() };
    !whose(&survey.destinations, &survey.placements, &[history], &wanted).is_empty()
}

/// Puts a journal that cannot be trusted out of the way, and says where it is then.
fn put_aside(place: &Place) -> String {
    place.set_aside().map(|path| format!("; it is {} now", path.display())).unwrap_or_default()
}

/// What a journal left; `None` where there is none, or none that can be trusted.
fn open(place: &Place, found: &mut Resumed, aside: impl FnOnce() -> String) -> Result<Option<Vec<Entry>>, RunError> {
    match journal::unfinished(place.own()) {
        Ok(entries) => Ok(entries),
        Err(error @ JournalError::Damaged { .. }) => {
            found.damaged.push(format!("{error}{}", aside()));
            Ok(None)
        }
        Err(error) => Err(MoveError::from(error).into()),
    }
}

fn spots(session: &Session) -> Result<Spots, RunError> {
    Ok(Spots::new(session.sides.registry.clone().ok_or(RunError::NoRegistry)?))
}
