//! One repository: of a registry, or a folder in OCI layout. What both can do is one trait.

use super::{Lookup, Manifest, RegistryError, Store};
use crate::name::{Digest, Tag};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use std::fmt;
use std::sync::Arc;

/// What a manifest is asked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// By a tag.
    Tag(&'a Tag),
    /// By its digest.
    Digest(&'a Digest),
}

impl Named<'_> {
    /// The text behind `/manifests/`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Tag(tag) => tag.as_str(),
            Self::Digest(digest) => digest.as_str(),
        }
    }
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'a> From<&'a Tag> for Named<'a> {
    fn from(tag: &'a Tag) -> Self {
        Self::Tag(tag)
    }
}

impl<'a> From<&'a Digest> for Named<'a> {
    fn from(digest: &'a Digest) -> Self {
        Self::Digest(digest)
    }
}

/// A blob as a manifest names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Blob {
    /// The digest of its bytes.
    pub digest: Digest,
    /// How many bytes it has.
    pub size: u64,
}

/// The bytes of a blob as they come. An error is the last item; tries again are made before it.
pub type BlobStream = BoxStream<'static, Result<Bytes, RegistryError>>;

/// Something whose bytes can be read again, from any place.
#[async_trait::async_trait]
pub trait BlobSource: Send + Sync {
    /// The bytes from `offset` on. Read from the beginning to the end, they are checked against the digest.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn open(&self, offset: u64) -> Result<BlobStream, RegistryError>;
}

/// How a blob came into a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It was sent.
    Sent,
    /// The registry had it in another repository; nothing was sent.
    Mounted,
    /// It was there when we looked again.
    There,
}

/// One repository of a registry, or a folder in OCI layout.
///
/// Tries again by itself, like [`super::Registry`].
#[async_trait::async_trait]
pub trait Repository: Send + Sync {
    /// How people write it: `registry.example/team/app`, `oci:DIR`.
    fn name(&self) -> String;

    /// What its registry is known to hold; repositories of one registry and client share it.
    fn store(&self) -> &Arc<Store>;

    /// The repository within its registry, such as `team/app`, for mounts; `None` for a layout.
    fn path(&self) -> Option<String>;

    /// Whether a manifest is there.
    ///
    /// # Errors
    /// When there is no clear answer.
    async fn head(&self, name: Named<'_>) -> Result<Lookup, RegistryError>;

    /// A manifest, byte for byte. By digest, the bytes are checked against it.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`] where it is not there.
    async fn manifest(&self, name: Named<'_>) -> Result<Manifest, RegistryError>;

    /// Writes a manifest under a tag, or by its digest alone.
    ///
    /// # Errors
    /// [`RegistryError::Incomplete`] where something that the manifest names is not there.
    async fn put_manifest(&self, name: Named<'_>, manifest: &Manifest) -> Result<(), RegistryError>;

    /// Writes a manifest under a tag that held `held` a moment ago. A layout compares and writes in one step. Registries
    /// cannot; there it is compared again before each further try, and the first one is the caller's.
    ///
    /// # Errors
    /// [`RegistryError::Moved`] where it holds something else; nothing was written then.
    async fn put_tag(&self, tag: &Tag, manifest: &Manifest, held: Option<&Digest>) -> Result<(), RegistryError>;

    /// Whether a blob is there, with this many bytes as far as that is said.
    ///
    /// # Errors
    /// When there is no clear answer.
    async fn has_blob(&self, blob: &Blob) -> Result<bool, RegistryError>;

    /// The bytes of a blob from `offset` on; goes on where a connection was cut. A whole blob is checked
    /// against its digest, and any against its size.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    async fn read_blob(&self, blob: &Blob, offset: u64) -> Result<BlobStream, RegistryError>;

    /// Writes a blob. First asks to mount it from each of `mount`, repositories of the same registry; what
    /// cannot be mounted is sent.
    ///
    /// # Errors
    /// When it is not taken, or the source cannot be read.
    async fn write_blob(&self, blob: &Blob, source: &dyn BlobSource, mount: &[String]) -> Result<Written, RegistryError>;

    /// All tags, sorted; none when the repository does not exist.
    ///
    /// # Errors
    /// When there is no clear answer.
    async fn tags(&self) -> Result<Vec<String>, RegistryError>;

    /// The pages of the index of what refers to a manifest (OCI distribution specification 1.1, "Listing Referrers");
    /// `None` where the registry keeps no such list.
    ///
    /// # Errors
    /// When there is no clear answer.
    async fn referrers(&self, _digest: &Digest) -> Result<Option<Vec<Bytes>>, RegistryError> {
        Ok(None)
    }

    /// Removes a tag, or a manifest with all its tags. What is not there is no error.
    ///
    /// # Errors
    /// [`RegistryError::CannotDelete`] where the registry does not do that.
    async fn delete(&self, name: Named<'_>) -> Result<(), RegistryError>;
}
