//! What a registry is known to hold, shared by all copies to and from it.

use crate::name::Digest;
use crate::registry::host::lock;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex};
use tokio::sync::{Semaphore, SemaphorePermit};

/// The repositories that are known to hold a blob. Whoever looks for the blob or sends it holds this, so that
/// it is sent once.
pub(super) type Holders = Arc<tokio::sync::Mutex<BTreeSet<String>>>;

/// What one registry, or layout, is known to hold, and how many blobs may be on their way to or from it at once.
pub struct Store {
    key: String,
    streams: Semaphore,
    blobs: Mutex<HashMap<Digest, Holders>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Store {
    /// One of which nothing is known. `key` tells it from others.
    pub(in crate::registry) fn new(key: &str, streams: usize) -> Self {
        Self { key: key.to_owned(), streams: Semaphore::new(streams.max(1)), blobs: Mutex::default() }
    }

    /// Who holds a blob.
    pub(super) fn holders(&self, digest: &Digest) -> Holders {
        lock(&self.blobs).entry(digest.clone()).or_default().clone()
    }
}

/// A place in line for a blob on its way from one store to another. Always taken in the same order, so that two
/// copies in opposite directions do not wait for each other.
pub(super) async fn places<'a>(one: &'a Store, other: &'a Store) -> (Option<SemaphorePermit<'a>>, Option<SemaphorePermit<'a>>) {
    let (first, second) = if one.key <= other.key { (one, other) } else { (other, one) };
    // The semaphores are never closed.
    let first_place = first.streams.acquire().await.ok();
    let second_place = if first.key == second.key { None } else { second.streams.acquire().await.ok() };
    (first_place, second_place)
}
