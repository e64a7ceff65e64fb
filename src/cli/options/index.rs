//! Options of `index`.

use super::views::Service;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Examples of `index`.
pub const INDEX_EXAMPLES: &str = "\
Examples:
  cooperage index validate index/                      every entry, and the repositories they name
  cooperage index plan --base origin/main index/       what a branch changes, in the order of builds
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
    /// Repairs what needs no decision: ids, quotes around tags, misspelt keys, missing usual values
    #[command(after_help = FIX_EXAMPLES)]
    Fix(IndexFixOptions),
}

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
