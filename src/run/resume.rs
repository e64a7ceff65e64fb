//! Finishes what a killed run left in its journal.

use super::prepare::RunError;
use super::session::Session;
use crate::name::Digest;
use crate::publish::journal::{self, Entry, Journal, JournalError, Place};
use crate::publish::{Fate, MoveError, Mover, Spots};
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};

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

    /// Whether all of it is done now.
    pub fn is_whole(&self) -> bool {
        self.damaged.is_empty() && self.tags.iter().all(|(_, fate)| matches!(fate, Fate::Moved | Fate::WasThere))
    }
}

/// A sentence about a tag of a killed run.
pub fn told(entry: &Entry, fate: &Fate) -> String {
    let found = |found: &Option<Digest>| found.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
    let Entry { location, to, version, .. } = entry;
    match fate {
        Fate::Moved => format!("{location} moved to {to} ({version}), as an interrupted run was about to do"),
        Fate::WasThere => format!("{location} holds {to} ({version}), as an interrupted run was about to do"),
        Fate::Left(held) => {
            let from = found(&entry.from);
            let held = found(held);
            format!("{location} is left alone: an interrupted run was to move it from {from} to {to}, and it holds {held} now")
        }
        Fate::Lost(held) => format!("lost_race: {location} was moved to {to} and holds {} now", found(held)),
    }
}

/// Finishes what the journals of a place say.
///
/// # Errors
/// When a registry gives no clear answer, or a journal cannot be read or removed; what is left stays in the journal.
pub async fn resume(session: &Session, place: &Place, run: &str, at: Timestamp) -> Result<Resumed, RunError> {
    let mut resumed = Resumed::default();
    for place in place.candidates() {
        let entries = match journal::unfinished(place.own()) {
            Ok(None) => continue,
            Ok(Some(entries)) => entries,
            Err(error @ JournalError::Damaged { .. }) => {
                let aside = place.set_aside().map(|path| format!("; it is {} now", path.display())).unwrap_or_default();
                resumed.damaged.push(format!("{error}{aside}"));
                continue;
            }
            Err(error) => return Err(MoveError::from(error).into()),
        };
        let Some(registry) = session.sides.registry.clone() else { return Err(RunError::NoRegistry) };
        let spots = Arc::new(Spots::new(registry));
        let mover = Mover { spots: &spots, run, at, parallel: session.config.registry_parallel() };
        let fates = Mutex::new(Vec::new());
        let journal = Journal::resume(&place).map_err(MoveError::from)?;
        let tell = |entry: &Entry, fate: &Fate| fates.lock().unwrap_or_else(PoisonError::into_inner).push((entry.clone(), fate.clone()));
        mover.finish(&entries, journal, &tell).await?;
        resumed.tags.extend(fates.into_inner().unwrap_or_else(PoisonError::into_inner));
        journal::forget(&place).map_err(MoveError::from)?;
    }
    Ok(resumed)
}
