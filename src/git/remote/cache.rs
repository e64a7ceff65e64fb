//! The cache of repositories: a bare one for each address, shared between the processes of a machine.
//!
//! Beside the repository `NAME` stands `NAME.lock`, held by whoever fetches into it. In it, `cooperage-use` is held by all who
//! read it, and its time is that of the last use; `cooperage-url` says whose it is; `cooperage-broken` that it is to be
//! made anew. What was not used for longest goes first, never while it is used.

use super::call::size_of;
use super::error::FetchError;
use crate::name::Digest;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// How long to wait between two looks at a lock that another process holds.
const PAUSE: Duration = Duration::from_millis(50);
/// So many fetches into one repository; then it is made anew, because git slows down with each.
const MOST_PACKS: usize = 60;

const URL: &str = "cooperage-url";
const USE: &str = "cooperage-use";
const BROKEN: &str = "cooperage-broken";

/// The right to fetch into the repository of one address.
#[derive(Debug)]
pub(super) struct Locked {
    /// The bare repository, if it is there.
    pub repository: PathBuf,
    _lock: File,
}

/// Waits for the right to fetch from `url`.
pub(super) async fn lock(cache: &Path, url: &str, cancel: &CancellationToken) -> Result<Locked, FetchError> {
    let failed = |source| FetchError::io(cache, source);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(cache).map_err(failed)?;
    let digest = Digest::of(url.as_bytes());
    let name = digest.as_str().rsplit(':').next().unwrap_or_default();
    let repository = fs::canonicalize(cache).map_err(failed)?.join(&name[..32.min(name.len())]);
    loop {
        if let Some(lock) = Locked::try_new(&repository).map_err(failed)? {
            return Ok(lock);
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = cancel.cancelled() => return Err(FetchError::Cancelled),
        }
    }
}

