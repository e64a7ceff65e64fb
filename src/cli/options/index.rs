//! Options of `index`.

use super::views::Service;
use super::{Moving, Reports};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Examples of `index`.
pub const INDEX_EXAMPLES: &str = "\
Examples:
  cooperage index validate index/                      every entry, and the repositories they name
  cooperage index plan --base origin/main index/       what a branch changes, in the order of builds
  cooperage index build --base origin/main index/      builds that; of a branch that does not publish nothing is published
  cooperage index fix --dry-run index/                 what could be repaired without a decision";

/// What to do with a container index.
#[derive(Debug, Subcommand)]
pub enum IndexCommand {
    /// Judges an index: its entries, and the repositories they name
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(IndexValidateOptions),
    /// Says which entries a change of the index adds, changes and removes, and what is built on them, in order
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(IndexPlanOptions),
    /// Fetches, lints, builds, tests, scans and publishes what the index names, and tells the owners
    #[command(after_help = BUILD_EXAMPLES)]
    Build(IndexBuildOptions),
    /// Repairs what needs no decision: ids, quotes around tags, misspelt keys, missing usual values
    #[command(after_help = FIX_EXAMPLES)]
    Fix(IndexFixOptions),
}

const BUILD_EXAMPLES: &str = "\
Examples:
  cooperage index build index/                         every entry whose commit is not published yet
  cooperage index build --select 'centos/*' index/
  cooperage index build --base origin/main index/      what a pull request changes, and what is built on it
  cooperage index build --stale index/                 the weekly call: what stands on an image that has moved
  cooperage index build --catalogue images/ --dry-run index/";

const VALIDATE_EXAMPLES: &str = "\
Examples:
  cooperage index validate index/                              every entry, and the repositories they name
  cooperage index validate --schema-only --catalogue images/ index/
  cooperage index validate --changed-since origin/main --format github index/
  cooperage index validate --compatible --format json index/   the original validator's verdicts
  cooperage index validate --explain tag_changes               what a rule is about
  cooperage index validate --explain all                       every rule, those of --compatible last";

const PLAN_EXAMPLES: &str = "\
Examples:
  cooperage index plan --base origin/main index/
  cooperage index plan --base origin/main --resolve --summary \"$GITHUB_STEP_SUMMARY\" index/
  cooperage index plan --base origin/main --for github index/ >> \"$GITHUB_OUTPUT\"
  cooperage --format json index plan --base HEAD^ index/ | jq -r '.entries[].image'";

const FIX_EXAMPLES: &str = "\
Examples:
  cooperage index fix --dry-run index/     shows the changes as a diff
  cooperage index fix index/               makes them; comments and order stay";

/// `index validate`.
#[derive(Args, Debug)]
pub struct IndexValidateOptions {
    /// Gives the original validator's verdicts, its gaps among them: a file that is no YAML passes
    #[arg(long)]
    pub compatible: bool,

    /// Only looks at the files, and fetches no repository
    #[arg(long)]
    pub schema_only: bool,

    /// Only tells of files that changed in git since the branch parted from REV, and of what that broke in others
    #[arg(long, value_name = "REV")]
    pub changed_since: Option<String>,

    /// A catalogue whose images may be parents, too
    #[arg(long, value_name = "DIR", conflicts_with = "compatible")]
    pub catalogue: Option<PathBuf>,

    /// Says what a rule is about, with a bad and a good example; all: every rule
    #[arg(long, value_name = "ID", exclusive = true)]
    pub explain: Option<String>,

    /// The folder that holds index.d, or index.d itself
    #[arg(required_unless_present = "explain")]
    pub index: Option<PathBuf>,
}

/// `index plan`.
#[derive(Args, Debug)]
pub struct IndexPlanOptions {
    /// Compares with the commit where the branch parted from REV, whose configuration counts [default: everything is new]
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,

    /// The branch that is built; only that of cooperage.index.branch publishes [default: the one that is checked out]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,

    /// Asks each repository which commit its branch is at
    #[arg(long)]
    pub resolve: bool,

    /// Prints jobs of a CI service instead: github (strategy.matrix, one line), gitlab (child pipeline) or json
    #[arg(long = "for", value_name = "SERVICE", value_enum, hide_possible_values = true)]
    pub service: Option<Service>,

    /// The file of the repository whose .cooperage the jobs of a GitLab pipeline extend
    #[arg(long, value_name = "PATH", default_value = "/.gitlab/cooperage.yml")]
    pub include: String,

    /// Writes a table in Markdown
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,

    /// The folder that holds index.d, or index.d itself
    pub index: PathBuf,
}

/// `index fix`.
#[derive(Args, Debug)]
pub struct IndexFixOptions {
    /// Only shows what would be changed
    #[arg(long)]
    pub dry_run: bool,

    /// The folder that holds index.d, or index.d itself
    pub index: PathBuf,
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
