//! Where the entries of a file and their keys stand, for what is told of them after they were read.

use super::compatible::About;
use super::entry::value;
use super::folder::MOST_VALUES;
use crate::config::yaml::{Node, Place, Shape, parse_within};
use std::sync::Arc;

/// The entries of a file, by their lines.
pub struct Outline {
    entries: Vec<(Node, Arc<About>)>,
    file: Arc<About>,
}

impl Outline {
    /// Of a file; one that is no YAML has no entries.
    pub fn of(file: &str, text: &str) -> Self {
        let root = parse_within(text, MOST_VALUES).ok();
        let items = root.as_ref().and_then(|root| value(root, "Projects")).map(|list| &list.shape);
        let entries = match items {
            Some(Shape::List(items)) => (1..).zip(items).map(|(at, node)| (node.clone(), Arc::new(About::of(file, at, node)))).collect(),
            _ => Vec::new(),
        };
        Self { entries, file: Arc::new(About { file: file.to_owned(), ..About::default() }) }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What stands at a line: the last entry that begins there or before; without a line, and before all entries, the file.
    pub fn about(&self, line: Option<usize>) -> Arc<About> {
        let found = line.and_then(|line| self.before(line)).map(|(_, about)| about);
        Arc::clone(found.unwrap_or(&self.file))
    }

    /// Line and column of a key's value in the entry that begins at a line; of the entry where it has no such key.
    pub fn place(&self, line: usize, key: &str) -> Option<(usize, usize)> {
        let (node, _) = self.before(line)?;
        let Place { line, column } = value(node, key).map_or(node.place, |value| value.place);
        Some((line, column))
    }

    fn before(&self, line: usize) -> Option<&(Node, Arc<About>)> {
        self.entries.iter().take_while(|(node, _)| node.place.line <= line).last()
    }
}
