//! What can be wrong with an archive.

/// An archive that cannot be read to its end, or is none.
#[derive(Debug, thiserror::Error)]
pub enum LayersError {
    /// The bytes did not come, or are no tar.
    #[error("the image's archive cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// It does not hold what it must.
    #[error("the image's archive is not as it should be: {0}")]
    Damaged(String),
    /// What is to be kept does not fit.
    #[error("the files to look into have more than {0} MiB in all")]
    TooMuch(u64),
}
