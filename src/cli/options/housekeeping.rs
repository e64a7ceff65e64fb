//! Options of the commands that look after the engine's images: `prune`, `pull`.

use super::{Choice, Reports};
use clap::Args;
use std::path::PathBuf;

/// Examples of `prune`.
pub const PRUNE_EXAMPLES: &str = "\
Examples:
  cooperage prune --dry-run images/            what would go, why, and what that frees
  cooperage prune --keep 2 images/             the current version and the two before it stay
  cooperage prune --nightly 20261120 images/   only tags of that night stay";

/// `prune`.
#[derive(Args, Debug)]
pub struct PruneOptions {
    /// Only images whose whole reference matches; * crosses /, repeatable (any matches)
    #[arg(long, value_name = "GLOB")]
    pub select: Vec<String>,

    /// Not images whose whole reference matches; repeatable
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Removes all tags but those that end in -ID, the current versions too
    #[arg(long, value_name = "ID")]
    pub nightly: Option<String>,

    /// Keeps the N newest other versions of each image
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub keep: usize,

    /// Removes what the registry does not have, too
    #[arg(long)]
    pub unpublished: bool,

    /// Prints what would be removed, and why, and does nothing
    #[arg(long)]
    pub dry_run: bool,

    /// The catalogue
    pub directory: PathBuf,
}

/// Examples of `pull`.
pub const PULL_EXAMPLES: &str = "\
Examples:
  cooperage pull --select '*/python3:*' images/        the current version, if the engine does not have it
  cooperage pull --parents-of '*/python3:*' images/    what a build of python3 would pull
  cooperage pull --record pulled.json images/          and which digests that were, as JSON";

/// `pull`.
#[derive(Args, Debug)]
pub struct PullOptions {
    /// Which definitions.
    #[command(flatten)]
    pub choice: Choice,

    /// Pulls what a build of the images that match would pull: published parents and base images; repeatable
    #[arg(long, value_name = "GLOB", conflicts_with_all = ["select", "exclude", "with_dependents", "with_dependencies", "changed_since"])]
    pub parents_of: Vec<String>,

    /// What is written besides.
    #[command(flatten)]
    pub reports: Reports,

    /// The catalogue
    pub directory: PathBuf,
}
