//! `index`: one file a command.

mod build;
mod chosen;
mod owners;
mod telling;
mod base;
mod fix;
mod plan;
mod validate;

use crate::cli::exit::Trouble;
use crate::cli::options::Call;
use crate::cli::options::index::IndexCommand;
use crate::cli::surroundings::Surroundings;

/// Runs one of them.
pub async fn run(call: &Call, command: &IndexCommand, surroundings: &Surroundings) -> Result<u8, Trouble> {
    match command {
        IndexCommand::Build(options) => build::run(call, options, surroundings).await,
        IndexCommand::Validate(options) => validate::run(call, options, surroundings).await,
        IndexCommand::Plan(options) => plan::run(call, options, surroundings).await,
        IndexCommand::Fix(options) => fix::run(options, surroundings),
    }
}
