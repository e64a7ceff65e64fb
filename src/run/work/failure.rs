//! How a step of an image can go wrong, and what that means for the run.

use crate::context::ContextError;
use crate::engine::EngineError;
use crate::publish::PublishError;
use crate::registry::RegistryError;
use crate::sandbox::SandboxError;

/// What a failure means for the other images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Only this image and its descendants.
    Image,
    /// Engine or registry is gone or refuses us: the run stops.
    Run,
    /// The run was interrupted.
    Cancelled,
}

/// A step that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What was wrong and what to do.
    pub message: String,
    /// What it means for the others.
    pub scope: Scope,
}

impl Failure {
    /// A failure of one image.
    pub fn of(message: impl Into<String>) -> Self {
        Self { message: message.into(), scope: Scope::Image }
    }

    /// An interruption.
    pub fn cancelled() -> Self {
        Self { message: "interrupted".to_owned(), scope: Scope::Cancelled }
    }

    fn stops_the_run(message: String) -> Self {
        Self { message, scope: Scope::Run }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let message = error.to_string();
        match error {
            EngineError::Cancelled => Self::cancelled(),
            EngineError::Unreachable { .. } | EngineError::Denied { .. } => Self::stops_the_run(message),
            _ => Self::of(message),
        }
    }
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        let message = error.to_string();
        match error {
            RegistryError::NotFound { .. } | RegistryError::WrongDigest { .. } => Self::of(message),
            _ => Self::stops_the_run(message),
        }
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Cancelled => Self::cancelled(),
            PublishError::Engine(error) => error.into(),
            PublishError::Registry(error) => error.into(),
            other => Self::of(other.to_string()),
        }
    }
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        Self::of(error.to_string())
    }
}

impl From<ContextError> for Failure {
    fn from(error: ContextError) -> Self {
        Self::of(error.to_string())
    }
}
