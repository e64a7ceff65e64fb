//! Options of `build`.

use super::{Choice, Moving, Reports};
use clap::Args;
use std::path::PathBuf;

/// Examples of `build`.
pub const BUILD_EXAMPLES: &str = "\
Examples:
  cooperage build images/                              what docker-pkg build does
  cooperage build --select '*/python3*' --with-dependents images/
  cooperage build --changed-since origin/main images/  what a branch changed
  cooperage build --nightly --publish images/          everything under <version>-YYYYMMDD
  cooperage build --no-pull --no-publish images/       offline, from what the engine has
  cooperage --format json build images/ | jq .         one event a line";

/// `build`.
#[derive(Args, Debug, Default)]
pub struct BuildOptions {
    /// Which definitions.
    #[command(flatten)]
    pub choice: Choice,

    /// Builds everything selected under <version>-YYYYMMDD (UTC)
    #[arg(long)]
    pub nightly: bool,

    /// Builds everything selected under <version>-YYYYMMDD-HHMMSS (UTC)
    #[arg(long, conflicts_with = "nightly")]
    pub snapshot: bool,

    /// Pulls nothing: builds from what the engine has
    #[arg(long)]
    pub no_pull: bool,

    /// Lets the engine reuse earlier layers
    #[arg(long)]
    pub use_cache: bool,

    /// Pushes good images, with stored sign-ins or none where no username is configured
    #[arg(long, conflicts_with = "no_publish")]
    pub publish: bool,

    /// Pushes nothing, whatever is configured
    #[arg(long)]
    pub no_publish: bool,

    /// A label of the change: no_NAME skips the image NAME and what needs it; other labels mean nothing; repeatable
    #[arg(long, value_name = "LABEL")]
    pub skip_label: Vec<String>,

    /// Prints what would be done, and why, and does nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Images at once [default: CPUs, at least 4]
    #[arg(short = 'j', long, value_name = "N")]
    pub jobs: Option<u64>,

    /// Starts nothing more after the first failure
    #[arg(long)]
    pub fail_fast: bool,

    /// Which of the engine's builders: auto, buildkit or classic
    #[arg(long, value_name = "BUILDER")]
    pub builder: Option<String>,

    /// The platform to build for, such as linux/arm64
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Option<String>,

    /// How tags move.
    #[command(flatten)]
    pub moving: Moving,

    /// What is written besides.
    #[command(flatten)]
    pub reports: Reports,

    /// The catalogue
    pub directory: PathBuf,
}
