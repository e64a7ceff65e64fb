//! Why an image was not published.

use crate::engine::EngineError;
use crate::name::Digest;
use crate::registry::{CopyError, CredentialsError, LayoutError, RegistryError};

/// Why an image was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Somebody published another image under this tag; it is left alone.
    #[error(
        "{location} is published already with another image ({found}), which is never overwritten; give the definition a new changelog entry"
    )]
    Taken {
        /// The version tag.
        location: String,
        /// What stands there.
        found: Digest,
    },
    /// The version stands there, and the destination's `on_existing` is `fail`.
    #[error("{location} is published already ({found}), and on_existing of destination {destination} is fail")]
    Exists {
        /// The version tag.
        location: String,
        /// What stands there.
        found: Digest,
        /// Where.
        destination: String,
    },
    /// The version stands there, but not whole.
    #[error(
        "{location} is published with {digest}, but {missing} is not there; publish it again to another registry, or ask who runs this one"
    )]
    Broken {
        /// The version tag.
        location: String,
        /// What stands there.
        digest: Digest,
        /// What its repository does not have.
        missing: String,
    },
    /// Two destinations hold the version with different manifests.
    #[error(
        "one version stands under two digests: {one} holds {first}, {other} holds {second}; remove the wrong one, or give the definition a new changelog entry"
    )]
    TwoDigests {
        /// A version tag.
        one: String,
        /// What stands there.
        first: Digest,
        /// Another.
        other: String,
        /// What stands there.
        second: Digest,
    },
    /// What stands in the registry after the push is not what was tested.
    #[error("lost_race: {location} now holds {found}, not the tested image {expected}; somebody else pushed at the same moment")]
    LostRace {
        /// The version tag.
        location: String,
        /// The digest that was expected: of the config or of the manifest.
        expected: Digest,
        /// The digest that was found.
        found: String,
    },
    /// Neither the engine nor a destination has it.
    #[error("{name} ({wanted}) is nowhere to be found any more: {searched}")]
    Gone {
        /// The definition.
        name: String,
        /// Its id or digest.
        wanted: String,
        /// Where it was looked for.
        searched: String,
    },
    /// The engine did not push.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The registry did not answer clearly.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A copy broke off.
    #[error(transparent)]
    Copy(Box<CopyError>),
    /// The layout on disk cannot be used.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The sign-in cannot be read.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The lock that keeps two runs apart could not be taken.
    #[error("the lock of the reference cannot be taken in {folder}: {source}")]
    Lock {
        /// The folder of the locks.
        folder: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Interrupted.
    #[error("cancelled")]
    Cancelled,
}

impl From<CopyError> for PublishError {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Cancelled => Self::Cancelled,
            other => Self::Copy(Box::new(other)),
        }
    }
}
