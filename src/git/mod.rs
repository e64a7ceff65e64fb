//! What git knows of a folder: commit, remote, changed paths. Asked through the git program, never through a library.
//!
//! Nothing here but [`Repository::commit_only`] changes a repository of the user; nothing but [`remote`] goes over the
//! network, and nothing asks a person for anything. Only `cli`, `check`, `index` and `run` ask this room.

mod changes;
mod command;
mod commit;
mod contents;
mod history;
pub mod remote;
mod url;

#[cfg(test)]
mod tests;

use command::Git;
use std::path::{Path, PathBuf};

pub use command::GitError;
pub use contents::TrackedLine;
pub use remote::{FetchError, Fetched, Kind, RemoteOptions, Remotes, confined};

/// A folder in a git work tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The top of the work tree.
    pub top: PathBuf,
    folder: PathBuf,
}

/// What is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The commit's full id.
    pub commit: String,
    /// Whether the folder holds something else than the commit: staged, unstaged or untracked (not ignored) files.
    pub dirty: bool,
}

/// Asks git for the work tree that holds `folder`; `None` when there is none or git is not installed.
///
/// # Errors
/// When git refuses to look, mostly because the folder belongs to somebody else (`safe.directory`).
pub fn discover(folder: &Path) -> Result<Option<Repository>, GitError> {
    let answer = match Git::new(folder, &["rev-parse", "--show-toplevel"]).run() {
        Ok(answer) => answer,
        Err(error) if error.is_git_missing() => return Ok(None),
        Err(error) => return Err(error),
    };
    if answer.said("not a git repository") || answer.said("must be run in a work tree") {
        return Ok(None);
    }
    let top = command::line_to_path(&answer.success()?);
    Ok(Some(Repository { top, folder: folder.to_owned() }))
}

impl Repository {
    /// The commit that is checked out, and whether the folder that [`discover`] was given differs from it.
    /// `None` before the first commit.
    ///
    /// # Errors
    /// When git fails.
    pub fn head(&self) -> Result<Option<Head>, GitError> {
        let arguments = ["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal", "--", "."];
        let output = Git::new(&self.folder, &arguments).run()?.success()?;
        let mut head = None;
        let mut dirty = false;
        for record in output.split(|b| *b == 0).filter(|record| !record.is_empty()) {
            if let Some(commit) = record.strip_prefix(b"# branch.oid ") {
                head = Some(String::from_utf8_lossy(commit).into_owned());
            } else {
                dirty |= !record.starts_with(b"# ");
            }
        }
        Ok(head.filter(|commit| commit != "(initial)").map(|commit| Head { commit, dirty }))
    }

    /// Where `origin` is, without passwords; `None` when there is no such remote. It may be a path on this machine.
    ///
    /// # Errors
    /// When git fails.
    pub fn remote_url(&self) -> Result<Option<String>, GitError> {
        let answer = Git::new(&self.folder, &["config", "-z", "--get", "remote.origin.url"]).run()?;
        if answer.code() == Some(1) {
            return Ok(None);
        }
        let output = answer.success()?;
        let url = output.split(|b| *b == 0).next().unwrap_or_default();
        Ok(Some(url::without_credentials(&String::from_utf8_lossy(url))))
    }

    /// Name and address that git is configured with, if both are.
    ///
    /// # Errors
    /// When git fails.
    pub fn user(&self) -> Result<Option<(String, String)>, GitError> {
        user(&self.folder)
    }
}

/// Name and address that git is configured with for work in `folder`, if both are; it need not be in a repository.
/// `None` also where git is not installed.
///
/// # Errors
/// When git fails.
pub fn user(folder: &Path) -> Result<Option<(String, String)>, GitError> {
    let answer = match Git::new(folder, &["config", "-z", "--get-regexp", "^user\\.(name|email)$"]).run() {
        Err(error) if error.is_git_missing() => return Ok(None),
        answer => answer?,
    };
    if answer.code() == Some(1) {
        return Ok(None);
    }
    let output = String::from_utf8_lossy(&answer.success()?).into_owned();
    let (mut name, mut email) = (None, None);
    // The last value of a key is the one that counts.
    for (key, value) in output.split('\0').filter_map(|record| record.split_once('\n')) {
        match key {
            "user.name" => name = Some(value.to_owned()),
            _ => email = Some(value.to_owned()),
        }
    }
    Ok(name.zip(email).filter(|(name, email)| !name.is_empty() && !email.is_empty()))
}
