//! One changelog: found, read, and written where it is.

use super::error::NotWritten;
use crate::catalog::Definition;
use rustix::fs::{Access, OFlags, access};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

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

/// A changelog as it was read.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    seen: Metadata,
}

impl Content {
    /// The file system it is on.
    pub(super) fn device(&self) -> u64 {
        self.seen.dev()
    }

    /// Whether the file has other names, hard links, that would show what is written into it.
    pub(super) fn has_other_names(&self) -> bool {
        self.seen.nlink() > 1
    }

    fn is_still(&self, now: &Metadata) -> bool {
        let told = |file: &Metadata| (file.dev(), file.ino(), file.len(), file.mtime(), file.mtime_nsec());
        told(&self.seen) == told(now)
    }
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

    pub(super) fn read(&self) -> Result<Content, NotWritten> {
        let read = || {
            let mut file = File::open(&self.target)?;
            let (seen, mut bytes) = (file.metadata()?, Vec::new());
            file.read_to_end(&mut bytes)?;
            Ok(Content { bytes, seen })
        };
        read().map_err(|source| self.trouble(source))
    }

    /// Whether what was read may be written.
    pub(super) fn check_writable(&self, content: &Content) -> Result<(), NotWritten> {
        let writable_bits = content.seen.mode() & WRITABLE != 0;
        if writable_bits && access(&self.target, Access::WRITE_OK).is_ok() { Ok(()) } else { Err(NotWritten::ReadOnly(self.shown.clone())) }
    }

    /// Writes over what was read, unless it is not what it was: `new` is never shorter, so nothing of the old one stays.
    pub(super) fn write(&self, old: &Content, new: &[u8]) -> Result<(), NotWritten> {
        let mut file = self.open()?;
        let now = file.metadata().map_err(|source| self.trouble(source))?;
        if !old.is_still(&now) {
            return Err(NotWritten::Changed(self.shown.clone()));
        }
        file.write_all(new).map_err(|source| self.trouble(source))
    }

    /// Writes these bytes and nothing behind them.
    pub(super) fn restore(&self, bytes: &[u8]) -> Result<(), NotWritten> {
        let mut file = self.open()?;
        file.write_all(bytes).and_then(|()| file.set_len(bytes.len() as u64)).map_err(|source| self.trouble(source))
    }

    /// Gives the changelog a file of its own with the same bytes, mode and owner, by way of a file that is renamed, so
    /// that its other names keep what they show.
    pub(super) fn separate(&self, content: &Content, by_way_of: &Path) -> Result<Content, NotWritten> {
        let copy = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(by_way_of)?;
            file.write_all(&content.bytes)?;
            if (content.seen.uid(), content.seen.gid()) != (file.metadata()?.uid(), file.metadata()?.gid()) {
                // Only root may give files away; the content counts more than who owns it.
                let _ = fchown(&file, Some(content.seen.uid()), Some(content.seen.gid()));
            }
            file.set_permissions(fs::Permissions::from_mode(content.seen.mode() & 0o7777))?;
            // Not every file system writes the bytes before the name.
            file.sync_all()?;
            fs::rename(by_way_of, &self.target)
        };
        copy().map_err(|source: io::Error| self.trouble(source))?;
        self.read()
    }

    fn open(&self) -> Result<File, NotWritten> {
        let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
        OpenOptions::new().write(true).custom_flags(no_link).open(&self.target).map_err(|source| self.trouble(source))
    }

    pub(super) fn trouble(&self, source: io::Error) -> NotWritten {
        NotWritten::Io { file: self.shown.clone(), source }
    }
}

fn below(root: &Path, path: &str) -> PathBuf {
    if path == "." { root.join(Definition::CHANGELOG) } else { root.join(path).join(Definition::CHANGELOG) }
}
