//! One call of the git program.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Why git gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The program could not be started.
    #[error("git could not be started in {}", folder.display())]
    Start {
        /// The folder git was asked about.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The program refused.
    #[error("`git {command}` failed in {}: {text}", folder.display())]
    Failed {
        /// The subcommand.
        command: String,
        /// The folder git was asked about.
        folder: PathBuf,
        /// What git said.
        text: String,
    },
    /// A revision that is none.
    #[error("\"{revision}\" names no commit in the repository of {}; in a shallow clone, fetch it first", folder.display())]
    UnknownRevision {
        /// The text that was given.
        revision: String,
        /// The folder git was asked about.
        folder: PathBuf,
    },
    /// Nothing to compare with.
    #[error("\"{revision}\" and what is checked out in {} have no commit in common; in a shallow clone, fetch more of the history", folder.display())]
    NothingInCommon {
        /// The text that was given.
        revision: String,
        /// The folder git was asked about.
        folder: PathBuf,
    },
    /// A file that holds more than the caller reads.
    #[error("{path} holds {size} bytes, and {most} are read at most")]
    TooLarge {
        /// The file.
        path: String,
        /// Its size, in bytes.
        size: u64,
        /// The limit, in bytes.
        most: u64,
    },
}

impl GitError {
    /// Whether there is no git on this machine.
    pub(super) fn is_git_missing(&self) -> bool {
        matches!(self, Self::Start { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// What ties git to another repository than the folder's: hooks and aliases leave these behind.
/// From `git rev-parse --local-env-vars`, without the two that carry `git -c` settings such as safe.directory.
pub(super) const OF_ANOTHER_REPOSITORY: [&str; 15] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_INTERNAL_SUPER_PREFIX",
];

/// A call that is about to be made.
pub(super) struct Git<'a> {
    folder: &'a Path,
    arguments: &'a [&'a str],
    input: Option<File>,
}

impl<'a> Git<'a> {
    pub(super) fn new(folder: &'a Path, arguments: &'a [&'a str]) -> Self {
        Self { folder, arguments, input: None }
    }

    /// What git reads: a file and not a pipe, which could fill while git waits for us to read.
    pub(super) fn reading(self, input: File) -> Self {
        Self { input: Some(input), ..self }
    }

    /// Runs git to its end. That it said no is not an error yet: some of its refusals are answers.
    pub(super) fn run(mut self) -> Result<Answer<'a>, GitError> {
        let input = self.input.take().map_or_else(Stdio::null, Stdio::from);
        let output = self.command().stdin(input).output().map_err(|source| GitError::Start { folder: self.folder.to_owned(), source })?;
        Ok(Answer { call: self, output })
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        // A monitor named in the repository's own settings would be a program we start without being asked.
        command.args(["--no-pager", "-c", "core.fsmonitor=false", "-C"]).arg(self.folder).args(self.arguments);
        for variable in OF_ANOTHER_REPOSITORY {
            command.env_remove(variable);
        }
        // Messages are compared, so they must not be translated; taking locks would disturb the user's own git.
        command.env("LC_ALL", "C").env_remove("LANGUAGE").env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0");
        // File names are meant as they are, whatever stars they hold.
        command.env("GIT_LITERAL_PATHSPECS", "1");
        command
    }
}

/// What git answered.
pub(super) struct Answer<'a> {
    call: Git<'a>,
    output: Output,
}

impl Answer<'_> {
    /// The exit code; `None` when a signal ended git.
    pub(super) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// Whether git failed with a message that holds `text`.
    pub(super) fn said(&self, text: &str) -> bool {
        !self.output.status.success() && String::from_utf8_lossy(&self.output.stderr).contains(text)
    }

    /// What git printed, or its message as an error.
    pub(super) fn success(self) -> Result<Vec<u8>, GitError> {
        if self.output.status.success() {
            return Ok(self.output.stdout);
        }
        let said = String::from_utf8_lossy(&self.output.stderr).trim().to_owned();
        let text = if said.is_empty() { self.output.status.to_string() } else { said };
        let command = self.call.arguments.first().copied().unwrap_or_default().to_owned();
        Err(GitError::Failed { command, folder: self.call.folder.to_owned(), text })
    }
}

/// A path that git printed on a line of its own; the path may hold line ends itself.
pub(super) fn line_to_path(output: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(output.strip_suffix(b"\n").unwrap_or(output)))
}
