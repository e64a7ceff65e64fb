//! Options of `update`.

use super::any_path;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What `--help` shows below the options.
pub const EXAMPLES: &str = "\
Examples:
  cooperage update --reason 'CVE-2026-1 in libc' base images/     base and all that is built on it
  cooperage update --version 22.0.0-1 --reason 'New upstream' node images/
  cooperage update --bump minor --dry-run node images/            what would change, as a tree
  cooperage update --all --date-suffix --exclude '*/legacy*' --commit images/    the weekly rebuild
  cooperage update --stale --reason 'Weekly rebuild' images/      only where a base image moved or inputs changed";

/// `update`.
#[derive(Args, Debug)]
pub struct UpdateOptions {
    /// Why, for the changelogs; several lines are kept [default: what --stale found, or "Rebuild"]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub reason: Option<String>,

    /// The new version of NAME; what depends on it is counted up
    #[arg(id = "new_version", long = "version", value_name = "V", allow_hyphen_values = true, conflicts_with_all = ["bump", "date_suffix", "all", "stale"])]
    pub version: Option<String>,

    /// Raises a part of the version: patch, minor, major (the upstream part, as SemVer) or revision
    #[arg(long, value_name = "PART", value_enum, hide_possible_values = true, conflicts_with_all = ["date_suffix", "stale"])]
    pub bump: Option<BumpPart>,

    /// Who, as "Name <address>" [default: DEBFULLNAME and DEBEMAIL, git, the configuration]
    #[arg(long, value_name = "AUTHOR")]
    pub author: Option<String>,

    /// Every image, instead of NAME
    #[arg(long, conflicts_with = "stale")]
    pub all: bool,

    /// Every published image whose base image has moved or whose inputs changed, instead of NAME; implies --date-suffix
    #[arg(long)]
    pub stale: bool,

    /// New versions end in -YYYYMMDD, in place of an older date, instead of being counted up
    #[arg(long)]
    pub date_suffix: bool,

    /// Not images whose whole reference matches, nor what follows from them; repeatable
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Shows what would change, as a tree, and writes nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Makes one git commit of the written changelogs, and of nothing else
    #[arg(long)]
    pub commit: bool,

    /// The image: its name, or with *, ? or [ in it a pattern of names
    pub name: Option<String>,

    /// The catalogue
    #[arg(default_value = "", hide_default_value = true, value_parser = any_path(), value_hint = clap::ValueHint::DirPath)]
    pub directory: PathBuf,
}

/// What `--bump` raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BumpPart {
    /// The third number.
    Patch,
    /// The second number.
    Minor,
    /// The first number.
    Major,
    /// The Debian revision.
    Revision,
}
