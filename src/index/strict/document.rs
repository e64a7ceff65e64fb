//! One file: whether it is a document of an index, and its entries.

use super::entry::{Draft, examine};
use super::notes::Notes;
use crate::config::yaml::{Node, Place, Shape, parse_within};
use crate::index::entry::value;
use crate::index::folder::{IndexFile, MOST_VALUES};

/// The key that holds the entries.
const PROJECTS: &str = "Projects";

/// What was read of a file.
pub(super) struct Document {
    pub(super) drafts: Vec<Draft>,
    /// Why nothing of it can be read: where, and what is wrong.
    pub(super) unusable: Option<(usize, String)>,
}

/// Reads a file and checks what can be seen in it alone.
pub(super) fn read(file: &IndexFile, text: &str, allow_file: bool, notes: &mut Notes<'_>) -> Document {
    let start = notes.len();
    let root = match parse_within(text, MOST_VALUES) {
        Ok(root) => root,
        Err(error) => {
            let place = error.place.unwrap_or(Place { line: 1, column: 1 });
            notes.tell("bad_yaml", place, format!("this is no YAML: {}", error.message));
            return Document { drafts: Vec::new(), unusable: Some((place.line, error.message)) };
        }
    };
    let items = projects(&root, notes);
    let unusable = items.is_none().then(|| (1, notes.about(start, None).unwrap_or_default()));
    let drafts = items.into_iter().flatten().map(|item| examine(file, item, allow_file, notes)).collect();
    Document { drafts, unusable }
}

/// The entries; none where there is no list of them.
fn projects<'n>(root: &'n Node, notes: &mut Notes<'_>) -> Option<&'n [Node]> {
    let keys = match &root.shape {
        Shape::Null => {
            notes.tell("empty_file", root.place, "this file is empty");
            notes.help("remove it, or write its entries under Projects");
            return None;
        }
        Shape::Map(keys) => keys,
        _ => {
            notes.tell("no_projects", root.place, format!("this is {}, not a mapping with the key {PROJECTS}", root.found()));
            return None;
        }
    };
    duplicates(root, notes);
    for key in keys.iter().filter(|key| key.key != PROJECTS) {
        unknown(&key.key, key.place, &[PROJECTS], notes);
    }
    match value(root, PROJECTS).map(|list| (&list.shape, list.place, list.found())) {
        Some((Shape::List(items), ..)) if !items.is_empty() => Some(items),
        Some((Shape::List(_) | Shape::Null, place, _)) => {
            notes.tell("no_projects", place, format!("{PROJECTS} lists no entry"));
            None
        }
        Some((_, place, found)) => {
            notes.tell("no_projects", place, format!("{PROJECTS} is {found}, not a list of entries"));
            None
        }
        None => {
            notes.tell("no_projects", root.place, format!("there is no key {PROJECTS}"));
            None
        }
    }
}

/// Tells keys that stand twice in a mapping; the last one counts.
pub(super) fn duplicates(node: &Node, notes: &mut Notes<'_>) {
    let Shape::Map(keys) = &node.shape else { return };
    for (at, key) in keys.iter().enumerate() {
        if let Some(first) = keys[..at].iter().find(|other| other.key == key.key) {
            notes.tell("duplicate_key", key.place, format!("the key {} stands in line {}, too", key.key, first.place.line));
            notes.help("keep one of them; YAML readers take the last one");
        }
    }
}

/// Tells a key that is not known.
pub(super) fn unknown(key: &str, place: Place, known: &[&'static str], notes: &mut Notes<'_>) {
    notes.tell("unknown_key", place, format!("there is no key \"{key}\", so it says nothing"));
    if let Some(meant) = meant(key, known) {
        notes.help(format!("did you mean {meant}?"));
    }
}

/// The known key that an unknown one stands for.
pub(in crate::index) fn meant(key: &str, known: &[&'static str]) -> Option<&'static str> {
    known
        .iter()
        .copied()
        .find(|name| is_misspelt(key, name))
        .or_else(|| crate::name::nearest(key, known.iter().copied()).first().copied())
        .and_then(
            // `nearest` lends the names as long as the list lives.
            |name| known.iter().copied().find(|known| *known == name),
        )
}

/// Whether a key is a known one but for capitals and `_`: there is no doubt what it means.
pub(in crate::index) fn is_misspelt(key: &str, known: &str) -> bool {
    key != known && key.replace('_', "-").eq_ignore_ascii_case(known)
}
