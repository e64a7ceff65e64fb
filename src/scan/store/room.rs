//! What the folder of a store takes, and what was left over in it.

use rustix::fs::{FlockOperation, flock};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::TempDir;

/// The file in a working folder that is locked as long as its process lives.
const LOCK: &str = "lock";

/// One record.
pub struct Extent {
    pub path: PathBuf,
    pub bytes: u64,
    /// When it was last used.
    pub used: SystemTime,
}

/// All records in a folder.
pub fn extents(folder: &Path) -> Vec<Extent> {
    let records = fs::read_dir(folder).into_iter().flatten().flatten();
    records
        .map(|record| {
            let files = fs::read_dir(record.path()).into_iter().flatten().flatten();
            let known: Vec<fs::Metadata> = files.filter_map(|file| file.metadata().ok()).collect();
            let used = known.iter().filter_map(|file| file.modified().ok()).max().unwrap_or(SystemTime::UNIX_EPOCH);
            Extent { path: record.path(), bytes: known.iter().map(fs::Metadata::len).sum(), used }
        })
        .collect()
}

/// Whether a folder of the store is one of other rules, and not something that people keep there.
pub fn is_of_rules(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.strip_prefix("rules-").is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit())))
}

/// A folder of this process, and the lock that says so.
pub fn working_folder(all: &Path) -> io::Result<(TempDir, File)> {
    loop {
        let folder = tempfile::Builder::new().prefix("work-").tempdir_in(all)?;
        let lock = File::create_new(folder.path().join(LOCK))?;
        // Somebody who tidies up may have seen it before it is locked.
        if flock(&lock, FlockOperation::NonBlockingLockShared).is_ok() && folder.path().join(LOCK).exists() {
            return Ok((folder, lock));
        }
    }
}

/// Removes folders of processes that were killed.
pub fn remove_left_over(all: &Path) {
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        let lock = File::open(entry.path().join(LOCK));
        let left = lock.is_ok_and(|lock| flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok());
        if left {
            // What cannot be removed now is in nobody's way.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
