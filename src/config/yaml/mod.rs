//! YAML text into a tree that knows the place of every value and key. Scalars mean what they mean to PyYAML
//! (YAML 1.1), because the same file serves docker-pkg.
//!
//! Nothing here knows a key of ours; nothing here puts text of the file into a message.

mod error;
mod plain;
mod raw;

pub(crate) use error::{parse, parse_within};
pub(crate) use plain::resolve;

use serde_json::Value;

/// A place in a file: line and column from 1, the column in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    /// Where a byte of a text stands.
    pub(crate) fn of_byte(text: &[u8], at: usize) -> Self {
        let before = &text[..at.min(text.len())];
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Self { line, column: 1 + String::from_utf8_lossy(&before[start..]).chars().count() }
    }
}

/// A value and where it stands; of an alias, where the anchor stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) shape: Shape,
    pub(crate) place: Place,
    /// A plain scalar as it was written: `010` is a number to some readers and a name to others.
    pub(crate) written: Option<String>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Null,
    Flag(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One key of a map with its value. A map may hold a key twice: the last one counts, as in PyYAML.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) node: Node,
}

impl Node {
    /// A node from a value that no file holds (a flag, a variable).
    pub(crate) fn from_value(value: &Value) -> Self {
        let shape = match value {
            Value::Null => Shape::Null,
            Value::Bool(flag) => Shape::Flag(*flag),
            Value::Number(number) => number.as_i64().map_or_else(|| number.as_f64().map_or(Shape::Null, Shape::Float), Shape::Integer),
            Value::String(text) => Shape::Text(text.clone()),
            Value::Array(items) => Shape::List(items.iter().map(Self::from_value).collect()),
            Value::Object(map) => Shape::Map(
                map.iter().map(|(key, value)| Entry { key: key.clone(), place: Place::default(), node: Self::from_value(value) }).collect(),
            ),
        };
        Self { shape, place: Place::default(), written: None }
    }

    /// The value without places.
    pub(crate) fn to_value(&self) -> Value {
        match &self.shape {
            Shape::Null => Value::Null,
            Shape::Flag(flag) => Value::Bool(*flag),
            Shape::Integer(number) => Value::from(*number),
            Shape::Float(number) => Value::from(*number),
            Shape::Text(text) => Value::String(text.clone()),
            Shape::List(items) => items.iter().map(Self::to_value).collect(),
            Shape::Map(entries) => Value::Object(entries.iter().map(|entry| (entry.key.clone(), entry.node.to_value())).collect()),
        }
    }

    /// What was found, for a message: never the value itself.
    pub(crate) fn found(&self) -> &'static str {
        match &self.shape {
            Shape::Null => "nothing",
            Shape::Flag(_) => "a boolean",
            Shape::Integer(_) => "a whole number",
            Shape::Float(_) => "a number with decimals",
            Shape::Text(_) => "text",
            Shape::List(_) => "a list",
            Shape::Map(_) => "a map",
        }
    }
}

#[cfg(test)]
mod tests;
