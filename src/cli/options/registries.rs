//! Options of `registry`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Examples of `registry`.
pub const REGISTRY_EXAMPLES: &str = "\
Examples:
  cooperage registry list images/                      tags, digests and whose they are
  cooperage registry gc images/                        what would go, and why the rest stays
  cooperage registry gc --delete images/
  cooperage registry inspect registry.example.org/releng/python3:3.11.2-1";

/// What to do with what registries hold.
#[derive(Debug, Subcommand)]
pub enum RegistryCommand {
    /// Lists the tags of the catalogue's repositories: what they hold, and whose they are
    #[command(after_help = LIST_EXAMPLES)]
    List(ListOptions),
    /// Shows one image: platforms, labels, layers, sizes
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(InspectOptions),
    /// Removes tags of the catalogue that nothing needs any more; without --delete it only says which
    #[command(after_help = GC_EXAMPLES)]
    Gc(GcOptions),
    /// Counts what images take in registries, alone and together
    #[command(after_help = USAGE_EXAMPLES)]
    Usage(UsageOptions),
    /// Leaves a stamp on an image that says who used it now; gc honours it
    #[command(after_help = TOUCH_EXAMPLES)]
    Touch(TouchOptions),
}

const LIST_EXAMPLES: &str = "\
Examples:
  cooperage registry list images/
  cooperage registry list --select '*/python3:*' --sizes images/
  cooperage --format json registry list images/ | jq -r '.tags[] | select(.kind == \"foreign\").reference'";

const INSPECT_EXAMPLES: &str = "\
Examples:
  cooperage registry inspect registry.example.org/releng/python3:3.11.2-1
  cooperage registry inspect oci:layouts/python3:3.11.2-1
  cooperage --format json registry inspect registry.example.org/releng/python3 | jq .images[].labels";

const GC_EXAMPLES: &str = "\
Examples:
  cooperage registry gc images/                        what would go, and why the rest stays
  cooperage registry gc --delete images/               marks what nothing needs, removes what was marked for long enough
  cooperage registry gc --keep-from v1.0 --keep-from origin/stable --summary gc.md images/";

const USAGE_EXAMPLES: &str = "\
Examples:
  cooperage registry usage images/
  cooperage --format json registry usage images/ | jq '.images | sort_by(-.own)[:10]'";

const TOUCH_EXAMPLES: &str = "\
Examples:
  cooperage registry touch --build-id 5577006791947779410 --repo example/app registry.example.org/releng/python3:3.11.2-1
  cooperage registry touch --build-id \"$BUILD\" --repo \"$REPO\" --permanent registry.example.org/releng/python3:3.11.2-1";

/// `registry list`.
#[derive(Args, Debug)]
pub struct ListOptions {
    /// Only tags whose whole reference matches; * crosses /, repeatable (any matches)
    #[arg(long, value_name = "GLOB")]
    pub select: Vec<String>,

    /// Not tags whose whole reference matches; repeatable
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Also asks how many bytes each takes
    #[arg(long)]
    pub sizes: bool,

    /// The catalogue
    pub directory: PathBuf,
}

/// `registry inspect`.
#[derive(Args, Debug)]
pub struct InspectOptions {
    /// A reference (without tag and digest: latest), or oci:FOLDER:TAG
    pub reference: String,
}

/// `registry gc`.
#[derive(Args, Debug)]
pub struct GcOptions {
    /// Removes, instead of only saying what would go
    #[arg(long)]
    pub delete: bool,

    /// Versions that the catalogue names at this git revision stay, too; repeatable
    #[arg(long, value_name = "REV")]
    pub keep_from: Vec<String>,

    /// The record of when tags were first seen [default: in the folder for state]
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,

    /// Writes a table in Markdown
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,

    /// The catalogue
    pub directory: PathBuf,
}

/// `registry usage`.
#[derive(Args, Debug)]
pub struct UsageOptions {
    /// The catalogue
    pub directory: PathBuf,
}

/// `registry touch`.
#[derive(Args, Debug)]
pub struct TouchOptions {
    /// The build that used it
    #[arg(long, value_name = "ID")]
    pub build_id: String,

    /// The repository of that build
    #[arg(long, value_name = "NAME")]
    pub repo: String,

    /// It is never to be removed: a release uses it
    #[arg(long)]
    pub permanent: bool,

    /// A reference with a tag or digest, or oci:FOLDER:TAG; repeatable
    #[arg(required = true, value_name = "REFERENCE")]
    pub references: Vec<String>,
}
