//! What registries hold of a catalogue, and removing what nothing needs any more.

mod delete;
mod estate;
mod gc;
mod holdings;
mod look;
mod owners;
mod place;
mod releases;
mod shared;

pub use estate::{Estate, estate};
pub use gc::{GcOptions, GcReport, GcRow, gc};
pub use holdings::{Holding, Holdings, holdings};
pub use owners::owners;
pub use place::{record_place, state_folder};
pub use releases::releases;
pub use shared::{Counted, Shared, shared};

use crate::git::GitError;
use crate::publish::retain::RecordError;
use crate::registry::RegistryError;
use crate::run::work::prepare::RunError;

/// Why nothing could be told of what registries hold, or nothing removed.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// A registry gave no clear answer.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A list of tags lacks one that is there.
    #[error("the list of the tags of {repository} is not whole: it lacks {tag}, which is there; nothing was removed")]
    NotWhole {
        /// The repository.
        repository: String,
        /// A tag that the list lacks.
        tag: String,
    },
    /// The record of gc cannot be used.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// There is no place for the record.
    #[error("there is no folder for state, so nothing is known of the age of tags; set HOME, or name a file with --state")]
    NoState,
    /// Git does not answer.
    #[error(transparent)]
    Git(#[from] GitError),
    /// `--keep-from` outside of git.
    #[error("{directory} is not in a git repository, so there is no revision {revision}")]
    NotInGit {
        /// The catalogue.
        directory: String,
        /// What was asked for.
        revision: String,
    },
    /// A changelog of a revision that counts cannot be read.
    #[error("{path} at {revision} cannot be read, so it is not known which version counts there: {reason}")]
    Changelog {
        /// The revision.
        revision: String,
        /// The file, from the top of the work tree.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Anything that any run can meet.
    #[error(transparent)]
    Run(#[from] RunError),
}
