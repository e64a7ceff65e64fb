//! What a script left, on its way out of a cage: a tar that nobody trusts.
//!
//! Everything is written into a fresh folder beside the clone. Links come last, so that nothing is ever written through one,
//! and none leads out of the clone that was not there before.

use super::{CageError, mib};
use crate::archive::{Member, MemberKind, Tar};
use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};
use tempfile::TempDir;

/// How much comes back at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Bytes.
    pub(super) bytes: u64,
    /// Files, folders and links.
    pub(super) files: u64,
}

/// The folder that programs take their settings from, also when they run on this machine.
const GIT: &str = ".git";

/// Unpacks into a new folder beside `tree`. `links` are those that may lead out of it.
///
/// # Errors
/// When something is in the tar that must not come back, when it is more than the bounds, or when it breaks off.
pub(super) fn unpack(tar: impl Read, tree: &Path, bounds: Bounds, links: &HashMap<PathBuf, PathBuf>) -> Result<TempDir, CageError> {
    let beside = tree.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = tempfile::Builder::new().prefix(".cage-").tempdir_in(beside).map_err(CageError::tree(beside.display()))?;
    let mut unpacking = Unpacking { root: folder.path(), bounds, bytes: 0, files: 0, folders: Vec::new(), links: Vec::new() };
    let mut tar = Tar::new(tar);
    while let Some(member) = tar.next_member().map_err(CageError::tree("what the script left"))? {
        unpacking.member(&member, &mut tar)?;
    }
    unpacking.finish(links)?;
    Ok(folder)
}

struct Unpacking<'a> {
    root: &'a Path,
    bounds: Bounds,
    bytes: u64,
    files: u64,
    /// Modes of folders; set last, because one may forbid to write into it.
    folders: Vec<(PathBuf, u32)>,
    links: Vec<(PathBuf, PathBuf)>,
}

impl Unpacking<'_> {
    fn member(&mut self, member: &Member, content: &mut impl Read) -> Result<(), CageError> {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(member.stat.size);
        if self.files > self.bounds.files || self.bytes > self.bounds.bytes {
            let most = if self.files > self.bounds.files { format!("{} files", self.bounds.files) } else { mib(self.bounds.bytes) };
            return Err(CageError::LeftTooMuch { most });
        }
        let left = |what: &str| CageError::Left { path: member.path.clone(), what: what.to_owned() };
        let path = inside(&member.path).ok_or_else(|| left("a path that leads out of it, or is no UTF-8"))?;
        if path.components().any(|part| part.as_os_str() == GIT) {
            return Ok(());
        }
        match &member.kind {
            MemberKind::Folder => self.folder(&path, member.stat.mode),
            MemberKind::File => self.file(&path, member, content),
            MemberKind::Link(text) => {
                self.links.push((path, PathBuf::from(text)));
                Ok(())
            }
            MemberKind::HardLink(to) => self.hard_link(&path, to).map_err(|what| left(&what)),
            MemberKind::Device(..) => Err(left("a device")),
            MemberKind::Pipe => Err(left("a pipe")),
            MemberKind::Foreign => Err(left("which is neither file nor folder nor link")),
        }
    }

    fn folder(&mut self, path: &Path, mode: u32) -> Result<(), CageError> {
        let at = self.root.join(path);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&at);
        made.map_err(CageError::tree(at.display()))?;
        self.folders.push((at, mode & 0o777 | 0o700));
        Ok(())
    }

    fn file(&self, path: &Path, member: &Member, content: &mut impl Read) -> Result<(), CageError> {
        let at = self.root.join(path);
        let wrong = || CageError::tree(at.display());
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&at).map_err(wrong())?;
        io::copy(&mut content.take(member.stat.size), &mut file).map_err(wrong())?;
        // Only the nine bits of permissions: no set-id bit comes back.
        file.set_permissions(Permissions::from_mode(member.stat.mode & 0o777 | 0o600)).map_err(wrong())
    }

    fn hard_link(&mut self, path: &Path, to: &str) -> Result<(), String> {
        let refused = || format!("another name of {to}, which does not come back");
        let to_path = inside(to).ok_or_else(refused)?;
        if let Some((_, text)) = self.links.iter().find(|(link, _)| *link == to_path) {
            self.links.push((path.to_owned(), text.clone()));
            return Ok(());
        }
        let from = self.root.join(&to_path);
        if !from.symlink_metadata().is_ok_and(|found| found.is_file()) {
            return Err(refused());
        }
        fs::hard_link(from, self.root.join(path)).map_err(|error| error.to_string())
    }

    fn finish(self, known: &HashMap<PathBuf, PathBuf>) -> Result<(), CageError> {
        for (path, text) in &self.links {
            if !stays_inside(path, text) && known.get(path) != Some(text) {
                let what = format!("a link to {}, out of the clone or not straight to its place", text.display());
                return Err(CageError::Left { path: path.display().to_string(), what });
            }
            let at = self.root.join(path);
            symlink(text, &at).map_err(CageError::tree(at.display()))?;
        }
        for (folder, mode) in self.folders.iter().rev() {
            let opened = File::open(folder).and_then(|opened| opened.set_permissions(Permissions::from_mode(*mode)));
            opened.map_err(CageError::tree(folder.display()))?;
        }
        Ok(())
    }
}

/// A path of the tar below its root; none where it leads out, or held bytes that are no UTF-8.
fn inside(path: &str) -> Option<PathBuf> {
    if path.contains(char::REPLACEMENT_CHARACTER) || path.contains('\0') {
        return None;
    }
    let mut clean = PathBuf::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(clean)
}

/// Whether a link stays in the tree: `..` may only stand first, where it goes up through real folders; behind the name of
/// another link it could lead anywhere.
fn stays_inside(link: &Path, text: &Path) -> bool {
    let mut depth = link.components().count().saturating_sub(1);
    let mut down = false;
    for part in text.components() {
        match part {
            Component::ParentDir if down || depth == 0 => return false,
            Component::ParentDir => depth -= 1,
            Component::Normal(name) if name == GIT => return false,
            Component::Normal(_) => down = true,
            Component::CurDir => {}
            _ => return false,
        }
    }
    !text.as_os_str().is_empty()
}
