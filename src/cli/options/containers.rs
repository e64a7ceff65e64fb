//! Options of the commands that run one container: `debug` and `try`.

use clap::Args;
use std::path::PathBuf;

/// Examples of `debug`.
pub const DEBUG_EXAMPLES: &str = "\
Examples:
  cooperage debug python3 images/                a shell in python3, this folder at /src
  cooperage debug --tag 3.10.1 python3 images/   in an older version
  cooperage debug python3 images/ -- python3 -V  one command instead of the shell

Exit codes: that of the shell or command; 125 when it could not be run; 130 when the call was interrupted.";

/// Examples of `try`.
pub const TRY_EXAMPLES: &str = "\
Examples:
  cooperage try tox images/                                what the image does, with this folder at /src
  cooperage try --src ../project --env-file ci.env tox images/ -- -e py311
  cooperage try --writable --log out/log --cache ~/.cache/ci tox images/

Exit codes: that of the container; 125 when it could not be run; 130 when the call was interrupted.";

/// What both commands run.
#[derive(Args, Debug)]
pub struct Image {
    /// The name of a definition
    pub image: String,

    /// The catalogue
    #[arg(default_value = ".")]
    pub directory: PathBuf,

    /// Another version than the current one; it is pulled where the engine does not have it
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,

    /// The folder that the container sees as /src
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub src: PathBuf,
}

/// `debug`.
#[derive(Args, Debug)]
pub struct DebugOptions {
    /// What to run.
    #[command(flatten)]
    pub image: Image,

    /// What to run instead of a shell
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<String>,
}

/// `try`.
#[derive(Args, Debug)]
pub struct TryOptions {
    /// What to run.
    #[command(flatten)]
    pub image: Image,

    /// Variables of the container, one KEY=VALUE a line; KEY alone takes ours
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,

    /// Lets the container write to /src
    #[arg(long)]
    pub writable: bool,

    /// The folder that the container sees as /log
    #[arg(long, value_name = "DIR", default_value = "log")]
    pub log: PathBuf,

    /// The folder that the container sees as /cache
    #[arg(long, value_name = "DIR", default_value = "cache")]
    pub cache: PathBuf,

    /// What the entry point is given instead of the image's command
    #[arg(last = true, value_name = "ARGS")]
    pub arguments: Vec<String>,
}
