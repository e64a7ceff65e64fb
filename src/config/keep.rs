//! `cooperage.keep`: what `registry gc` leaves alone.

use super::duration;
use super::kind::{Kind, Wrong, mismatch, required, stranger};
use super::yaml::{Entry, Node, Shape};
use crate::name::Pattern;
use schemars::JsonSchema;
use std::time::Duration;

/// What `registry gc` leaves alone; a part that is not said is as below.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct KeepSettings {
    /// Patterns of tags, or of whole references, that always stay.
    pub tags: Vec<String>,
    /// How long a tag stays after it was seen for the first time, or used for the last time; 30 days.
    #[serde(deserialize_with = "duration::or_none")]
    #[schemars(schema_with = "duration::schema_or_none")]
    pub min_age: Duration,
    /// How long a tag stays marked before it goes; 30 days.
    #[serde(deserialize_with = "duration::or_none")]
    #[schemars(schema_with = "duration::schema_or_none")]
    pub grace: Duration,
    /// The most tags that one call may remove; more, and it removes none. 50.
    #[schemars(range(min = 1, max = 65535))]
    pub max_delete: usize,
}

/// Thirty days: how long an image that nobody uses stays, and stays marked (the image lifecycle this follows).
const MONTH: Duration = Duration::from_secs(30 * 86_400);

impl Default for KeepSettings {
    fn default() -> Self {
        Self { tags: Vec::new(), min_age: MONTH, grace: MONTH, max_delete: 50 }
    }
}

const FIELDS: [&str; 4] = ["tags", "min_age", "grace", "max_delete"];

/// What the key may hold, to stand after "must be".
pub(super) const EXPECTED: &str = "a map of tags (a list of patterns), min_age and grace (durations), max_delete (a number)";

/// Everything in it that cannot stand there.
pub(super) fn check(subject: &str, entries: &[Entry]) -> Vec<Wrong> {
    entries.iter().flat_map(|entry| one(subject, entry)).collect()
}

fn one(subject: &str, entry: &Entry) -> Vec<Wrong> {
    let at = format!("{subject}.{}", entry.key);
    match entry.key.as_str() {
        "tags" => patterns(&at, &entry.node),
        "min_age" | "grace" if duration::parse_or_none(&entry.node.to_value()).is_some() => Vec::new(),
        "min_age" | "grace" => vec![mismatch(&at, &Kind::Duration.expected(), &entry.node, false)],
        "max_delete" => required(Kind::Count, &at, &entry.node),
        _ => vec![stranger(subject, &entry.key, entry.place, &FIELDS)],
    }
}

fn patterns(subject: &str, node: &Node) -> Vec<Wrong> {
    let mut wrong = required(Kind::Texts, subject, node);
    if let (true, Shape::List(items)) = (wrong.is_empty(), &node.shape) {
        for item in items {
            if let Shape::Text(text) = &item.shape
                && let Err(error) = Pattern::parse(text)
            {
                wrong.push(Wrong { place: item.place, message: format!("{subject}: {error}"), help: None });
            }
        }
    }
    wrong
}
