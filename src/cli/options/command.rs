//! The verbs, with what `--help` says of each.

use super::UpdateOptions;
use super::build::{BUILD_EXAMPLES, BuildOptions};
use super::checks::{CHECK_EXAMPLES, CheckOptions, LINT_EXAMPLES, LintOptions};
use super::containers::{DEBUG_EXAMPLES, DebugOptions, TRY_EXAMPLES, TryOptions};
use super::housekeeping::{PRUNE_EXAMPLES, PULL_EXAMPLES, PruneOptions, PullOptions};
use super::index::{INDEX_EXAMPLES, IndexCommand};
use super::mirroring::{MIRROR_EXAMPLES, MirrorOptions};
use super::naming::{WHERE_EXAMPLES, WHOSE_EXAMPLES, WhereOptions, WhoseOptions};
use super::program::{COMPLETIONS_EXAMPLES, ConfigCommand, MAN_EXAMPLES, ManOptions, Shell};
use super::promotions::{PROMOTE_EXAMPLES, PromoteOptions, ROLLBACK_EXAMPLES, RollbackOptions, YANK_EXAMPLES, YankOptions};
use super::publishing::{PUBLISH_EXAMPLES, PublishOptions};
use super::reading::{EXPLAIN_EXAMPLES, ExplainOptions, LIST_EXAMPLES, ListOptions, RENDER_EXAMPLES, RenderOptions};
use super::registries::{REGISTRY_EXAMPLES, RegistryCommand};
use super::sbom::{SBOM_EXAMPLES, SbomOptions};
use super::scanning::{SCAN_EXAMPLES, ScanOptions};
use super::sign_in::{LOGIN_EXAMPLES, LOGOUT_EXAMPLES, LoginOptions, LogoutOptions};
use super::testing::{TEST_EXAMPLES, TestOptions};
use super::views::{GRAPH_EXAMPLES, GraphOptions, MATRIX_EXAMPLES, MatrixOptions, TREE_EXAMPLES, TreeOptions};
use clap::Subcommand;

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
    #[command(after_help = super::update::EXAMPLES, override_usage = "cooperage update [OPTIONS] [NAME] <DIRECTORY>")]
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
    /// Looks into images: packages, updates, vulnerabilities, altered files, privileges
    #[command(after_help = SCAN_EXAMPLES)]
    Scan(ScanOptions),
    /// Writes what an image is made of: SPDX, CycloneDX, or a list of packages
    #[command(after_help = SBOM_EXAMPLES)]
    Sbom(SbomOptions),
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
    /// Works on a container index, in which other projects list their repositories
    #[command(subcommand, after_help = INDEX_EXAMPLES)]
    Index(IndexCommand),
    /// Shows the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}
