//! Options of `index`.

use super::views::Service;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Examples of `index`.
pub const INDEX_EXAMPLES: &str = "\
Examples:
  cooperage index plan --base origin/main index/       what a branch changes, in the order of builds
  cooperage index fix --dry-run index/                 what could be repaired without a decision";

/// What to do with a container index.
#[derive(Debug, Subcommand)]
pub enum IndexCommand {
    /// Says which entries a change of the index adds, changes and removes, and what is built on them, in order
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(IndexPlanOptions),
    /// Repairs what needs no decision: ids, quotes around tags, misspelt keys, missing usual values
    #[command(after_help = FIX_EXAMPLES)]
    Fix(IndexFixOptions),
}

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
