//! Options of the commands that look after the engine's images: `prune`.

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
