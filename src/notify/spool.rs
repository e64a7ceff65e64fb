//! What could not be delivered yet: one file each, in a folder that the next run looks into.

use super::mail::Mail;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The most that wait; more are refused, so that a server that never comes back does not fill the disk.
const MOST: usize = 2000;

/// How long something is tried; mail servers give up after as long (RFC 5321, section 4.5.4.1).
const LONGEST: SignedDuration = SignedDuration::from_hours(5 * 24);

/// Something that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Item {
    /// A mail, for those who have not got it.
    Mail(Mail),
    /// A document for the webhook. Who can read it here can read no secret: it is signed when it is sent.
    Webhook {
        /// The same for every try.
        id: String,
        /// The image.
        image: String,
        /// The document.
        body: String,
    },
}

impl Item {
    fn id(&self) -> &str {
        match self {
            Self::Mail(mail) => &mail.id,
            Self::Webhook { id, .. } => id,
        }
    }
}

/// The content of one file.
#[derive(Serialize, Deserialize)]
struct Content {
    v: u32,
    since: Timestamp,
    item: Item,
}

/// Something that waits, and its file.
pub(super) struct Waiting {
    pub item: Item,
    /// Whether it was tried for long enough.
    pub is_old: bool,
    since: Timestamp,
    path: PathBuf,
}

/// The folder.
#[derive(Clone, Debug)]
pub(super) struct Spool {
    folder: PathBuf,
}

/// What waits, taken by one process.
pub(super) struct Taken {
    pub waiting: Vec<Waiting>,
    _lock: File,
}

impl Spool {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.join("spool") }
    }

    /// Keeps something for the next run. What has the same id takes its place.
    pub(super) fn keep(&self, item: &Item, since: Timestamp) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        if self.files()?.len() >= MOST {
            return Err(io::Error::other(format!("{MOST} notifications wait already in {}", self.folder.display())));
        }
        let kind = if matches!(item, Item::Mail(_)) { "mail" } else { "webhook" };
        let path = self.folder.join(format!("{kind}-{}.json", item.id()));
        write(&path, item, since)
    }

    /// Everything that waits, the oldest first; none where another process looks after it.
    pub(super) fn take(&self, now: Timestamp) -> io::Result<Option<Taken>> {
        if !self.folder.exists() {
            return Ok(None);
        }
        let lock = File::options().create(true).truncate(false).write(true).open(self.folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut waiting: Vec<Waiting> = self.files()?.into_iter().filter_map(|path| read(path, now)).collect();
        waiting.sort_by(|a, b| (a.since, &a.path).cmp(&(b.since, &b.path)));
        Ok(Some(Taken { waiting, _lock: lock }))
    }

    fn files(&self) -> io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(&self.folder)?.collect::<io::Result<Vec<_>>>()?;
        Ok(entries.into_iter().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "json")).collect())
    }
}

impl Waiting {
    /// It was delivered or given up.
    pub(super) fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    /// It goes on waiting, for those who have not got it.
    pub(super) fn put_back(&self, item: &Item) -> io::Result<()> {
        if *item == self.item { Ok(()) } else { write(&self.path, item, self.since) }
    }
}

/// A file that is damaged is put aside.
fn read(path: PathBuf, now: Timestamp) -> Option<Waiting> {
    let bytes = fs::read(&path).ok()?;
    match serde_json::from_slice::<Content>(&bytes) {
        Ok(Content { v: 1, since, item }) => Some(Waiting { item, is_old: now.duration_since(since) > LONGEST, since, path }),
        _ => {
            // Where that fails, it is met again by the next run.
            let _ = fs::rename(&path, path.with_extension("damaged"));
            None
        }
    }
}

fn write(path: &Path, item: &Item, since: Timestamp) -> io::Result<()> {
    let bytes = serde_json::to_vec(&Content { v: 1, since, item: item.clone() })?;
    crate::report::replace("what waits to be sent", path, &bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(id: &str) -> Item {
        Item::Webhook { id: id.to_owned(), image: "a/b:1".to_owned(), body: "{}".to_owned() }
    }

    #[test]
    fn what_waits_comes_back_until_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path());
        assert!(spool.take(Timestamp::UNIX_EPOCH).unwrap().is_none());
        spool.keep(&webhook("2"), Timestamp::UNIX_EPOCH).unwrap();
        spool.keep(&webhook("1"), Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1)).unwrap();
        fs::write(folder.path().join("spool/mail-3.json"), "{").unwrap();
        let taken = spool.take(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(121)).unwrap().unwrap();
        assert!(spool.take(Timestamp::UNIX_EPOCH).unwrap().is_none(), "somebody has it");
        let waiting = &taken.waiting;
        assert_eq!((waiting.len(), &waiting[0].item, waiting[0].is_old, waiting[1].is_old), (2, &webhook("2"), true, false));
        waiting[0].remove().unwrap();
        drop(taken);
        assert_eq!(spool.take(Timestamp::UNIX_EPOCH).unwrap().unwrap().waiting.len(), 1);
        assert!(folder.path().join("spool/mail-3.damaged").exists());
    }
}
