//! Options of the command line, parsed and not yet resolved.

use super::checks::{CHECK_EXAMPLES, CheckOptions, LINT_EXAMPLES, LintOptions};
use super::containers::{DEBUG_EXAMPLES, DebugOptions, TRY_EXAMPLES, TryOptions};
use super::housekeeping::{PRUNE_EXAMPLES, PULL_EXAMPLES, PruneOptions, PullOptions};
use super::mirroring::{MIRROR_EXAMPLES, MirrorOptions};
use super::naming::{WHERE_EXAMPLES, WHOSE_EXAMPLES, WhereOptions, WhoseOptions};
use super::promotions::{PROMOTE_EXAMPLES, PromoteOptions, ROLLBACK_EXAMPLES, RollbackOptions, YANK_EXAMPLES, YankOptions};
use super::publishing::{PUBLISH_EXAMPLES, PublishOptions};
use super::registries::{REGISTRY_EXAMPLES, RegistryCommand};
use super::sign_in::{LOGIN_EXAMPLES, LOGOUT_EXAMPLES, LoginOptions, LogoutOptions};
use super::tests::{TEST_EXAMPLES, TestOptions};
use super::views::{GRAPH_EXAMPLES, GraphOptions, MATRIX_EXAMPLES, MatrixOptions, TREE_EXAMPLES, TreeOptions};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

mod update;

pub use update::{BumpPart, UpdateOptions};

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

    /// human or json: one JSON document, or one event a line on commands that run things; on `check` and `lint` sarif or github, too
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
    /// A viewer of findings that reads SARIF; `check` and `lint` only.
    Sarif,
    /// GitHub Actions, which shows findings beside the lines; `check` and `lint` only.
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

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Builds what is missing in dependency order, tests it and publishes it
    #[command(after_help = BUILD_EXAMPLES)]
    Build(BuildOptions),
    /// Judges the catalogue, and what a branch changes in it
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckOptions),
    /// Judges the rendered Dockerfiles, by built-in rules or hadolint
    #[command(after_help = LINT_EXAMPLES)]
    Lint(LintOptions),
    /// Lists the definitions and where their images are
    #[command(after_help = LIST_EXAMPLES)]
    List(ListOptions),
    /// Renders the templates
    #[command(after_help = RENDER_EXAMPLES)]
    Render(RenderOptions),
    /// Says why an image would or would not be built, with everything that counts
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainOptions),
    /// Writes new changelog entries for an image and for everything that depends on it
    #[command(after_help = update::EXAMPLES, override_usage = "cooperage update [OPTIONS] [NAME] <DIRECTORY>")]
    Update(UpdateOptions),
    /// Shows which definition needs which, as JSON, DOT, Mermaid or SVG
    #[command(after_help = GRAPH_EXAMPLES)]
    Graph(GraphOptions),
    /// Shows what needs what as a tree
    #[command(after_help = TREE_EXAMPLES, override_usage = "cooperage tree [OPTIONS] [NAME] <DIRECTORY>")]
    Tree(TreeOptions),
    /// Writes what a run would do as jobs of a CI service
    #[command(after_help = MATRIX_EXAMPLES)]
    Matrix(MatrixOptions),
    /// Shows under which names each image is published, and how it is pulled
    #[command(after_help = WHERE_EXAMPLES)]
    Where(WhereOptions),
    /// Says which image of the catalogue a reference belongs to
    #[command(after_help = WHOSE_EXAMPLES)]
    Whose(WhoseOptions),
    /// Gives images that passed their release names, by digest
    #[command(after_help = PROMOTE_EXAMPLES)]
    Promote(PromoteOptions),
    /// Moves floating tags of an image back to an older version
    #[command(after_help = ROLLBACK_EXAMPLES)]
    Rollback(RollbackOptions),
    /// Marks a version so that plans, promotions and floating tags pass over it
    #[command(after_help = YANK_EXAMPLES)]
    Yank(YankOptions),
    /// Removes other versions of the catalogue's images from the engine
    #[command(after_help = PRUNE_EXAMPLES)]
    Prune(PruneOptions),
    /// Pulls the current versions into the engine
    #[command(after_help = PULL_EXAMPLES)]
    Pull(PullOptions),
    /// Brings all destinations in line without building: copies what some lack, moves floating tags
    #[command(after_help = PUBLISH_EXAMPLES)]
    Publish(PublishOptions),
    /// Copies images from one registry, or OCI layout, to another
    #[command(after_help = MIRROR_EXAMPLES)]
    Mirror(MirrorOptions),
    /// Shows what registries hold, and removes what nothing needs any more
    #[command(subcommand, after_help = REGISTRY_EXAMPLES)]
    Registry(RegistryCommand),
    /// Tests what is built or published, without building
    #[command(after_help = TEST_EXAMPLES)]
    Test(TestOptions),
    /// Opens a shell in an image, with a folder of yours at /src
    #[command(after_help = DEBUG_EXAMPLES)]
    Debug(DebugOptions),
    /// Runs an image as CI does: a fresh container with /src, /log and /cache
    #[command(after_help = TRY_EXAMPLES)]
    Try(TryOptions),
    /// Tries a sign-in to a registry and stores it
    #[command(after_help = LOGIN_EXAMPLES)]
    Login(LoginOptions),
    /// Removes the sign-in to a registry
    #[command(after_help = LOGOUT_EXAMPLES)]
    Logout(LogoutOptions),
    /// Writes what a shell needs to complete commands, options and names of images
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// bash, zsh or fish
        #[arg(value_enum, hide_possible_values = true)]
        shell: Shell,
    },
    /// Writes the manual pages
    #[command(after_help = MAN_EXAMPLES)]
    Man(ManOptions),
    /// Shows the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

