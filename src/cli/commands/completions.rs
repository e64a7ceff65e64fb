//! `completions`: what a shell has to be told so that it asks us.

use crate::cli::completion::VARIABLE;
use crate::cli::exit::Trouble;
use crate::cli::options::Shell;
use crate::report::text;
use clap_complete::env::{Bash, EnvCompleter, Fish, Zsh};

/// Prints the script of a shell.
pub fn run(shell: Shell) -> Result<u8, Trouble> {
    let completer: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
    };
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, "cooperage", "cooperage", "cooperage", &mut script)?;
    text(&mut std::io::stdout().lock(), &String::from_utf8_lossy(&script))?;
    Ok(0)
}
