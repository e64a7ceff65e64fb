//! Reads images, and says what it means for the others when one cannot be read.

use super::origin::Origin;
use crate::engine::ProgressSink;
use crate::layers::{Image, Visitor};
use crate::name::Digest;
use crate::registry::RegistryError;
use crate::run::work::failure::Failure;
use crate::scan::{ImageError, ImageReader, ImageSource, Whole};
use tokio_util::sync::CancellationToken;

/// Reads images of one platform.
#[derive(Debug)]
pub struct Reader {
    /// Reads them.
    pub images: ImageReader,
    /// The platform that is read of an index, such as `linux/amd64`.
    pub platform: String,
}

impl Reader {
    /// Reads an image.
    ///
    /// # Errors
    /// When it is damaged, engine or registry cannot be used, and after an interruption.
    pub async fn read(&self, origin: &Origin, progress: &ProgressSink, cancel: &CancellationToken) -> Result<Whole, Failure> {
        Ok(self.images.read(self.source(origin), progress, cancel).await?)
    }

    /// Shows a visitor all layers of an image again, which must have these digests.
    ///
    /// # Errors
    /// When they cannot be read, the visitor does not go on, and after an interruption.
    pub async fn walk<V: Visitor + Send + 'static>(
        &self,
        origin: &Origin,
        diff_ids: &[Digest],
        visitor: V,
        cancel: &CancellationToken,
    ) -> Result<(V, Image), ImageError> {
        self.images.walk(self.source(origin), diff_ids, visitor, cancel).await
    }

    fn source<'a>(&'a self, origin: &'a Origin) -> ImageSource<'a> {
        match origin {
            Origin::Engine { engine, id } => ImageSource::Engine { engine: engine.as_ref(), id },
            Origin::Spot { spot, digest } => {
                ImageSource::Repository { repository: spot.repository.as_ref(), digest, platform: &self.platform }
            }
        }
    }
}

/// What it means that a registry or a layout does not give something: a folder on this machine that is damaged says
/// nothing of other images.
pub fn not_given(error: RegistryError) -> Failure {
    match error {
        RegistryError::Layout(error) => Failure::of(error.to_string()),
        error => error.into(),
    }
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Cancelled => Self::cancelled(),
            ImageError::Engine(error) => error.into(),
            ImageError::Registry(error) => not_given(error),
            other => Self::of(other.to_string()),
        }
    }
}