const BUILD_EXAMPLES: &str = "\
Examples:
  cooperage build images/                              what docker-pkg build does
  cooperage build --select '*/python3*' --with-dependents images/
  cooperage build --changed-since origin/main images/  what a branch changed
  cooperage build --nightly --publish images/          everything under <version>-YYYYMMDD
  cooperage build --no-pull --no-publish images/       offline, from what the engine has
  cooperage --format json build images/ | jq .         one event a line";

const LIST_EXAMPLES: &str = "\
Examples:
  cooperage list images/
  cooperage list --publish --format json images/ | jq -r '.images[].reason.text'
  cooperage list --offline --format json images/ | jq -r '.images[].reference'";

const RENDER_EXAMPLES: &str = "\
Examples:
  cooperage render --select '*/python3:*' images/      on the terminal
  cooperage render --output rendered images/           rendered/<path>/Dockerfile for each";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  cooperage explain python3 images/
  cooperage explain --publish python3 images/          as `cooperage build --publish` decides
  cooperage explain --format json python3 images/";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  source <(cooperage completions bash)            in ~/.bashrc
  source <(cooperage completions zsh)             in ~/.zshrc, after compinit
  cooperage completions fish | source             in ~/.config/fish/config.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  cooperage man | man -l -
  cooperage man --output ~/.local/share/man/man1";

/// Choosing definitions.
#[derive(Args, Clone, Debug, Default)]
pub struct Choice {
    /// Only images whose whole reference matches; * crosses /, repeatable (any matches)
    #[arg(long, value_name = "GLOB")]
    pub select: Vec<String>,

    /// Not images whose whole reference matches; repeatable
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// And everything that needs a chosen one
    #[arg(long)]
    pub with_dependents: bool,

    /// And everything a chosen one needs
    #[arg(long)]
    pub with_dependencies: bool,

    /// Only definitions whose folder changed in git since REV
    #[arg(long, value_name = "REV")]
    pub changed_since: Option<String>,
}

/// How tags move.
#[derive(Args, Clone, Debug, Default)]
pub struct Moving {
    /// When latest and other floating tags move: newer, always or never
    #[arg(long, value_name = "WHEN")]
    pub latest: Option<String>,

    /// What moves together: image, or run (no floating tag unless the whole run was good)
    #[arg(long, value_name = "WHAT")]
    pub atomic: Option<String>,

    /// Moves a tag also to an image that serves fewer platforms
    #[arg(long)]
    pub drop_platforms: bool,
}

/// What a run writes when it ends.
#[derive(Args, Clone, Debug, Default)]
pub struct Reports {
    /// Writes the record of the run (JSON)
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Writes a JUnit report: one case an image and step
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Writes a Markdown summary
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
}

/// `build`.
#[derive(Args, Debug, Default)]
pub struct BuildOptions {
    /// Which definitions.
    #[command(flatten)]
    pub choice: Choice,

    /// Builds everything selected under <version>-YYYYMMDD (UTC)
    #[arg(long)]
    pub nightly: bool,

    /// Builds everything selected under <version>-YYYYMMDD-HHMMSS (UTC)
    #[arg(long, conflicts_with = "nightly")]
    pub snapshot: bool,

    /// Pulls nothing: builds from what the engine has
    #[arg(long)]
    pub no_pull: bool,

    /// Lets the engine reuse earlier layers
    #[arg(long)]
    pub use_cache: bool,

    /// Pushes good images, with stored sign-ins or none where no username is configured
    #[arg(long, conflicts_with = "no_publish")]
    pub publish: bool,

    /// Pushes nothing, whatever is configured
    #[arg(long)]
    pub no_publish: bool,

    /// A label of the change: no_NAME skips the image NAME and what needs it; other labels mean nothing; repeatable
    #[arg(long, value_name = "LABEL")]
    pub skip_label: Vec<String>,

    /// Prints what would be done, and why, and does nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Images at once [default: CPUs, at least 4]
    #[arg(short = 'j', long, value_name = "N")]
    pub jobs: Option<u64>,

    /// Starts nothing more after the first failure
    #[arg(long)]
    pub fail_fast: bool,

    /// Which of the engine's builders: auto, buildkit or classic
    #[arg(long, value_name = "BUILDER")]
    pub builder: Option<String>,

    /// The platform to build for, such as linux/arm64
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Option<String>,

    /// How tags move.
    #[command(flatten)]
    pub moving: Moving,

    /// What is written besides.
    #[command(flatten)]
    pub reports: Reports,

    /// The catalogue
    pub directory: PathBuf,
}

/// Whether a run would push, for commands that tell what it would do.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Publishing {
    /// Decides as a run that pushes good images
    #[arg(long, conflicts_with = "no_publish")]
    pub publish: bool,

    /// Decides as a run that pushes nothing
    #[arg(long)]
    pub no_publish: bool,
}

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

/// `man`.
#[derive(Args, Debug)]
pub struct ManOptions {
    /// Writes a page for each command into DIR instead of printing that of the program
    #[arg(short = 'o', long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// The shells of `completions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash, 4.4 or newer.
    Bash,
    /// The Z shell.
    Zsh,
    /// Fish.
    Fish,
}

/// `config`.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Every value and where it comes from
    Show,
    /// The built-in defaults as a commented file
    Default,
    /// The JSON schema of the configuration file
    Schema,
}
