//! Options of the commands that say what becomes of published images: `promote`, `rollback`, `yank`.

use super::Reports;
use clap::Args;
use std::path::PathBuf;

/// Examples of `promote`.
pub const PROMOTE_EXAMPLES: &str = "\
Examples:
  cooperage promote --dry-run images/                             what the catalogue's images would be named
  cooperage promote --from-record run.json images/                only what passed in that run, by digest
  cooperage promote --images built.yaml --commit HEAD images/
  cooperage --format json promote images/ | jq -r 'select(.kind == \"tags_settled\") | .tags[] | select(.outcome == \"to_set\")'
  cooperage promote --resume images/                              finishes the names of a call that was killed";

/// `promote`.
#[derive(Args, Debug)]
pub struct PromoteOptions {
    /// Prints what would be promoted, and why something would not
    #[arg(long)]
    pub dry_run: bool,

    /// Only gives the names that a killed call left in its journal
    #[arg(long, conflicts_with_all = ["images", "from_record", "offline", "timestamp", "commit"])]
    pub resume: bool,

    /// The images of the job, instead of the catalogue's: a YAML list of names, or of maps with name, optional, source
    /// and digest; a dry run asks no registry for them
    #[arg(long, value_name = "FILE", conflicts_with = "from_record")]
    pub images: Option<PathBuf>,

    /// Promotes what passed in a run, by the digests in its record
    #[arg(long, value_name = "FILE")]
    pub from_record: Option<PathBuf>,

    /// When, as YYYYMMDDhhmmss, for the names of backups [default: now, UTC]
    #[arg(long, value_name = "T")]
    pub timestamp: Option<String>,

    /// The commit for tags by commit: an id, or what git knows, such as HEAD [default: promotion_context.commit, or the revision of the record]
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,

    /// Asks no registry; only in a dry run
    #[arg(long, requires = "dry_run")]
    pub offline: bool,

    /// Reports.
    #[command(flatten)]
    pub reports: Reports,

    /// The catalogue
    pub directory: PathBuf,
}

/// Examples of `rollback`.
pub const ROLLBACK_EXAMPLES: &str = "\
Examples:
  cooperage rollback --dry-run base images/                       what would move, and where to
  cooperage rollback --reason 'breaks TLS' --yank base images/    to the newest older version; builds pass over this one
  cooperage rollback --to 1.0-s1 base images/";

/// `rollback`.
#[derive(Args, Debug)]
pub struct RollbackOptions {
    /// The version [default: the newest older one that is published everywhere and not yanked]
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,

    /// Why, for the record and the mark of --yank
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,

    /// Also yanks the version that is rolled back from, so that nothing moves forward to it again
    #[arg(long)]
    pub yank: bool,

    /// Prints what would move, and does nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Moves a tag also to an image that serves fewer platforms
    #[arg(long)]
    pub drop_platforms: bool,

    /// Reports.
    #[command(flatten)]
    pub reports: Reports,

    /// The image
    pub image: String,

    /// The catalogue
    pub directory: PathBuf,
}

/// Examples of `yank`.
pub const YANK_EXAMPLES: &str = "\
Examples:
  cooperage yank --reason 'breaks TLS' --commit base 1.0-s2 images/
  cooperage yank --undo base 1.0-s2 images/";

/// `yank`.
#[derive(Args, Debug)]
pub struct YankOptions {
    /// Takes the mark away
    #[arg(long)]
    pub undo: bool,

    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,

    /// Makes one git commit of the file yanked, and of nothing else
    #[arg(long)]
    pub commit: bool,

    /// The image
    pub image: String,

    /// The version
    pub version: String,

    /// The catalogue
    pub directory: PathBuf,
}
