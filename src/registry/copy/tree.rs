//! All that belongs to an image: its manifest, or its index with everything below.

use super::CopyError;
use super::job::Job;
use crate::name::Digest;
use crate::registry::document::{Document, read};
use crate::registry::{Blob, Lookup, Manifest, Named};
use std::collections::HashSet;

/// How deep indexes may stand in one another.
const DEPTH: usize = 8;

/// The most manifests below one index, and bytes of them all.
const MOST: usize = 10_000;
const MOST_BYTES: usize = 128 << 20;

/// One manifest to write.
pub(super) struct Node {
    pub manifest: Manifest,
    /// What must be there before it; none for an index.
    pub blobs: Vec<Blob>,
}

/// What is to be copied.
#[derive(Default)]
pub(super) struct Tree {
    /// Children before the index that names them.
    pub nodes: Vec<Node>,
    seen: HashSet<Digest>,
    bytes: usize,
}

impl Tree {
    /// Reads all that the destination does not have. Nothing is written yet.
    pub(super) async fn read(job: &Job<'_>, digest: &Digest) -> Result<Self, CopyError> {
        let mut tree = Self::default();
        tree.add(job, digest, 0).await?;
        Ok(tree)
    }

    /// Every blob once.
    pub(super) fn blobs(&self) -> Vec<Blob> {
        let mut seen = HashSet::new();
        self.nodes.iter().flat_map(|node| &node.blobs).filter(|blob| seen.insert(&blob.digest)).cloned().collect()
    }

    async fn add(&mut self, job: &Job<'_>, digest: &Digest, depth: usize) -> Result<(), CopyError> {
        if !self.seen.insert(digest.clone()) || matches!(job.at_destination(job.to.head(Named::Digest(digest)).await)?, Lookup::Found(_)) {
            return Ok(());
        }
        let manifest = job.at_source(job.from.manifest(Named::Digest(digest)).await)?;
        let wrong = |reason: String| job.document(digest, reason);
        self.bytes += manifest.bytes.len();
        if depth > DEPTH || self.seen.len() > MOST || self.bytes > MOST_BYTES {
            return Err(wrong(format!("its indexes stand more than {DEPTH} deep, or name more than {MOST} manifests")));
        }
        let blobs = match read(&manifest).map_err(wrong)? {
            Document::Image(blobs) => blobs,
            Document::Index(children) => {
                for child in &children {
                    Box::pin(self.add(job, child, depth + 1)).await?;
                }
                Vec::new()
            }
        };
        self.nodes.push(Node { manifest, blobs });
        Ok(())
    }
}
