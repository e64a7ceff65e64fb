//! Takes an image from an engine's archive, layer by layer as they come. Blocks.

mod layer;

use super::LayoutError;
use super::folder::Folder;
use crate::archive::{Image, read};
use crate::name::Digest;
use crate::registry::{Blob, Manifest};
use bytes::Bytes;
use layer::{Layer, media_type};
use oci_distribution::manifest::{IMAGE_CONFIG_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE};
use rustix::fs::FlockOperation;
use serde::Deserialize;
use serde_json::json;
use std::io::{self, Read};

/// What of an image's config must fit.
#[derive(Deserialize)]
struct Config {
    rootfs: RootFs,
}

#[derive(Deserialize)]
struct RootFs {
    #[serde(default)]
    diff_ids: Vec<Digest>,
}

/// Why an archive is not taken: its own fault, or the layout's.
enum Fault {
    Archive(String),
    Layout(LayoutError),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Archive(error.to_string())
    }
}

impl From<LayoutError> for Fault {
    fn from(error: LayoutError) -> Self {
        Self::Layout(error)
    }
}

/// Takes the image with this id, or the only one there is where the engine's ids are digests of manifests.
pub(super) fn import(folder: &Folder, archive: impl Read, image: &Digest) -> Result<Manifest, LayoutError> {
    take(folder, archive, image).map_err(|fault| match fault {
        Fault::Archive(reason) => LayoutError::Archive { image: image.to_string(), reason },
        Fault::Layout(error) => error,
    })
}

fn take(folder: &Folder, archive: impl Read, image: &Digest) -> Result<Manifest, Fault> {
    let bundle = read(archive, |packing, size, bytes| layer::take(folder, packing, bytes, size))?;
    let images = bundle.images().map_err(Fault::Archive)?;
    let is_it = |one: &&Image| bundle.document(&one.config).is_some_and(|bytes| Digest::of(bytes) == *image);
    let only = images.first().filter(|_| images.len() == 1 && bundle.holds(image));
    let wrong = |reason: &str| Fault::Archive(reason.to_owned());
    let found = images.iter().find(is_it).or(only).ok_or_else(|| wrong("it holds no image with this id"))?;
    let layers = bundle.layers(found).map_err(Fault::Archive)?;
    let config = bundle.document(&found.config).ok_or_else(|| Fault::Archive(format!("{} is not in it", found.config)))?;
    fits(config, &layers).map_err(Fault::Archive)?;
    write(folder, config, &layers)
}

/// Writes config and manifest of the image.
fn write(folder: &Folder, config: &[u8], layers: &[&Layer]) -> Result<Manifest, Fault> {
    let descriptor = |media_type: &str, blob: &Blob| json!({"mediaType": media_type, "digest": blob.digest, "size": blob.size});
    let blob = Blob { digest: Digest::of(config), size: config.len() as u64 };
    let document = json!({
        "schemaVersion": 2, "mediaType": OCI_IMAGE_MEDIA_TYPE, "config": descriptor(IMAGE_CONFIG_MEDIA_TYPE, &blob),
        "layers": layers.iter().map(|layer| descriptor(media_type(layer.packing), &layer.blob)).collect::<Vec<_>>(),
    });
    let bytes = Bytes::from(serde_json::to_vec(&document).map_err(|e| Fault::Archive(e.to_string()))?);
    let digest = Digest::of(&bytes);
    let _lock = folder.lock(FlockOperation::LockExclusive)?;
    folder.write(&folder.blob(&blob.digest), config)?;
    folder.write(&folder.blob(&digest), &bytes)?;
    Ok(Manifest { media_type: OCI_IMAGE_MEDIA_TYPE.to_owned(), bytes, digest })
}

/// Whether the layers are those the config counts up, in their order.
fn fits(config: &[u8], layers: &[&Layer]) -> Result<(), String> {
    let config: Config = serde_json::from_slice(config).map_err(|e| format!("its config: {e}"))?;
    let named = config.rootfs.diff_ids;
    if named.len() != layers.len() {
        return Err(format!("it has {} layers, and its config names {}", layers.len(), named.len()));
    }
    let other = layers.iter().zip(&named).find(|(layer, named)| layer.diff_id.as_ref().is_some_and(|found| found != *named));
    other.map_or(Ok(()), |(layer, named)| {
        let found = layer.diff_id.as_ref().map_or_else(String::new, ToString::to_string);
        Err(format!("a layer has the digest {found}, and the config says {named}"))
    })
}

#[cfg(test)]
mod tests;
