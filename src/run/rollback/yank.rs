//! `yank`: a line in the catalogue that makes plans, promotions and floating tags pass over a version.

use crate::catalog::YankedVersions;
use crate::git::Repository;
use crate::name::nearest;
use crate::run::survey::Survey;
use crate::run::work::prepare::RunError;
use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// What is to be marked.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    /// The image.
    pub name: &'a str,
    /// The version.
    pub version: &'a str,
    /// Why; empty for no reason.
    pub reason: &'a str,
    /// Takes the mark away.
    pub undo: bool,
}

/// Sets or takes away a mark. `repository` commits it. Returns the commit, if there is one, or `None` where all stood as
/// it should.
///
/// # Errors
/// When the catalogue does not have the image or the version, the file cannot be written, or git refuses.
pub fn mark(survey: &Survey, mark: &Mark<'_>, repository: Option<&Repository>) -> Result<Option<Option<String>>, RunError> {
    if let Some(defect) = survey.defects.iter().find(|defect| defect.path.as_deref() == Some(YankedVersions::FILE)) {
        return Err(RunError::Defects(vec![defect.clone()]));
    }
    let yanked = &survey.yanked;
    let is_marked = yanked.list().iter().any(|one| one.name == mark.name && one.version == mark.version);
    if mark.undo && !is_marked {
        return Err(refused(format!("{} {} is not yanked, so there is nothing to undo", mark.name, mark.version)));
    }
    if !mark.undo {
        known(survey, mark)?;
    }
    let text = if mark.undo { yanked.without(mark.name, mark.version) } else { yanked.with(mark.name, mark.version, mark.reason) };
    if text == yanked.without("", "") && is_marked {
        return Ok(None);
    }
    let path = survey.root.join(YankedVersions::FILE);
    let path = fs::canonicalize(&path).or_else(|_| std::path::absolute(&path)).unwrap_or(path);
    if let Some(repository) = repository {
        check(repository, &path)?;
    }
    write(&path, text.as_bytes()).map_err(|source| RunError::Io { what: format!("{} cannot be written", path.display()), source })?;
    let Some(repository) = repository else { return Ok(Some(None)) };
    let what = if mark.undo { "Take back the yank of" } else { "Yank" };
    let reason = mark.reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = format!("{what} {} {}\n\n{reason}", mark.name, mark.version);
    let path = in_repository(repository, &path);
    repository.announce(&path).map_err(RunError::NotCommitted)?;
    let commit = repository.commit_only(&[&path], &format!("{}\n", message.trim_end())).map_err(RunError::NotCommitted)?;
    Ok(Some(Some(commit)))
}

fn refused(message: String) -> RunError {
    RunError::Refused(vec![message])
}

/// A mark that hits nothing would leave the bad version in use.
fn known(survey: &Survey, mark: &Mark<'_>) -> Result<(), RunError> {
    let Some(node) = survey.graph.find(mark.name) else {
        let near = nearest(mark.name, survey.graph.nodes.iter().map(|node| node.name.as_str()));
        let hint = near.first().map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        return Err(refused(format!("the catalogue has no sound image {}{hint}", mark.name)));
    };
    let entries = &survey.item(node).definition.changelog.entries;
    if entries.iter().any(|entry| entry.version.as_str() == mark.version) {
        return Ok(());
    }
    let versions: Vec<&str> = entries.iter().take(5).map(|entry| entry.version.as_str()).collect();
    Err(refused(format!("the changelog of {} has no version {}; its newest are {}", mark.name, mark.version, versions.join(", "))))
}

/// What git would sweep in, or refuse, is refused before anything is written.
fn check(repository: &Repository, path: &Path) -> Result<(), RunError> {
    let own = in_repository(repository, path);
    let state = |why| Err(RunError::GitState { why, files: vec![path.to_owned()] });
    if repository.is_merging()? {
        return state("a merge is under way, and git commits no part of it; finish it, or leave out --commit");
    }
    if path.exists() && !repository.not_committed(&[&own])?.is_empty() {
        return state("this file differs from the last commit, and --commit would sweep that in; commit it first, or leave out --commit");
    }
    Ok(())
}

/// The path as git knows it.
fn in_repository(repository: &Repository, path: &Path) -> PathBuf {
    let top = fs::canonicalize(&repository.top).unwrap_or_else(|_| repository.top.clone());
    let folder = path.parent().map(|folder| fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())).unwrap_or_default();
    let whole = folder.join(path.file_name().unwrap_or_default());
    whole.strip_prefix(&top).map_or_else(|_| whole.clone(), |inside| repository.top.join(inside))
}

/// The old file or the new one, never half of it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mode = fs::metadata(path).map_or(0o644, |old| old.permissions().mode() & 0o7777);
    let mut file = tempfile::Builder::new().prefix(".yanked.").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    fs::File::open(folder)?.sync_all()
}