impl Locked {
    /// None while somebody else holds it, or has just removed it.
    fn try_new(repository: &Path) -> io::Result<Option<Self>> {
        let path = repository.with_extension("lock");
        let file = File::options().create(true).append(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let ours = file.metadata()?.ino();
        let is_there = fs::metadata(&path).is_ok_and(|there| there.ino() == ours);
        Ok(is_there.then(|| Self { repository: repository.to_owned(), _lock: file }))
    }

    /// Whether there is a repository of this address that can be used; what an interrupted fetch left in it is removed.
    pub fn is_sound(&self, url: &str, most: u64) -> bool {
        let at = |name: &str| self.repository.join(name);
        let is_ours = fs::read_to_string(at(URL)).is_ok_and(|recorded| recorded == url) && !at(BROKEN).exists();
        is_ours && self.tidy().is_ok_and(|packs| packs <= MOST_PACKS) && size_of(&at("objects")) <= most
    }

    /// Says whose the repository is: it is whole from now on.
    pub fn record(&self, url: &str) -> Result<(), FetchError> {
        let path = self.repository.join(URL);
        fs::write(&path, url).map_err(|source| FetchError::io(&path, source))
    }

    /// Removes the repository, so that nobody finds half of it.
    pub fn remove(&self) -> Result<(), FetchError> {
        remove(&self.repository).map_err(|source| FetchError::io(&self.repository, source))
    }

    /// Notes the use, and keeps the repository from being removed while the file is open.
    pub fn in_use(&self) -> Result<File, FetchError> {
        let path = self.repository.join(USE);
        let open = || {
            let file = File::options().create(true).append(true).open(&path)?;
            file.lock_shared()?;
            file.set_modified(SystemTime::now())?;
            Ok(file)
        };
        open().map_err(|source| FetchError::io(&path, source))
    }

    /// Removes what a killed git leaves behind; returns the number of packs.
    pub fn tidy(&self) -> io::Result<usize> {
        for name in ["shallow.lock", "packed-refs.lock", "config.lock", "HEAD.lock", "FETCH_HEAD", "FETCH_HEAD.lock"] {
            gone(fs::remove_file(self.repository.join(name)))?;
        }
        remove_locks(&self.repository.join("refs"))?;
        remove_temporary(&self.repository.join("objects"), 2)?;
        for item in fs::read_dir(&self.repository)?.flatten() {
            if item.file_name().to_string_lossy().starts_with("shallow_") {
                gone(fs::remove_file(item.path()))?;
            }
        }
        let packs = fs::read_dir(self.repository.join("objects/pack"))?.flatten();
        Ok(packs.filter(|item| item.path().extension().is_some_and(|extension| extension == "pack")).count())
    }
}

/// Makes the next fetch start anew. Where even that cannot be written, the next one finds out by itself.
pub(super) fn mark_broken(repository: &Path) {
    let _ = fs::write(repository.join(BROKEN), "");
}

fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn remove(repository: &Path) -> io::Result<()> {
    let aside = repository.with_extension("old");
    gone(fs::remove_dir_all(&aside))?;
    gone(fs::rename(repository, &aside))?;
    gone(fs::remove_dir_all(&aside))
}

fn remove_locks(folder: &Path) -> io::Result<()> {
    for item in fs::read_dir(folder)? {
        let item = item?;
        if item.file_type()?.is_dir() {
            remove_locks(&item.path())?;
        } else if item.path().extension().is_some_and(|extension| extension == "lock") {
            gone(fs::remove_file(item.path()))?;
        }
    }
    Ok(())
}

fn remove_temporary(folder: &Path, depth: usize) -> io::Result<()> {
    for item in fs::read_dir(folder)? {
        let item = item?;
        let (path, is_folder) = (item.path(), item.file_type()?.is_dir());
        let is_temporary = item.file_name().to_string_lossy().starts_with("tmp_");
        match (is_temporary, is_folder) {
            (true, true) => gone(fs::remove_dir_all(path))?,
            (true, false) => gone(fs::remove_file(path))?,
            (false, true) if depth > 1 => remove_temporary(&path, depth - 1)?,
            _ => {}
        }
    }
    Ok(())
}

/// Removes repositories, those first that were not used for longest, until the cache holds at most `most` bytes. What is
/// used or fetched stays.
pub(super) fn trim(cache: &Path, most: u64) -> io::Result<()> {
    let mut found: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for item in fs::read_dir(cache)? {
        let path = item?.path();
        if path.extension().is_none() && path.is_dir() {
            let used = fs::metadata(path.join(USE)).and_then(|found| found.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
            found.push((used, size_of(&path), path));
        }
    }
    let mut held: u64 = found.iter().map(|(_, size, _)| size).sum();
    found.sort();
    for (_, size, path) in found {
        if held <= most {
            break;
        }
        if remove_unused(&path)? {
            held -= size;
        }
    }
    Ok(())
}

fn remove_unused(repository: &Path) -> io::Result<bool> {
    let Some(_lock) = Locked::try_new(repository)? else { return Ok(false) };
    if let Ok(used) = File::open(repository.join(USE))
        && used.try_lock().is_err()
    {
        return Ok(false);
    }
    remove(repository)?;
    // Removed while we hold it: whoever waits for it sees that and makes another.
    gone(fs::remove_file(repository.with_extension("lock")))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn filled(cache: &Path, url: &str, used: u64) -> Locked {
        let locked = lock(cache, url, &CancellationToken::new()).await.unwrap();
        fs::create_dir_all(locked.repository.join("objects/pack")).unwrap();
        fs::create_dir_all(locked.repository.join("refs")).unwrap();
        fs::write(locked.repository.join("objects/pack/a.pack"), [0; 1000]).unwrap();
        locked.record(url).unwrap();
        locked.in_use().unwrap().set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(used)).unwrap();
        locked
    }

    #[tokio::test]
    async fn what_was_not_used_for_longest_goes_and_what_is_used_stays() {
        let cache = tempfile::tempdir().unwrap();
        let mut places = Vec::new();
        for (url, used) in [("a", 3), ("b", 1), ("c", 2), ("d", 0)] {
            places.push(filled(cache.path(), url, used).await);
        }
        let _reader = places[1].in_use().unwrap();
        let places: Vec<PathBuf> = places.drain(..).map(|place| place.repository).collect();
        let fetching = lock(cache.path(), "d", &CancellationToken::new()).await.unwrap();
        trim(cache.path(), 3500).unwrap();
        let there: Vec<bool> = places.iter().map(|place| place.exists()).collect();
        // The reader touched b, so c is the oldest that may go.
        assert_eq!(there, [true, true, false, true]);
        assert!(fetching.is_sound("d", 10_000) && !fetching.is_sound("d", 10) && !fetching.is_sound("e", 10_000));
        assert!(!places[2].with_extension("lock").exists());
    }

    #[tokio::test]
    async fn leftovers_of_a_killed_git_are_removed() {
        let cache = tempfile::tempdir().unwrap();
        let locked = filled(cache.path(), "a", 1).await;
        for name in ["shallow.lock", "objects/pack/tmp_pack_x", "objects/tmp_obj_x", "refs/a.lock", "shallow_x"] {
            fs::write(locked.repository.join(name), "").unwrap();
        }
        assert_eq!(locked.tidy().unwrap(), 1);
        assert_eq!(fs::read_dir(locked.repository.join("refs")).unwrap().count(), 0);
        assert_eq!(fs::read_dir(locked.repository.join("objects")).unwrap().count(), 1);
        assert!(!locked.repository.join("shallow.lock").exists() && !locked.repository.join("shallow_x").exists());
        mark_broken(&locked.repository);
        assert!(!locked.is_sound("a", 10_000));
        locked.remove().unwrap();
        assert!(!locked.repository.exists());
    }

    #[tokio::test]
    async fn one_at_a_time_and_waiting_can_be_interrupted() {
        let cache = tempfile::tempdir().unwrap();
        let cancel = CancellationToken::new();
        let first = lock(cache.path(), "a", &cancel).await.unwrap();
        cancel.cancel();
        assert!(matches!(lock(cache.path(), "a", &cancel).await, Err(FetchError::Cancelled)));
        drop(first);
        assert!(lock(cache.path(), "a", &cancel).await.is_ok());
    }
}
