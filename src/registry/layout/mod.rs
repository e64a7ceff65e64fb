//! An OCI image layout on disk: a folder that is a repository.

use super::{Blob, BlobSource, BlobStream, Lookup, Manifest, Named, RegistryError, Repository, Store, Written};
use crate::name::Digest;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder in OCI layout. Made when something is first written to it.
pub struct Layout {
    folder: PathBuf,
    store: Arc<Store>,
}

/// Why a layout cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// The system said no.
    #[error("{path}: {reason}")]
    Io {
        /// The file or folder.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The folder holds something else.
    #[error("{path} is no OCI layout: {reason}; name an empty or a new folder")]
    NotALayout {
        /// The folder.
        path: String,
        /// What is there.
        reason: String,
    },
    /// A file of the layout is not what it should be.
    #[error("the OCI layout is damaged: {path}: {reason}")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Layout {
    /// Opens a folder. One that does not exist, or is empty, is an empty layout; it is made with the first write.
    ///
    /// # Errors
    /// When the folder holds something else, or a layout that is damaged or of a version we do not know.
    pub fn open(folder: &Path) -> Result<Self, LayoutError> {
        Ok(Self { folder: folder.to_owned(), store: Arc::default() })
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
        let _ = (archive, image);
        unimplemented!()
    }
}

#[async_trait::async_trait]
impl Repository for Layout {
    fn name(&self) -> String {
        format!("oci:{}", self.folder.display())
    }

    fn store(&self) -> &Arc<Store> {
        &self.store
    }

    fn path(&self) -> Option<String> {
        None
    }

    async fn head(&self, _name: Named<'_>) -> Result<Lookup, RegistryError> {
        unimplemented!()
    }

    async fn manifest(&self, _name: Named<'_>) -> Result<Manifest, RegistryError> {
        unimplemented!()
    }

    async fn put_manifest(&self, _name: Named<'_>, _manifest: &Manifest) -> Result<(), RegistryError> {
        unimplemented!()
    }

    async fn has_blob(&self, _blob: &Blob) -> Result<bool, RegistryError> {
        unimplemented!()
    }

    async fn read_blob(&self, _blob: &Blob, _offset: u64) -> Result<BlobStream, RegistryError> {
        unimplemented!()
    }

    async fn write_blob(&self, _blob: &Blob, _source: &dyn BlobSource, _mount: &[String]) -> Result<Written, RegistryError> {
        unimplemented!()
    }

    async fn tags(&self) -> Result<Vec<String>, RegistryError> {
        unimplemented!()
    }

    async fn delete(&self, _name: Named<'_>) -> Result<(), RegistryError> {
        unimplemented!()
    }
}
