//! Manifests as registries hold them, and the media types we ask for.

use crate::name::Digest;
use bytes::Bytes;
use oci_distribution::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE,
};
use serde::Deserialize;

/// A manifest as the registry holds it, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its media type as the registry says it.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Bytes,
    /// The digest of the bytes.
    pub digest: Digest,
}

/// A platform as image indexes and configs write it. Source: OCI image specification, "Image Index" and "Image Configuration".
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ImagePlatform {
    /// The operating system; some builders write `unknown` for what is no image.
    #[serde(default)]
    pub os: String,
    /// The processor.
    #[serde(default)]
    pub architecture: String,
    /// Its variant, such as `v8`.
    pub variant: Option<String>,
}

impl ImagePlatform {
    /// `linux/arm64/v8`.
    pub fn name(&self) -> String {
        let variant = self.variant.as_deref().filter(|variant| !variant.is_empty());
        [Some(self.os.as_str()), Some(self.architecture.as_str()), variant].into_iter().flatten().collect::<Vec<_>>().join("/")
    }
}

/// What a registry says about a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// It is there, with this digest.
    Found(Digest),
    /// It is certainly not there.
    Absent,
}

/// The documents a reference may lead to: Docker's and OCI's manifest and list or index.
pub(super) const MEDIA_TYPES: [&str; 4] =
    [IMAGE_MANIFEST_MEDIA_TYPE, IMAGE_MANIFEST_LIST_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE];

/// The most bytes a manifest may have; the specification asks registries to accept at least these.
pub(super) const MANIFEST_LIMIT: u64 = 4 << 20;

/// Whether an answer of this content type is a manifest, and not a page of a proxy in between.
pub(super) fn is_manifest(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    MEDIA_TYPES.contains(&kind) || kind.starts_with("application/vnd.docker.distribution.manifest.")
}
