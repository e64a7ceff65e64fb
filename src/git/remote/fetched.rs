//! A commit in the cache: what stands in it, without a work tree.

use super::super::GitError;
use super::super::url::without_credentials;
use super::cache::{Locked, mark_broken};
use super::call::Surroundings;
use super::error::readable;
use super::fetch::Remotes;
use super::paths::{End, Kind, Listing, follow};
use jiff::Timestamp;
use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

/// The longest target of a link, in bytes, as Linux has it.
const LONGEST_TARGET: u64 = 4096;

/// A commit that is in the cache; it stays there while this lives.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The address, without credentials.
    pub url: String,
    /// What was asked for: a branch, a tag, a commit.
    pub revision: String,
    /// The full id of the commit.
    pub commit: String,
    /// The name of its author.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
    /// When it was committed.
    pub committed: Timestamp,
    pub(super) listing: Arc<Listing>,
    pub(super) repository: PathBuf,
    pub(super) surroundings: Surroundings,
    pub(super) time_limit: Duration,
    pub(super) max_bytes: u64,
    is_new: bool,
    _in_use: Arc<File>,
}

/// What git says of a commit.
pub(super) struct Commit {
    pub id: String,
    author: String,
    subject: String,
    committed: Timestamp,
}

impl Commit {
    /// Reads id, author, seconds and subject, with NULs between them.
    pub fn read(output: &[u8]) -> Option<Self> {
        let output = String::from_utf8_lossy(output);
        let mut parts = output.trim_end_matches('\n').splitn(4, '\0');
        let clean = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect::<String>();
        let (id, author, seconds, subject) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let committed = Timestamp::from_second(seconds.parse().ok()?).ok()?;
        Some(Self { id: id.to_owned(), author: clean(author), subject: clean(subject), committed })
    }
}

impl Fetched {
    pub(super) fn new(
        remotes: &Remotes,
        url: &str,
        revision: &str,
        commit: Commit,
        locked: &Locked,
        listing: Listing,
        (in_use, is_new): (File, bool),
    ) -> Self {
        Self {
            url: without_credentials(url),
            revision: revision.to_owned(),
            commit: commit.id,
            author: commit.author,
            subject: commit.subject,
            committed: commit.committed,
            listing: Arc::new(listing),
            repository: locked.repository.clone(),
            surroundings: remotes.surroundings.clone(),
            time_limit: remotes.options.time_limit,
            max_bytes: remotes.options.max_bytes,
            is_new,
            _in_use: Arc::new(in_use),
        }
    }

    /// Whether the server sent something for it.
    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    /// What stands at a path of the commit, relative to the clone; none where there is nothing. Links are followed inside of
    /// the clone; one that leads elsewhere is a [`Kind::Link`].
    ///
    /// # Errors
    /// When git cannot read a link.
    pub fn kind(&self, path: &str) -> Result<Option<Kind>, GitError> {
        Ok(match self.end(path)? {
            End::Nothing => None,
            End::Folder => Some(Kind::Folder),
            End::File { .. } => Some(Kind::File),
            End::Unfollowed => Some(Kind::Link),
        })
    }

    /// What a file of the commit holds; none where there is no file, or a link that leads out of the clone.
    ///
    /// # Errors
    /// When the file holds more than `most` bytes, and when git cannot read it.
    pub fn read(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, GitError> {
        match self.end(path)? {
            End::File { size, .. } if size > most => Err(GitError::TooLarge { path: path.to_owned(), size, most }),
            End::File { object, .. } => self.object(&object).map(Some),
            _ => Ok(None),
        }
    }

    fn end(&self, path: &str) -> Result<End, GitError> {
        follow(&self.listing, path, &mut |object, size| {
            // A target that no system takes leads nowhere.
            if size > LONGEST_TARGET { Ok(Vec::new()) } else { self.object(object) }
        })
    }

    fn object(&self, object: &str) -> Result<Vec<u8>, GitError> {
        let mut command = self.surroundings.git(Some(&self.repository), &["cat-file", "blob", object]);
        let start = |source| GitError::Start { folder: self.repository.clone(), source };
        let output = command.stdin(Stdio::null()).output().map_err(start)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        mark_broken(&self.repository);
        let text = readable(&String::from_utf8_lossy(&output.stderr), &self.url);
        Err(GitError::Failed { command: "cat-file".to_owned(), folder: self.repository.clone(), text })
    }
}
