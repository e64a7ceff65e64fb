//! Reads images, and says what it means for the others when one cannot be read.

use super::origin::Origin;
use crate::engine::ProgressSink;
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
        let source = match origin {
            Origin::Engine { engine, id } => ImageSource::Engine { engine: engine.as_ref(), id },
            Origin::Spot { spot, digest } => {
                ImageSource::Repository { repository: spot.repository.as_ref(), digest, platform: &self.platform }
            }
        };
        Ok(self.images.read(source, progress, cancel).await?)
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
