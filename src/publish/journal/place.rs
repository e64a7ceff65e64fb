//! Where the journal of a catalogue stands.

use crate::name::Digest;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Where a run writes its journal: beside the record where one is written, else in the user's folder for state. A run
/// that writes elsewhere leaves a pointer there, so that the next one finds it however it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    own: PathBuf,
    home: Option<PathBuf>,
}

impl Place {
    /// For the catalogue in `directory`. `env` is the environment of the call; `record` the file of `--record`.
    /// `None` where there is neither a record nor a folder for state.
    pub fn of(directory: &Path, env: &BTreeMap<String, String>, record: Option<&Path>) -> Option<Self> {
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let catalogue = fs::canonicalize(directory).unwrap_or_else(|_| absolute(directory));
        let name = Digest::of(catalogue.as_os_str().as_encoded_bytes());
        let home = state(env).map(|folder| folder.join("cooperage").join(format!("{}.journal", name.short())));
        let beside = record.map(|record| {
            let mut path = absolute(record).into_os_string();
            path.push(".journal");
            PathBuf::from(path)
        });
        match (beside, home) {
            (Some(own), home) => Some(Self { own, home }),
            (None, Some(own)) => Some(Self { own, home: None }),
            (None, None) => None,
        }
    }

    /// The file that a run at this place writes.
    pub fn own(&self) -> &Path {
        &self.own
    }

    /// The journals that an earlier run may have left: this place's own, the one in the folder for state, and the one
    /// that a pointer there names.
    pub fn candidates(&self) -> Vec<Self> {
        let mut found = vec![Self { own: self.own.clone(), home: None }];
        let state = self.home.as_ref().unwrap_or(&self.own);
        match pointed_at(state) {
            Some(path) if path == self.own => found[0].home.clone_from(&self.home),
            Some(path) => {
                let pointed = Self { own: path, home: Some(state.clone()) };
                if *state == self.own { found[0] = pointed } else { found.push(pointed) }
            }
            None if *state != self.own => found.push(Self { own: state.clone(), home: None }),
            None => {}
        }
        found
    }

    pub(super) fn create(&self) -> io::Result<File> {
        if let Some(folder) = self.own.parent() {
            fs::create_dir_all(folder)?;
        }
        // A new file and not the old one cut short: a link somebody put there is not followed.
        match fs::remove_file(&self.own) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = File::options().create_new(true).append(true).mode(0o600).open(&self.own)?;
        sync_folder(&self.own);
        Ok(file)
    }

    /// Leaves the pointer. One that cannot be written only makes the journal harder to find.
    pub(super) fn announce(&self) -> io::Result<()> {
        let Some(home) = &self.home else { return Ok(()) };
        let write = || -> io::Result<()> {
            if let Some(folder) = home.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file = File::create(home)?;
            serde_json::to_writer(&mut file, &Pointer { v: 1, at: self.own.clone() })?;
            file.write_all(b"\n")?;
            file.sync_all()
        };
        let _ = write();
        Ok(())
    }

    pub(super) fn remove(&self) -> Result<(), (PathBuf, io::Error)> {
        for path in std::iter::once(&self.own).chain(&self.home) {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err((path.clone(), error)),
                _ => sync_folder(path),
            }
        }
        Ok(())
    }

    /// Puts a journal that cannot be trusted out of the way, for people to look at. Returns where it is then.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn set_aside(&self) -> io::Result<PathBuf> {
        let mut aside = self.own.clone().into_os_string();
        aside.push(".damaged");
        fs::rename(&self.own, &aside)?;
        if let Some(home) = &self.home {
            let _ = fs::remove_file(home);
        }
        Ok(aside.into())
    }
}

/// A line in the folder for state that says where the journal is.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Pointer {
    v: u32,
    at: PathBuf,
}

fn pointed_at(home: &Path) -> Option<PathBuf> {
    let first = fs::read(home).ok()?;
    let pointer: Pointer = serde_json::from_slice(&first).ok()?;
    pointer.at.is_absolute().then_some(pointer.at)
}

/// The folder for state of the XDG base directory specification 0.8.
fn state(env: &BTreeMap<String, String>) -> Option<PathBuf> {
    let named = env.get("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| env.get("HOME").map(PathBuf::from).filter(|path| path.is_absolute()).map(|home| home.join(".local/state")))
}

/// A file's name lasts only when its folder is synced; some file systems refuse that, which loses nothing.
fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent() {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}
