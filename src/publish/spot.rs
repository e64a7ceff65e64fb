//! One tag of one repository, in a registry or a layout on disk, ready to be asked and written.

use super::location::Location;
use crate::name::{Digest, Tag};
use crate::registry::{Layout, LayoutError, Lookup, Manifest, Named, Registry, RegistryError, Repository};
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A place where a manifest can stand under a name.
#[derive(Clone)]
pub struct Spot {
    /// The repository.
    pub repository: Arc<dyn Repository>,
    /// The tag.
    pub tag: Tag,
    /// Repository and tag as they are written.
    pub location: Location,
}

impl fmt::Debug for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.location, f)
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.location, f)
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

    /// What stands there after something was written. A registry that refuses to say may count as one that has nothing
    /// (`denied_means_absent`); of what was just written that is not believed before it was read.
    ///
    /// # Errors
    /// When there is no clear answer.
    pub async fn read_back(&self) -> Result<Option<Digest>, RegistryError> {
        if let Some(found) = self.head().await? {
            return Ok(Some(found));
        }
        match self.repository.manifest(Named::Tag(&self.tag)).await {
            Ok(manifest) => Ok(Some(manifest.digest)),
            Err(RegistryError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A manifest of the same repository.
    ///
    /// # Errors
    /// When it is not there, or is not what its digest says.
    pub async fn manifest(&self, digest: &Digest) -> Result<Manifest, RegistryError> {
        self.repository.manifest(Named::Digest(digest)).await
    }

    /// Writes a manifest under the tag, which held `held` a moment ago.
    ///
    /// # Errors
    /// [`RegistryError::Moved`] where somebody else was faster, and when it is not taken.
    pub async fn put(&self, manifest: &Manifest, held: Option<&Digest>) -> Result<(), RegistryError> {
        self.repository.put_tag(&self.tag, manifest, held).await
    }

    /// The same repository under another tag.
    #[must_use]
    pub fn with_tag(&self, tag: Tag) -> Self {
        Self { repository: self.repository.clone(), location: self.location.with_tag(tag.clone()), tag }
    }
}

/// Finds the repositories of locations; each layout is opened once, so that all who write to it know of each other.
pub struct Spots {
    registry: Arc<dyn Registry>,
    layouts: Mutex<HashMap<PathBuf, Arc<Layout>>>,
}

impl Spots {
    /// With this client for registries.
    pub fn new(registry: Arc<dyn Registry>) -> Self {
        Self { registry, layouts: Mutex::default() }
    }

    /// The client for registries.
    pub fn registry(&self) -> &dyn Registry {
        self.registry.as_ref()
    }

    /// The spot of a location.
    ///
    /// # Errors
    /// When there is no client for its host, or the folder is no layout.
    pub fn at(&self, location: &Location) -> Result<Spot, RegistryError> {
        // The names of locations were checked to be tags.
        let tag = Tag::parse(location.tag()).unwrap_or_else(|_| Tag::latest());
        let repository: Arc<dyn Repository> = match location {
            Location::Registry(reference) => self.registry.repository(reference)?,
            Location::Layout { folder, .. } => self.layout(folder)?,
        };
        Ok(Spot { repository, tag, location: location.clone() })
    }

    /// The layout in a folder.
    ///
    /// # Errors
    /// When the folder holds something else.
    pub fn layout(&self, folder: &Path) -> Result<Arc<Layout>, LayoutError> {
        let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let mut layouts = self.layouts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(layout) = layouts.get(&whole) {
            return Ok(layout.clone());
        }
        let layout = Arc::new(Layout::open(folder)?);
        layouts.insert(whole, layout.clone());
        Ok(layout)
    }
}
