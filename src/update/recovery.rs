//! What is done about a call that was killed, or that broke off on the way.

use super::apply::sync;
use super::error::{NotWritten, UpdateWriteError};
use super::file::{Changelog, Content};
use super::journal::{Journal, Record};
use super::tear::is_torn;
use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::Path;

/// What was done about an interrupted call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// All its entries were there: they stay.
    Kept {
        /// How many.
        entries: usize,
    },
    /// Some of its entries were there, or none: they are gone.
    TakenBack {
        /// How many there were, in part or as a whole.
        entries: usize,
        /// How many there were to be.
        of: usize,
    },
}

/// Deals with what an interrupted call left below `root`; `None` where nothing was left. If all its entries are there,
/// they stay; otherwise those that are there are taken back, so that nothing of it remains. What people changed below or
/// instead of them in the meantime stays. `boundary` is what links may not leave.
///
/// # Errors
/// When the journal cannot be read or a changelog cannot be written.
pub fn recover(root: &Path, boundary: &Path) -> Result<Option<Recovered>, UpdateWriteError> {
    let journal = Journal::of(root);
    let stuck = |error: NotWritten| UpdateWriteError::Stuck(Box::new(error));
    let Some(files) = journal.read()? else {
        // A draft means that no changelog was touched.
        return journal.end().map_err(stuck).map(|()| None);
    };
    let boundary = fs::canonicalize(boundary).map_err(|source| stuck(journal.trouble(source)))?;
    let found = find(root, &files, &boundary).map_err(stuck)?;
    let count = |wanted: &dyn Fn(&State) -> bool| found.iter().filter(|entry| wanted(&entry.state)).count();
    let whole = count(&|state| matches!(state, State::Written | State::Edited));
    if whole == found.len() {
        finish(&journal, &found).map_err(stuck)?;
        return Ok(Some(Recovered::Kept { entries: whole }));
    }
    let entries = whole + count(&|state| matches!(state, State::Torn));
    take_back(&journal, &files, &found).map_err(stuck)?;
    Ok(Some(Recovered::TakenBack { entries, of: files.len() }))
}

/// Takes back what stands of these entries, and removes the journal.
pub(super) fn undo(journal: &Journal, root: &Path, boundary: &Path) -> Result<(), UpdateWriteError> {
    let stuck = |error: NotWritten| UpdateWriteError::Stuck(Box::new(error));
    let Some(files) = journal.read()? else { return journal.end().map_err(stuck) };
    let found = find(root, &files, boundary).map_err(stuck)?;
    take_back(journal, &files, &found).map_err(stuck)
}

/// How far an entry got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Its file is as it was, or somebody else's work: there is nothing of it.
    Untouched,
    /// It stands before what was there.
    Written,
    /// It stands before something that people changed since.
    Edited,
    /// The write broke off.
    Torn,
}

impl State {
    fn of(now: &[u8], record: &Record<'_>) -> Self {
        let rest = now.strip_prefix(record.block());
        if now == record.old() {
            Self::Untouched
        } else if rest == Some(record.old()) {
            Self::Written
        } else if is_torn(now, record.old(), &[record.block(), record.old()].concat()) {
            Self::Torn
        } else if rest.is_some() {
            Self::Edited
        } else {
            Self::Untouched
        }
    }
}

/// An entry of the journal whose changelog is still there.
struct Found {
    at: usize,
    changelog: Changelog,
    now: Content,
    state: State,
}

fn find(root: &Path, files: &[Record<'_>], boundary: &Path) -> Result<Vec<Found>, NotWritten> {
    let mut found = Vec::with_capacity(files.len());
    for (at, record) in files.iter().enumerate() {
        // The path may come from anywhere, so every part of it is looked at.
        let changelog = match Changelog::resolve(root, record.path(), boundary) {
            Err(NotWritten::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        let now = changelog.read()?;
        let state = State::of(&now.bytes, record);
        found.push(Found { at, changelog, now, state });
    }
    Ok(found)
}

/// This may be killed, too: the journal stays true of every changelog until all are restored and on disk.
fn take_back(journal: &Journal, files: &[Record<'_>], found: &[Found]) -> Result<(), NotWritten> {
    let mut files = files.to_vec();
    for entry in found.iter().filter(|entry| entry.state == State::Edited) {
        let rest = entry.now.bytes.strip_prefix(files[entry.at].block()).unwrap_or_default().to_vec();
        files[entry.at] = files[entry.at].clone().on(Cow::Owned(rest));
    }
    if found.iter().any(|entry| entry.state == State::Edited) {
        journal.begin(&files)?;
    }
    for entry in found.iter().filter(|entry| entry.state != State::Untouched) {
        entry.changelog.restore(files[entry.at].old())?;
    }
    finish(journal, found)
}

fn finish(journal: &Journal, found: &[Found]) -> Result<(), NotWritten> {
    sync(found.iter().map(|entry| (&entry.changelog, &entry.now)))?;
    journal.end()
}
