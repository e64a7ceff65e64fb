//! What a manifest names: its config and layers, or the manifests of an index.

use crate::name::Digest;
use crate::registry::{Blob, Lookup, Manifest, Named, RegistryError, Repository};
use serde::Deserialize;
use std::future::Future;
use std::pin::Pin;

/// Indexes in indexes are followed so deep.
const DEEPEST: usize = 4;

#[derive(Deserialize)]
struct Document {
    config: Option<Part>,
    #[serde(default)]
    layers: Vec<Part>,
    #[serde(default)]
    manifests: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    digest: Digest,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    urls: Vec<String>,
}

/// Something that a manifest names and its repository does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A config or layer.
    Blob(Digest),
    /// A manifest of an index.
    Manifest(Digest),
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Blob(digest) => write!(f, "the blob {digest}"),
            Self::Manifest(digest) => write!(f, "the manifest {digest}"),
        }
    }
}

/// Whether a repository has everything that a manifest names; the first thing it has not.
///
/// # Errors
/// When there is no clear answer.
pub async fn first_missing(repository: &dyn Repository, digest: &Digest) -> Result<Option<Missing>, RegistryError> {
    missing_below(repository, digest, DEEPEST).await
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Option<Missing>, RegistryError>> + Send + 'a>>;

fn missing_below<'a>(repository: &'a dyn Repository, digest: &'a Digest, depth: usize) -> Answer<'a> {
    Box::pin(async move {
        if repository.head(Named::Digest(digest)).await? == Lookup::Absent {
            return Ok(Some(Missing::Manifest(digest.clone())));
        }
        let document = read(&repository.manifest(Named::Digest(digest)).await?);
        for child in document.manifests.iter().filter(|_| depth > 0) {
            if let Some(missing) = missing_below(repository, &child.digest, depth - 1).await? {
                return Ok(Some(missing));
            }
        }
        // Layers with addresses of their own are not in registries.
        for part in document.config.iter().chain(&document.layers).filter(|part| part.urls.is_empty()) {
            if !repository.has_blob(&Blob { digest: part.digest.clone(), size: part.size }).await? {
                return Ok(Some(Missing::Blob(part.digest.clone())));
            }
        }
        Ok(None)
    })
}

/// The bytes of all that a manifest names, each blob once for each image that names it; `None` where the repository does
/// not have it.
///
/// # Errors
/// When there is no clear answer.
pub async fn weight(repository: &dyn Repository, digest: &Digest) -> Result<Option<u64>, RegistryError> {
    let mut open = vec![digest.clone()];
    let mut sum = 0;
    while let Some(digest) = open.pop() {
        if repository.head(Named::Digest(&digest)).await? == Lookup::Absent {
            return Ok(None);
        }
        let document = read(&repository.manifest(Named::Digest(&digest)).await?);
        sum += document.config.iter().chain(&document.layers).map(|part| part.size).sum::<u64>();
        open.extend(document.manifests.into_iter().map(|child| child.digest));
    }
    Ok(Some(sum))
}

/// A document that is none names nothing.
fn read(manifest: &Manifest) -> Document {
    let none = Document { config: None, layers: Vec::new(), manifests: Vec::new() };
    serde_json::from_slice(&manifest.bytes).unwrap_or(none)
}

/// The manifests of an image index; none for an image.
pub fn children_of(manifest: &Manifest) -> Vec<Digest> {
    read(manifest).manifests.into_iter().map(|child| child.digest).collect()
}

/// The config and layers of an image manifest, as far as registries hold them; none for an image index.
pub fn blobs_of(manifest: &Manifest) -> Vec<Blob> {
    let document = read(manifest);
    let parts = document.config.into_iter().chain(document.layers).filter(|part| part.urls.is_empty());
    parts.map(|part| Blob { digest: part.digest, size: part.size }).collect()
}

/// The config of an image manifest; `None` for an image index and for what is no manifest.
pub fn config_of(manifest: &Manifest) -> Option<Blob> {
    read(manifest).config.map(|config| Blob { digest: config.digest, size: config.size })
}

/// The digest of an image manifest's config.
pub fn config_digest(manifest: &Manifest) -> Option<Digest> {
    config_of(manifest).map(|config| config.digest)
}

/// Whether a manifest is that of the engine's image `id`: the digest of its config or, for an engine that keeps
/// images in containerd, of the manifest or image index itself.
pub fn is_image(manifest: &Manifest, id: &Digest) -> bool {
    manifest.digest == *id || config_digest(manifest).as_ref() == Some(id)
}
