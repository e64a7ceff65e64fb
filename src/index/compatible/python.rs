//! A value as Python 2.7 has it after PyYAML: what is text, what is true, what equals what.

use super::number::short;
use super::plain;
use crate::config::yaml::{Entry, Node, Shape};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::index) enum Python<'a> {
    None,
    Bool(bool),
    /// A whole number of 64 bits; the lowest one is none, because Python makes it from a larger one.
    Int(i64),
    /// A larger one, by its digits.
    Long(String),
    Float(f64),
    /// ASCII text: `str`.
    Text(&'a str),
    /// Other text: `unicode`, which is no `str`.
    Unicode(&'a str),
    /// A date, or a date with a time, as Python prints it.
    Moment(String),
    List(&'a [Node]),
    Map(&'a [Entry]),
    /// PyYAML stops the reading of the file here.
    Broken(&'static str),
}

impl<'a> Python<'a> {
    /// What a value of a file is.
    pub(in crate::index) fn of(node: &'a Node) -> Self {
        match (&node.written, &node.shape) {
            (Some(written), _) => plain::resolve(written),
            (None, Shape::Null) => Self::None,
            (None, Shape::Flag(flag)) => Self::Bool(*flag),
            (None, Shape::Integer(number)) => Self::Int(*number),
            (None, Shape::Float(number)) => Self::Float(*number),
            (None, Shape::Text(text)) => Self::text(text),
            (None, Shape::List(items)) => Self::List(items),
            (None, Shape::Map(entries)) => Self::Map(entries),
        }
    }

    /// Text; PyYAML gives `str` where ASCII is enough.
    pub(super) fn text(text: &'a str) -> Self {
        if text.is_ascii() { Self::Text(text) } else { Self::Unicode(text) }
    }

    /// Whether `if value:` goes in.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::None | Self::Broken(_) => false,
            Self::Bool(flag) => *flag,
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) | Self::Unicode(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Map(entries) => !entries.is_empty(),
            Self::Long(_) | Self::Moment(_) => true,
        }
    }

    /// Whether `isinstance(value, int)` holds; it does for a boolean.
    pub(super) fn is_integer(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Bool(_))
    }

    /// What is the same for values that are equal: `1`, `1.0` and `true` are.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Bool(flag) => format!("number {}", u8::from(*flag)),
            Self::Float(number) if number.fract() == 0.0 => format!("number {number:.0}"),
            Self::Float(number) => format!("number {number:?}"),
            Self::Int(_) | Self::Long(_) => format!("number {}", self.printed()),
            Self::Text(text) | Self::Unicode(text) => format!("text {text}"),
            Self::Moment(text) => format!("moment {text}"),
            Self::None | Self::List(_) | Self::Map(_) | Self::Broken(_) => self.printed(),
        }
    }

    /// What `str(value)` gives: `8.10` has become `8.1`.
    pub(in crate::index) fn printed(&self) -> String {
        match self {
            Self::None => "None".to_owned(),
            Self::Bool(flag) => (if *flag { "True" } else { "False" }).to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => short(*number),
            Self::Long(text) | Self::Moment(text) => text.clone(),
            Self::Text(text) | Self::Unicode(text) => (*text).to_owned(),
            Self::List(items) => format!("[{}]", items.iter().map(|item| Python::of(item).quoted()).collect::<Vec<_>>().join(", ")),
            Self::Map(entries) => {
                let pair = |entry: &Entry| format!("'{}': {}", entry.key, Python::of(&entry.node).quoted());
                format!("{{{}}}", entries.iter().map(pair).collect::<Vec<_>>().join(", "))
            }
            Self::Broken(_) => String::new(),
        }
    }

    /// What it is inside a list.
    fn quoted(&self) -> String {
        match self {
            Self::Text(text) => format!("'{text}'"),
            Self::Unicode(text) => format!("u'{text}'"),
            other => other.printed(),
        }
    }

    /// What was found, for a message: never the value itself.
    pub(super) fn found(&self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "a whole number",
            Self::Long(_) => "a whole number beyond 64 bits",
            Self::Float(_) => "a number with decimals",
            Self::Text(_) => "text",
            Self::Unicode(_) => "text that is not ASCII",
            Self::Moment(_) => "a date",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Broken(_) => "something that cannot be read",
        }
    }
}

/// The first value in a tree that PyYAML stops at, with why.
pub(super) fn broken(node: &Node) -> Option<(&Node, &'static str)> {
    match Python::of(node) {
        Python::Broken(why) => Some((node, why)),
        Python::List(items) => items.iter().find_map(broken),
        Python::Map(entries) => entries.iter().find_map(|entry| broken(&entry.node)),
        _ => None,
    }
}
