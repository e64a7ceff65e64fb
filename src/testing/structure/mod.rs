//! Structure tests as people write them: the format of container-structure-test, schema 2.0.0, and keys of ours.
//!
//! What the original refuses is refused, with line and column; docs/structure-tests.md says where it surprises.

mod fields;
mod model;
mod own;
mod read;
mod source;

pub use model::{CommandTest, ContentTest, ExistenceTest, Health, HttpCheck, LicenseTest, Metadata, Pair, Readiness, Structure};

use std::io;
use std::path::{Path, PathBuf};

/// A file with structure tests that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.join("\n"))]
pub struct StructureError {
    /// What is wrong, each with `path:line:column`.
    pub problems: Vec<String>,
}

/// Files larger than this, in bytes, are no tests.
const LARGEST: u64 = 4 << 20;

/// The structure tests of a definition: `structure.*` and `structure-test.*` beside its template, ending in `.yaml`,
/// `.yml` or `.json`; sorted by name.
///
/// # Errors
/// When the folder cannot be read.
pub fn find(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
        let named = stem == "structure" || stem == "structure-test" || stem.starts_with("structure-test.");
        if named && ["yaml", "yml", "json"].contains(&ending) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

impl Structure {
    /// Reads a file. `shown` is how messages name it.
    ///
    /// # Errors
    /// When it cannot be read, is no YAML or JSON, or holds what it must not.
    pub fn load(path: &Path, shown: &str) -> Result<Self, StructureError> {
        let wrong = |message: String| StructureError { problems: vec![format!("{shown}: {message}")] };
        let size = std::fs::metadata(path).map_err(|error| wrong(format!("it cannot be read: {error}")))?.len();
        if size > LARGEST {
            return Err(wrong(format!("it has more than {} MiB; these are no tests", LARGEST >> 20)));
        }
        let text = std::fs::read_to_string(path).map_err(|error| wrong(format!("it cannot be read: {error}")))?;
        let json = path.extension().is_some_and(|ending| ending == "json");
        Self::parse(&text, json, shown)
    }

    /// The same with a text.
    ///
    /// # Errors
    /// As [`Structure::load`].
    pub fn parse(text: &str, json: bool, shown: &str) -> Result<Self, StructureError> {
        let root = if json { source::json(text) } else { source::yaml(text) };
        let read = root.and_then(|root| read::structure(&root, json));
        read.map(|structure| Self { file: shown.to_owned(), ..structure })
            .map_err(|problems| StructureError { problems: problems.into_iter().map(|problem| problem.at(shown)).collect() })
    }
}

#[cfg(test)]
mod tests;
