//! One run at a time on a catalogue: a lock on DIRECTORY itself, so it holds across containers that share it.

use super::prepare::RunError;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long to wait between two looks at a lock that another run holds.
const PAUSE: Duration = Duration::from_millis(200);

/// Held as long as the run lasts; the system lets go of it when the process ends.
pub struct CatalogueLock(#[expect(dead_code, reason = "the lock lives as long as the open folder")] File);

/// Waits until no other run works on `directory`. `waiting` is called once, if there is one.
///
/// # Errors
/// When the folder cannot be opened, or the wait is interrupted.
pub async fn lock_catalogue(directory: &Path, cancel: &CancellationToken, waiting: impl FnOnce()) -> Result<CatalogueLock, RunError> {
    let error = |source| RunError::Io { what: format!("{} cannot be locked", directory.display()), source };
    let folder = File::open(directory).map_err(error)?;
    let mut waiting = Some(waiting);
    loop {
        match folder.try_lock() {
            Ok(()) => return Ok(CatalogueLock(folder)),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(source)) => return Err(error(source)),
        }
        if let Some(tell) = waiting.take() {
            tell();
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = cancel.cancelled() => return Err(RunError::Interrupted),
        }
    }
}
