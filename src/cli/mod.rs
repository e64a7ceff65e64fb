//! The command line: options, one file per command, exit codes, the one renderer of errors.
//!
//! Only this room reads flags and the environment. It holds no logic: it turns a call into a configuration and a
//! plan and hands the rest on.

mod commands;
mod completion;
mod documents;
mod env_file;
mod exit;
mod interrupt;
mod options;
mod prompt;
mod reporters;
mod rules;
mod surroundings;
mod terminal;

use options::checks;
use options::index::IndexCommand;
use options::{Call, Command, ConfigCommand, Format};
use std::process::ExitCode;
use surroundings::Surroundings;

/// The whole program.
pub fn main() -> ExitCode {
    match completion::answered() {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(error) => return exit::usage(&error),
    }
    // bollard and reqwest share this provider; one is installed already only if somebody else did it first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let call = match Call::read() {
        Ok(call) => call,
        Err(error) => return exit::usage_of(&error, Call::runs_a_container()),
    };
    let surroundings = Surroundings::of(&call);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::report(&surroundings, &exit::Trouble::call(format!("the runtime cannot start: {error}"))),
    };
    let code = match runtime.block_on(run(&call, &surroundings)) {
        Ok(code) => ExitCode::from(code),
        Err(trouble) => exit::report(&surroundings, &trouble),
    };
    // A program that holds a pipe open must not keep us.
    runtime.shutdown_background();
    code
}

async fn run(call: &Call, surroundings: &Surroundings) -> Result<u8, exit::Trouble> {
    let findings = matches!(call.command, Command::Check(_) | Command::Lint(_) | Command::Index(IndexCommand::Validate(_)));
    let fits = match surroundings.format {
        Format::Sarif => findings || matches!(call.command, Command::Scan(_)),
        Format::Github => findings,
        _ => true,
    };
    if !fits {
        return Err(exit::Trouble::call(
            "--format sarif is for `check`, `lint`, `scan` and `index validate`, --format github for the same without `scan`; other commands \
             print human or json",
        ));
    }
    match &call.command {
        Command::Build(options) => commands::build::run(call, options, surroundings).await,
        Command::Index(command) => commands::index::run(call, command, surroundings).await,
        Command::Check(options) => commands::check::run(call, options, surroundings).await,
        Command::Lint(options) => commands::lint::run(call, options, surroundings).await,
        Command::List(options) => commands::list::run(call, options, surroundings).await,
        Command::Render(options) => commands::render::run(call, options, surroundings),
        Command::Explain(options) => commands::explain::run(call, options, surroundings).await,
        Command::Update(options) => commands::update::run(call, options, surroundings).await,
        Command::Graph(options) => commands::graph::run(call, options, surroundings).await,
        Command::Tree(options) => commands::tree::run(call, options, surroundings),
        Command::Matrix(options) => commands::matrix::run(call, options, surroundings).await,
        Command::Where(options) => commands::places::run(call, options, surroundings),
        Command::Whose(options) => commands::whose::run(call, options, surroundings),
        Command::Promote(options) => commands::promote::run(call, options, surroundings).await,
        Command::Rollback(options) => commands::rollback::run(call, options, surroundings).await,
        Command::Yank(options) => commands::yank::run(call, options, surroundings).await,
        Command::Prune(options) => commands::prune::run(call, options, surroundings).await,
        Command::Pull(options) => commands::pull::run(call, options, surroundings).await,
        Command::Test(options) => commands::test::run(call, options, surroundings).await,
        Command::Publish(options) => commands::publish::run(call, options, surroundings).await,
        Command::Mirror(options) => commands::mirror::run(call, options, surroundings).await,
        Command::Registry(command) => commands::registry::run(call, command, surroundings).await,
        Command::Sbom(options) => commands::sbom::run(call, options, surroundings).await,
        Command::Scan(options) => commands::scan::run(call, options, surroundings).await,
        Command::Debug(options) => commands::debug::run(call, options, surroundings).await,
        Command::Try(options) => commands::trial::run(call, options, surroundings).await,
        Command::Login(options) => commands::login::run(call, options, surroundings).await,
        Command::Logout(options) => commands::logout::run(call, options, surroundings),
        Command::Completions { shell } => commands::completions::run(*shell),
        Command::Man(options) => commands::man::run(options),
        Command::Config(ConfigCommand::Show) => commands::config::show(call, surroundings),
        Command::Config(ConfigCommand::Default) => commands::config::default(surroundings),
        Command::Config(ConfigCommand::Schema) => commands::config::schema(surroundings),
    }
}
