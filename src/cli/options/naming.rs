//! Options of the commands about where images go: `where`, `whose`.

use clap::Args;
use std::path::PathBuf;

/// Examples of `where`.
pub const WHERE_EXAMPLES: &str = "\
Examples:
  cooperage where images/                                every name of every image; asks nobody
  cooperage where --select '*/python3:*' images/
  cooperage where --format json images/ | jq -r '.images[].references[] | .pull_reference // .reference'

Exits with 1 when names collide or cannot be, and with the names that are sound on stdout.";

/// Examples of `whose`.
pub const WHOSE_EXAMPLES: &str = "\
Examples:
  cooperage whose quay.example.org/openshift/ci:releng_python3_1.2 images/
  cooperage whose quay-proxy.example.org/openshift/ci:releng_python3_latest images/    as it is pulled
  cooperage whose quay.example.org/openshift/ci:20240603235401_prune_releng_python3_latest images/

Exits with 1 when the reference belongs to no image of the catalogue.";

/// `where`.
#[derive(Args, Debug)]
pub struct WhereOptions {
    /// Only images whose whole reference in the engine matches; * crosses /, repeatable (any matches)
    #[arg(long, value_name = "GLOB")]
    pub select: Vec<String>,

    /// Not images whose whole reference in the engine matches; repeatable
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// The catalogue
    pub directory: PathBuf,
}

/// `whose`.
#[derive(Args, Debug)]
pub struct WhoseOptions {
    /// A reference as it is pushed or pulled, or oci:FOLDER:TAG
    pub reference: String,

    /// The catalogue
    pub directory: PathBuf,
}
