//! Makes the copy that `prebuild.sh` runs in and that is sent.

use super::PREBUILD;
use super::error::ContextError;
use super::ignore::Ignore;
use super::walk::{Entry, Kind, Links, Walk, read_error};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

/// A copy of a definition's folder with the rendered Dockerfile. It is removed when dropped.
#[derive(Debug)]
pub struct Staged {
    dir: TempDir,
}

impl Staged {
    /// Where the copy is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// Copies `folder` into a new folder in `into` and writes `dockerfile` into it as `Dockerfile`.
///
/// Links become what they point to, as long as that is inside of `boundary`. Without a `prebuild.sh` that
/// could need it, what `.dockerignore` leaves out is not copied.
///
/// # Errors
/// Names the file that cannot be read or copied, the link that leaves, dangles or loops, the pattern of `.dockerignore` that
/// cannot be read.
pub fn stage(folder: &Path, boundary: &Path, dockerfile: &str, into: &Path) -> Result<Staged, ContextError> {
    let path = folder.join("Dockerfile");
    if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
        return Err(ContextError::DockerfileIsFolder { path });
    }
    let entries = contents(folder, boundary, &Ignore::load(folder)?, &["Dockerfile"])?;
    let copy_error = |source| ContextError::Copy { path: folder.to_owned(), source };
    let dir = tempfile::Builder::new().prefix("context-").tempdir_in(into).map_err(copy_error)?;
    for entry in &entries {
        match copy(entry, &dir.path().join(&entry.path)) {
            Err(ContextError::Read { .. }) if entry.excluded => {}
            other => other?,
        }
    }
    let copy = dir.path().join("Dockerfile");
    fs::write(&copy, dockerfile).map_err(|source| ContextError::Copy { path, source })?;
    Ok(Staged { dir })
}

/// What a context holds before `prebuild.sh`, links resolved.
pub(super) fn contents(folder: &Path, boundary: &Path, ignore: &Ignore, skip: &[&str]) -> Result<Vec<Entry>, ContextError> {
    let boundary = fs::canonicalize(boundary).map_err(|source| read_error(boundary, source))?;
    let list_ignored = folder.join(PREBUILD).is_file();
    Walk { root: folder, links: Links::Resolve { boundary: &boundary }, ignore, list_ignored, skip }.list()
}

fn copy(entry: &Entry, to: &Path) -> Result<(), ContextError> {
    let failed = |source| ContextError::Copy { path: entry.source.clone(), source };
    match &entry.kind {
        Kind::Directory => {
            fs::create_dir(to).map_err(failed)?;
            fs::set_permissions(to, Permissions::from_mode(0o755)).map_err(failed)
        }
        Kind::File { executable } => copy_file(&entry.source, to, *executable),
        Kind::Link { target } => std::os::unix::fs::symlink(target, to).map_err(failed),
    }
}

/// Copies contents, the executable bit and the time, which `make` in a `prebuild.sh` may look at.
fn copy_file(from: &Path, to: &Path, executable: bool) -> Result<(), ContextError> {
    let failed = |source| ContextError::Copy { path: from.to_owned(), source };
    let mut source = File::open(from).map_err(|source| read_error(from, source))?;
    let before = source.metadata().map_err(|source| read_error(from, source))?;
    let mut copy = File::create_new(to).map_err(failed)?;
    let length = io::copy(&mut source, &mut copy).map_err(failed)?;
    let after = source.metadata().map_err(|source| read_error(from, source))?;
    if length != before.len() || after.len() != before.len() || after.modified().ok() != before.modified().ok() {
        return Err(ContextError::Changed { path: from.to_owned() });
    }
    let mode = if executable { 0o755 } else { 0o644 };
    copy.set_permissions(Permissions::from_mode(mode)).map_err(failed)?;
    before.modified().and_then(|time| copy.set_modified(time)).map_err(failed)
}
