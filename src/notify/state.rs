//! How many mails each owner had in the past hour, and what was held back: a file that outlives the run, with a lock.

use super::notification::{Notification, Told};
use super::words::cause;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The time that mails are counted over.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The most notifications that are held for one owner; of older ones only the number is kept.
const MOST_HELD: usize = 500;

/// What is known of one owner.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Owner {
    /// When mails went to them, in the past hour.
    #[serde(default)]
    sent: Vec<Timestamp>,
    /// When the last digest went to them.
    #[serde(default)]
    digest: Option<Timestamp>,
    #[serde(flatten)]
    held: Held,
}

impl Owner {
    fn may_have_digest(&self, now: Timestamp) -> bool {
        self.digest.is_none_or(|last| !is_recent(now, last))
    }
}

/// What was held back for one owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    /// The last ones.
    #[serde(default, rename = "held")]
    pub items: Vec<HeldItem>,
    /// How many there were before them.
    #[serde(default)]
    pub dropped: usize,
}

/// One notification that was held back: what a digest tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HeldItem {
    pub image: String,
    pub registry: String,
    pub success: bool,
    pub word: String,
    pub at: String,
    pub cause: String,
    pub stage: Option<String>,
}

impl HeldItem {
    pub(super) fn of(told: &Notification) -> Self {
        let success = told.outcome == Told::Success;
        Self {
            image: told.image.clone(),
            registry: told.registry.clone(),
            success,
            word: if success { "SUCCESS" } else { "FAILED" }.to_owned(),
            at: told.at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            cause: cause(&told.cause),
            stage: told.failed.as_ref().map(|failed| failed.stage.clone()),
        }
    }
}

/// The content of the file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Content {
    v: u32,
    owners: BTreeMap<String, Owner>,
}

/// The file.
#[derive(Clone, Debug)]
pub(super) struct State {
    path: PathBuf,
    per_hour: usize,
}

impl State {
    pub(super) fn new(folder: &Path, per_hour: usize) -> Self {
        Self { path: folder.join("owners.json"), per_hour }
    }

    /// Which of these may be sent to these owners now: one answer each, in order. The others are kept for the digest.
    pub(super) fn admit(&self, now: Timestamp, asked: &[(String, HeldItem)]) -> io::Result<Vec<bool>> {
        self.change(now, |content| asked.iter().map(|(owner, item)| self.admit_one(content, now, owner, item)).collect())
    }

    fn admit_one(&self, content: &mut Content, now: Timestamp, owner: &str, item: &HeldItem) -> bool {
        let known = content.owners.entry(owner.to_owned()).or_default();
        // Who has things waiting for longer gets no later ones before them.
        if known.sent.len() < self.per_hour && (known.held.items.is_empty() || known.may_have_digest(now)) {
            known.sent.push(now);
            return true;
        }
        known.held.items.push(item.clone());
        let excess = known.held.items.len().saturating_sub(MOST_HELD);
        known.held.items.drain(..excess);
        known.held.dropped += excess;
        false
    }

    /// The digests that are due, by owner: at most one an hour. They count as told from here on.
    pub(super) fn due(&self, now: Timestamp) -> io::Result<Vec<(String, Held)>> {
        self.change(now, |content| {
            let due = |owner: &Owner| !owner.held.items.is_empty() && owner.may_have_digest(now);
            let owners = content.owners.iter_mut().filter(|(_, owner)| due(owner));
            owners
                .map(|(name, owner)| {
                    owner.digest = Some(now);
                    (name.clone(), std::mem::take(&mut owner.held))
                })
                .collect()
        })
    }

    /// Reads, changes and writes the file while nobody else does.
    fn change<T>(&self, now: Timestamp, change: impl FnOnce(&mut Content) -> T) -> io::Result<T> {
        let lock = File::options().create(true).truncate(false).write(true).open(self.path.with_extension("lock"))?;
        lock.lock()?;
        let mut content = self.read()?;
        content.owners.values_mut().for_each(|owner| owner.sent.retain(|sent| is_recent(now, *sent)));
        content.owners.retain(|_, owner| {
            !owner.sent.is_empty() || !owner.held.items.is_empty() || owner.digest.is_some_and(|last| is_recent(now, last))
        });
        let answer = change(&mut content);
        content.v = 1;
        crate::report::replace("the mails of the past hour", &self.path, &serde_json::to_vec(&content)?).map_err(io::Error::other)?;
        Ok(answer)
    }

    /// A file that is damaged is put aside: a mail too many is better than none.
    fn read(&self) -> io::Result<Content> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::default()),
            Err(error) => return Err(error),
        };
        match serde_json::from_slice::<Content>(&bytes) {
            Ok(content) if content.v == 1 => Ok(content),
            _ => {
                fs::rename(&self.path, self.path.with_extension("damaged"))?;
                Ok(Content::default())
            }
        }
    }
}

/// Within the past hour; a time in the future is a clock that was wrong.
fn is_recent(now: Timestamp, then: Timestamp) -> bool {
    then <= now && now.duration_since(then) < HOUR
}

#[cfg(test)]
mod tests {
    use super::super::samples::failed;
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn asked(count: usize) -> Vec<(String, HeldItem)> {
        vec![("a@x".to_owned(), HeldItem::of(&failed())); count]
    }

    #[test]
    fn so_many_an_hour_and_the_rest_in_one_digest() {
        let folder = tempfile::tempdir().unwrap();
        let state = || State::new(folder.path(), 2);
        assert_eq!(state().admit(at(0), &asked(3)).unwrap(), [true, true, false]);
        assert_eq!(state().admit(at(1), &[("b@x".to_owned(), HeldItem::of(&failed()))]).unwrap(), [true]);
        let due = state().due(at(1)).unwrap();
        assert_eq!((due.len(), due[0].0.as_str(), due[0].1.items.len()), (1, "a@x", 1));
        assert_eq!(state().admit(at(30), &asked(1)).unwrap(), [false]);
        assert_eq!(state().due(at(30)).unwrap(), [], "one digest an hour");
        assert_eq!(state().admit(at(60), &asked(1)).unwrap(), [false], "after what waits");
        assert_eq!(state().due(at(61)).unwrap()[0].1.items.len(), 2);
        assert_eq!(state().admit(at(62), &asked(1)).unwrap(), [true]);
    }

    #[test]
    fn a_damaged_file_is_put_aside_and_a_long_list_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("owners.json"), "{").unwrap();
        let state = State::new(folder.path(), 1);
        assert_eq!(state.admit(at(0), &asked(600)).unwrap().iter().filter(|yes| **yes).count(), 1);
        assert!(folder.path().join("owners.damaged").exists());
        let held = state.due(at(0)).unwrap().remove(0).1;
        assert_eq!((held.items.len(), held.dropped), (500, 99));
    }

    #[test]
    fn two_at_once_do_not_forget_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let admitted: usize = std::thread::scope(|scope| {
            let one = || State::new(folder.path(), 10).admit(at(0), &asked(1)).unwrap()[0];
            let all: Vec<_> = (0..30).map(|_| scope.spawn(one)).collect();
            all.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
        });
        assert_eq!(admitted, 10);
    }
}
