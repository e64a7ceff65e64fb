//! Why a layer cannot be read.

/// Why a layer cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Its bytes did not come, or are no tar.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Nobody could keep so many.
    #[error("it holds more than {files} files, {folders} folders of their paths or {} MiB of names, which is more than is read", .names >> 20)]
    TooMuch {
        /// The most files.
        files: usize,
        /// The most bytes of names.
        names: usize,
        /// The most folders of paths.
        folders: usize,
    },
    /// What is large is kept in a folder for temporary files, where there is no place.
    #[error("a file of the layer cannot be kept in {folder}: {reason}")]
    Spool {
        /// The folder.
        folder: String,
        /// What the system says.
        reason: String,
    },
}
