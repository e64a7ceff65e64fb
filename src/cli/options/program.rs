//! Options of the commands about the program itself: `completions`, `man`, `config`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Examples of `completions`.
pub const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  source <(cooperage completions bash)            in ~/.bashrc
  source <(cooperage completions zsh)             in ~/.zshrc, after compinit
  cooperage completions fish | source             in ~/.config/fish/config.fish";

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

/// Examples of `man`.
pub const MAN_EXAMPLES: &str = "\
Examples:
  cooperage man | man -l -
  cooperage man --output ~/.local/share/man/man1";

/// `man`.
#[derive(Args, Debug)]
pub struct ManOptions {
    /// Writes a page for each command into DIR instead of printing that of the program
    #[arg(short = 'o', long, value_name = "DIR")]
    pub output: Option<PathBuf>,
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
