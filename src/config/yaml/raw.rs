//! The tree as the YAML library hands it over, and its way to a [`Node`].

use super::{Entry, Node, Place, Shape, resolve};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Location, Spanned};
use std::fmt;

/// A value whose plain scalars still mean what the library takes them for.
#[derive(Debug)]
pub(super) enum Raw {
    Null,
    Typed(Shape),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Typed(Shape::Flag(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Typed(Shape::Integer(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Typed(i64::try_from(value).map_or_else(|_| Shape::Text(value.to_string()), Shape::Integer)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Typed(Shape::Float(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

/// Turns the library's tree into ours; `source` is the text it was read from.
pub(super) fn settle(raw: Spanned<Raw>, source: &str) -> Node {
    let place = place(raw.defined);
    let written = match &raw.value {
        Raw::Typed(_) => plain_text(raw.defined, source),
        Raw::Text(text) => plain_text(raw.defined, source).filter(|written| written == text),
        _ => None,
    };
    let written = written.map(str::to_owned);
    let shape = match raw.value {
        Raw::Null => Shape::Null,
        Raw::Typed(shape) => plain_text(raw.defined, source).map_or(shape, resolve),
        Raw::Text(text) => Shape::Text(text),
        Raw::List(items) => Shape::List(items.into_iter().map(|item| settle(item, source)).collect()),
        Raw::Map(entries) => Shape::Map(
            entries
                .into_iter()
                .map(|(key, value)| Entry { place: self::place(key.defined), key: key.value, node: settle(value, source) })
                .collect(),
        ),
    };
    Node { shape, place, written }
}

/// The text of a scalar as it was written, unless quotes or a tag say how to take it.
fn plain_text(location: Location, source: &str) -> Option<&str> {
    let span = location.span();
    let from = usize::try_from(span.byte_offset()?).ok()?;
    let to = from.checked_add(usize::try_from(span.byte_len()?).ok()?)?;
    let tagged = source.get(..from)?.trim_end_matches([' ', '\t']).rsplit([' ', '\t', '\n', '[', '{', ',']).next()?.starts_with('!');
    let text = source.get(from..to)?.trim();
    (!tagged && !text.starts_with(['"', '\'', '|', '>', '!', '&', '*'])).then_some(text)
}

fn place(location: Location) -> Place {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    Place { line: number(location.line()), column: number(location.column()) }
}
