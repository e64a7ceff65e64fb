//! The labels of images in a registry.

use super::push::config_digest;
use crate::name::Reference;
use crate::registry::{Lookup, Registry, RegistryError};
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
        Lookup::Found(digest) => Ok(Some(labels_at(registry, &reference.with_digest(digest)).await?)),
        Lookup::Absent => Ok(None),
    }
}

/// The labels of the image at a digest.
pub(super) async fn labels_at(registry: &dyn Registry, by_digest: &Reference) -> Result<BTreeMap<String, String>, RegistryError> {
    let Some(config) = config_digest(&registry.manifest(by_digest).await?) else { return Ok(BTreeMap::new()) };
    let bytes = registry.blob(by_digest, &config, LARGEST_CONFIG).await?;
    Ok(serde_json::from_slice::<Config>(&bytes).ok().and_then(|config| config.config?.labels).unwrap_or_default())
}
