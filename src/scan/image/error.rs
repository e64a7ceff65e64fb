//! Why an image cannot be read.

use crate::engine::EngineError;
use crate::layers::LayersError;
use crate::name::Digest;
use crate::registry::RegistryError;
use crate::scan::ReadError;

/// Why an image cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The engine does not give it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The registry or the layout does not give it.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// What the engine streams is not as it should be.
    #[error("the engine's archive of {image} cannot be read: {reason}")]
    Archive {
        /// The image's id.
        image: Digest,
        /// What is wrong with it.
        reason: String,
    },
    /// A layer is not as it should be.
    #[error("the layer {layer} cannot be read: {source}")]
    Layer {
        /// The digest by which it is named.
        layer: Digest,
        /// What is wrong with it.
        source: ReadError,
    },
    /// A layer holds something else than the image's config says.
    #[error("the layer {layer} has the digest {found} once it is unpacked, and the image's config says {expected}; push the image again")]
    WrongLayer {
        /// The digest by which it is named.
        layer: Digest,
        /// What the config says.
        expected: Digest,
        /// What it is.
        found: Digest,
    },
    /// It holds more than is read.
    #[error("the image cannot be read: {0}")]
    TooMuch(String),
    /// A manifest, an index or a config is not as it should be.
    #[error("{document} cannot be read: {reason}")]
    Document {
        /// Which.
        document: Digest,
        /// What is wrong with it.
        reason: String,
    },
    /// An index has nothing for the platform.
    #[error("the index {index} has no image for {platform}; it has {there}")]
    Platform {
        /// The index.
        index: Digest,
        /// What was looked for.
        platform: String,
        /// What it has.
        there: String,
    },
    /// A layer could not be gone through to its end.
    #[error(transparent)]
    Walk(#[from] LayersError),
    /// A thread of ours ended.
    #[error("the reading broke off, which is a mistake in cooperage: {0}")]
    Broken(String),
    /// The call was cancelled.
    #[error("cancelled")]
    Cancelled,
}
