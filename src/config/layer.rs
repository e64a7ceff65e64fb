//! One layer, flattened to keys: known ones checked, strange ones judged.

use super::error::Problem;
use super::keys::{self, Key, OURS};
use super::source::{Flag, LayerName, Origin};
use super::yaml::{Entry, Node, Place, Shape, parse};
use crate::catalog::Defect;
use crate::name::nearest;
use std::collections::BTreeMap;
use std::fmt;

/// One setting of one layer.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) node: Node,
    pub(crate) origin: Origin,
    /// Which source said it, counted from the defaults: of two files of the user the second is greater.
    pub(crate) rank: usize,
}

/// Values stay out: one of them may be a password.
impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Item").field("name", &self.name).field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// What the layers said, in their order, and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    pub(crate) items: Vec<Item>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Defect>,
    sources: usize,
}

impl Layers {
    /// Adds a file. `path` is none for the defaults.
    pub(crate) fn add_file(&mut self, layer: LayerName, path: Option<&str>, root: &Node) {
        self.sources += 1;
        let entries = match &root.shape {
            Shape::Null => return,
            Shape::Map(entries) => entries,
            _ => {
                let message = format!("a configuration must be a map of keys to values, found {}", root.found());
                return self.problem("wrong_type", path, root.place, message, None);
            }
        };
        self.note_duplicates(path, "", entries);
        let present: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        for entry in entries {
            if entry.key == OURS {
                self.add_ours(layer, path, entry);
                continue;
            }
            match keys::find(&entry.key) {
                Some(key) => self.check(key, path, key.name, &entry.node),
                None => self.note_variable(path, entry, &present),
            }
            self.push(entry.key.clone(), &entry.node, origin(layer, path, entry.place));
        }
    }

    /// The part under `cooperage:`, where nothing but our keys may stand.
    fn add_ours(&mut self, layer: LayerName, path: Option<&str>, root: &Entry) {
        let entries = match &root.node.shape {
            Shape::Null => return,
            Shape::Map(entries) => entries,
            _ => {
                let message = format!("{OURS} must be a map of keys to values, found {}", root.node.found());
                return self.problem("wrong_type", path, root.node.place, message, None);
            }
        };
        self.note_duplicates(path, "cooperage.", entries);
        for entry in entries {
            let name = format!("{OURS}.{}", entry.key);
            match keys::find(&name) {
                Some(key) => {
                    self.check(key, path, key.name, &entry.node);
                    self.push(name, &entry.node, origin(layer, path, entry.place));
                }
                None => {
                    let help = match keys::meant_under_ours(&entry.key) {
                        Some(near) if near == entry.key => format!("{near} belongs to the root of the file, not under {OURS}:"),
                        Some(near) => format!("did you mean {near}?"),
                        None => "docs/configuration.md lists the keys; template variables stand at the root of the file".into(),
                    };
                    self.problem("unknown_key", path, entry.place, format!("there is no key {name}"), Some(help));
                }
            }
        }
    }

    /// Adds the variables `COOPERAGE_<KEY>`.
    pub(crate) fn add_environment(&mut self, env: &BTreeMap<String, String>) {
        self.sources += 1;
        let ours = env.iter().filter_map(|(variable, text)| Some((variable, variable.strip_prefix(keys::PREFIX)?, text.as_str())));
        // CI systems hand out empty variables for what they withhold, so an empty one says nothing.
        for (variable, short, text) in ours.filter(|(_, _, text)| !text.trim().is_empty()) {
            let Some(key) = keys::by_variable(variable) else {
                let mut warning = Defect::warning("unknown_variable", format!("the environment variable {variable} sets no key"));
                let near = nearest(&short.to_lowercase(), keys::KEYS.iter().map(Key::short));
                warning.help = near.first().map(|near| format!("did you mean {}{}?", keys::PREFIX, near.to_uppercase()));
                self.warnings.push(warning);
                continue;
            };
            match from_variable(key, text) {
                Ok(node) => {
                    self.check(key, None, &format!("{variable}: {}", key.name), &node);
                    let origin = Origin { layer: LayerName::Environment, path: Some(variable.clone()), line: None };
                    self.push(key.name.to_owned(), &node, origin);
                }
                Err(message) => self.problem("bad_yaml", None, Place::default(), format!("{variable} is not YAML: {message}"), None),
            }
        }
    }

