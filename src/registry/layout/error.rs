//! Why a layout cannot be used.

use std::path::Path;

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
    #[error("{path} is no OCI layout: {reason}; name a layout, or an empty or new folder to write one")]
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
    /// An engine's archive cannot be taken over.
    #[error("the engine's archive of {image} cannot be read: {reason}")]
    Archive {
        /// The image's id.
        image: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl LayoutError {
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), reason: error.to_string() }
    }

    pub(super) fn damaged(path: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged { path: path.display().to_string(), reason: reason.into() }
    }
}
