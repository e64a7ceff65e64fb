//! Walks a tree of folders with several threads and hands every folder of interest to the reader.
//!
//! One listing per folder tells the kinds of its entries; nothing is asked of the system for each file.

use super::definition::Definition;
use std::ffi::OsString;
use std::fs::{DirEntry, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What a name in a folder stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// There is no such name, or it is a folder.
    #[default]
    Absent,
    File,
    /// A link; where to is not known yet.
    Link,
    /// A pipe, a socket, a device.
    Special,
}

impl Kind {
    pub(super) fn is_there(self) -> bool {
        self != Self::Absent
    }

    /// Whether the file must be looked at before it is opened.
    pub(super) fn is_link(self) -> bool {
        matches!(self, Self::Link | Self::Special)
    }

    /// Why `path`, which is of this kind, is no file that can be read; the file itself is not opened.
    pub(super) fn trouble(self, path: &Path) -> Option<String> {
        if !self.is_link() {
            return None;
        }
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => None,
            Ok(_) => Some("it is not a regular file".to_owned()),
            Err(error) => Some(error.to_string()),
        }
    }

    fn of(kind: FileType) -> Self {
        if kind.is_file() {
            Self::File
        } else if kind.is_symlink() {
            Self::Link
        } else if kind.is_dir() {
            Self::Absent
        } else {
            Self::Special
        }
    }
}

/// Which files of a definition a folder has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    pub(super) template: Kind,
    pub(super) changelog: Kind,
    pub(super) control: Kind,
}

/// Lists one folder. Folders in it are appended to `folders`; links to folders and `.git` are not.
pub(super) fn list(folder: &Path, folders: &mut Vec<PathBuf>) -> io::Result<Found> {
    let mut found = Found::default();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if kind.is_dir() {
            push_folder(&entry, &name, folders);
        } else if name == Definition::TEMPLATE {
            found.template = Kind::of(kind);
        } else if name == Definition::CHANGELOG {
            found.changelog = Kind::of(kind);
        } else if name == Definition::CONTROL {
            found.control = Kind::of(kind);
        }
    }
    Ok(found)
}

fn push_folder(entry: &DirEntry, name: &OsString, folders: &mut Vec<PathBuf>) {
    if name != ".git" {
        folders.push(entry.path());
    }
}

/// Visits `root` and every folder below it, each once, in no particular order, with up to `workers` threads.
/// `visit` appends the folders it finds to the list it is given, and returns what it has to say of this one.
pub(super) fn walk<T: Send>(root: &Path, workers: usize, visit: impl Fn(&Path, &mut Vec<PathBuf>) -> Option<T> + Sync) -> Vec<T> {
    let queue = Queue { state: Mutex::new(State { folders: vec![root.to_owned()], working: 0 }), changed: Condvar::new() };
    let work = || queue.work(&visit);
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
        let mut results = work();
        for other in others {
            match other.join() {
                Ok(more) => results.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Folders nobody has taken yet.
    folders: Vec<PathBuf>,
    /// Workers that may still find folders.
    working: usize,
}

/// A worker takes several folders at a time, so that the lock is not what all of them wait for.
const BATCH: usize = 16;

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A worker that panicked is reported by `walk`; the list itself is whole after every step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work<T>(&self, visit: &impl Fn(&Path, &mut Vec<PathBuf>) -> Option<T>) -> Vec<T> {
        let mut results = Vec::new();
        let (mut batch, mut below) = (Vec::new(), Vec::new());
        while self.take(&mut batch) {
            let guard = Working(self);
            for folder in batch.drain(..) {
                results.extend(visit(&folder, &mut below));
            }
            self.lock().folders.append(&mut below);
            drop(guard);
        }
        results
    }

    /// Takes some folders; false when there are none left and none will come.
    fn take(&self, batch: &mut Vec<PathBuf>) -> bool {
        let mut state = self.lock();
        while state.folders.is_empty() {
            if state.working == 0 {
                return false;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        // Never more than half, so that the others have something to do, too.
        let count = state.folders.len().div_ceil(2).min(BATCH);
        let rest = state.folders.len() - count;
        batch.extend(state.folders.drain(rest..));
        state.working += 1;
        true
    }
}

/// Ends a worker's turn also when it panics, or the others would wait for ever.
struct Working<'a>(&'a Queue);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.lock().working -= 1;
        self.0.changed.notify_all();
    }
}
