//! Options of `index`.

use super::{Moving, Reports};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Examples of `index`.
pub const INDEX_EXAMPLES: &str = "\
Examples:
  cooperage index validate index/                      what a pull request to the index is judged by
  cooperage index plan --base origin/main index/       what it would build, and why
  cooperage index build --base origin/main index/      builds that, cages the projects' code, publishes nothing of a branch
  cooperage index build --stale index/                 what stands on an image that has moved";

/// Examples of `index build`.
pub const INDEX_BUILD_EXAMPLES: &str = "\
Examples:
  cooperage index build index/                         every entry whose commit is not published yet
  cooperage index build --select 'centos/*' index/
  cooperage index build --base origin/main index/      what a pull request changes, and what is built on it
  cooperage index build --stale index/                 the weekly call: what stands on an image that has moved
  cooperage index build --catalogue images/ --dry-run index/";

/// `index`: its commands.
#[derive(Debug, Subcommand)]
pub enum IndexCommand {
    /// Fetches, lints, builds, tests, scans and publishes what the index names, and tells the owners
    #[command(after_help = INDEX_BUILD_EXAMPLES)]
    Build(IndexBuildOptions),
}

/// `index build`.
#[derive(Args, Debug)]
pub struct IndexBuildOptions {
    /// Only entries whose namespace/name:tag matches; * crosses /, repeatable (any matches)
    #[arg(long, value_name = "GLOB")]
    pub select: Vec<String>,

    /// Not entries whose namespace/name:tag matches; repeatable
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// And every entry that is built on a chosen one
    #[arg(long)]
    pub with_dependents: bool,

    /// Only entries that REV has not, or has otherwise, and those that are built on them
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,

    /// Only entries that are published and stand on a base image or parent that has moved since
    #[arg(long)]
    pub stale: bool,

    /// A catalogue whose images entries may be built on; those it needs are built, too
    #[arg(long, value_name = "DIRECTORY")]
    pub catalogue: Option<PathBuf>,

    /// Runs scripts of the projects on this machine, as you, and not in a cage
    #[arg(long)]
    pub allow_host_scripts: bool,

    /// Pulls nothing: builds from what the engine has
    #[arg(long)]
    pub no_pull: bool,

    /// Pushes good images, with stored sign-ins or none where no username is configured
    #[arg(long, conflicts_with = "no_publish")]
    pub publish: bool,

    /// Pushes nothing, whatever is configured
    #[arg(long)]
    pub no_publish: bool,

    /// Prints what would be done, and why; repositories are fetched, nothing of them is run
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

    /// How tags move.
    #[command(flatten)]
    pub moving: Moving,

    /// What is written besides.
    #[command(flatten)]
    pub reports: Reports,

    /// The index: the folder that holds index.d, or index.d itself
    #[arg(value_name = "INDEX")]
    pub index: PathBuf,
}
