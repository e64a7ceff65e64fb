//! Where a value stands, for messages of rooms that judge values against each other.

use super::Config;
use super::yaml::{Node, Place, Shape};
use serde::Serialize;
use std::fmt;

/// Where a value was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file, the variable or the flag.
    pub path: Option<String>,
    /// The line in the file, from 1.
    pub line: Option<usize>,
    /// The column in that line, from 1, in characters.
    pub column: Option<usize>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path.as_deref().unwrap_or("the built-in defaults"))?;
        [self.line, self.column].into_iter().flatten().try_for_each(|number| write!(f, ":{number}"))
    }
}

impl Config {
    /// Where the value of a path like `cooperage.promotion.to[1].namespace` was written, or where the innermost part of it
    /// stands that was written at all. `None` when no layer but the defaults speaks of it.
    pub fn location(&self, path: &str) -> Option<Location> {
        let is_inside = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
        let (row, rest) = self.rows.iter().find_map(|row| Some((row, path.strip_prefix(&row.name).filter(|rest| is_inside(rest))?)))?;
        let file = row.origin.path.clone()?;
        let found = inside(&row.node, rest);
        // Of environment and flags there is only the name.
        let place = (found != Place::default()).then_some(found);
        Some(Location { path: Some(file), line: place.map(|place| place.line), column: place.map(|place| place.column) })
    }
}

/// The place of what `rest` leads to, as far as it goes. Keys may hold dots, so the longest one that fits is taken.
fn inside(node: &Node, rest: &str) -> Place {
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    match &node.shape {
        Shape::Map(entries) if !rest.is_empty() => {
            let fits = entries.iter().filter(|entry| {
                rest.strip_prefix(entry.key.as_str()).is_some_and(|after| after.is_empty() || after.starts_with(['.', '[']))
            });
            fits.max_by_key(|entry| entry.key.len()).map_or(node.place, |entry| inside(&entry.node, &rest[entry.key.len()..]))
        }
        Shape::List(items) => {
            let index = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let item = index.and_then(|(number, after)| Some((items.get(number.parse::<usize>().ok()?)?, after)));
            item.map_or(node.place, |(item, after)| inside(item, after))
        }
        _ => node.place,
    }
}
