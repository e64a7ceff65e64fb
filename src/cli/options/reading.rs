//! Options of the commands that tell what a catalogue holds: `list`, `render`, `explain`.

use super::{Choice, Publishing};
use clap::Args;
use std::path::PathBuf;

/// Examples of `list`.
pub const LIST_EXAMPLES: &str = "\
Examples:
  cooperage list images/
  cooperage list --publish --format json images/ | jq -r '.images[].reason.text'
  cooperage list --offline --format json images/ | jq -r '.images[].reference'";

/// `list`.
#[derive(Args, Debug)]
pub struct ListOptions {
    /// Which definitions.
    #[command(flatten)]
    pub choice: Choice,

    /// Whether a run would push.
    #[command(flatten)]
    pub publishing: Publishing,

    /// Asks neither engine nor registry
    #[arg(long)]
    pub offline: bool,

    /// The catalogue
    pub directory: PathBuf,
}

/// Examples of `render`.
pub const RENDER_EXAMPLES: &str = "\
Examples:
  cooperage render --select '*/python3:*' images/      on the terminal
  cooperage render --output rendered images/           rendered/<path>/Dockerfile for each";

/// `render`.
#[derive(Args, Debug)]
pub struct RenderOptions {
    /// Which definitions.
    #[command(flatten)]
    pub choice: Choice,

    /// Writes DIR/<path>/Dockerfile for each instead of printing
    #[arg(short = 'o', long, value_name = "DIR")]
    pub output: Option<PathBuf>,

    /// The catalogue
    pub directory: PathBuf,
}

/// Examples of `explain`.
pub const EXPLAIN_EXAMPLES: &str = "\
Examples:
  cooperage explain python3 images/
  cooperage explain --publish python3 images/          as `cooperage build --publish` decides
  cooperage explain --format json python3 images/";

/// `explain`.
#[derive(Args, Debug)]
pub struct ExplainOptions {
    /// The name of a definition
    pub image: String,

    /// Whether a run would push.
    #[command(flatten)]
    pub publishing: Publishing,

    /// Asks neither engine nor registry
    #[arg(long)]
    pub offline: bool,

    /// The catalogue
    pub directory: PathBuf,
}
