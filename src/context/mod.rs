//! What is sent to the engine: the definition's folder with links resolved, the rendered Dockerfile, less what
//! `.dockerignore` leaves out, as a tar that is the same byte for byte whenever it is made.
//!
//! `docs/context.md` has the rules. This room runs nothing: `prebuild.sh` is the caller's, between [`stage`] and
//! [`write_tar`]. All calls block.

mod error;
mod hash;
mod ignore;
mod pattern;
mod stage;
mod tarball;
mod walk;

#[cfg(test)]
mod ignore_tests;
#[cfg(test)]
mod tests;

pub use error::ContextError;
pub use hash::content_hash;
pub use ignore::Ignore;
pub use stage::{Staged, stage};
pub use tarball::{ContextStats, write_tar};

/// The script that may change the copy before it is sent.
pub const PREBUILD: &str = "prebuild.sh";
