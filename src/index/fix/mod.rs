//! Repairs of an index that need no decision: spelling of keys, quotes around tags, ids, keys that have a usual value.
//!
//! Text is changed in its place, so comments, order and every other byte stay. Nothing here writes a file.

mod patch;
mod repair;

#[cfg(test)]
mod tests;

use super::entry::{scalar, value};
use super::folder::{IndexFile, MOST_VALUES};
use super::strict::{StrictInput, check};
use crate::config::yaml::{Node, Shape, parse_within};
use crate::finding::Severity;
use patch::Patch;
use repair::Repairs;
use std::collections::BTreeSet;

/// A repaired file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    /// Its new text; the old one where nothing is to be done.
    pub text: String,
    /// What was done: the line in the old text, and what.
    pub done: Vec<(usize, String)>,
    /// The change as a unified diff; empty where nothing is to be done.
    pub diff: String,
}

/// Why a file is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FixError {
    /// It cannot be read as YAML.
    #[error("{path}:{line}: this is no YAML, and has to be repaired by hand: {message}")]
    NoYaml {
        /// The file.
        path: String,
        /// Where reading stopped.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// The repaired text would not say the same.
    #[error("{path}: this is left as it is, because {why}; repair it by hand")]
    Doubtful {
        /// The file.
        path: String,
        /// What would have gone wrong.
        why: String,
    },
}

/// Repairs a file, and checks that the result says what the old text said.
///
/// # Errors
/// When the text is no YAML, or the result would say something else or have more errors.
pub fn fix(file: &IndexFile, text: &str) -> Result<Fixed, FixError> {
    let (mark, body) = text.strip_prefix('\u{feff}').map_or(("", text), |body| ("\u{feff}", body));
    let old = items(file, body)?;
    let mut patch = Patch::of(body);
    let mut repairs = Repairs { patch: &mut patch, done: Vec::new() };
    repairs.entries(&old);
    let done = repairs.done;
    if done.is_empty() {
        return Ok(Fixed { text: text.to_owned(), ..Fixed::default() });
    }
    let fixed = patch.text();
    let doubtful = |why: String| FixError::Doubtful { path: file.path.clone(), why };
    let new = items(file, &fixed).map_err(|error| doubtful(format!("the repaired text could not be read ({error})")))?;
    same(&old, &new).map_err(doubtful)?;
    let (before, after) = (errors(file, body), errors(file, &fixed));
    if after > before {
        return Err(doubtful(format!("it would have {after} errors instead of {before}")));
    }
    Ok(Fixed { text: format!("{mark}{fixed}"), done, diff: patch.diff(&file.path) })
}

fn items(file: &IndexFile, text: &str) -> Result<Vec<Node>, FixError> {
    let root = parse_within(text, MOST_VALUES).map_err(|error| FixError::NoYaml {
        path: file.path.clone(),
        line: error.place.map_or(1, |place| place.line),
        message: error.message,
    })?;
    match value(&root, "Projects").map(|list| &list.shape) {
        Some(Shape::List(items)) => Ok(items.clone()),
        _ => Ok(Vec::new()),
    }
}

fn errors(file: &IndexFile, text: &str) -> usize {
    let files = [(file.clone(), text.to_owned())];
    let (found, _) = check(&StrictInput { files: &files, known: &BTreeSet::new(), bases: &[], allow_file: true });
    found.iter().filter(|finding| finding.severity == Severity::Error).count()
}

/// Whether every value but an id is as it was, under its key or the one that this was to be.
fn same(old: &[Node], new: &[Node]) -> Result<(), String> {
    if old.len() != new.len() {
        return Err("another number of entries would come out".to_owned());
    }
    for (old, new) in old.iter().zip(new) {
        let (Shape::Map(keys), Shape::Map(now)) = (&old.shape, &new.shape) else {
            continue;
        };
        if now.len() < keys.len() {
            return Err(format!("the entry in line {} would lose a key", old.place.line));
        }
        for (was, is) in keys.iter().zip(now) {
            let kept = was.key == "id" || scalar(&was.node) == scalar(&is.node) || was.node.shape == Shape::Null;
            if !kept {
                return Err(format!("the key {} in line {} would say something else", was.key, was.place.line));
            }
        }
    }
    Ok(())
}
