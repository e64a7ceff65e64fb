//! Reads images: from an engine, a registry or an OCI layout, each layer once, whatever image it belongs to.

mod engine;
mod error;
mod extent;
mod manifest;
mod repository;
mod stream;
mod walk;

pub use error::ImageError;

use super::contents::Unkept;
use super::interest::Interest;
use super::read::{Limits, ReadError, read};
use super::store::Store;
use super::{Contents, ImageConfig, LayerRecord};
use crate::archive::{HEAD, Packing};
use crate::engine::{Engine, ProgressSink};
use crate::name::Digest;
use crate::registry::Repository;
use std::collections::{BTreeSet, HashMap};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Layers that are read at once, of all images together: each may need a window of a compressor, and a processor.
const AT_ONCE: usize = 4;

/// How long an interrupted call waits for threads that read.
const ENDING: Duration = Duration::from_secs(5);

/// Where an image is read from.
#[derive(Clone, Copy)]
pub enum ImageSource<'a> {
    /// An engine.
    Engine {
        /// Which.
        engine: &'a dyn Engine,
        /// The image's id.
        id: &'a Digest,
    },
    /// A registry or a layout.
    Repository {
        /// Which.
        repository: &'a dyn Repository,
        /// The manifest, or an index with one for the platform.
        digest: &'a Digest,
        /// The platform that is read of an index, such as `linux/amd64` or `linux/arm/v7`.
        platform: &'a str,
    },
}

/// An image that was read.
#[derive(Debug)]
pub struct Whole {
    /// The digest of its config.
    pub id: Digest,
    /// The digest of its manifest, where it has one: not in engines.
    pub manifest: Option<Digest>,
    /// What it says of itself.
    pub config: ImageConfig,
    /// Its layers.
    pub contents: Contents,
}

/// Reads images. One serves all images of a call, several at once.
#[derive(Debug)]
pub struct ImageReader {
    shared: Arc<Shared>,
    slots: Semaphore,
    /// Layers that are being read, so that no two images read one at the same time.
    reading: Mutex<HashMap<Digest, Arc<AsyncMutex<()>>>>,
}

/// What threads that read share.
#[derive(Debug)]
struct Shared {
    /// Where records are kept, and the most bytes of them, if anywhere.
    folder: Option<(PathBuf, u64)>,
    /// Opened with the first layer: a call that reads no image leaves no trace.
    store: OnceLock<Option<Store>>,
    /// Where large contents go without a store; it goes with us, whoever still has some of them.
    spool: OnceLock<TempDir>,
    /// Records that somebody has.
    known: Mutex<HashMap<Digest, Weak<LayerRecord>>>,
    /// Threads that read.
    busy: TaskTracker,
}

impl ImageReader {
    /// Reads without a memory of former calls; large files go into the folder for temporary files.
    pub fn without_store() -> Self {
        Self::over(None)
    }

    /// Reads with the records in a folder, of at most `mib` MiB. It is opened with the first image; where it cannot be made or
    /// written, layers are read anew.
    pub fn with_store(folder: &Path, mib: usize) -> Self {
        Self::over(Some((folder.to_owned(), (mib as u64) << 20)))
    }

    fn over(folder: Option<(PathBuf, u64)>) -> Self {
        let shared = Shared { folder, store: OnceLock::new(), spool: OnceLock::new(), known: Mutex::default(), busy: TaskTracker::new() };
        Self { shared: Arc::new(shared), slots: Semaphore::new(AT_ONCE), reading: Mutex::default() }
    }

    /// Reads an image. `progress` is told the bytes that came, and of how many where that is known.
    ///
    /// # Errors
    /// When it is not there or damaged, its source cannot be used, or the call was cancelled.
    pub async fn read(&self, source: ImageSource<'_>, progress: &ProgressSink, cancel: &CancellationToken) -> Result<Whole, ImageError> {
        // Threads end with whoever waits for them.
        let cancel = cancel.child_token();
        let _guard = cancel.clone().drop_guard();
        let reading = async {
            match source {
                ImageSource::Engine { engine, id } => self.engine_image(engine, id, progress, &cancel).await,
                ImageSource::Repository { repository, digest, platform } => {
                    self.repository_image(repository, digest, platform, progress, &cancel).await
                }
            }
        };
        let ended = cancel.run_until_cancelled(reading).await;
        if cancel.is_cancelled() {
            self.shared.settle().await;
        }
        // What is cancelled breaks off in some way or other.
        ended.filter(|ended| ended.is_ok() || !cancel.is_cancelled()).unwrap_or(Err(ImageError::Cancelled))
    }

