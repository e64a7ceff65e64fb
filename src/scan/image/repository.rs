//! Images of a registry or an OCI layout: only layers without a record are fetched.

use super::extent::Extent;
use super::manifest::{Document, Part, pick};
use super::stream::{Meter, reader};
use super::{ImageError, ImageReader, Whole, blocking};
use crate::engine::ProgressSink;
use crate::name::Digest;
use crate::registry::{Blob, Manifest, Named, Repository};
use crate::scan::{ImageConfig, LayerRecord};
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The most bytes of a config.
const CONFIG: u64 = 8 << 20;

/// Indexes lead to indexes at most so often.
const INDEXES: usize = 4;

/// What reading the layers of an image needs.
struct Fetching<'a> {
    repository: &'a dyn Repository,
    meter: Meter,
    cancel: &'a CancellationToken,
}

impl ImageReader {
    pub(super) async fn repository_image(
        &self,
        repository: &dyn Repository,
        digest: &Digest,
        platform: &str,
        progress: &ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<Whole, ImageError> {
        let (manifest, config, layers) = image(repository, digest, platform).await?;
        let blob = config.blob();
        let config = read_config(repository, &blob).await?;
        let wanted = &config.rootfs.diff_ids;
        if wanted.len() != layers.len() {
            let reason = format!("it has {} layers, and its config names {}", layers.len(), wanted.len());
            return Err(ImageError::Document { document: manifest, reason });
        }
        let total = layers.iter().fold(0_u64, |sum, layer| sum.saturating_add(layer.blob().size));
        let fetching = Fetching { repository, meter: Meter::new(progress, Some(total)), cancel };
        let each = layers.iter().zip(wanted).map(|(layer, diff_id)| self.layer(&fetching, layer.blob(), diff_id, None));
        // Boxed here: the compiler does not see through the closure otherwise.
        let each: Vec<_> = each.map(futures_util::FutureExt::boxed).collect();
        let mut coming = futures_util::stream::iter(each).buffered(super::AT_ONCE);
        let (mut records, mut extent) = (Vec::new(), Extent::default());
        while let Some(record) = coming.try_next().await? {
            extent.add(&record).map_err(ImageError::TooMuch)?;
            records.push(record);
        }
        drop(coming);
        let (mut contents, unkept) = self.merged(records.clone()).await?;
        for number in unkept.layers {
            records[number] = self.layer(&fetching, layers[number].blob(), &wanted[number], Some(&unkept.paths)).await?;
        }
        if !unkept.paths.is_empty() {
            contents = self.merged(records).await?.0;
        }
        Ok(Whole { id: blob.digest, manifest: Some(manifest), config, contents })
    }

    /// One layer, from its record or from its blob; always from that for contents at `more` paths.
    async fn layer(
        &self,
        fetching: &Fetching<'_>,
        blob: Blob,
        diff_id: &Digest,
        more: Option<&BTreeSet<String>>,
    ) -> Result<Arc<LayerRecord>, ImageError> {
        let lock = self.lock_of(diff_id);
        let _reading = lock.lock().await;
        let known = if more.is_none() { self.known(std::slice::from_ref(diff_id)).await? } else { Vec::new() };
        if let Some(record) = known.into_iter().flatten().next() {
            fetching.meter.add(blob.size);
            return Ok(record);
        }
        let _slot = self.slots.acquire().await.map_err(|error| ImageError::Broken(error.to_string()))?;
        let stream = fetching.repository.read_blob(&blob, 0).await?.map_err(io::Error::other);
        let bytes = reader(stream, fetching.meter.clone(), fetching.cancel);
        let (layer, more) = (blob.digest.clone(), more.cloned().unwrap_or_default());
        let record =
            blocking(&self.shared, move |shared| shared.read_packed(bytes, &more).map_err(|source| ImageError::Layer { layer, source }))
                .await?;
        match &record.diff_id {
            Some(found) if found != diff_id => {
                Err(ImageError::WrongLayer { layer: blob.digest, expected: diff_id.clone(), found: found.clone() })
            }
            _ => Ok(record),
        }
    }
}

/// The manifest for a platform: its digest, its config and its layers.
pub(super) async fn image(repository: &dyn Repository, digest: &Digest, platform: &str) -> Result<(Digest, Part, Vec<Part>), ImageError> {
    let mut manifest: Manifest = repository.manifest(Named::Digest(digest)).await?;
    for _ in 0..INDEXES {
        let document = Document::of(&manifest)?;
        match (document.config, document.manifests) {
            (Some(config), None) => return Ok((manifest.digest, config, document.layers)),
            (None, Some(parts)) => manifest = repository.manifest(Named::Digest(pick(&parts, platform, &manifest.digest)?)).await?,
            _ => return Err(wrong(&manifest.digest, "it is neither a manifest nor an index")),
        }
    }
    Err(wrong(digest, "its indexes lead to each other"))
}

async fn read_config(repository: &dyn Repository, blob: &Blob) -> Result<ImageConfig, ImageError> {
    if blob.size > CONFIG {
        return Err(wrong(&blob.digest, &format!("it has {} bytes, more than a config may have", blob.size)));
    }
    let pieces = repository.read_blob(blob, 0).await?.try_fold(Vec::new(), |mut all, piece| async move {
        all.extend_from_slice(&piece);
        Ok(all)
    });
    serde_json::from_slice(&pieces.await?).map_err(|error| wrong(&blob.digest, &error.to_string()))
}

fn wrong(document: &Digest, reason: &str) -> ImageError {
    ImageError::Document { document: document.clone(), reason: reason.to_owned() }
}
