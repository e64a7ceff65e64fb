//! One commit of some files and of nothing else.

use super::Repository;
use super::command::{Git, GitError, line_to_path};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

impl Repository {
    /// The files in the folder that [`super::discover`] was given whose merge git left unfinished, absolute.
    ///
    /// # Errors
    /// When git fails.
    pub fn unmerged(&self) -> Result<HashSet<PathBuf>, GitError> {
        let output = Git::new(&self.folder, &["ls-files", "--unmerged", "--full-name", "-z", "--", "."]).run()?.success()?;
        // Mode, object and stage, a tab, the path: once a stage.
        let paths = output.split(|b| *b == 0).filter_map(|record| record.splitn(2, |b| *b == b'\t').nth(1));
        Ok(paths.map(|path| self.top.join(OsStr::from_bytes(path))).collect())
    }

    /// Those of these absolute paths that are not as the checked out commit has them: changed, staged, not tracked.
    ///
    /// # Errors
    /// When git fails, as it does before the first commit.
    pub fn not_committed<'a>(&self, files: &[&'a Path]) -> Result<Vec<&'a Path>, GitError> {
        let tracked = self.listed(&["ls-files", "-z"])?;
        let changed = self.listed(&["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-relative", "HEAD"])?;
        Ok(files.iter().copied().filter(|file| !tracked.contains(*file) || changed.contains(*file)).collect())
    }

    fn listed(&self, arguments: &[&str]) -> Result<HashSet<PathBuf>, GitError> {
        let output = Git::new(&self.top, arguments).run()?.success()?;
        Ok(output.split(|b| *b == 0).map(|path| self.top.join(OsStr::from_bytes(path))).collect())
    }

    /// Makes git know of a new file, without its contents, so that [`Repository::commit_only`] may commit it.
    ///
    /// # Errors
    /// When git refuses, as for a file that is ignored.
    pub fn announce(&self, file: &Path) -> Result<(), GitError> {
        let path = file.to_string_lossy();
        Git::new(&self.top, &["add", "--intent-to-add", "--", &path]).run()?.success()?;
        Ok(())
    }

    /// Whether a merge, a rebase or the like is under way, so that git refuses to commit a part.
    ///
    /// # Errors
    /// When git fails.
    pub fn is_merging(&self) -> Result<bool, GitError> {
        for name in ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"] {
            let output = Git::new(&self.top, &["rev-parse", "--git-path", name]).run()?.success()?;
            if self.top.join(line_to_path(&output)).exists() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Commits these files, absolute and tracked, as they stand in the work tree. What else is staged stays staged and
    /// is not committed. The repository's hooks run. Returns the commit's full id.
    ///
    /// # Errors
    /// When git, or a hook, refuses.
    pub fn commit_only(&self, files: &[&Path], message: &str) -> Result<String, GitError> {
        // Thousands of paths and a message that lists them are too long for a command line.
        let io = |source| GitError::Start { folder: self.top.clone(), source };
        let mut paths = tempfile::NamedTempFile::new().map_err(io)?;
        for file in files {
            let path = file.strip_prefix(&self.top).unwrap_or(file);
            paths.write_all(path.as_os_str().as_bytes()).and_then(|()| paths.write_all(b"\0")).map_err(io)?;
        }
        let mut text = tempfile::NamedTempFile::new().map_err(io)?;
        text.write_all(message.as_bytes()).map_err(io)?;
        let (paths, text) = (paths.path().to_string_lossy(), text.path().to_string_lossy());
        let (from_file, message) = (format!("--pathspec-from-file={paths}"), format!("--file={text}"));
        let arguments = ["commit", "--quiet", "--only", "--cleanup=verbatim", &message, &from_file, "--pathspec-file-nul"];
        Git::new(&self.top, &arguments).run()?.success()?;
        let commit = Git::new(&self.top, &["rev-parse", "HEAD"]).run()?.success()?;
        Ok(String::from_utf8_lossy(&commit).trim().to_owned())
    }
}
