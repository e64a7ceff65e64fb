//! Which files changed since a revision.

use super::Repository;
use super::command::{Git, GitError};
use std::collections::BTreeSet;
use std::path::Path;

impl Repository {
    /// The files in `folder` that differ from the point where `revision` and the checked out commit parted:
    /// committed since, staged, not staged, and untracked unless ignored. Relative to `folder`, sorted; both the
    /// old and the new name of a moved file. What is not UTF-8 in a name is replaced by `�`.
    ///
    /// # Errors
    /// When `revision` names no commit or has nothing in common with what is checked out, and when git fails.
    pub fn changed_since(&self, revision: &str, folder: &Path) -> Result<Vec<String>, GitError> {
        self.changed_since_commit(&self.merge_base(revision, folder)?, folder)
    }

    /// The full id of the commit where `revision` and what is checked out parted.
    ///
    /// # Errors
    /// When `revision` names no commit or has nothing in common with what is checked out, and when git fails.
    pub fn merge_base(&self, revision: &str, folder: &Path) -> Result<String, GitError> {
        merge_base(revision, &commit_of(revision, folder)?, folder)
    }

    /// As [`Repository::changed_since`], with the full id of the commit to compare with.
    ///
    /// # Errors
    /// When git fails.
    pub fn changed_since_commit(&self, base: &str, folder: &Path) -> Result<Vec<String>, GitError> {
        let prefix = Git::new(folder, &["rev-parse", "--show-prefix"]).run()?.success()?;
        let prefix = prefix.strip_suffix(b"\n").unwrap_or(&prefix);
        // Both print paths from the top of the work tree.
        let committed = ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-relative", base, "HEAD", "--", "."];
        let committed = Git::new(folder, &committed).run()?.success()?;
        let uncommitted = ["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", "."];
        let uncommitted = Git::new(folder, &uncommitted).run()?.success()?;
        let committed = committed.split(|b| *b == 0);
        // Two letters and a blank stand before each path.
        let uncommitted = uncommitted.split(|b| *b == 0).filter_map(|record| record.get(3..));
        let paths: BTreeSet<String> = committed.chain(uncommitted).filter_map(|path| relative(path, prefix)).collect();
        Ok(paths.into_iter().collect())
    }
}

fn relative(path: &[u8], prefix: &[u8]) -> Option<String> {
    let path = path.strip_prefix(prefix)?;
    // A repository inside the work tree is shown as a folder.
    let path = path.strip_suffix(b"/").unwrap_or(path);
    (!path.is_empty()).then(|| String::from_utf8_lossy(path).into_owned())
}

/// The full id of the commit that `revision` names.
pub(super) fn commit_of(revision: &str, folder: &Path) -> Result<String, GitError> {
    let unknown = || GitError::UnknownRevision { revision: revision.to_owned(), folder: folder.to_owned() };
    // No name of a commit starts with a dash: it would be an option. A NUL cannot be handed to a program.
    if revision.is_empty() || revision.starts_with('-') || revision.contains('\0') {
        return Err(unknown());
    }
    let wanted = format!("{revision}^{{commit}}");
    let arguments = ["rev-parse", "--verify", "--quiet", &wanted];
    let answer = Git::new(folder, &arguments).run()?;
    // Quiet git says nothing when the name is unknown, and something when it stumbled.
    if answer.code() == Some(1) || answer.said("fatal: Needed a single revision") {
        return Err(unknown());
    }
    let output = answer.success()?;
    let commit = String::from_utf8_lossy(&output).trim().to_owned();
    // `^main` is accepted as "all but main" and printed with its sign.
    if commit.bytes().all(|b| b.is_ascii_hexdigit()) && !commit.is_empty() { Ok(commit) } else { Err(unknown()) }
}

fn merge_base(revision: &str, commit: &str, folder: &Path) -> Result<String, GitError> {
    let arguments = ["merge-base", commit, "HEAD"];
    let answer = Git::new(folder, &arguments).run()?;
    if answer.code() == Some(1) {
        return Err(GitError::NothingInCommon { revision: revision.to_owned(), folder: folder.to_owned() });
    }
    Ok(String::from_utf8_lossy(&answer.success()?).trim().to_owned())
}
