//! The keys of an entry, each read as what it must be.

use super::notes::Notes;
use super::typed::retyped;
use crate::config::yaml::{Node, Place, Shape};
use crate::index::entry::{Dependency, scalar, value};

/// An entry's mapping, and where to tell what is wrong with it.
pub(super) struct Fields<'a, 'n> {
    pub(super) node: &'a Node,
    pub(super) notes: &'a mut Notes<'n>,
}

impl Fields<'_, '_> {
    pub(super) fn has(&self, key: &str) -> bool {
        value(self.node, key).is_some()
    }

    pub(super) fn place_of(&self, key: &str) -> Option<Place> {
        value(self.node, key).map(|node| node.place)
    }

    /// The text of a key. What YAML's types take for a number is told, unless it is the tag, and given as it was written.
    pub(super) fn text(&mut self, key: &str, strictly: bool) -> Option<(String, Place)> {
        let Some(found) = value(self.node, key) else {
            self.missing(key);
            return None;
        };
        let Some(text) = scalar(found) else {
            self.no_scalar(key, found.clone());
            return None;
        };
        if strictly && retyped(found).is_some() {
            self.notes.tell("not_text", found.place, format!("{key} is {} to readers of YAML, and must be text", kind(found)));
            self.notes.help(format!("put it in quotes: {key}: \"{text}\""));
        }
        Some((text, found.place))
    }

    fn missing(&mut self, key: &str) {
        self.notes.tell("missing_key", self.node.place, format!("the entry has no {key}"));
        let help = match key {
            "depends-on" => "write depends-on: null where there is no parent",
            "build-context" => "the usual value is ./, the folder of target-file",
            "git-branch" => "name the branch, which older files leave out for master",
            "prebuild-context" => "prebuild-script goes with the folder that it runs in; / is the clone",
            _ => return,
        };
        self.notes.help(help);
    }

    fn no_scalar(&mut self, key: &str, found: Node) {
        match found.shape {
            Shape::List(_) | Shape::Map(_) => {
                self.notes.tell("not_text", found.place, format!("{key} is {}, and must be text", found.found()))
            }
            _ => self.notes.tell("empty_value", found.place, format!("{key} is empty")),
        }
    }

    pub(super) fn id(&mut self) -> Option<(i64, Place)> {
        let Some(found) = value(self.node, "id") else {
            self.missing("id");
            return None;
        };
        match found.shape {
            Shape::Integer(0) => self.notes.tell("bad_id", found.place, "id is 0, which the index counts as none"),
            Shape::Integer(id) => return Some((id, found.place)),
            _ => self.notes.tell("bad_id", found.place, format!("id is {}, and must be a whole number", found.found())),
        }
        self.notes.help("`cooperage index fix` gives it a free one");
        None
    }

    /// What `depends-on` names.
    pub(super) fn parents(&mut self) -> Vec<Dependency> {
        let Some(found) = value(self.node, "depends-on") else {
            self.missing("depends-on");
            return Vec::new();
        };
        let listed = match &found.shape {
            Shape::Null => return Vec::new(),
            Shape::Text(text) if text.is_empty() => return Vec::new(),
            Shape::List(items) => items.iter().collect(),
            _ => vec![found],
        };
        let mut parents: Vec<Dependency> = Vec::new();
        for item in listed {
            let Some(parent) = self.parent(item) else { continue };
            if parents.iter().any(|other| other.text == parent.text) {
                self.notes.tell("duplicate_parent", item.place, format!("depends-on names {} twice", parent.text));
            }
            parents.push(parent);
        }
        parents
    }

    fn parent(&mut self, node: &Node) -> Option<Dependency> {
        let text = scalar(node);
        if let Some(text) = text.as_ref().filter(|text| !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == ',')) {
            return Some(Dependency { text: text.clone(), line: node.place.line, column: node.place.column });
        }
        let shown = text.as_ref().map_or_else(|| node.found().to_owned(), |text| format!("\"{}\"", text.trim().escape_debug()));
        self.notes.tell("bad_parent", node.place, format!("depends-on names {shown}, which is not namespace/name:tag"));
        self.notes.help("several parents are a list: [\"a/b:1\", \"a/c:1\"]");
        None
    }
}

fn kind(node: &Node) -> &'static str {
    match node.shape {
        Shape::Text(_) => "a number or a date",
        _ => node.found(),
    }
}
