//! Options of the commands that judge: `check`, `lint`.

use super::Choice;
use clap::Args;
use std::path::PathBuf;

/// Examples of `check`.
pub const CHECK_EXAMPLES: &str = "\
Examples:
  cooperage check images/                              the catalogue as it stands
  cooperage check --base origin/main images/           and what this branch changes
  cooperage check --base origin/main --format github --summary \"$GITHUB_STEP_SUMMARY\" images/
  cooperage check --explain no_new_entry               what a rule is about
  cooperage check --explain all                        every rule";

/// `check`.
#[derive(Args, Debug)]
pub struct CheckOptions {
    /// Also judges what changed since the commit where the branch parted from REV
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,

    /// Also asks the registry whether the versions of new entries are free
    #[arg(long, requires = "base")]
    pub online: bool,

    /// The title of the change, in which CI:DOCS and CI:TOOLING count
    #[arg(long, value_name = "TEXT", requires = "base")]
    pub title: Option<String>,

    /// A label of the change; no_<name> must name an image, and no tooling image; repeatable
    #[arg(long, value_name = "LABEL")]
    pub skip_label: Vec<String>,

    /// The day that timebombs are compared with [default: today, UTC]
    #[arg(long, value_name = "YYYYMMDD")]
    pub today: Option<String>,

    /// Says what a rule is about, with a bad and a good example; all: every rule
    #[arg(long, value_name = "ID", exclusive = true)]
    pub explain: Option<String>,

    /// Writes a table in Markdown
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,

    /// The catalogue
    #[arg(required_unless_present = "explain")]
    pub directory: Option<PathBuf>,
}

/// Examples of `lint`.
pub const LINT_EXAMPLES: &str = "\
Examples:
  cooperage lint images/                               every definition of a catalogue
  cooperage lint --select '*/python3*' images/         some of them
  cooperage lint --file Dockerfile other/Dockerfile    files by themselves
  cooperage lint --engine builtin --format sarif images/ > lint.sarif
  cooperage lint --explain DL3008                      what a rule is about
  cooperage lint --explain all                         every rule";

/// `lint`.
#[derive(Args, Debug)]
pub struct LintOptions {
    /// Which definitions.
    #[command(flatten)]
    pub choice: Choice,

    /// Who judges: builtin or hadolint [default: hadolint where it is found, else builtin]
    #[arg(long, value_name = "NAME")]
    pub engine: Option<String>,

    /// Dockerfiles by themselves, instead of a catalogue
    #[arg(long, value_name = "FILE", num_args = 1..)]
    #[arg(conflicts_with_all = ["directory", "select", "exclude", "with_dependents", "with_dependencies", "changed_since"])]
    pub file: Vec<PathBuf>,

    /// The day that exceptions are compared with [default: today, UTC]
    #[arg(long, value_name = "YYYYMMDD")]
    pub today: Option<String>,

    /// Says what a rule is about, with a bad and a good example; all: every rule
    #[arg(long, value_name = "ID")]
    pub explain: Option<String>,

    /// The catalogue
    #[arg(required_unless_present_any = ["explain", "file"])]
    pub directory: Option<PathBuf>,
}
