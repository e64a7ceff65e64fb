//! Why nothing came of a cage.

use crate::engine::EngineError;
use std::io;

/// Why nothing came of a cage: the clone is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum CageError {
    /// The image that cages are made of is not there.
    #[error("the image of cages, {image} (cooperage.sandbox.image), cannot be used: {source}")]
    Image {
        /// As the configuration names it.
        image: String,
        /// What is wrong.
        source: EngineError,
    },
    /// The engine went away, or refused.
    #[error("the cage cannot be made: {0}")]
    Engine(#[from] EngineError),
    /// The clone cannot be read or written.
    #[error("{path}: {source}")]
    Tree {
        /// Where.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The clone is larger than a cage.
    #[error("the clone {tree} has {found}, and a cage holds {most}; raise cooperage.sandbox.disk")]
    TooLarge {
        /// The clone.
        tree: String,
        /// How much it has, such as `900 MiB`.
        found: String,
        /// How much fits.
        most: String,
    },
    /// The script wrote more lines than anybody reads.
    #[error("the script was stopped: it wrote more than {} MiB of output", .most >> 20)]
    Flooded {
        /// The limit in bytes.
        most: usize,
    },
    /// The script left something in the clone that cannot come back.
    #[error("the script left {path} in the clone, {what}; nothing of what it did is kept")]
    Left {
        /// The path in the clone.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// The script left more in the clone than fits into a cage.
    #[error("the script left more than {most} in the clone; nothing of what it did is kept")]
    LeftTooMuch {
        /// How much would have been taken.
        most: String,
    },
    /// Moving the clone into the cage or out of it took too long.
    #[error("moving the clone to the engine or back was given up after {seconds} s")]
    Slow {
        /// The limit.
        seconds: u64,
    },
    /// The proxy of the engine cannot listen.
    #[error("the proxy of the engine cannot listen at {path}: {source}")]
    Proxy {
        /// The socket.
        path: String,
        /// What the system says.
        source: io::Error,
    },
}

impl CageError {
    /// Something about a file of the clone.
    pub(super) fn tree(path: impl std::fmt::Display) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_string();
        move |source| Self::Tree { path, source }
    }
}
