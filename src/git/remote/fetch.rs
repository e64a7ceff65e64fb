//! The repositories of a run: who fetches what, one at a time for each address.

use super::super::url::without_credentials;
use super::address::{check_url, fault_of_revision};
use super::cache;
use super::call::Surroundings;
use super::error::FetchError;
use super::fetched::Fetched;
use super::listed::Listed;
use super::work::Work;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedMutexGuard, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The cache holds this many times what one repository may.
const CACHE_FACTOR: u64 = 20;

/// How repositories are fetched.
#[derive(Clone, Debug)]
pub struct RemoteOptions {
    /// The folder of the cache; it is made. It holds at most twenty times `max_bytes`.
    pub cache: PathBuf,
    /// The longest that one fetch, or one check-out, may take, without waiting for others.
    pub time_limit: Duration,
    /// The most bytes that one fetch may bring, and that one work tree may hold.
    pub max_bytes: u64,
    /// Whether repositories on this machine may be fetched from: `file://` and paths.
    pub allow_file: bool,
    /// How many fetches at once.
    pub parallel: usize,
}

/// Fetches repositories. Each address is asked once at a time: whoever waited gets what the one before found out.
#[derive(Debug)]
pub struct Remotes {
    pub(super) options: RemoteOptions,
    pub(super) surroundings: Surroundings,
    permits: Semaphore,
    known: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Known>>>>,
    /// Whether the cache may be larger than it should.
    grown: AtomicBool,
}

/// What the last fetch of an address found out, and when.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub listed: Option<(Instant, Arc<Listed>)>,
    failure: Option<(Instant, FetchError)>,
}

impl Remotes {
    /// Nothing is read or made yet.
    pub fn new(options: RemoteOptions) -> Self {
        let surroundings = Surroundings { allow_file: options.allow_file, settings: None };
        let permits = Semaphore::new(options.parallel.clamp(1, Semaphore::MAX_PERMITS));
        Self { options, surroundings, permits, known: Mutex::default(), grown: AtomicBool::new(true) }
    }

    /// The same with a file of git settings of the operator: credential helpers, proxies, certificates. Without it git
    /// sees no settings at all. Whoever may add to the index can have read what these let git read.
    #[must_use]
    pub fn with_git_settings(mut self, file: PathBuf) -> Self {
        self.surroundings.settings = Some(file);
        self
    }

    /// Fetches the commit that a branch, else a tag, else a full or short (7 digits) commit id names; `HEAD` is the server's own
    /// choice. Without its history, unless the server gives that commit only with it. What the cache holds is not
    /// fetched again. When `cancel` fires, nothing is left behind.
    ///
    /// # Errors
    /// [`FetchError`] says which.
    pub async fn fetch(&self, url: &str, revision: &str, cancel: &CancellationToken) -> Result<Fetched, FetchError> {
        check_url(url, self.options.allow_file)?;
        if let Some(fault) = fault_of_revision(revision) {
            let (url, revision, hint) = (without_credentials(url), revision.chars().take(100).collect(), format!("; {fault}"));
            return Err(FetchError::UnknownRevision { url, revision, hint });
        }
        self.in_turn(url, revision, cancel).await
    }

    async fn in_turn(&self, url: &str, revision: &str, cancel: &CancellationToken) -> Result<Fetched, FetchError> {
        let asked = Instant::now();
        let mut known = unless(cancel, self.known(url)).await?;
        if let Some((at, failure)) = &known.failure
            && *at >= asked
        {
            return Err(failure.clone());
        }
        let locked = cache::lock(&self.options.cache, url, cancel).await?;
        // Nobody closes it.
        let _permit = unless(cancel, self.permits.acquire()).await?.map_err(|_| FetchError::Cancelled)?;
        let end = Instant::now() + self.options.time_limit;
        let mut work = Work { remotes: self, url, locked: &locked, end, cancel, asked, known: &mut known };
        let fetched = work.fetch(revision).await;
        match &fetched {
            Ok(fetched) => self.trim(fetched.is_new()),
            Err(error) => {
                known.failure = error.is_about_repository().then(|| (Instant::now(), error.clone()));
                clear(&locked, url)?;
            }
        }
        fetched
    }

    async fn known(&self, url: &str) -> OwnedMutexGuard<Known> {
        let known = {
            let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(url.to_owned()).or_default())
        };
        known.lock_owned().await
    }

    /// Once in the beginning, and when something came; that it fails now is no reason to fail.
    fn trim(&self, is_new: bool) {
        if self.grown.swap(false, Ordering::Relaxed) || is_new {
            let _ = cache::trim(&self.options.cache, self.options.max_bytes.saturating_mul(CACHE_FACTOR));
        }
    }
}

async fn unless<T>(cancel: &CancellationToken, wait: impl Future<Output = T>) -> Result<T, FetchError> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(FetchError::Cancelled),
        done = wait => Ok(done),
    }
}

/// Takes away what a fetch that failed left: half of a first one, or temporary files.
fn clear(locked: &cache::Locked, url: &str) -> Result<(), FetchError> {
    if locked.is_sound(url, u64::MAX) { Ok(()) } else { locked.remove() }
}