    /// Layers on top of each other, and what of them has to be read once more.
    async fn merged(&self, layers: Vec<Arc<LayerRecord>>) -> Result<(Contents, Unkept), ImageError> {
        let merge = move |_: &Shared| {
            let contents = Contents::of(layers);
            let unkept = contents.unkept(&Interest::ALL);
            Ok((contents, unkept))
        };
        blocking(&self.shared, merge).await
    }

    /// The lock of a layer.
    fn lock_of(&self, diff_id: &Digest) -> Arc<AsyncMutex<()>> {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        reading.retain(|_, lock| Arc::strong_count(lock) > 1);
        reading.entry(diff_id.clone()).or_default().clone()
    }

    /// Records of these layers, as far as there are some.
    async fn known(&self, diff_ids: &[Digest]) -> Result<Vec<Option<Arc<LayerRecord>>>, ImageError> {
        let (shared, diff_ids) = (&self.shared, diff_ids.to_vec());
        let work = move |shared: &Shared| Ok(diff_ids.iter().map(|diff_id| shared.record(diff_id)).collect());
        blocking(shared, work).await
    }
}

impl Shared {
    /// Waits until no thread reads any more: an interruption has told them, and what they have on disk goes with them.
    async fn settle(&self) {
        self.busy.close();
        let _ = tokio::time::timeout(ENDING, self.busy.wait()).await;
    }

    fn store(&self) -> Option<&Store> {
        let open = || self.folder.as_ref().and_then(|(folder, most)| Store::open(folder, *most).ok());
        self.store.get_or_init(open).as_ref()
    }

    /// Where large contents go.
    fn spool(&self) -> io::Result<&Path> {
        if let Some(store) = self.store() {
            return Ok(store.spool());
        }
        if self.spool.get().is_none() {
            // Where another thread was faster, this one goes at once.
            let _ = self.spool.set(tempfile::Builder::new().prefix("cooperage-layers-").tempdir()?);
        }
        Ok(self.spool.get().map_or(Path::new("."), TempDir::path))
    }

    /// The record of a layer, from this process or from the store.
    fn record(&self, diff_id: &Digest) -> Option<Arc<LayerRecord>> {
        let held = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(diff_id).and_then(Weak::upgrade);
        held.or_else(|| Some(self.hold(self.store()?.get(diff_id)?)))
    }

    /// Lets others of this process have a record; where they have one already, it is that.
    fn hold(&self, record: LayerRecord) -> Arc<LayerRecord> {
        self.hold_unless(record, false)
    }

    /// The same; one that holds more takes the place of another.
    fn hold_unless(&self, record: LayerRecord, more: bool) -> Arc<LayerRecord> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, held| held.strong_count() > 0);
        let Some(diff_id) = record.diff_id.clone() else { return Arc::new(record) };
        if let Some(held) = known.get(&diff_id).and_then(Weak::upgrade).filter(|_| !more) {
            return held;
        }
        let record = Arc::new(record);
        known.insert(diff_id, Arc::downgrade(&record));
        record
    }

    /// Reads a layer and keeps what was read, with the contents at `more` paths.
    fn read(&self, from: impl Read, packing: Packing, more: &BTreeSet<String>) -> Result<Arc<LayerRecord>, ReadError> {
        let interest = Interest { more: more.clone(), ..Interest::ALL };
        let record = read(from, packing, self.spool()?, &interest, Limits::USUAL)?;
        // A store that is full or cannot be written costs time later, and nothing else.
        self.store().map(|store| store.put(&record));
        Ok(self.hold_unless(record, !more.is_empty()))
    }

    /// The same of bytes that may be compressed, to their end.
    fn read_packed(&self, mut from: impl Read, more: &BTreeSet<String>) -> Result<Arc<LayerRecord>, ReadError> {
        let (packing, head) = packed(&mut from)?;
        let record = self.read(head.chain(&mut from), packing, more)?;
        // The digest of the whole is checked at the end of its bytes.
        io::copy(&mut from, &mut io::sink())?;
        Ok(record)
    }
}

/// How a layer is packed, and its first bytes, which were read for that.
fn packed(from: &mut impl Read) -> io::Result<(Packing, Cursor<Vec<u8>>)> {
    let mut head = Vec::new();
    from.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let none = || io::Error::new(io::ErrorKind::InvalidData, "it is no tar, and nothing that holds one");
    Ok((Packing::of(&head).ok_or_else(none)?, Cursor::new(head)))
}

/// Runs what blocks where that is allowed.
async fn blocking<T: Send + 'static>(
    shared: &Arc<Shared>,
    work: impl FnOnce(&Shared) -> Result<T, ImageError> + Send + 'static,
) -> Result<T, ImageError> {
    let of_thread = shared.clone();
    let running = shared.busy.spawn_blocking(move || work(&of_thread));
    running.await.map_err(|error| ImageError::Broken(error.to_string()))?
}

#[cfg(test)]
mod tests;
