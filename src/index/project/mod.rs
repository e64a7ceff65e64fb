//! What a project says about itself in its own repository: `cccp.yml` in its four spellings, or `.cooperage.yml`.
//!
//! Facts: the original's file and keys (`docs/index-project.md`). The files are read through a function that is handed
//! in; nothing here knows where they come from.

mod fields;

#[cfg(test)]
mod tests;

use crate::config::yaml::{Node, Place, Shape, parse};
use crate::finding::{Overrides, Step};
use fields::Fields;
use std::fmt;

/// The names of the file, the one that counts first. Only the last four are the original's, in its order.
pub const PROJECT_FILES: [&str; 6] = [".cooperage.yml", ".cooperage.yaml", "cccp.yml", ".cccp.yml", "cccp.yaml", ".cccp.yaml"];

/// The keys of `.cooperage.yml`.
const OWN: &[&str] = &["job-id", "test-skip", "test-script", "structure-tests", "lint", "test", "scan", "secrets"];
/// The keys of `cccp.yml` that mean something.
const ORIGINAL: &[&str] = &["job-id", "test-skip", "test-script"];
/// The keys of `cccp.yml` that the original reserves and never reads.
const RESERVED: &[&str] = &["build-script", "delivery-script", "docker-index", "custom-delivery", "local-delivery", "upstreams"];

/// What a project says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The file that says it, relative to the clone: `images/.cooperage.yml`.
    pub file: String,
    /// `job-id`: must be what the index entry says.
    pub job_id: String,
    /// `test-skip`: whether the project's own tests are left out. True in `cccp.yml` where it says nothing, false in
    /// `.cooperage.yml`.
    pub test_skip: bool,
    /// `test-script`, relative to the folder of the target file.
    pub test_script: Option<String>,
    /// `structure-tests`: files of structure tests, relative to the folder of the target file.
    pub structure_tests: Vec<String>,
    /// `lint`, `test` and `scan`: what findings lead to, as the fields of `control` in a catalogue.
    pub policies: Overrides,
    /// `secrets`: names of configured secrets that the build asks for.
    pub secrets: Vec<String>,
    /// What the file holds that does nothing.
    pub warnings: Vec<ProjectFault>,
}

/// A mistake in the file of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectFault {
    /// Its line, from 1; 0 where it has none.
    pub line: usize,
    /// Its column, from 1; 0 where it has none.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Why the file of a project cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectError<E: std::error::Error + 'static> {
    /// It could not be read.
    #[error("{file} could not be read")]
    Read {
        /// The file, relative to the clone.
        file: String,
        /// Why.
        source: E,
    },
    /// It is no YAML, or not UTF-8.
    #[error("{file}:{fault}")]
    Syntax {
        /// The file, relative to the clone.
        file: String,
        /// What is wrong.
        fault: ProjectFault,
    },
    /// It holds nothing.
    #[error("{file}: the file is empty; it needs a job-id")]
    Empty {
        /// The file, relative to the clone.
        file: String,
    },
    /// It says something that cannot be meant; all such mistakes.
    #[error("{}", faults.iter().map(|fault| format!("{file}:{fault}")).collect::<Vec<_>>().join("\n"))]
    Wrong {
        /// The file, relative to the clone.
        file: String,
        /// The mistakes, by line; never empty.
        faults: Vec<ProjectFault>,
    },
}

impl fmt::Display for ProjectFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

impl ProjectFault {
    fn at(place: Place, message: impl Into<String>, help: Option<String>) -> Self {
        Self { line: place.line, column: place.column, message: message.into(), help }
    }
}

impl Project {
    /// Reads the first of [`PROJECT_FILES`] that is in `folder`, relative to the clone. `read` gets paths relative to the
    /// clone, and says none where there is no such file. None where there is no file of any of these names.
    ///
    /// # Errors
    /// When the file cannot be read, is no YAML, or says something that cannot be meant.
    pub fn find<E: std::error::Error + 'static>(
        folder: &str,
        read: &mut dyn FnMut(&str) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Option<Self>, ProjectError<E>> {
        let folder = folder.trim_matches('/');
        for name in PROJECT_FILES {
            let file = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            let found = read(&file).map_err(|source| ProjectError::Read { file: file.clone(), source })?;
            if let Some(bytes) = found {
                return Self::read(&file, &bytes).map(Some);
            }
        }
        Ok(None)
    }

    /// Reads a file of that name, relative to the clone.
    ///
    /// # Errors
    /// When it is no YAML, or says something that cannot be meant.
    pub fn read<E: std::error::Error + 'static>(file: &str, bytes: &[u8]) -> Result<Self, ProjectError<E>> {
        let syntax = |place: Option<Place>, message: String| {
            let fault = ProjectFault::at(place.unwrap_or_default(), message, None);
            ProjectError::Syntax { file: file.to_owned(), fault }
        };
        let text =
            std::str::from_utf8(bytes).map_err(|error| syntax(Some(place_of(bytes, error.valid_up_to())), "this is not UTF-8".into()))?;
        let root = parse(text).map_err(|error| syntax(error.place, error.message))?;
        if root.shape == Shape::Null {
            return Err(ProjectError::Empty { file: file.to_owned() });
        }
        Self::from_node(file, &root).map_err(|faults| ProjectError::Wrong { file: file.to_owned(), faults })
    }

    fn from_node(file: &str, root: &Node) -> Result<Self, Vec<ProjectFault>> {
        let is_own = file.rsplit('/').next().is_some_and(|name| name.starts_with(".cooperage."));
        let mut fields = Fields::of(root, is_own);
        let job_id = fields.required("job-id");
        let test_skip = fields.flag("test-skip");
        let test_script = fields.path("test-script");
        if test_script.is_some() && test_skip.is_none() && !is_own {
            fields.warn("test-script", "the script does not run: test-skip is true where it is not said", "write test-skip: false");
        }
        let structure_tests = fields.paths("structure-tests");
        let mut policies = Overrides::default();
        for step in Step::ALL {
            fields.policy(step, policies.of_mut(step));
        }
        let secrets = fields.names("secrets");
        let warnings = fields.finish()?;
        let test_skip = test_skip.unwrap_or(!is_own);
        Ok(Self { file: file.to_owned(), job_id, test_skip, test_script, structure_tests, policies, secrets, warnings })
    }
}

/// The place of a byte.
fn place_of(bytes: &[u8], at: usize) -> Place {
    let before = &bytes[..at.min(bytes.len())];
    let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    Place { line, column: String::from_utf8_lossy(&before[line_start..]).chars().count() + 1 }
}
