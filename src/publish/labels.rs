//! The labels of images in a registry.

use super::parts::config_of;
use super::spot::Spot;
use crate::name::{Digest, Reference};
use crate::registry::{Blob, Lookup, Manifest, Named, Registry, RegistryError, Repository};
use futures_util::TryStreamExt as _;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The largest config of an image we read, in bytes.
const LARGEST_CONFIG: u64 = 8 << 20;

#[derive(Deserialize)]
struct Config {
    config: Option<ConfigOfContainer>,
}

#[derive(Deserialize)]
struct ConfigOfContainer {
    #[serde(rename = "Labels", default)]
    labels: Option<BTreeMap<String, String>>,
}

/// The labels of a published image; `None` where it is not published. An image index has none.
///
/// # Errors
/// When the registry gives no clear answer.
pub async fn labels_of(registry: &dyn Registry, reference: &Reference) -> Result<Option<BTreeMap<String, String>>, RegistryError> {
    match registry.head(reference).await? {
        Lookup::Found(digest) => {
            let manifest = registry.manifest(&reference.with_digest(digest)).await?;
            Ok(Some(labels_in(registry.repository(reference)?.as_ref(), &manifest).await?))
        }
        Lookup::Absent => Ok(None),
    }
}

/// The labels of the image at a digest of a spot's repository.
pub async fn labels_at(spot: &Spot, digest: &Digest) -> Result<BTreeMap<String, String>, RegistryError> {
    let repository = spot.repository.as_ref();
    labels_in(repository, &repository.manifest(Named::Digest(digest)).await?).await
}

/// The labels that the config of a manifest carries; an image index has none.
pub(super) async fn labels_in(repository: &dyn Repository, manifest: &Manifest) -> Result<BTreeMap<String, String>, RegistryError> {
    let Some(config) = config_of(manifest).filter(|config| config.size <= LARGEST_CONFIG) else { return Ok(BTreeMap::new()) };
    let bytes = read(repository, &config).await?;
    Ok(serde_json::from_slice::<Config>(&bytes).ok().and_then(|config| config.config?.labels).unwrap_or_default())
}

/// The config of an image manifest, as JSON; `None` for an image index, and where it is no JSON or larger than 8 MiB.
///
/// # Errors
/// When it cannot be read.
pub async fn read_config(repository: &dyn Repository, manifest: &Manifest) -> Result<Option<serde_json::Value>, RegistryError> {
    let Some(config) = config_of(manifest).filter(|config| config.size <= LARGEST_CONFIG) else { return Ok(None) };
    Ok(serde_json::from_slice(&read(repository, &config).await?).ok())
}

/// The whole of a config.
///
/// # Errors
/// When it cannot be read, or says that it is larger than configs are.
pub(super) async fn read(repository: &dyn Repository, blob: &Blob) -> Result<Vec<u8>, RegistryError> {
    if blob.size > LARGEST_CONFIG {
        return Err(RegistryError::TooLarge { host: repository.name(), reference: blob.digest.to_string(), limit: LARGEST_CONFIG });
    }
    let stream = repository.read_blob(blob, 0).await?;
    stream
        .try_fold(Vec::new(), |mut bytes, part| async move {
            bytes.extend_from_slice(&part);
            Ok(bytes)
        })
        .await
}
