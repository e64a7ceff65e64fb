//! Keys and values of a map, as strictly as the original takes them: YAML refuses keys it does not know and keys
//! that stand twice, JSON ignores the first, takes the last of the second, and does not look at capitals.

use crate::config::yaml::{Node, Place, Shape};
use std::cell::RefCell;

/// Something wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub place: Option<Place>,
    pub message: String,
}

impl Problem {
    /// `path:line:column: message`.
    pub fn at(&self, shown: &str) -> String {
        match self.place.filter(|place| place.line > 0) {
            Some(place) => format!("{shown}:{}:{}: {}", place.line, place.column, self.message),
            None => format!("{shown}: {}", self.message),
        }
    }
}

/// Reads values and collects what is wrong with them.
pub(super) struct Reader {
    pub json: bool,
    problems: RefCell<Vec<Problem>>,
}

/// A map whose keys were looked at.
pub(super) struct Fields<'a> {
    reader: &'a Reader,
    found: Vec<(&'static str, &'a Node)>,
    /// Where the map stands.
    pub place: Place,
}

impl Reader {
    pub fn new(json: bool) -> Self {
        Self { json, problems: RefCell::default() }
    }

    pub fn problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    pub fn wrong(&self, place: Place, message: impl Into<String>) {
        self.problems.borrow_mut().push(Problem { place: Some(place), message: message.into() });
    }

    fn mismatch(&self, node: &Node, wanted: &str) {
        self.wrong(node.place, format!("this must be {wanted}, and is {}", node.found()));
    }

    /// A map with these keys; a value that is left out is an empty map.
    pub fn fields<'a>(&'a self, node: &'a Node, keys: &[&'static str]) -> Fields<'a> {
        let mut fields = Fields { reader: self, found: Vec::new(), place: node.place };
        let entries = match &node.shape {
            Shape::Map(entries) => entries.as_slice(),
            Shape::Null => &[],
            _ => {
                self.mismatch(node, "a map");
                &[]
            }
        };
        for entry in entries {
            let same = |key: &&&str| if self.json { key.eq_ignore_ascii_case(&entry.key) } else { **key == entry.key };
            let Some(key) = keys.iter().find(same) else {
                if !self.json {
                    self.wrong(entry.place, unknown(&entry.key, keys));
                }
                continue;
            };
            let earlier = fields.found.iter().position(|(found, _)| found == key);
            match earlier {
                Some(_) if !self.json => self.wrong(entry.place, format!("the key {key} stands here for the second time")),
                Some(at) => fields.found[at].1 = &entry.node,
                None => fields.found.push((key, &entry.node)),
            }
        }
        fields
    }

    pub fn text(&self, node: &Node) -> String {
        match (&node.shape, &node.written) {
            (Shape::Text(text), _) => text.clone(),
            (Shape::Null, _) => String::new(),
            // To YAML 010 is a number, to a name it is three characters.
            (_, Some(written)) if !self.json => written.clone(),
            _ => {
                self.mismatch(node, "text");
                String::new()
            }
        }
    }

    pub fn items<'a>(&self, node: &'a Node) -> &'a [Node] {
        match &node.shape {
            Shape::List(items) => items,
            Shape::Null => &[],
            _ => {
                self.mismatch(node, "a list");
                &[]
            }
        }
    }
}

fn unknown(key: &str, keys: &[&str]) -> String {
    let near = keys.iter().map(|known| (strsim::jaro_winkler(known, key), known)).max_by(|a, b| a.0.total_cmp(&b.0));
    match near.filter(|(nearness, _)| *nearness > 0.85) {
        Some((_, known)) => format!("the key {key} is not known; did you mean {known}?"),
        None => format!("the key {key} is not known here; known are {}", keys.join(", ")),
    }
}

impl<'a> Fields<'a> {
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.found.iter().find(|(found, _)| *found == key).map(|(_, node)| *node)
    }

    /// Whether the key stands there with a value.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some_and(|node| node.shape != Shape::Null)
    }

    pub fn text(&self, key: &str) -> String {
        self.get(key).map(|node| self.reader.text(node)).unwrap_or_default()
    }

    pub fn texts(&self, key: &str) -> Vec<String> {
        let Some(node) = self.get(key) else { return Vec::new() };
        self.reader.items(node).iter().map(|item| self.reader.text(item)).collect()
    }

    /// A list where an empty one says something else than none.
    pub fn texts_if_there(&self, key: &str) -> Option<Vec<String>> {
        self.has(key).then(|| self.texts(key))
    }

    pub fn items(&self, key: &str) -> &'a [Node] {
        self.get(key).map(|node| self.reader.items(node)).unwrap_or_default()
    }

    pub fn flag(&self, key: &str, default: bool) -> bool {
        let Some(node) = self.get(key) else { return default };
        match (&node.shape, node.written.as_deref()) {
            (Shape::Flag(flag), _) => *flag,
            (Shape::Null, _) => default,
            // To a YAML reader that knows what is wanted, these are words for yes and no as well.
            (_, Some("y" | "Y")) if !self.reader.json => true,
            (_, Some("n" | "N")) if !self.reader.json => false,
            _ => {
                self.reader.mismatch(node, "true or false");
                default
            }
        }
    }

    pub fn number(&self, key: &str, default: i64) -> i64 {
        let Some(node) = self.get(key) else { return default };
        let whole = node.written.as_deref().filter(|_| !self.reader.json).and_then(|text| text.parse::<f64>().ok());
        let whole = whole.filter(|number| number.fract() == 0.0 && number.abs() < 1e15);
        match (&node.shape, whole) {
            (Shape::Integer(number), _) => *number,
            (Shape::Null, _) => default,
            #[allow(clippy::cast_possible_truncation, reason = "it is whole and small")]
            (_, Some(number)) => number as i64,
            _ => {
                self.reader.mismatch(node, "a whole number");
                default
            }
        }
    }
}
