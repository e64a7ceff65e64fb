//! Choosing definitions: globs, changed folders, widening to relatives.

use super::Graph;
use crate::name::{Pattern, nearest};
use std::collections::HashSet;

/// What was asked for. Empty means everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Any of these matches; none means all.
    pub select: Vec<Pattern>,
    /// None of these matches.
    pub exclude: Vec<Pattern>,
    /// Paths relative to DIRECTORY that changed in git; `None` when it was not asked for.
    pub changed: Option<Vec<String>>,
    /// Adds everything that needs a chosen one.
    pub with_dependents: bool,
    /// Adds everything a chosen one needs.
    pub with_dependencies: bool,
}

/// A selection that matches nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing matches {asked}; {hint}")]
pub struct SelectError {
    asked: String,
    hint: String,
}

impl SelectError {
    /// The same for patterns that were given with another option than `--select`.
    #[must_use]
    pub fn asked_with(mut self, option: &str) -> Self {
        self.asked = self.asked.replacen("--select", option, 1);
        self
    }
}

impl Selection {
    /// Whether it narrows at all.
    pub fn is_all(&self) -> bool {
        self.select.is_empty() && self.exclude.is_empty() && self.changed.is_none()
    }

    /// Whether the globs choose this reference.
    pub fn matches(&self, reference: &str) -> bool {
        let chosen = self.select.is_empty() || self.select.iter().any(|pattern| pattern.matches(reference));
        chosen && !self.exclude.iter().any(|pattern| pattern.matches(reference))
    }
}

/// Marks the nodes that are chosen.
///
/// # Errors
/// When `--select` and `--exclude` leave nothing of a catalogue that has definitions. Nothing changed in
/// git is no error.
pub fn select(graph: &Graph, selection: &Selection) -> Result<Vec<bool>, SelectError> {
    let mut chosen: Vec<bool> = graph.nodes.iter().map(|node| selection.matches(&node.reference.to_string())).collect();
    let globbed = !selection.select.is_empty() || !selection.exclude.is_empty();
    if globbed && !chosen.contains(&true) {
        return Err(nothing(graph, selection));
    }
    if let Some(changed) = &selection.changed {
        let touched = touched(graph, changed);
        for (at, mark) in chosen.iter_mut().enumerate() {
            *mark &= touched.contains(&at);
        }
    }
    let widened = if selection.with_dependents { graph.with_descendants(&chosen) } else { chosen };
    Ok(if selection.with_dependencies { graph.with_ancestors(&widened) } else { widened })
}

/// The nodes whose folder holds one of the paths: the innermost definition owns a path.
fn touched(graph: &Graph, changed: &[String]) -> HashSet<usize> {
    let folders: std::collections::HashMap<&str, usize> =
        graph.nodes.iter().enumerate().map(|(at, node)| (node.path.as_str(), at)).collect();
    changed.iter().filter_map(|path| owner(&folders, path)).collect()
}

fn owner(folders: &std::collections::HashMap<&str, usize>, path: &str) -> Option<usize> {
    let mut folder = path;
    while let Some((above, _)) = folder.rsplit_once('/') {
        if let Some(&at) = folders.get(above) {
            return Some(at);
        }
        folder = above;
    }
    folders.get(".").copied()
}

fn nothing(graph: &Graph, selection: &Selection) -> SelectError {
    let quoted = |patterns: &[Pattern]| patterns.iter().map(|p| format!("\"{}\"", p.as_str())).collect::<Vec<_>>().join(", ");
    let mut asked = format!("--select {}", quoted(&selection.select));
    if selection.select.is_empty() {
        asked = format!("--exclude {}", quoted(&selection.exclude));
    } else if !selection.exclude.is_empty() {
        asked = format!("{asked} --exclude {}", quoted(&selection.exclude));
    }
    let bare: Vec<String> =
        selection.select.iter().map(|p| p.as_str().trim_matches(['*', '/']).split(':').next().unwrap_or_default().to_owned()).collect();
    let names = || graph.nodes.iter().map(|node| node.name.as_str());
    let near: Vec<&str> = bare.iter().flat_map(|word| nearest(word, names())).collect();
    let exact = bare.iter().find(|word| names().any(|name| name == word.as_str()));
    let example = graph.nodes.first().map(|node| node.reference.to_string()).unwrap_or_default();
    let hint = match (exact, near.first()) {
        (Some(name), _) => format!("a pattern is matched against the whole reference, so \"*{name}:*\" would match"),
        (None, Some(name)) => format!("did you mean \"*{name}:*\"?"),
        (None, None) => format!("a pattern is matched against the whole reference, such as {example}"),
    };
    SelectError { asked, hint }
}