    /// Adds what the command line says.
    pub(crate) fn add_flags(&mut self, flags: &[Flag]) {
        self.sources += 1;
        for flag in flags {
            let node = Node::from_value(&flag.value);
            let origin = Origin { layer: LayerName::Flag, path: Some(flag.name.clone()), line: None };
            match keys::find(&flag.key) {
                Some(key) => self.check(key, None, &format!("{}: {}", flag.name, key.name), &node),
                None => {
                    let message = format!("{}: there is no key {}", flag.name, flag.key);
                    self.problem("unknown_key", None, Place::default(), message, None);
                    continue;
                }
            }
            self.push(flag.key.clone(), &node, origin);
        }
    }

    fn push(&mut self, name: String, node: &Node, origin: Origin) {
        self.items.push(Item { name, node: node.clone(), origin, rank: self.sources });
    }

    fn check(&mut self, key: &Key, path: Option<&str>, subject: &str, node: &Node) {
        for wrong in key.kind.check(subject, node, key.secret) {
            self.problem("wrong_type", path, wrong.place, wrong.message, wrong.help);
        }
    }

    fn problem(&mut self, code: &'static str, path: Option<&str>, place: Place, message: String, help: Option<String>) {
        self.problems.push(placed(Defect::error(code, message), path, place, help).into());
    }

    /// Unknown keys at the root are template variables; near a known one they may be a mistake.
    fn note_variable(&mut self, path: Option<&str>, entry: &Entry, present: &[&str]) {
        if let Some(near) = keys::meant_at_root(&entry.key, present) {
            let message = format!("{} is no key, so it becomes a template variable", entry.key);
            let warning = Defect::warning("unknown_key", message);
            self.warnings.push(placed(warning, path, entry.place, Some(format!("did you mean {near}?"))));
        }
    }

    /// PyYAML lets the last of two equal keys win without a word. Files that work with docker-pkg must go on working,
    /// so it wins here too, with a warning that names both lines.
    fn note_duplicates(&mut self, path: Option<&str>, prefix: &str, entries: &[Entry]) {
        for (at, entry) in entries.iter().enumerate() {
            if let Some(first) = entries[..at].iter().find(|earlier| earlier.key == entry.key) {
                let message = format!("{prefix}{} stands here and in line {}; the last one counts", entry.key, first.place.line);
                let warning = Defect::warning("duplicate_key", message);
                self.warnings.push(placed(warning, path, entry.place, Some("remove one of the two".into())));
            }
        }
    }
}

fn origin(layer: LayerName, path: Option<&str>, place: Place) -> Origin {
    Origin { layer, path: path.map(str::to_owned), line: Some(place.line) }
}

fn placed(mut defect: Defect, path: Option<&str>, place: Place, help: Option<String>) -> Defect {
    defect.path = path.map(str::to_owned);
    defect.line = path.map(|_| place.line);
    defect.column = path.map(|_| place.column);
    defect.help = help;
    defect
}

/// The value of a variable: YAML, but text is taken literally (a password may be `0123`, `yes` or hold ` #`), a list
/// may be written `a,b`, and `null` goes back to the default.
fn from_variable(key: &Key, text: &str) -> Result<Node, String> {
    let literal = |text: &str| Node { shape: Shape::Text(text.to_owned()), place: Place::default(), written: None };
    let trimmed = text.trim();
    if !key.secret && trimmed == "null" {
        return Ok(Node { shape: Shape::Null, place: Place::default(), written: None });
    }
    if key.secret {
        return Ok(literal(text));
    }
    if key.kind.takes_commas() && !trimmed.starts_with(['[', '-']) {
        let items = trimmed.split(',').map(str::trim).filter(|item| !item.is_empty()).map(literal).collect();
        return Ok(Node { shape: Shape::List(items), place: Place::default(), written: None });
    }
    if key.kind.is_text() && !trimmed.starts_with(['"', '\'', '{']) {
        return Ok(literal(text));
    }
    match parse(text) {
        Ok(node) => Ok(node),
        Err(_) if key.kind.is_text() => Ok(literal(text)),
        Err(error) => Err(error.message),
    }
}
