//! What files hold: at a commit, and lines of tracked files that match an expression.

use super::Repository;
use super::command::{Git, GitError};
use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::Path;

/// A line of a tracked file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedLine {
    /// The file, relative to the folder that was asked about.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// What stands there, without its end.
    pub text: String,
}

impl Repository {
    /// What the files held at `commit` (a full id), in the order of `paths`, which are relative to the top of the
    /// work tree; `None` for those that were not there, or were no files.
    ///
    /// # Errors
    /// When git fails.
    pub fn files_at(&self, commit: &str, paths: &[&str]) -> Result<Vec<Option<Vec<u8>>>, GitError> {
        let requests = requests(commit, paths).map_err(|source| GitError::Start { folder: self.top.clone(), source })?;
        let output = Git::new(&self.top, &["cat-file", "--batch"]).reading(requests).run()?.success()?;
        let mut rest = output.as_slice();
        Ok(paths.iter().map(|path| if path.contains('\n') { None } else { next_file(&mut rest) }).collect())
    }

    /// The whole tree at `commit` (a full id) as a tar archive, without what git's `export-ignore` attribute leaves out.
    ///
    /// # Errors
    /// When git fails.
    pub fn archive(&self, commit: &str) -> Result<Vec<u8>, GitError> {
        Git::new(&self.top, &["archive", "--format=tar", commit]).run()?.success()
    }

    /// The lines of tracked text files below `folder`, as they are in the work tree, that match an extended
    /// regular expression.
    ///
    /// # Errors
    /// When git fails.
    pub fn tracked_lines(&self, expression: &str, folder: &Path) -> Result<Vec<TrackedLine>, GitError> {
        let arguments = ["grep", "--no-color", "--no-column", "-z", "-n", "-I", "-E", "-e", expression, "--", "."];
        let answer = Git::new(folder, &arguments).run()?;
        // Nothing found, which is not a failure.
        if answer.code() == Some(1) {
            return Ok(Vec::new());
        }
        let output = answer.success()?;
        Ok(String::from_utf8_lossy(&output).lines().filter_map(tracked_line).collect())
    }
}

/// Names what is wanted, one a line. A name with a line end cannot be asked for.
fn requests(commit: &str, paths: &[&str]) -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    let lines: String = paths.iter().filter(|path| !path.contains('\n')).map(|path| format!("{commit}:{path}\n")).collect();
    file.write_all(lines.as_bytes())?;
    file.rewind()?;
    Ok(file)
}

/// Takes one answer: `id type size`, a line end, the bytes, a line end; or one line that says what is missing.
fn next_file(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let heading = String::from_utf8_lossy(&rest[..end]).into_owned();
    *rest = &rest[end + 1..];
    let mut words = heading.rsplit(' ');
    let (size, kind) = (words.next()?.parse::<usize>().ok()?, words.next()?);
    let bytes = rest.get(..size)?.to_vec();
    *rest = rest.get(size + 1..).unwrap_or_default();
    (kind == "blob").then_some(bytes)
}

fn tracked_line(text: &str) -> Option<TrackedLine> {
    let (path, rest) = text.split_once('\0')?;
    let (line, text) = rest.split_once('\0')?;
    Some(TrackedLine { path: path.to_owned(), line: line.parse().ok()?, text: text.trim_end_matches('\r').to_owned() })
}
