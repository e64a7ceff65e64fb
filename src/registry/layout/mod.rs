//! An OCI image layout on disk: a folder that is a repository.
//!
//! Files are written beside their place and renamed; `index.json` is changed under a lock that other processes
//! respect, too. What others have put there stays.

mod archive;
mod blobs;
mod error;
mod folder;
mod index;
mod manifests;

pub use error::LayoutError;

use super::{Blob, BlobSource, BlobStream, Lookup, Manifest, Named, RegistryError, Repository, Store, Written};
use crate::name::{Digest, Tag};
use folder::Folder;
use manifests::Put;
use std::path::Path;
use std::sync::Arc;
use tokio_util::io::SyncIoBridge;

/// Blobs on their way to or from one layout at once.
const STREAMS: usize = 4;

/// A folder in OCI layout. Made when something is first written to it.
pub struct Layout {
    folder: Arc<Folder>,
    store: Arc<Store>,
}

impl Layout {
    /// Opens a folder. One that does not exist, or is empty, is an empty layout; it is made with the first write.
    ///
    /// # Errors
    /// When the folder holds something else, or a layout that is damaged or of a version we do not know.
    pub fn open(folder: &Path) -> Result<Self, LayoutError> {
        let store = Arc::new(Store::new(&format!("oci:{}", folder.display()), STREAMS));
        Ok(Self { folder: Arc::new(Folder::open(folder)?), store })
    }

    /// Takes an image from an engine's archive (`docker save`), of Docker 20.10 or of newer engines, and returns
    /// the manifest it has here. The layers are compressed the same way each time; the config stays byte for byte,
    /// so its digest is the image's id. Gives it no tag.
    ///
    /// # Errors
    /// When the archive is damaged or holds no image with this id, or the folder cannot be written.
    pub async fn import(
        &self,
        archive: impl tokio::io::AsyncRead + Send + Unpin + 'static,
        image: &Digest,
    ) -> Result<Manifest, LayoutError> {
        let (image, archive) = (image.clone(), SyncIoBridge::new(archive));
        self.blocking(move |folder| {
            folder.prepare()?;
            archive::import(folder, archive, &image)
        })
        .await
    }

    /// Runs what blocks where that is allowed.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, LayoutError> + Send + 'static,
    ) -> Result<T, LayoutError> {
        let folder = self.folder.clone();
        let path = folder.path.clone();
        let done = tokio::task::spawn_blocking(move || work(&folder)).await;
        done.map_err(|e| LayoutError::Io { path: path.display().to_string(), reason: e.to_string() })?
    }

    /// `held` is what the tag must hold, where that matters.
    async fn write_manifest(&self, name: Named<'_>, manifest: &Manifest, held: Option<Option<&Digest>>) -> Result<(), RegistryError> {
        let found = super::verify::digest_like(&manifest.digest, &manifest.bytes);
        if found != manifest.digest {
            return Err(self.wrong_digest(&manifest.digest, found));
        }
        let (wanted, written, held) = (manifests::Name::of(name), manifest.clone(), held.map(|held| held.cloned()));
        let put = self.blocking(move |folder| manifests::put(folder, &wanted, &written, held.as_ref())).await?;
        let (host, reference) = (self.name(), name.to_string());
        match put {
            Put::Written => Ok(()),
            Put::Incomplete(reason) => Err(RegistryError::Incomplete { host, reference, reason }),
            Put::Moved(found) => Err(RegistryError::Moved { host, reference, found }),
        }
    }

    fn not_found(&self, what: &str) -> RegistryError {
        RegistryError::NotFound { host: self.name(), reference: what.to_owned() }
    }

    fn wrong_digest(&self, expected: &Digest, found: Digest) -> RegistryError {
        RegistryError::WrongDigest { host: self.name(), reference: expected.to_string(), expected: expected.clone(), found }
    }
}

#[async_trait::async_trait]
impl Repository for Layout {
    fn name(&self) -> String {
        format!("oci:{}", self.folder.path.display())
    }

    fn store(&self) -> &Arc<Store> {
        &self.store
    }

    fn path(&self) -> Option<String> {
        None
    }

    async fn head(&self, name: Named<'_>) -> Result<Lookup, RegistryError> {
        let name = manifests::Name::of(name);
        Ok(self.blocking(move |folder| manifests::find(folder, &name)).await?.map_or(Lookup::Absent, |found| Lookup::Found(found.digest)))
    }

    async fn manifest(&self, name: Named<'_>) -> Result<Manifest, RegistryError> {
        let wanted = manifests::Name::of(name);
        let found = self.blocking(move |folder| manifests::find(folder, &wanted)).await?;
        found.ok_or_else(|| self.not_found(name.as_str()))
    }

    async fn put_manifest(&self, name: Named<'_>, manifest: &Manifest) -> Result<(), RegistryError> {
        self.write_manifest(name, manifest, None).await
    }

    async fn put_tag(&self, tag: &Tag, manifest: &Manifest, held: Option<&Digest>) -> Result<(), RegistryError> {
        self.write_manifest(Named::Tag(tag), manifest, Some(held)).await
    }

    async fn has_blob(&self, blob: &Blob) -> Result<bool, RegistryError> {
        let blob = blob.clone();
        Ok(self.blocking(move |folder| Ok(blobs::is_there(folder, &blob))).await?)
    }

    async fn read_blob(&self, blob: &Blob, offset: u64) -> Result<BlobStream, RegistryError> {
        blobs::read(self, blob, offset).await
    }

    async fn write_blob(&self, blob: &Blob, source: &dyn BlobSource, _mount: &[String]) -> Result<Written, RegistryError> {
        blobs::write(self, blob, source).await.map(|()| Written::Sent)
    }

    async fn tags(&self) -> Result<Vec<String>, RegistryError> {
        Ok(self.blocking(manifests::tags).await?)
    }

    async fn delete(&self, name: Named<'_>) -> Result<(), RegistryError> {
        let name = manifests::Name::of(name);
        Ok(self.blocking(move |folder| manifests::delete(folder, &name)).await?)
    }
}
