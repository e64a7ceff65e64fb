//! One tag of one repository, in a registry or a layout on disk, ready to be asked and written.

use crate::name::{Digest, Tag};
use crate::registry::{Lookup, Manifest, Named, RegistryError, Repository};
use std::fmt;
use std::sync::Arc;

/// A place where a manifest can stand under a name.
#[derive(Clone)]
pub struct Spot {
    /// The repository.
    pub repository: Arc<dyn Repository>,
    /// The tag.
    pub tag: Tag,
    /// How documents and messages write it: a reference, or `oci:FOLDER:TAG`.
    pub text: String,
}

impl fmt::Debug for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Spot {
    /// What stands there; `None` for certainly nothing.
    ///
    /// # Errors
    /// When there is no clear answer.
    pub async fn head(&self) -> Result<Option<Digest>, RegistryError> {
        Ok(match self.repository.head(Named::Tag(&self.tag)).await? {
            Lookup::Found(digest) => Some(digest),
            Lookup::Absent => None,
        })
    }

    /// A manifest of the same repository.
    ///
    /// # Errors
    /// When it is not there, or is not what its digest says.
    pub async fn manifest(&self, digest: &Digest) -> Result<Manifest, RegistryError> {
        self.repository.manifest(Named::Digest(digest)).await
    }

    /// Writes a manifest under the tag.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn put(&self, manifest: &Manifest) -> Result<(), RegistryError> {
        self.repository.put_manifest(Named::Tag(&self.tag), manifest).await
    }

    /// The same repository under another tag.
    #[must_use]
    pub fn with_tag(&self, tag: Tag) -> Self {
        let head = self.text.strip_suffix(self.tag.as_str()).unwrap_or(&self.text);
        Self { repository: self.repository.clone(), text: format!("{head}{tag}"), tag }
    }
}
