//! What shells ask while somebody types: the program answers with its own definition of the command line and, for
//! images, with the names of the catalogue.

use super::options::Call;
use crate::catalog::discover;
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Scripts of `completions` set this to the name of their shell.
pub const VARIABLE: &str = "_COOPERAGE_COMPLETE";

/// Threads that read the catalogue while somebody waits for a name.
const WORKERS: usize = 4;

/// Answers a shell that asks. Must run before any thread is started.
///
/// # Errors
/// When the question is none.
pub fn answered() -> Result<bool, clap::Error> {
    CompleteEnv::with_factory(command).var(VARIABLE).try_complete(std::env::args_os(), std::env::current_dir().ok().as_deref())
}

/// The command line, with who knows the values.
fn command() -> Command {
    let verbs: Vec<String> = Call::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    verbs.into_iter().fold(Call::command(), |all, verb| all.mut_subcommand(verb, |verb| verb.mut_args(with_names)))
}

fn with_names(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "image" | "name" => arg.add(ArgValueCompleter::new(|typed: &OsStr| candidates(typed, |name| name))),
        "select" | "exclude" | "parents_of" => {
            arg.add(ArgValueCompleter::new(|typed: &OsStr| candidates(typed, |name| format!("*{name}:*"))))
        }
        "skip_label" => arg.add(ArgValueCompleter::new(|typed: &OsStr| candidates(typed, |name| format!("no_{name}")))),
        _ => arg,
    }
}

fn candidates(typed: &OsStr, shape: impl Fn(String) -> String) -> Vec<CompletionCandidate> {
    // Shells hand over the quote that a pattern needs, and put it back themselves.
    let Some(typed) = typed.to_str().map(|typed| typed.trim_start_matches(['\'', '"'])) else { return Vec::new() };
    let found = catalogue().and_then(|root| discover(&root, WORKERS).ok());
    let mut names: Vec<String> = found.into_iter().flat_map(|found| found.definitions).map(|definition| shape(definition.name)).collect();
    names.retain(|name| name.starts_with(typed));
    names.sort();
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// DIRECTORY, if it has been typed already: the last word that is a folder. Else the current one, where it or one
/// above is a repository or it holds a `config.yaml`: nobody wants to wait for a search through a home folder.
fn catalogue() -> Option<PathBuf> {
    let words: Vec<PathBuf> = std::env::args_os().skip_while(|word| word != "--").skip(2).map(PathBuf::from).collect();
    let typed = words.into_iter().rev().find(|word| !word.as_os_str().is_empty() && word.is_dir());
    typed.or_else(|| {
        let here = std::env::current_dir().ok()?;
        let is_repository = here.ancestors().any(|folder| folder.join(".git").exists());
        (is_repository || Path::new("config.yaml").is_file()).then_some(here)
    })
}
