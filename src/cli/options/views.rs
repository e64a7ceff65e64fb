//! Options of the commands that show a catalogue's shape: `graph`, `tree`, `matrix`.

use super::{Choice, any_path};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Examples of `graph`.
pub const GRAPH_EXAMPLES: &str = "\
Examples:
  cooperage graph --as svg --output graph.svg images/
  cooperage graph --as mermaid --select '*/python3:*' --with-dependents images/
  cooperage graph images/ | jq -r '.critical_path[]'    the longest chain, parents first";

/// Examples of `tree`.
pub const TREE_EXAMPLES: &str = "\
Examples:
  cooperage tree images/                    everything, from the parents down
  cooperage tree python3 images/            python3 and what needs it
  cooperage tree --needs python3 images/    python3 and what it needs";

/// Examples of `matrix`.
pub const MATRIX_EXAMPLES: &str = "\
Examples:
  cooperage matrix --for github images/                    one job for each group that hangs together
  cooperage matrix --for gitlab --per image --publish images/ > pipeline.yml
  cooperage matrix images/ | jq -r '.jobs[].arguments'     what each job gives to `cooperage build`";

/// `graph`.
#[derive(Args, Debug)]
pub struct GraphOptions {
    /// json, dot (Graphviz), mermaid or svg
    #[arg(long = "as", value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    pub language: Language,

    /// Writes FILE instead of printing
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Asks engine and registry, and colours images by where they are
    #[arg(long)]
    pub presence: bool,

    /// Which definitions.
    #[command(flatten)]
    pub choice: Choice,

    /// The catalogue
    pub directory: PathBuf,
}

/// The languages of `graph`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// The document.
    #[default]
    Json,
    /// Graphviz.
    Dot,
    /// Flowcharts in Markdown.
    Mermaid,
    /// A picture.
    Svg,
}

/// `tree`.
#[derive(Args, Debug)]
pub struct TreeOptions {
    /// Only this definition and what needs it
    pub name: Option<String>,

    /// From the children up: what NAME, or everything, needs
    #[arg(long)]
    pub needs: bool,

    /// As many levels below the first
    #[arg(long, value_name = "N")]
    pub depth: Option<usize>,

    /// The catalogue
    #[arg(default_value = "", hide_default_value = true, value_parser = any_path(), value_hint = clap::ValueHint::DirPath)]
    pub directory: PathBuf,
}

/// `matrix`.
#[derive(Args, Debug)]
pub struct MatrixOptions {
    /// github (strategy.matrix, one line), gitlab (child pipeline) or json
    #[arg(long = "for", value_name = "SERVICE", value_enum, default_value_t, hide_possible_values = true)]
    pub service: Service,

    /// One job a group of images that hang together, or an image
    #[arg(long, value_name = "group|image", value_enum, default_value_t, hide_possible_values = true)]
    pub per: Per,

    /// At most N jobs a level; more are put together [default: 256 for github, its limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_jobs: Option<u32>,

    /// The file of the repository whose .cooperage the jobs of a GitLab pipeline extend
    #[arg(long, value_name = "PATH", default_value = "/.gitlab/cooperage.yml")]
    pub include: String,

    /// Plans with everything selected built under <version>-YYYYMMDD (UTC)
    #[arg(long)]
    pub nightly: bool,

    /// Plans without pulling anything
    #[arg(long)]
    pub no_pull: bool,

    /// Plans with good images pushed
    #[arg(long, conflicts_with = "no_publish")]
    pub publish: bool,

    /// Plans with nothing pushed
    #[arg(long)]
    pub no_publish: bool,

    /// A label of the change: no_NAME leaves out the image NAME and what needs it; other labels mean nothing; repeatable
    #[arg(long, value_name = "LABEL")]
    pub skip_label: Vec<String>,

    /// Which definitions.
    #[command(flatten)]
    pub choice: Choice,

    /// The catalogue
    pub directory: PathBuf,
}

/// The CI services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Service {
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
    /// The document.
    #[default]
    Json,
}

/// How a plan is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Per {
    /// What hangs together stays together.
    #[default]
    Group,
    /// Each image on its own.
    Image,
}
