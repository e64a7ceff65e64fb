//! One run at a time per reference, across the processes of a machine: from the moment an image takes the name in
//! the engine until it is tested and pushed. Otherwise one run would test, or push, what another one named.

use super::PublishError;
use crate::name::{Digest, Reference};
use rustix::fs::OFlags;
use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long to wait between two looks at a lock that somebody else holds.
const PAUSE: Duration = Duration::from_millis(100);

/// The right to give a reference to images of the engine; let go when it is dropped or the process ends.
#[derive(Debug)]
pub struct NameLock {
    path: PathBuf,
    /// The lock lives as long as the open file.
    _file: File,
}

impl Drop for NameLock {
    /// Nightlies would leave a file a day for each image. Removed while we hold it, so never another run's.
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl NameLock {
    /// Waits until nobody else works on `reference`. `waiting` is called once, if somebody does.
    ///
    /// # Errors
    /// When the lock cannot be made in `folder`, or `cancel` fires first.
    pub async fn acquire(
        folder: &Path,
        reference: &Reference,
        cancel: &CancellationToken,
        waiting: impl FnOnce(),
    ) -> Result<Self, PublishError> {
        let lock = acquire(folder, reference, cancel, waiting).await;
        lock.map_err(|source| PublishError::Lock { folder: folder.display().to_string(), source })?.ok_or(PublishError::Cancelled)
    }
}

async fn acquire(folder: &Path, reference: &Reference, cancel: &CancellationToken, waiting: impl FnOnce()) -> io::Result<Option<NameLock>> {
    let mut waiting = Some(waiting);
    own_folder(folder)?;
    let path = path(folder, reference);
    loop {
        if let Some(_file) = try_acquire(&path)? {
            return Ok(Some(NameLock { path, _file }));
        }
        if let Some(tell) = waiting.take() {
            tell();
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = cancel.cancelled() => return Ok(None),
        }
    }
}

/// The locked file, unless somebody else holds it or has just removed it.
fn try_acquire(path: &Path) -> io::Result<Option<File>> {
    let file = File::options().create(true).append(true).custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let is_there = std::fs::symlink_metadata(path).is_ok_and(|there| file.metadata().is_ok_and(|ours| ours.ino() == there.ino()));
    Ok(is_there.then_some(file))
}

/// Makes the folder, for this user alone. Below a shared `/tmp` somebody else may have made it first, to lead
/// us elsewhere or to hold our locks: then it is refused.
fn own_folder(folder: &Path) -> io::Result<()> {
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = std::fs::symlink_metadata(folder)?;
    let is_ours = found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o022 == 0;
    if is_ours { Ok(()) } else { Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to somebody else; set XDG_RUNTIME_DIR")) }
}

fn path(folder: &Path, reference: &Reference) -> PathBuf {
    folder.join(format!("push-{}.lock", Digest::of(reference.canonical().to_string().as_bytes()).short()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_or_lock_that_somebody_else_prepared_is_refused() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (locks, cancel) = (folder.path().join("locks"), CancellationToken::new());
        let reference = Reference::parse("h/x:1").unwrap();
        assert!(acquire(&locks, &reference, &cancel, || {}).await.unwrap().is_some());
        assert!(!path(&locks, &reference).exists(), "a lock that was let go leaves nothing behind");
        symlink(folder.path().join("victim"), path(&locks, &reference)).unwrap();
        assert!(acquire(&locks, &reference, &cancel, || {}).await.is_err());
        assert!(!folder.path().join("victim").exists());
        let other = Reference::parse("h/x:2").unwrap();
        symlink(&locks, folder.path().join("linked")).unwrap();
        assert!(acquire(&folder.path().join("linked"), &other, &cancel, || {}).await.is_err());
        std::fs::set_permissions(&locks, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(acquire(&locks, &other, &cancel, || {}).await.is_err());
    }

    #[tokio::test]
    async fn the_second_one_waits_and_can_be_interrupted() {
        let folder = tempfile::tempdir().unwrap();
        let reference = Reference::parse("h/x:1").unwrap();
        let cancel = CancellationToken::new();
        let first = acquire(folder.path(), &reference, &cancel, || {}).await.unwrap();
        assert!(first.is_some());
        let other = Reference::parse("h/x:2").unwrap();
        assert!(acquire(folder.path(), &other, &cancel, || {}).await.unwrap().is_some());
        let waiting = {
            let (folder, reference, cancel) = (folder.path().to_owned(), reference.clone(), cancel.clone());
            tokio::spawn(async move { acquire(&folder, &reference, &cancel, || {}).await.unwrap().is_some() })
        };
        drop(first);
        assert!(waiting.await.unwrap());
        let held = acquire(folder.path(), &reference, &cancel, || {}).await.unwrap();
        cancel.cancel();
        assert!(acquire(folder.path(), &reference, &cancel, || {}).await.unwrap().is_none());
        drop(held);
    }
}
