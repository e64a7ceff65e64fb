//! Exit codes and the one renderer of errors.

use super::surroundings::Surroundings;
use crate::catalog::{CatalogueError, Defect};
use crate::config::ConfigError;
use crate::lint::HadolintError;
use crate::publish::MoveError;
use crate::registry::{LayoutError, RegistryError};
use crate::report::{Paint, WriteError, clean_lines, defects};
use crate::run::{KeepError, RunError, SessionError, SurveyError};
use crate::update::UpdateWriteError;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

/// All that was asked for is done.
pub const DONE: u8 = 0;
/// Something failed; the rest was done.
pub const FAILED: u8 = 1;
/// The call, the configuration or the catalogue is wrong; nothing was started.
pub const WRONG: u8 = 2;
/// Engine or registry cannot be reached, refuses us or gives no clear answer.
pub const UNREACHABLE: u8 = 3;
/// A command that passes on a container's exit code could not run one.
pub const NO_CONTAINER: u8 = 125;
/// Interrupted.
pub const INTERRUPTED: u8 = 130;

/// Why a call ends without its result.
#[derive(Debug)]
pub struct Trouble {
    /// The exit code.
    pub code: u8,
    message: String,
    defects: Vec<Defect>,
}

impl Trouble {
    /// A call that is wrong in itself.
    pub fn call(message: impl Into<String>) -> Self {
        Self { code: WRONG, message: message.into(), defects: Vec::new() }
    }

    /// Says what else should be looked at.
    #[must_use]
    pub fn with(mut self, defects: impl IntoIterator<Item = Defect>) -> Self {
        self.defects.extend(defects);
        self
    }

    /// Of a command that passes on a container's exit code.
    #[must_use]
    pub fn of_container(self) -> Self {
        let code = if self.code == INTERRUPTED { INTERRUPTED } else { NO_CONTAINER };
        Self { code, ..self }
    }

    /// Of something that went wrong after a run ended with `code`: it cannot look like a call that started
    /// nothing, and hides no worse end.
    #[must_use]
    pub fn after(self, code: u8) -> Self {
        Self { code: code.max(FAILED), ..self }
    }

    fn new(code: u8, error: &dyn Error) -> Self {
        Self { code, message: with_sources(error), defects: Vec::new() }
    }
}

/// An error and what caused it, where the causes say something new.
fn with_sources(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !message.contains(&text) {
            // Writing to a String cannot fail.
            let _ = write!(message, ": {text}");
        }
        source = cause.source();
    }
    message
}

impl From<ConfigError> for Trouble {
    fn from(error: ConfigError) -> Self {
        Self::new(WRONG, &error)
    }
}

impl From<SurveyError> for Trouble {
    fn from(error: SurveyError) -> Self {
        let mut trouble = Self::new(WRONG, &error);
        if let SurveyError::Catalogue(CatalogueError::Empty { warnings, .. }) = error {
            trouble.defects = warnings;
        }
        trouble
    }
}

impl From<HadolintError> for Trouble {
    fn from(error: HadolintError) -> Self {
        Self::new(of_hadolint(&error), &error)
    }
}

fn of_hadolint(error: &HadolintError) -> u8 {
    match error {
        HadolintError::Failed { .. } => UNREACHABLE,
        HadolintError::Interrupted => INTERRUPTED,
        HadolintError::Start { .. } | HadolintError::Write(_) => WRONG,
    }
}

impl From<SessionError> for Trouble {
    fn from(error: SessionError) -> Self {
        Self::new(WRONG, &error)
    }
}

impl From<WriteError> for Trouble {
    fn from(error: WriteError) -> Self {
        Self::new(WRONG, &error)
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::call(format!("the output cannot be written: {error}"))
    }
}

impl From<RunError> for Trouble {
    fn from(error: RunError) -> Self {
        let code = match &error {
            RunError::Unclear(_) | RunError::Engine(_) | RunError::Base { .. } | RunError::StaleSignIn(_) => UNREACHABLE,
            RunError::Hadolint(error) => of_hadolint(error),
            RunError::Registry(RegistryError::NotFound { .. } | RegistryError::Layout(LayoutError::NotALayout { .. })) => WRONG,
            RunError::Registry(_) => UNREACHABLE,
            RunError::Moves(MoveError::Registry(_)) => UNREACHABLE,
            RunError::Moves(MoveError::Journal(_)) => FAILED,
            RunError::Interrupted => INTERRUPTED,
            RunError::Unreadable(_) | RunError::NotCommitted(_) | RunError::Write(UpdateWriteError::HalfWritten { .. }) => FAILED,
            _ => WRONG,
        };
        if let RunError::Survey(error) = error {
            return error.into();
        }
        let mut trouble = Self::new(code, &error);
        if let RunError::Defects(found) = error {
            trouble.defects = found;
        }
        trouble
    }
}

impl From<KeepError> for Trouble {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Run(error) => error.into(),
            KeepError::Registry(error) => RunError::from(error).into(),
            KeepError::NotWhole { .. } => Self::new(UNREACHABLE, &error),
            _ => Self::new(WRONG, &error),
        }
    }
}

/// Shows why a call ends, and gives its exit code.
pub fn report(surroundings: &Surroundings, trouble: &Trouble) -> ExitCode {
    let mut err = std::io::stderr().lock();
    // There is nobody left to tell when stderr is gone.
    let _ = defects(&mut err, &trouble.defects, &surroundings.err);
    let message = clean_lines(&trouble.message).collect::<Vec<_>>().join("\n");
    let _ = writeln!(err, "{} {message}", Paint::Bad.on(&surroundings.err, "cooperage:"));
    ExitCode::from(trouble.code)
}

/// Says something beside the result.
pub fn note(surroundings: &Surroundings, message: &str) {
    let name = Paint::Faint.on(&surroundings.err, "cooperage:");
    let _ = writeln!(std::io::stderr().lock(), "{name} {message}");
}

/// Help and version go to stdout with 0, mistakes to stderr with 2.
pub fn usage(error: &clap::Error) -> ExitCode {
    usage_of(error, false)
}

/// The same for a call that may have been to pass on a container's exit code.
pub fn usage_of(error: &clap::Error, runs_a_container: bool) -> ExitCode {
    let _ = error.print();
    let wrong = if runs_a_container { NO_CONTAINER } else { WRONG };
    ExitCode::from(if error.use_stderr() { wrong } else { 0 })
}
