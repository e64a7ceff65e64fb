//! What a folder held at other commits.

use super::Repository;
use super::changes::commit_of;
use super::command::{Git, GitError};
use std::collections::BTreeMap;

impl Repository {
    /// The full id of the commit that `revision` names.
    ///
    /// # Errors
    /// When it names none, and when git fails.
    pub fn commit(&self, revision: &str) -> Result<String, GitError> {
        commit_of(revision, &self.folder)
    }

    /// All files called `name` below the folder that [`super::discover`] was given, at `commit` (a full id): their paths from the top of
    /// the work tree, and what they held.
    ///
    /// # Errors
    /// When git fails.
    pub fn files_called(&self, name: &str, commit: &str) -> Result<Vec<(String, Vec<u8>)>, GitError> {
        let listed = ["ls-tree", "-r", "-z", "--full-name", "--name-only", commit, "--", "."];
        let output = Git::new(&self.folder, &listed).run()?.success()?;
        let paths: Vec<String> = records(&output).filter(|path| is_called(path, name)).collect();
        self.contents(commit, paths)
    }

    /// The files that stand in the folder `name` of the one that [`super::discover`] was given, at `commit` (a full id), and not
    /// below it: name and bytes of those that `wanted` wants. Links are left out.
    ///
    /// # Errors
    /// When git fails.
    pub fn files_in(&self, name: &str, commit: &str, wanted: impl Fn(&str) -> bool) -> Result<Vec<(String, Vec<u8>)>, GitError> {
        let folder = format!("{name}/");
        let output = Git::new(&self.folder, &["ls-tree", "-z", "--full-name", commit, "--", &folder]).run()?.success()?;
        let file = |record: String| {
            // Mode, kind and object, a tab, the path.
            let (about, path) = record.split_once('\t')?;
            (about.starts_with("100") && wanted(path.rsplit('/').next()?)).then(|| path.to_owned())
        };
        let found = self.contents(commit, records(&output).filter_map(file).collect())?;
        Ok(found.into_iter().map(|(path, bytes)| (path.rsplit('/').next().unwrap_or_default().to_owned(), bytes)).collect())
    }

    /// All files called `name` below the folder that were removed, or moved away, in a commit that leads to what is
    /// checked out: what each held before the last such commit. A history that was cut off says nothing of what lies before.
    ///
    /// # Errors
    /// When git fails.
    pub fn removed_files_called(&self, name: &str) -> Result<Vec<(String, Vec<u8>)>, GitError> {
        let arguments =
            ["log", "--diff-filter=D", "--no-renames", "-m", "--first-parent", "--name-only", "-z", "--format=%x01%H", "--", "."];
        let output = Git::new(&self.folder, &arguments).run()?.success()?;
        let mut by_commit: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut commit = String::new();
        for record in records(&output) {
            match record.trim_start_matches('\n').strip_prefix('\u{1}') {
                Some(id) => commit = id.trim().to_owned(),
                None => {
                    let path = record.trim_start_matches('\n');
                    if is_called(path, name) {
                        by_commit.entry(commit.clone()).or_default().push(path.to_owned());
                    }
                }
            }
        }
        let mut found = Vec::new();
        for (commit, paths) in by_commit {
            found.extend(self.contents(&format!("{commit}^"), paths)?);
        }
        Ok(found)
    }

    fn contents(&self, commit: &str, paths: Vec<String>) -> Result<Vec<(String, Vec<u8>)>, GitError> {
        let wanted: Vec<&str> = paths.iter().map(String::as_str).collect();
        let contents = self.files_at(commit, &wanted)?;
        Ok(paths.into_iter().zip(contents).filter_map(|(path, bytes)| Some((path, bytes?))).collect())
    }
}

fn records(output: &[u8]) -> impl Iterator<Item = String> + '_ {
    output.split(|b| *b == 0).filter(|record| !record.is_empty()).map(|record| String::from_utf8_lossy(record).into_owned())
}

fn is_called(path: &str, name: &str) -> bool {
    path.rsplit('/').next() == Some(name)
}
