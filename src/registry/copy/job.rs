//! One copy: who reads, who writes, what was done so far.

use super::sent::places;
use super::tree::{Node, Tree};
use super::{Copied, CopyError, CopyOptions, ProgressSink};
use crate::name::Digest;
use crate::registry::host::lock;
use crate::registry::{Blob, BlobSource, BlobStream, Named, RegistryError, Repository, Written};
use bytes::Bytes;
use futures_util::stream;
use futures_util::{FutureExt as _, StreamExt as _};
use std::sync::{Arc, Mutex};

/// One copy.
pub(super) struct Job<'a> {
    pub from: &'a dyn Repository,
    pub to: &'a dyn Repository,
    pub options: &'a CopyOptions,
    /// For messages: `FROM@DIGEST to TO`.
    pub what: Box<str>,
    pub tally: Mutex<Copied>,
    pub meter: Arc<Meter>,
}

/// Bytes done, and bytes in all once they are known.
pub(super) struct Meter {
    sink: ProgressSink,
    bytes: Mutex<(u64, Option<u64>)>,
}

impl Meter {
    pub(super) fn new(sink: ProgressSink) -> Self {
        Self { sink, bytes: Mutex::default() }
    }

    fn total(&self, total: u64) {
        lock(&self.bytes).1 = Some(total);
        self.tell();
    }

    fn add(&self, bytes: u64) {
        lock(&self.bytes).0 += bytes;
        self.tell();
    }

    /// Bytes that are to be read again.
    fn take_back(&self, bytes: u64) {
        let mut state = lock(&self.bytes);
        state.0 = state.0.saturating_sub(bytes);
    }

    fn tell(&self) {
        let (done, total) = *lock(&self.bytes);
        // A blob that is sent although the registry said it had it counts twice.
        (self.sink)(total.map_or(done, |total| done.min(total)), total);
    }
}

impl Job<'_> {
    pub(super) async fn run(&self, digest: &Digest) -> Result<Copied, CopyError> {
        let tree = Tree::read(self, digest).await?;
        let blobs = tree.blobs();
        self.meter.total(blobs.iter().map(|blob| blob.size).sum());
        // In boxes: the compiler does not see that a stream of these futures may go to another thread.
        let moves: Vec<_> = blobs.iter().map(|blob| self.blob(blob, false).boxed()).collect();
        let mut moved = stream::iter(moves).buffer_unordered(self.options.parallel.max(1));
        while let Some(result) = moved.next().await {
            result?;
        }
        drop(moved);
        for node in &tree.nodes {
            self.manifest(node).await?;
        }
        Ok(lock(&self.tally).clone())
    }

    /// Writes a manifest. Where the registry misses a blob that it said it had, all of them are sent, once.
    async fn manifest(&self, node: &Node) -> Result<(), CopyError> {
        let name = Named::Digest(&node.manifest.digest);
        let mut written = self.to.put_manifest(name, &node.manifest).await;
        if matches!(written, Err(RegistryError::Incomplete { .. })) && !node.blobs.is_empty() {
            for blob in &node.blobs {
                self.blob(blob, true).await?;
            }
            written = self.to.put_manifest(name, &node.manifest).await;
        }
        self.at_destination(written)?;
        lock(&self.tally).manifests += 1;
        Ok(())
    }

    /// Brings one blob over. With `doubted`, what is said of its being there counts for nothing.
    async fn blob(&self, blob: &Blob, doubted: bool) -> Result<(), CopyError> {
        let path = self.to.path().unwrap_or_default();
        let holders = self.to.store().holders(&blob.digest);
        let mut holders = holders.lock().await;
        if doubted {
            holders.clear();
        }
        let unknown = holders.is_empty() && !doubted;
        let is_there = holders.contains(&path) || (unknown && self.at_destination(self.to.has_blob(blob).await)?);
        let written = if is_there {
            Written::There
        } else {
            let known = holders.iter().next().cloned();
            let mount = if doubted { Vec::new() } else { known.map_or_else(|| self.candidates(&path), |one| vec![one]) };
            self.write(blob, &mount).await?
        };
        holders.insert(path);
        drop(holders);
        self.count(blob, written);
        Ok(())
    }

    /// Repositories of the destination's registry that may have what the source has.
    fn candidates(&self, own: &str) -> Vec<String> {
        let same = Arc::ptr_eq(self.from.store(), self.to.store());
        let source = self.from.path().filter(|_| same);
        let mut found: Vec<String> = source.into_iter().chain(self.options.mount_from.iter().cloned()).filter(|one| one != own).collect();
        found.dedup();
        found.truncate(3);
        found
    }

    async fn write(&self, blob: &Blob, mount: &[String]) -> Result<Written, CopyError> {
        let _places = places(self.from.store(), self.to.store()).await;
        let source = Source { job: self, blob, read: Arc::default(), failed: Arc::default() };
        let written = self.to.write_blob(blob, &source, mount).await;
        let failed = source.failed();
        match (written, failed) {
            (Ok(written), _) => Ok(written),
            (Err(_), Some(error)) => self.at_source(Err(error)),
            (Err(error), None) => self.at_destination(Err(error)),
        }
    }

    fn count(&self, blob: &Blob, written: Written) {
        let mut tally = lock(&self.tally);
        let tally = &mut *tally;
        let (blobs, bytes) = match written {
            Written::Sent => (&mut tally.sent, &mut tally.sent_bytes),
            Written::Mounted => (&mut tally.mounted, &mut tally.mounted_bytes),
            Written::There => (&mut tally.there, &mut tally.there_bytes),
        };
        *blobs += 1;
        *bytes += blob.size;
        if written != Written::Sent {
            self.meter.add(blob.size);
        }
    }

    pub(super) fn at_source<T>(&self, result: Result<T, RegistryError>) -> Result<T, CopyError> {
        result.map_err(|source| CopyError::Source { what: self.what.clone(), source: Box::new(source) })
    }

    pub(super) fn at_destination<T>(&self, result: Result<T, RegistryError>) -> Result<T, CopyError> {
        result.map_err(|source| CopyError::Destination { what: self.what.clone(), source: Box::new(source) })
    }

    pub(super) fn document(&self, digest: &Digest, reason: String) -> CopyError {
        CopyError::Document { image: format!("{}@{digest}", self.from.name()), reason }
    }
}

/// A blob of the repository that is read; counts what is read, and remembers what went wrong.
struct Source<'a> {
    job: &'a Job<'a>,
    blob: &'a Blob,
    read: Arc<Mutex<u64>>,
    failed: Arc<Mutex<Option<RegistryError>>>,
}

impl Source<'_> {
    fn failed(&self) -> Option<RegistryError> {
        lock(&self.failed).take()
    }
}

#[async_trait::async_trait]
impl BlobSource for Source<'_> {
    async fn open(&self, offset: u64) -> Result<BlobStream, RegistryError> {
        let again = lock(&self.read).saturating_sub(offset);
        self.job.meter.take_back(again);
        *lock(&self.read) = offset;
        let (read, failed, meter) = (self.read.clone(), self.failed.clone(), self.job.meter.clone());
        let stream = self.job.from.read_blob(self.blob, offset).await.inspect_err(|error| *lock(&self.failed) = Some(error.clone()))?;
        let watch = move |item: &Result<Bytes, RegistryError>| match item {
            Ok(bytes) => {
                *lock(&read) += bytes.len() as u64;
                meter.add(bytes.len() as u64);
            }
            Err(error) => *lock(&failed) = Some(error.clone()),
        };
        Ok(stream.inspect(watch).boxed())
    }
}
