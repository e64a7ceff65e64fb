//! Copies an image from one repository to another: by digest, byte for byte, indexes whole.
//!
//! Decides nothing about tags: the caller gives the copy its names when it is all there.

mod job;
mod sent;
mod tree;

pub use sent::Store;

use super::{RegistryError, Repository};
use crate::name::Digest;
use job::{Job, Meter};
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

/// Receives bytes done and, where known, bytes in all.
pub type ProgressSink = Arc<dyn Fn(u64, Option<u64>) + Send + Sync>;

/// How to copy.
#[derive(Clone, Debug)]
pub struct CopyOptions {
    /// Blobs of this copy that are looked for and moved at once.
    pub parallel: usize,
    /// Repositories of the destination's registry that may hold the blobs already, such as `team/base`.
    pub mount_from: Vec<String>,
}

impl Default for CopyOptions {
    fn default() -> Self {
        Self { parallel: 4, mount_from: Vec::new() }
    }
}

/// What a copy did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Manifests and indexes that were written.
    pub manifests: u64,
    /// Blobs that were sent.
    pub sent: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// Blobs that were mounted.
    pub mounted: u64,
    /// Their bytes.
    pub mounted_bytes: u64,
    /// Blobs that were there already.
    pub there: u64,
    /// Their bytes.
    pub there_bytes: u64,
}

/// Why an image was not copied.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CopyError {
    /// The side it is read from.
    #[error("{what} cannot be copied: {source}")]
    Source {
        /// What was copied, and where to: `FROM@DIGEST to TO`.
        what: Box<str>,
        /// Why not.
        source: Box<RegistryError>,
    },
    /// The side it is written to.
    #[error("{what} cannot be copied: {source}")]
    Destination {
        /// What was copied, and where to: `FROM@DIGEST to TO`.
        what: Box<str>,
        /// Why not.
        source: Box<RegistryError>,
    },
    /// A document that is not copied.
    #[error("{image} cannot be copied: {reason}")]
    Document {
        /// The manifest.
        image: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The call was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Copies the manifest or index with this digest, and all it names, from one repository to another.
///
/// What is there is not sent; what another repository of the same registry has is mounted; several copies at
/// once send each blob once. Everything is checked against its digest. May be called again after any failure.
///
/// # Errors
/// Which side failed and why; [`CopyError::Document`] for manifests of schema 1 and documents that are none.
pub async fn copy(
    from: &dyn Repository,
    digest: &Digest,
    to: &dyn Repository,
    options: &CopyOptions,
    progress: &ProgressSink,
    cancel: &CancellationToken,
) -> Result<Copied, CopyError> {
    let meter = Arc::new(Meter::new(progress.clone()));
    let what = format!("{}@{digest} to {}", from.name(), to.name()).into();
    let job = Job { from, to, options, what, tally: Mutex::default(), meter };
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(CopyError::Cancelled),
        copied = job.run(digest) => copied,
    }
}
