//! Options of `publish`.

use super::{Choice, Moving, Reports};
use clap::Args;
use std::path::PathBuf;

/// Examples of `publish`.
pub const PUBLISH_EXAMPLES: &str = "\
Examples:
  cooperage publish images/                            copies what some destinations lack, moves floating tags
  cooperage publish --dry-run images/                  what would be sent, moved and kept
  cooperage build --no-publish --record run.json images/ && cooperage publish --from-record run.json images/
  cooperage publish --resume images/                   finishes the tags of a run that was killed";

/// `publish`.
#[derive(Args, Debug)]
pub struct PublishOptions {
    /// Which definitions.
    #[command(flatten)]
    pub choice: Choice,

    /// Publishes what a run's record says was built, published or reused; builds and tests nothing
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub from_record: Option<PathBuf>,

    /// Only moves the tags that a killed run left in its journal
    #[arg(long)]
    pub resume: bool,

    /// Prints what would be sent, moved and kept, and why, and does nothing
    #[arg(long)]
    pub dry_run: bool,

    /// How tags move.
    #[command(flatten)]
    pub moving: Moving,

    /// Reports.
    #[command(flatten)]
    pub reports: Reports,

    /// The catalogue
    pub directory: PathBuf,
}
