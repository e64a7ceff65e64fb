//! Puts what came out of a cage into the place of the clone.

use super::CageError;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::fs;
use std::io;
use std::path::Path;
use tempfile::TempDir;

/// Replaces `tree` by `new`, in one step where the file system can. The old `.git` stays.
///
/// # Errors
/// When the file system refuses; then the clone is as it was.
pub(super) fn replace(new: TempDir, tree: &Path) -> Result<(), CageError> {
    let wrong = || CageError::tree(tree.display());
    let mode = fs::metadata(tree).map_err(wrong())?.permissions();
    fs::set_permissions(new.path(), mode).map_err(wrong())?;
    let (old_git, new_git) = (tree.join(".git"), new.path().join(".git"));
    let has_git = old_git.symlink_metadata().is_ok();
    if has_git {
        fs::rename(&old_git, &new_git).map_err(wrong())?;
    }
    if let Err(error) = exchange(new.path(), tree) {
        if has_git {
            fs::rename(&new_git, &old_git).map_err(wrong())?;
        }
        return Err(wrong()(error));
    }
    // The old tree is where the new one was, and goes with it.
    drop(new);
    Ok(())
}

fn exchange(new: &Path, tree: &Path) -> io::Result<()> {
    match renameat_with(CWD, new, CWD, tree, RenameFlags::EXCHANGE) {
        Err(Errno::INVAL | Errno::NOSYS) => {
            let aside = new.with_extension("old");
            fs::rename(tree, &aside)?;
            fs::rename(new, tree).or_else(|error| fs::rename(&aside, tree).and(Err(error)))?;
            fs::rename(&aside, new)
        }
        other => Ok(other?),
    }
}
