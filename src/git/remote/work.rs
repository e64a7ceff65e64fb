//! One fetch, by whoever holds the repository in the cache.

use super::super::url::without_credentials;
use super::cache::Locked;
use super::call::{Bounds, MOST_OUTPUT, Output, Stopped, run, size_of};
use super::error::FetchError;
use super::fetch::{Known, Remotes};
use super::fetched::{Commit, Fetched};
use super::listed::{Listed, Wanted, is_full_id};
use super::paths::{Listing, listing};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Where a commit that arrives is put until it is known.
const INCOMING: &str = "refs/cooperage/incoming";
/// Commits that are whole, without their history.
const HAVE: &str = "refs/cooperage/have";
/// How far back it is looked for a commit that the server does not give by its id: first a little, then all.
const DEPTHS: [&str; 2] = ["--depth=100", "--depth=2147483647"];

pub(super) struct Work<'a> {
    pub remotes: &'a Remotes,
    pub url: &'a str,
    pub locked: &'a Locked,
    pub end: Instant,
    pub cancel: &'a CancellationToken,
    pub asked: Instant,
    pub known: &'a mut Known,
}

impl Work<'_> {
    /// Fetches; where what the cache holds is of no use, once more without it.
    pub async fn fetch(&mut self, revision: &str) -> Result<Fetched, FetchError> {
        let most = self.remotes.options.max_bytes.saturating_mul(2);
        let was_there = self.locked.is_sound(self.url, most) && self.git(&["rev-parse", "--is-bare-repository"]).await.is_ok();
        if !was_there {
            self.locked.remove()?;
        }
        match self.attempt(revision).await {
            Err(FetchError::Git { .. } | FetchError::Io { .. }) if was_there => {
                self.locked.remove()?;
                self.attempt(revision).await
            }
            result => result,
        }
    }

    async fn attempt(&mut self, revision: &str) -> Result<Fetched, FetchError> {
        let wanted = self.wanted(revision).await?;
        self.prepare(&wanted).await?;
        let in_use = self.locked.in_use()?;
        let (spec, is_new) = self.obtain(revision, &wanted).await?;
        let commit = self.describe(revision, &spec).await?;
        if is_new {
            self.keep(&commit.id).await?;
        }
        let listing = self.listing(&commit.id).await?;
        Ok(Fetched::new(self.remotes, self.url, revision, commit, self.locked, listing, (in_use, is_new)))
    }

    async fn wanted(&mut self, revision: &str) -> Result<Wanted, FetchError> {
        if is_full_id(revision) {
            return Ok(Wanted::Commit(revision.to_ascii_lowercase()));
        }
        let listed = self.listed(revision == "HEAD").await?;
        listed.find(revision).map_err(|hint| self.unknown(revision, hint))
    }

    /// Asks the server, unless that was done since this fetch was asked for.
    async fn listed(&mut self, head: bool) -> Result<Arc<Listed>, FetchError> {
        if head {
            let output = self.run(None, &["ls-remote", "--quiet", "--", self.url, "HEAD"]).await?;
            return Ok(Arc::new(Listed::read(&output)));
        }
        match &self.known.listed {
            Some((at, listed)) if *at >= self.asked => Ok(Arc::clone(listed)),
            _ => {
                let output = self.run(None, &["ls-remote", "--quiet", "--heads", "--tags", "--", self.url]).await?;
                let listed = Arc::new(Listed::read(&output));
                self.known.listed = Some((Instant::now(), Arc::clone(&listed)));
                Ok(listed)
            }
        }
    }

    /// Makes the repository unless it is there.
    async fn prepare(&self, wanted: &Wanted) -> Result<(), FetchError> {
        if self.locked.repository.exists() {
            return Ok(());
        }
        let (Wanted::Named { commit: id, .. } | Wanted::Commit(id) | Wanted::Beginning(id)) = wanted;
        let format = if id.len() == 64 { "--object-format=sha256" } else { "--object-format=sha1" };
        let folder = self.locked.repository.to_string_lossy();
        self.run(None, &["init", "--quiet", "--bare", "--template=", "--initial-branch=main", format, "--", &folder]).await?;
        self.locked.record(self.url)
    }

    /// Has the commit in the repository: how git names it there, and whether it came just now.
    async fn obtain(&self, revision: &str, wanted: &Wanted) -> Result<(String, bool), FetchError> {
        let fetched = (INCOMING.to_owned(), true);
        match wanted {
            Wanted::Named { commit, .. } | Wanted::Commit(commit) if self.has(&format!("{HAVE}/{commit}")).await => {
                Ok((format!("{HAVE}/{commit}"), false))
            }
            Wanted::Named { name, .. } => self.bring(&["--depth=1"], &[&format!("+{name}:{INCOMING}")]).await.map(|()| fetched),
            Wanted::Commit(id) => match self.bring(&["--depth=1"], &[&format!("+{id}:{INCOMING}")]).await {
                Ok(()) => Ok(fetched),
                Err(error) if is_withheld(&error) => self.deepen(revision, id).await,
                Err(error) => Err(error),
            },
            Wanted::Beginning(short) => self.deepen(revision, short).await,
        }
    }

    /// Looks for a commit in the history of all branches and tags.
    async fn deepen(&self, revision: &str, id: &str) -> Result<(String, bool), FetchError> {
        let all = ["+refs/heads/*:refs/cooperage/all/heads/*", "+refs/tags/*:refs/cooperage/all/tags/*"];
        for depth in DEPTHS {
            self.bring(&["--prune", depth], &all).await?;
            if self.has(id).await {
                return Ok((id.to_owned(), true));
            }
        }
        Err(self.unknown(revision, "; no branch or tag leads to such a commit, or more than one begins so".to_owned()))
    }

    async fn bring(&self, how: &[&str], what: &[&str]) -> Result<(), FetchError> {
        let always = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--update-shallow", "--no-recurse-submodules"];
        let arguments = [&always[..], how, &["--", self.url], what].concat();
        self.git(&arguments).await.map(drop)
    }

    /// Whether the repository holds a commit of this name.
    async fn has(&self, name: &str) -> bool {
        self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")]).await.is_ok()
    }

    async fn describe(&self, revision: &str, spec: &str) -> Result<Commit, FetchError> {
        let spec = format!("{spec}^{{commit}}");
        let arguments = ["log", "-1", "--no-color", "--no-decorate", "--encoding=UTF-8", "--format=%H%x00%an%x00%ct%x00%s", &spec, "--"];
        match self.git(&arguments).await {
            Ok(output) => Commit::read(&output).ok_or_else(|| self.damaged("log")),
            Err(FetchError::Git { text, .. }) if text.contains("expected commit type") || text.contains("bad revision") => {
                Err(self.unknown(revision, "; it names something else than a commit".to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    /// Notes that the commit is whole.
    async fn keep(&self, commit: &str) -> Result<(), FetchError> {
        self.git(&["update-ref", &format!("{HAVE}/{commit}"), commit]).await.map(drop)
    }

    async fn listing(&self, commit: &str) -> Result<Listing, FetchError> {
        let output = self.git(&["ls-tree", "-r", "-t", "-l", "-z", "--full-tree", commit]).await?;
        listing(&output).ok_or_else(|| self.damaged("ls-tree"))
    }

    async fn git(&self, arguments: &[&str]) -> Result<Vec<u8>, FetchError> {
        self.run(Some(()), arguments).await
    }

    async fn run(&self, inside: Option<()>, arguments: &[&str]) -> Result<Vec<u8>, FetchError> {
        let repository = inside.map(|()| self.locked.repository.as_path());
        let objects = self.locked.repository.join("objects");
        let most = size_of(&objects).saturating_add(self.remotes.options.max_bytes);
        let bounds = Bounds { end: self.end, cancel: self.cancel, grows: Some((&objects, most)) };
        let command = self.remotes.surroundings.git(repository, arguments);
        let name = arguments.first().copied().unwrap_or_default();
        let output = run(command, &bounds).await.map_err(|stopped| of_stopped(self.url, self.limits(), stopped))?;
        succeeded(self.url, name, output)
    }

    fn limits(&self) -> (Duration, u64) {
        (self.remotes.options.time_limit, self.remotes.options.max_bytes)
    }

    fn unknown(&self, revision: &str, hint: String) -> FetchError {
        FetchError::UnknownRevision { url: without_credentials(self.url), revision: revision.to_owned(), hint }
    }

    fn damaged(&self, command: &str) -> FetchError {
        FetchError::Git { url: without_credentials(self.url), command: command.to_owned(), text: "what it holds is damaged".to_owned() }
    }
}

/// Whether the server has, or may have, the commit but gives only branches and tags.
fn is_withheld(error: &FetchError) -> bool {
    let (FetchError::Git { text, .. } | FetchError::Unreachable { text, .. } | FetchError::NotFound { text, .. }) = error else {
        return false;
    };
    text.contains("not our ref") || text.contains("unadvertised object")
}

/// What git printed, or what its message means.
pub(super) fn succeeded(url: &str, command: &str, output: Output) -> Result<Vec<u8>, FetchError> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = if output.said.trim().is_empty() { output.status.to_string() } else { output.said };
    Err(FetchError::of_git(url, command, &said))
}

/// `limits` are the time and the bytes that were allowed.
pub(super) fn of_stopped(url: &str, (limit, most): (Duration, u64), stopped: Stopped) -> FetchError {
    let url = without_credentials(url);
    match stopped {
        Stopped::Start(source) | Stopped::Read(source) => FetchError::Start { source: Arc::new(source) },
        Stopped::Time => FetchError::Timeout { url, limit },
        Stopped::Cancelled => FetchError::Cancelled,
        Stopped::Grown => FetchError::TooLarge { url, what: "what the server sends", most },
        Stopped::Flood => FetchError::TooLarge { url, what: "the list of what it holds", most: MOST_OUTPUT },
    }
}
