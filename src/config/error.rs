//! What is wrong with a configuration: all of it at once, each with its place.

use crate::catalog::Defect;
use std::fmt;

/// The configuration cannot be used. Shows every problem as `path:line:column: message`, then the line, then the help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// At least one problem.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What, where and what to do; its codes: `config_unreadable`, `bad_yaml`, `wrong_type`, `unknown_key`,
    /// `login_incomplete`, `credential_unreadable`.
    pub defect: Defect,
    /// The line it stands in with a mark under the place, for bad YAML; credentials are masked.
    pub snippet: Option<String>,
}

impl From<Defect> for Problem {
    fn from(defect: Defect) -> Self {
        Self { defect, snippet: None }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.defect.path {
            write!(f, "{path}")?;
            for number in [self.defect.line, self.defect.column].into_iter().flatten() {
                write!(f, ":{number}")?;
            }
            write!(f, ": ")?;
        }
        write!(f, "{}", self.defect.message)?;
        if let Some(snippet) = &self.snippet {
            write!(f, "\n{snippet}")?;
        }
        if let Some(help) = &self.defect.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}
