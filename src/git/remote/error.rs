//! Why a repository could not be fetched. Addresses in messages are without credentials.

use super::super::url::without_credentials;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Why there is no clone, or no work tree.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchError {
    /// Git is never handed such an address.
    #[error("{url:?} cannot be fetched: {reason}")]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it, and what to write.
        reason: String,
    },
    /// A way to transport that is not allowed.
    #[error("{url}: repositories are not fetched over {transport}; write an address that begins with {allowed}")]
    Transport {
        /// The address.
        url: String,
        /// What it begins with.
        transport: String,
        /// What may be written.
        allowed: &'static str,
    },
    /// The server knows no such repository.
    #[error("{url}: there is no such repository ({text}); check the address")]
    NotFound {
        /// The address.
        url: String,
        /// What git said.
        text: String,
    },
    /// The server wants to know who asks, or knows and says no.
    #[error(
        "{url}: the server refuses to let it be read without signing in ({text}); make the repository public, or check its name: \
         many servers answer so for one that is not there"
    )]
    Refused {
        /// The address.
        url: String,
        /// What git said.
        text: String,
    },
    /// The server cannot be reached, or broke off.
    #[error("{url}: the server cannot be reached or broke off ({text}); try again later")]
    Unreachable {
        /// The address.
        url: String,
        /// What git said.
        text: String,
    },
    /// It took too long.
    #[error("{url}: this was not done within {} s; try again later, or allow more time", limit.as_secs_f64())]
    Timeout {
        /// The address.
        url: String,
        /// The time allowed.
        limit: Duration,
    },
    /// More than is allowed.
    #[error("{url}: {what} is larger than the {most} bytes allowed; make the repository smaller, or allow more")]
    TooLarge {
        /// The address.
        url: String,
        /// What is too large.
        what: &'static str,
        /// The limit, in bytes.
        most: u64,
    },
    /// No branch, tag or commit.
    #[error("{url}: {revision:?} is no branch, tag or commit there{hint}")]
    UnknownRevision {
        /// The address.
        url: String,
        /// What was asked for.
        revision: String,
        /// What may have been meant, or why it is none; begins with punctuation, or is empty.
        hint: String,
    },
    /// The folder for a work tree holds something.
    #[error("{} is not empty; a work tree needs a folder of its own", .0.display())]
    Occupied(PathBuf),
    /// The call was interrupted.
    #[error("interrupted")]
    Cancelled,
    /// Files on this machine could not be read or written.
    #[error("{}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// Git could not be started.
    #[error("git could not be started; install it")]
    Start {
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// Git failed otherwise.
    #[error("{url}: `git {command}` failed: {text}")]
    Git {
        /// The address.
        url: String,
        /// The subcommand.
        command: String,
        /// What git said.
        text: String,
    },
}

impl FetchError {
    pub(super) fn io(path: &std::path::Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source: Arc::new(source) }
    }

    /// Whether it is about the repository as a whole, so that whoever waits for the same one need not try.
    pub(super) fn is_about_repository(&self) -> bool {
        matches!(
            self,
            Self::NotFound { .. } | Self::Refused { .. } | Self::Unreachable { .. } | Self::Timeout { .. } | Self::TooLarge { .. }
        )
    }

    /// What a failure of git means, from the words of its message (LC_ALL=C).
    pub(super) fn of_git(url: &str, command: &str, said: &str) -> Self {
        let text = readable(said, url);
        let url = without_credentials(url);
        let lower = said.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if says(REFUSED) {
            return Self::Refused { url, text };
        }
        if says(NOT_FOUND) {
            return Self::NotFound { url, text };
        }
        if says(UNREACHABLE) {
            return Self::Unreachable { url, text };
        }
        Self::Git { url, command: command.to_owned(), text }
    }
}

const REFUSED: &[&str] = &[
    "terminal prompts disabled",
    "could not read username",
    "could not read password",
    "authentication failed",
    "permission denied",
    "host key verification failed",
    "returned error: 401",
    "returned error: 403",
    "returned error: 407",
];

const NOT_FOUND: &[&str] = &[
    "not found",
    "repository not exported",
    "does not appear to be a git repository",
    "not a git repository",
    "no such file or directory",
    "does not exist",
    "returned error: 404",
    "returned error: 410",
];

const UNREACHABLE: &[&str] = &[
    "could not resolve",
    "unable to look up",
    "unable to connect",
    "couldn't connect",
    "failed to connect",
    "connection refused",
    "connection timed out",
    "connection reset",
    "recv failure",
    "returned error: 5",
    "returned error: 429",
    "hung up",
    "early eof",
    "unexpected disconnect",
    "empty reply",
    "rpc failed",
    "could not read from remote repository",
    "certificate",
    "ssl",
    "protocol error",
    "bad line length",
    "expected flush",
];

/// The last lines of what git said, on one line, without what a terminal would obey and without credentials.
pub(super) fn readable(said: &str, url: &str) -> String {
    let clean = without_credentials(url);
    let said = said.replace(url, &clean);
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("hint:") && !line.starts_with("warning:"));
    let mut lines: Vec<&str> = lines.rev().take(4).collect();
    lines.reverse();
    let text: String = lines.join("; ").chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect();
    if text.is_empty() { "it said nothing".to_owned() } else { text }
}
