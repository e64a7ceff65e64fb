//! One changelog: read with its permissions, written beside, renamed.

use super::error::NotWritten;
use crate::catalog::Definition;
use rustix::fs::{Access, access};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

/// What the new file is called until it is renamed. Only one call at a time works on a catalogue, so one name will do.
const BESIDE: &str = ".changelog.cooperage-new";
/// The bits of which one must be set for a file to be writable: root may write all, and should not.
const WRITABLE: u32 = 0o222;

/// The changelog of a definition, links followed.
#[derive(Debug)]
pub(super) struct Changelog {
    /// As people know it.
    pub(super) shown: PathBuf,
    /// The file itself.
    pub(super) target: PathBuf,
}

impl Changelog {
    /// Finds the one of a definition that was discovered, so no folder on the way is a link. `root` is as people know it
    /// and once more `canonical`. Nothing outside of `boundary`, canonical, is ever written.
    pub(super) fn find(root: &Path, canonical: &Path, path: &str, boundary: &Path) -> Result<Self, NotWritten> {
        let target = below(canonical, path);
        match fs::symlink_metadata(&target) {
            Ok(found) if found.is_file() && canonical.starts_with(boundary) => Ok(Self { shown: below(root, path), target }),
            _ => Self::resolve(root, path, boundary),
        }
    }

    /// Finds it wherever links on the way lead.
    pub(super) fn resolve(root: &Path, path: &str, boundary: &Path) -> Result<Self, NotWritten> {
        let shown = below(root, path);
        let target = fs::canonicalize(&shown).map_err(|source| NotWritten::Io { file: shown.clone(), source })?;
        if !target.starts_with(boundary) {
            return Err(NotWritten::Outside { file: shown, target, boundary: boundary.to_owned() });
        }
        Ok(Self { shown, target })
    }

    pub(super) fn read(&self) -> Result<Vec<u8>, NotWritten> {
        fs::read(&self.target).map_err(|source| self.trouble(source))
    }

    /// Whether it may be replaced: file and folder are writable.
    pub(super) fn check_writable(&self) -> Result<(), NotWritten> {
        for path in [self.target.as_path(), self.folder()] {
            let writable_bits = fs::metadata(path).map_err(|source| self.trouble(source))?.permissions().mode() & WRITABLE != 0;
            if !writable_bits || access(path, Access::WRITE_OK).is_err() {
                return Err(NotWritten::ReadOnly(path.to_owned()));
            }
        }
        Ok(())
    }

    /// Writes new content beside the file, with its mode and owner.
    pub(super) fn write_beside(&self, bytes: &[u8]) -> Result<(), NotWritten> {
        self.try_write_beside(bytes).map_err(|source| self.trouble(source))
    }

    fn try_write_beside(&self, bytes: &[u8]) -> io::Result<()> {
        let old = fs::metadata(&self.target)?;
        let mode = old.permissions().mode() & 0o7777;
        let create = || OpenOptions::new().write(true).create_new(true).mode(mode).open(self.beside());
        let mut file = match create() {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.remove_beside()?;
                create()?
            }
            other => other?,
        };
        file.write_all(bytes)?;
        like(&file, &old)
    }

    /// Puts what was written beside in the file's place.
    pub(super) fn rename(&self) -> Result<(), NotWritten> {
        fs::rename(self.beside(), &self.target).map_err(|source| self.trouble(source))
    }

    /// Removes what was written beside, if there is anything.
    pub(super) fn clear(&self) -> Result<(), NotWritten> {
        self.remove_beside().map_err(|source| self.trouble(source))
    }

    fn remove_beside(&self) -> io::Result<()> {
        match fs::remove_file(self.beside()) {
            // A folder of this name is not ours; writing there says so.
            Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) => Err(error),
            _ => Ok(()),
        }
    }

    fn beside(&self) -> PathBuf {
        self.folder().join(BESIDE)
    }

    /// A canonical path of a file always has a folder.
    fn folder(&self) -> &Path {
        self.target.parent().unwrap_or(Path::new("/"))
    }

    fn trouble(&self, source: io::Error) -> NotWritten {
        NotWritten::Io { file: self.shown.clone(), source }
    }
}

/// Gives a new file the mode of the old one, and its owner where we may: root may be working on somebody else's tree.
fn like(file: &File, old: &Metadata) -> io::Result<()> {
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        // Only root may give files away; the content counts more than who owns it.
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
    // The umask may have taken something away.
    if new.permissions().mode() == old.permissions().mode() && new.uid() == old.uid() {
        return Ok(());
    }
    file.set_permissions(fs::Permissions::from_mode(old.permissions().mode() & 0o7777))
}

fn below(root: &Path, path: &str) -> PathBuf {
    if path == "." { root.join(Definition::CHANGELOG) } else { root.join(path).join(Definition::CHANGELOG) }
}
