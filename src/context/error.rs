//! Why a context cannot be made.

use std::io;
use std::path::PathBuf;

/// Why a context cannot be made. Every variant names the file.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// A file or folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// What was read.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file cannot be copied, or the copy not written.
    #[error("cannot write the copy of {}: {source}", path.display())]
    Copy {
        /// What was copied.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The tar cannot be written.
    #[error("cannot write the build context: {source}")]
    Output {
        /// The system's answer.
        source: io::Error,
    },
    /// A link's target does not exist.
    #[error("the link {} points to {}, which does not exist; remove the link or list it in .dockerignore", link.display(), target.display())]
    Dangling {
        /// The link.
        link: PathBuf,
        /// Its target as written.
        target: PathBuf,
    },
    /// A link points out of the place it may point into.
    #[error("the link {} points to {}, which is outside of {}; copy what it needs into the repository", link.display(), target.display(), boundary.display())]
    Leaves {
        /// The link.
        link: PathBuf,
        /// Its target as written.
        target: PathBuf,
        /// Where it would have to stay.
        boundary: PathBuf,
    },
    /// A link points to a folder that holds it, or to itself.
    #[error("the link {} points to {}, which leads back to the link; remove it or list it in .dockerignore", link.display(), target.display())]
    Loop {
        /// The link.
        link: PathBuf,
        /// Its target as written.
        target: PathBuf,
    },
    /// A link made by `prebuild.sh` names the temporary copy.
    #[error("the link {} points to {}, a path of the temporary copy; make the link relative", link.display(), target.display())]
    IntoCopy {
        /// The link.
        link: PathBuf,
        /// Its target as written.
        target: PathBuf,
    },
    /// A socket, pipe or device.
    #[error("{} is a {kind}, which cannot be sent to an engine; remove it or list it in .dockerignore", path.display())]
    Special {
        /// Where it is.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// A file was changed while it was read.
    #[error("{} changed while it was read; run again when nothing writes to it", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A pattern that Docker would refuse as well.
    #[error("{}:{line}: the pattern \"{pattern}\" cannot be read: {reason}", path.display())]
    Pattern {
        /// The ignore file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The pattern.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// A folder stands where the rendered Dockerfile goes.
    #[error("{} is a folder, but the rendered Dockerfile goes there; rename it", path.display())]
    DockerfileIsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// More entries than anybody means to send.
    #[error("{} holds more than {limit} files and folders, links followed; list what is not needed in .dockerignore", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// How many are allowed.
        limit: usize,
    },
    /// The caller wanted no more.
    #[error("cancelled")]
    Cancelled,
}
