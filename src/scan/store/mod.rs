//! Records of layers on disk, by diff id: what was read of a layer for one image serves all others. Blocks.
//!
//! A record is a folder that is written beside its place and renamed, so that several processes can use the store at once.
//! Nothing in it is believed without its digest, and nothing that a cooperage with other rules wrote is read at all: what is
//! damaged or old is as if it was not there. The store is no more than so large; what was not used for longest goes first.

mod format;
mod room;

use super::LayerRecord;
use crate::name::Digest;
use format::Files;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::TempDir;

/// The rules by which layers are read: records of other rules are worth nothing. Of the sources, by `build.rs`.
const RULES: &str = env!("COOPERAGE_SCAN_RULES");

/// Where what is being written or used stands.
const WORK: &str = "work";

/// Records of layers on disk.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    /// What large contents are linked into while they are used, and where records are written; it goes with us.
    work: TempDir,
    /// Holds the lock that says that `work` is in use.
    _lock: File,
    limit: u64,
}

impl Store {
    /// Opens a folder, which is made where it does not exist; it holds at most `limit` bytes.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub fn open(folder: &Path, limit: u64) -> io::Result<Self> {
        let (all, records) = (folder.join(WORK), folder.join(RULES));
        fs::create_dir_all(&all)?;
        fs::create_dir_all(records)?;
        room::remove_left_over(&all);
        let (work, lock) = room::working_folder(&all)?;
        let store = Self { folder: folder.to_owned(), work, _lock: lock, limit };
        store.tidy();
        Ok(store)
    }

    /// A folder for large contents of records that are being made, on the file system of the store.
    pub fn spool(&self) -> &Path {
        self.work.path()
    }

    /// The record of a layer, if there is one that can be believed.
    pub fn get(&self, diff_id: &Digest) -> Option<LayerRecord> {
        let folder = self.place(diff_id);
        let files = Files::in_folder(&folder);
        let record = files.read(diff_id, self.work.path());
        if record.is_some() {
            // Only the order in which records go depends on it.
            let _ = File::options().write(true).open(files.record()).and_then(|file| file.set_modified(SystemTime::now()));
        }
        record
    }

    /// Keeps the record of a layer, and makes room for it. One whose kept files hold secrets is not written: they would stand
    /// on this disk in clear, and reading the layer again is cheap.
    ///
    /// # Errors
    /// When it cannot be written; it serves this process all the same.
    pub fn put(&self, record: &LayerRecord) -> io::Result<()> {
        let Some(diff_id) = &record.diff_id else { return Ok(()) };
        if record.contents.iter().any(|(path, _)| record.leaks.iter().any(|leak| leak.path == *path)) {
            return Ok(());
        }
        let new = tempfile::Builder::new().prefix("new-").tempdir_in(self.work.path())?;
        Files::in_folder(new.path()).write(diff_id, record)?;
        let place = self.place(diff_id);
        fs::create_dir_all(place.parent().unwrap_or(&self.folder))?;
        // Where there is one already, it may be damaged: it was read anew for some reason.
        if fs::rename(new.path(), &place).is_err() {
            self.remove(&place)?;
            match fs::rename(new.path(), &place) {
                // Somebody else was faster, with the same record.
                Err(_) if place.exists() => {}
                other => other?,
            }
        }
        self.tidy();
        Ok(())
    }

    fn place(&self, diff_id: &Digest) -> PathBuf {
        self.folder.join(RULES).join(diff_id.as_str().replacen(':', "-", 1))
    }

    /// Takes a record away at once, so that nobody sees half of it.
    fn remove(&self, place: &Path) -> io::Result<()> {
        let gone = tempfile::Builder::new().prefix("gone-").tempdir_in(self.work.path())?;
        match fs::rename(place, gone.path().join("record")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => gone.close(),
        }
    }

    /// Removes what other rules left, and what was not used for longest as far as there is too much.
    fn tidy(&self) {
        let others = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let others = others.filter(|entry| entry.file_name() != RULES && entry.file_name() != WORK);
        // What another process takes away at the same time is gone, too.
        others.filter(|entry| room::is_of_rules(&entry.file_name())).for_each(|entry| drop(self.remove(&entry.path())));
        let mut all = room::extents(&self.folder.join(RULES));
        let mut bytes: u64 = all.iter().map(|extent| extent.bytes).sum();
        all.sort_by_key(|extent| extent.used);
        for extent in all {
            if bytes <= self.limit {
                break;
            }
            bytes -= extent.bytes;
            let _ = self.remove(&extent.path);
        }
    }
}

#[cfg(test)]
mod tests;
