//! `cooperage.publish`: yes, no, or the list of destinations; each with the place it is written at.
//!
//! A list of one layer stays when a later layer only says yes or no: `--no-publish` switches publishing off, but the
//! images keep their names.

use super::kind::{Kind, Wrong, mismatch, required, stranger};
use super::layer::Item;
use super::load::expand_home;
use super::yaml::{Entry, Node, Place, Shape};
use crate::catalog::Defect;
use schemars::JsonSchema;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What stands before the folder of an OCI layout in `to`.
pub const LAYOUT_PREFIX: &str = "oci:";

/// `cooperage.publish` as it is written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum PublishSetting {
    /// Yes or no.
    Flag(bool),
    /// To these destinations.
    List(Vec<DestinationSettings>),
}

/// One destination as it is written. `to`, `tags` and `pull_as` are Jinja.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct DestinationSettings {
    /// What it is called in messages and documents.
    pub name: String,
    /// Repository of an image with its host, or `oci:` and the folder of an OCI layout.
    pub to: String,
    /// Tags of an image; the one that holds the version never moves, the others follow it.
    #[serde(default = "usual_tags")]
    pub tags: Vec<String>,
    /// Repository under which the images are pulled, where that is another one.
    #[serde(default)]
    pub pull_as: Option<String>,
    /// Patterns of the images that go there; none for all.
    #[serde(default)]
    pub select: Vec<String>,
    /// Patterns of images that do not.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// What to do where the version stands there with the same digest.
    #[serde(default)]
    pub on_existing: OnExisting,
    /// Whether the old digest of a tag that moves is kept under another tag.
    #[serde(default)]
    pub keep_alive: bool,
}

/// What happens where the version that is about to be published stands already. With another digest it is always
/// a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum OnExisting {
    /// The same digest is fine.
    #[default]
    Skip,
    /// It is fine once the registry has shown the manifest and every part of it.
    Verify,
    /// It is a failure.
    Fail,
}

/// `cooperage.atomic`: what moves together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Atomic {
    /// The floating tags of an image whose own run was good.
    Image,
    /// All of a run, or none.
    Run,
}

/// A destination with the places of its parts in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationEntry {
    /// What is written.
    pub settings: DestinationSettings,
    path: Option<String>,
    places: BTreeMap<String, Place>,
}

impl DestinationEntry {
    /// Something wrong with a part: `to`, `pull_as`, `name`, `tags.0`; the whole where it has no such part.
    pub fn defect(&self, part: &str, code: &'static str, message: impl Into<String>) -> Defect {
        let mut defect = Defect::error(code, message);
        defect.path.clone_from(&self.path);
        let place = self.places.get(part).or_else(|| self.places.get("")).filter(|place| place.line > 0);
        if let Some(place) = place {
            defect = defect.line(place.line).column(place.column);
        }
        defect
    }
}

/// The tags of a destination that names none.
pub fn usual_tags() -> Vec<String> {
    vec!["{{ tag }}".to_owned(), "latest".to_owned()]
}

const FIELDS: [(&str, Kind); 8] = [
    ("name", Kind::Text),
    ("to", Kind::Text),
    ("tags", Kind::Texts),
    ("pull_as", Kind::Text),
    ("select", Kind::Texts),
    ("exclude", Kind::Texts),
    ("on_existing", Kind::Choice(&["skip", "verify", "fail"])),
    ("keep_alive", Kind::Flag),
];

/// What is wrong with a list of destinations.
pub(super) fn check_list(subject: &str, node: &Node, items: &[Node]) -> Vec<Wrong> {
    if items.is_empty() {
        let help = Some("write false for \"never\"".to_owned());
        return vec![Wrong { place: node.place, message: format!("{subject} is a list without a destination"), help }];
    }
    items.iter().enumerate().flat_map(|(at, item)| check_one(&format!("item {} of {subject}", at + 1), item)).collect()
}

fn check_one(subject: &str, node: &Node) -> Vec<Wrong> {
    let Shape::Map(entries) = &node.shape else { return vec![mismatch(subject, "a map with name and to", node, false)] };
    let mut wrong: Vec<Wrong> = entries.iter().flat_map(|entry| check_field(subject, entry)).collect();
    for needed in ["name", "to"] {
        let is_said = entries.iter().any(|entry| entry.key == needed && entry.node.shape != Shape::Null);
        if !is_said {
            wrong.push(Wrong { place: node.place, message: format!("{subject} lacks the key {needed}"), help: None });
        }
    }
    wrong
}

fn check_field(subject: &str, entry: &Entry) -> Vec<Wrong> {
    let subject_of_field = format!("{} of {subject}", entry.key);
    match FIELDS.iter().find(|(name, _)| *name == entry.key) {
        None => vec![stranger(subject, &entry.key, entry.place, &FIELDS.map(|(name, _)| name))],
        Some((_, kind)) if entry.node.shape == Shape::Null => kind.check(&subject_of_field, &entry.node, false),
        Some((_, kind)) => required(*kind, &subject_of_field, &entry.node),
    }
}

/// The destinations that hold after all layers: those of the last list. Nothing (null) forgets them, yes and no do not.
pub(super) fn destinations(items: &[Item], env: &BTreeMap<String, String>) -> Vec<DestinationEntry> {
    let mut found = Vec::new();
    for item in items.iter().filter(|item| item.name == "cooperage.publish") {
        match &item.node.shape {
            Shape::List(list) => found = list.iter().filter_map(|node| entry(node, item, env)).collect(),
            Shape::Null => found.clear(),
            _ => {}
        }
    }
    found
}

/// A part of a destination that is null goes back to its default, as a key does.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        Value::Object(map) => Value::Object(map.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        other => other,
    }
}

/// None only for what [`check_list`] refuses.
fn entry(node: &Node, item: &Item, env: &BTreeMap<String, String>) -> Option<DestinationEntry> {
    let Shape::Map(entries) = &node.shape else { return None };
    let mut places = BTreeMap::from([(String::new(), node.place)]);
    let mut values = serde_json::Map::new();
    for entry in entries.iter().filter(|entry| entry.node.shape != Shape::Null) {
        places.insert(entry.key.clone(), entry.node.place);
        if let Shape::List(items) = &entry.node.shape {
            places.extend(items.iter().enumerate().map(|(at, item)| (format!("{}.{at}", entry.key), item.place)));
        }
        values.insert(entry.key.clone(), entry.node.to_value());
    }
    let mut settings: DestinationSettings = serde_json::from_value(Value::Object(values)).ok()?;
    if let Some(folder) = settings.to.strip_prefix(LAYOUT_PREFIX) {
        settings.to = format!("{LAYOUT_PREFIX}{}", expand_home(Path::new(folder), env).display());
    }
    Some(DestinationEntry { settings, path: item.origin.path.clone(), places })
}
