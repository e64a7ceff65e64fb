//! Options of the commands that say what becomes of published images: `promote`.

use clap::Args;
use std::path::PathBuf;

/// Examples of `promote`.
pub const PROMOTE_EXAMPLES: &str = "\
Examples:
  cooperage promote --dry-run images/                             what the catalogue's images would be named
  cooperage promote --dry-run --from-record run.json images/      only what passed in that run, by digest
  cooperage promote --dry-run --images built.yaml --commit \"$(git rev-parse HEAD)\" images/
  cooperage --format json promote --dry-run images/ | jq -r '.moves[].reference'";

/// `promote`.
#[derive(Args, Debug)]
pub struct PromoteOptions {
    /// Prints what would be promoted, and why something would not
    #[arg(long, required = true)]
    pub dry_run: bool,

    /// The images of the job, instead of the catalogue's: a YAML list of names, or of maps with name, optional, source
    /// and digest; asks no registry
    #[arg(long, value_name = "FILE", conflicts_with = "from_record")]
    pub images: Option<PathBuf>,

    /// Promotes what passed in a run, by the digests in its record
    #[arg(long, value_name = "FILE")]
    pub from_record: Option<PathBuf>,

    /// When, as YYYYMMDDhhmmss, for the names of backups [default: now, UTC]
    #[arg(long, value_name = "T")]
    pub timestamp: Option<String>,

    /// The commit for tags by commit [default: promotion_context.commit, or the revision of the record]
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,

    /// Asks no registry
    #[arg(long)]
    pub offline: bool,

    /// The catalogue
    pub directory: PathBuf,
}
