//! Options of the command line, parsed and not yet resolved: the call, and one file for each group of commands.

mod build;
pub mod checks;
mod command;
pub mod containers;
pub mod housekeeping;
pub mod index;
pub mod mirroring;
pub mod naming;
mod program;
pub mod promotions;
pub mod publishing;
mod reading;
pub mod registries;
mod shared;
pub mod sbom;
pub mod scanning;
pub mod sign_in;
pub mod testing;
mod update;
pub mod views;

pub use build::BuildOptions;
pub use command::Command;
pub use program::{ConfigCommand, ManOptions, Shell};
pub use reading::{ExplainOptions, ListOptions, RenderOptions};
pub use shared::{Choice, Moving, Publishing, Reports};
pub use update::{BumpPart, UpdateOptions};

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cooperage build images/                    build, test and publish what is missing
  cooperage build --dry-run images/          what would be done, and why
  cooperage -c ci.yaml build --select '*/python3:*' images/
  cooperage list --offline images/           what the catalogue holds; asks nobody
  cooperage explain python3 images/          why an image is or is not built
  cooperage update --reason 'CVE-2026-1' base images/    new changelog entries, also for what depends on it

Exit codes: 0 done or nothing to do; 1 an image failed or a check found errors; 2 the call, the configuration
or the catalogue is wrong; 3 engine or registry cannot be reached or give no clear answer; 130 interrupted.";

/// The heading of the options that every command takes.
const EVERYWHERE: &str = "Options of every command";

/// Keeps a catalogue of container images healthy.
#[derive(Debug, Parser)]
#[command(name = "cooperage", version, about, after_help = EXAMPLES, max_term_width = 110)]
pub struct Call {
    /// The configuration file [default: config.yaml, where it exists]
    #[arg(short = 'c', long, value_name = "FILE", global = true, help_heading = EVERYWHERE)]
    pub configfile: Option<PathBuf>,

    /// Shows what builds and tests write
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub info: bool,

    /// Shows every step as well
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub debug: bool,

    /// human or json: one JSON document, or one event a line on commands that run things; on `check`,
    /// `lint` and `index validate` sarif or github, on `scan` sarif, too
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, global = true, help_heading = EVERYWHERE)]
    pub format: Format,

    /// Colours: auto (on a terminal; NO_COLOR is honoured), always or never
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, global = true, help_heading = EVERYWHERE)]
    pub color: Color,

    /// Where the engine is, such as unix:///run/podman/podman.sock [default: COOPERAGE_ENGINE, DOCKER_HOST, the
    /// docker context, the usual sockets]
    #[arg(long, value_name = "URL", global = true, help_heading = EVERYWHERE)]
    pub engine: Option<String>,

    /// A registry (host:port) that may speak HTTP or hold an untrusted certificate; repeatable
    #[arg(long, value_name = "HOST", global = true, help_heading = EVERYWHERE)]
    pub insecure_registry: Vec<String>,

    /// Stored sign-ins to use instead of the usual files
    #[arg(long, value_name = "FILE", global = true, help_heading = EVERYWHERE)]
    pub authfile: Option<PathBuf>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Call {
    /// Reads the call.
    ///
    /// # Errors
    /// What clap has to say of it, help and version too.
    pub fn read() -> Result<Self, clap::Error> {
        let mut call = Self::try_parse()?;
        match &mut call.command {
            Command::Update(options) => last_is_directory("update", &mut options.name, &mut options.directory)?,
            Command::Tree(options) => last_is_directory("tree", &mut options.name, &mut options.directory)?,
            _ => {}
        }
        Ok(call)
    }

    /// Whether a call that cannot be parsed names a verb whose exit code is a container's.
    pub fn runs_a_container() -> bool {
        let parsed = Self::command().ignore_errors(true).try_get_matches();
        parsed.is_ok_and(|matches| matches.subcommand_name().is_some_and(|verb| ["debug", "try"].contains(&verb)))
    }
}

/// Any path, the empty one too, which clap's own reader of paths refuses even as a default.
pub fn any_path() -> impl clap::builder::TypedValueParser<Value = PathBuf> {
    use clap::builder::TypedValueParser as _;
    clap::builder::OsStringValueParser::new().map(PathBuf::from)
}

/// Of `[NAME] <DIRECTORY>` the last word is the directory. clap's own way to say so refuses options between the two.
fn last_is_directory(verb: &str, name: &mut Option<String>, directory: &mut PathBuf) -> Result<(), clap::Error> {
    if directory.as_os_str().is_empty() {
        let missing = || {
            let mut all = Call::command();
            let message = "the DIRECTORY of the catalogue is missing";
            let command = all.find_subcommand_mut(verb).map(std::mem::take).unwrap_or_default();
            command.bin_name(format!("cooperage {verb}")).error(ErrorKind::MissingRequiredArgument, message)
        };
        *directory = name.take().map(PathBuf::from).ok_or_else(missing)?;
    }
    Ok(())
}

/// Who reads the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A person.
    #[default]
    Human,
    /// A program.
    Json,
    /// A viewer of findings that reads SARIF; `check`, `lint`, `index validate` and `scan` only.
    Sarif,
    /// GitHub Actions, which shows findings beside the lines; `check`, `lint` and `index validate` only.
    Github,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
