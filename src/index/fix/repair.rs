//! Which changes repair an entry, where there is only one way to read what was meant.

use super::patch::Patch;
use crate::config::yaml::{self, Node, Shape};
use crate::index::entry::value;
use crate::index::strict::{KEYS, is_misspelt, retyped};
use std::collections::BTreeSet;

/// Keys that are no text; all others get quotes where YAML's types have them as something else.
const NO_TEXTS: [&str; 2] = ["id", "depends-on"];

/// What the index says is meant where a key is left out.
const DEFAULTS: [(&str, &str); 3] = [("git-branch", "master"), ("build-context", "./"), ("depends-on", "null")];

/// The repairs of a file, told as line and text.
pub(super) struct Repairs<'a, 'p> {
    pub(super) patch: &'a mut Patch<'p>,
    pub(super) done: Vec<(usize, String)>,
}

/// The ids of a file: those that stay, and the last one that was given or met.
struct Ids {
    taken: BTreeSet<i64>,
    last: i64,
}

impl Repairs<'_, '_> {
    /// Repairs all entries of a file.
    pub(super) fn entries(&mut self, items: &[Node]) {
        let mut ids = Ids { taken: items.iter().filter_map(id).collect(), last: 0 };
        let mut met = BTreeSet::new();
        for item in items.iter().filter(|item| matches!(item.shape, Shape::Map(_))) {
            let misspelt = self.spelling(item);
            for key in KEYS.into_iter().filter(|key| !NO_TEXTS.contains(key)) {
                self.quotes(item, key);
            }
            match id(item).filter(|id| met.insert(*id)) {
                Some(id) => ids.last = id,
                None => self.number(item, &mut ids),
            }
            for (key, default) in DEFAULTS {
                if !misspelt.contains(key) {
                    self.default(item, key, default);
                }
            }
        }
        self.done.sort();
    }

    /// Corrects `build_context` and the like, unless the right key is there, too. Gives the keys that are there by that.
    fn spelling(&mut self, item: &Node) -> BTreeSet<&'static str> {
        let mut corrected = BTreeSet::new();
        let Shape::Map(keys) = &item.shape else { return corrected };
        for key in keys.iter().filter(|key| !KEYS.contains(&key.key.as_str())) {
            let Some(known) = KEYS.into_iter().find(|known| is_misspelt(&key.key, known)) else { continue };
            let Some((from, _)) = self.patch.rest(key.place.line, key.place.column).filter(|(_, rest)| rest.starts_with(&key.key)) else {
                continue;
            };
            if value(item, known).is_none() && corrected.insert(known) {
                self.patch.replace(key.place.line, from, key.key.len(), known.to_owned());
                self.done.push((key.place.line, format!("{} is spelt {known}", key.key)));
            }
        }
        corrected
    }

    fn quotes(&mut self, item: &Node, key: &str) {
        let Some(node) = value(item, key).filter(|node| retyped(node).is_some()) else { return };
        let Some((from, length)) = self.span(node) else { return };
        let Some(written) = node.written.as_deref() else { return };
        if self.patch.replace(node.place.line, from, length, format!("\"{written}\"")) {
            self.done.push((node.place.line, format!("{key} {written} is put in quotes")));
        }
    }

    /// Where a scalar of one line stands: its first byte in the line, and its length.
    fn span(&self, node: &Node) -> Option<(usize, usize)> {
        let (from, rest) = self.patch.rest(node.place.line, node.place.column)?;
        if let Some(written) = &node.written {
            return rest.starts_with(written.as_str()).then_some((from, written.len()));
        }
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let end = rest[1..].find(quote)? + 2;
        // An escape or a doubled quote makes the end doubtful.
        (!rest[..end].contains('\\') && !rest[end..].starts_with(quote)).then_some((from, end))
    }

    /// Gives an entry the next free number behind the one before.
    fn number(&mut self, item: &Node, ids: &mut Ids) {
        let Some(free) = (ids.last.max(0)..i64::MAX).map(|last| last + 1).find(|id| !ids.taken.contains(id)) else { return };
        let done = match value(item, "id") {
            Some(node) if node.shape != Shape::Null => self.span(node).map(|(from, length)| {
                self.patch.replace(node.place.line, from, length, free.to_string());
                node.place.line
            }),
            _ => self.set(item, "id", &free.to_string()),
        };
        if let Some(line) = done {
            self.done.push((line, format!("the entry gets the id {free}")));
            ids.taken.insert(free);
            ids.last = free;
        }
    }

    fn default(&mut self, item: &Node, key: &str, default: &str) {
        let missing = match value(item, key) {
            None => true,
            Some(node) => node.shape == Shape::Null && key != "depends-on",
        };
        if missing && let Some(line) = self.set(item, key, default) {
            self.done.push((line, format!("{key} is {default}, as where it is left out")));
        }
    }

    /// Writes a key that is missing, or has no value; gives the line, none where there is no safe place for it.
    fn set(&mut self, item: &Node, key: &str, text: &str) -> Option<usize> {
        let Shape::Map(keys) = &item.shape else { return None };
        if let Some(there) = keys.iter().rev().find(|entry| entry.key == key) {
            let (from, rest) = self.patch.rest(there.place.line, there.place.column)?;
            let behind = rest.strip_prefix(key)?.strip_prefix(':')?;
            let is_empty = behind.trim().is_empty() || behind.trim_start().starts_with('#');
            return is_empty.then(|| {
                self.patch.replace(there.place.line, from + key.len() + 1, 0, format!(" {text}"));
                there.place.line
            });
        }
        let last = keys.iter().rev().find(|entry| self.ends_its_line(entry))?;
        let (start, _) = self.patch.rest(last.place.line, last.place.column)?;
        let (_, whole) = self.patch.rest(last.place.line, 1)?;
        // A tab or a key behind `{` is no way to indent.
        if !whole[..start].chars().all(|c| matches!(c, ' ' | '-')) {
            return None;
        }
        self.patch.insert(last.place.line, format!("{}{key}: {text}", " ".repeat(start)));
        Some(last.place.line)
    }

    /// Whether a key and its whole value stand in one line, with nothing but a comment behind.
    fn ends_its_line(&self, entry: &yaml::Entry) -> bool {
        let node = &entry.node;
        let behind = |(from, length): (usize, usize)| {
            let (_, whole) = self.patch.rest(node.place.line, 1)?;
            whole.get(from + length..).map(str::trim)
        };
        let rest = self.span(node).filter(|_| node.place.line == entry.place.line).and_then(behind);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
    }
}

/// The id of an entry, where it is one.
fn id(item: &Node) -> Option<i64> {
    match value(item, "id")?.shape {
        Shape::Integer(id) if id != 0 => Some(id),
        _ => None,
    }
}
