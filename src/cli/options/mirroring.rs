//! Options of `mirror`.

use clap::Args;
use std::path::PathBuf;

/// Examples of `mirror`.
pub const MIRROR_EXAMPLES: &str = "\
Examples:
  cooperage mirror quay.example.org/ci/boskos:latest registry.example.org/mirror/boskos:latest
  cooperage mirror --tags '4.*' quay.example.org/ci/tool registry.example.org/mirror/tool
  cooperage mirror registry.example.org/releng/python3:3.11.2-1 oci:layouts/python3
  cooperage mirror --list --keep-alive                 what cooperage.mirror of the configuration says
  cooperage mirror --list --select '*/boskos:*' --dry-run";

/// `mirror`.
#[derive(Args, Debug)]
pub struct MirrorOptions {
    /// Copies what cooperage.mirror of the configuration lists
    #[arg(long, conflicts_with_all = ["from", "to"])]
    pub list: bool,

    /// Only images whose whole source or destination matches; * crosses /, repeatable (any matches)
    #[arg(long, value_name = "GLOB")]
    pub select: Vec<String>,

    /// Of whole repositories, only tags that match; repeatable (any matches)
    #[arg(long, value_name = "GLOB")]
    pub tags: Vec<String>,

    /// When a tag moves, its old digest stays under <YYYYMMDDhhmmss>_prune_<tag>
    #[arg(long)]
    pub keep_alive: bool,

    /// Lets sources of the list be on Docker Hub
    #[arg(long, requires = "list")]
    pub docker_hub: bool,

    /// Prints what would be copied, and writes nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Writes a table in Markdown
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,

    /// An image or a repository, or oci:FOLDER[:TAG]
    #[arg(required_unless_present = "list", requires = "to")]
    pub from: Option<String>,

    /// Where it goes: the same
    #[arg(required_unless_present = "list")]
    pub to: Option<String>,
}
