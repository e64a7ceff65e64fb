//! The bytes of a file as PyYAML 3.13 reads them: encodings, characters it refuses, and the values it stops at.

use super::lexer;
use super::python::broken;
use crate::config::yaml::{Node, Place, parse_within};
use crate::index::folder::MOST_VALUES;
use std::borrow::Cow;

/// Why a file gives no tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unread {
    pub(super) message: String,
    pub(super) place: Option<Place>,
    /// The original stops at it as well, tells it, and goes on without the file. What only we refuse must not pass so.
    pub(super) by_both: bool,
}

impl Unread {
    fn both(message: impl Into<String>, place: Option<Place>) -> Self {
        Self { message: message.into(), place, by_both: true }
    }
}

/// Reads a file.
pub(super) fn read(bytes: &[u8]) -> Result<Node, Unread> {
    let text = decode(bytes)?;
    if let Some(place) = unprintable(&text) {
        return Err(Unread::both("PyYAML 3.13 refuses this character", Some(place)));
    }
    if let Some(mark) = lexer::refused(&text) {
        return Err(Unread::both(mark.why, Some(mark.place)));
    }
    let node =
        parse_within(&text, MOST_VALUES).map_err(|error| Unread { by_both: !error.refused, place: error.place, message: error.message })?;
    match broken(&node) {
        Some((at, why)) => Err(Unread::both(why, Some(at.place))),
        None => Ok(node),
    }
}

/// UTF-16 where a mark says so, else UTF-8.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Unread> {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let (units, left) = rest.as_chunks::<2>();
        let text: Result<String, _> = char::decode_utf16(units.iter().copied().map(unit)).collect();
        text.ok().filter(|_| left.is_empty()).map(Cow::Owned).ok_or_else(|| Unread::both("this is not UTF-16", None))
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|error| Unread::both("this is not UTF-8", Some(Place::of_byte(bytes, error.valid_up_to())))),
    }
}

/// The first character that its reader refuses: control characters, and all beyond the first plane of Unicode.
fn unprintable(text: &str) -> Option<Place> {
    let fine = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}');
    text.find(|c| !fine(c)).map(|at| Place::of_byte(text.as_bytes(), at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::yaml::Shape;

    #[test]
    fn encodings_are_those_of_pyyaml() {
        let wide = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        for bytes in
            [b"a: x".to_vec(), wide("\u{feff}a: x", u16::to_le_bytes), wide("\u{feff}a: x", u16::to_be_bytes), "\u{feff}a: x".into()]
        {
            let node = read(&bytes).unwrap();
            assert!(matches!(&node.shape, Shape::Map(entries) if entries[0].key == "a"), "{bytes:?}");
        }
        for (bytes, line, column) in [(b"a: 1\nb: \xe9".as_slice(), 2, 4), (b"a: \x07", 1, 4), ("# \u{1f600}".as_bytes(), 1, 3)] {
            let unread = read(bytes).unwrap_err();
            assert_eq!((unread.by_both, unread.place), (true, Some(Place { line, column })), "{bytes:?}");
        }
    }

    #[test]
    fn what_only_we_refuse_is_told_apart() {
        assert!(read(b"a: [1").unwrap_err().by_both);
        assert!(read(b"a: 2016-13-45").unwrap_err().by_both);
        assert!(!read(b"~: 1").unwrap_err().by_both);
        assert!(!read("[".repeat(2000).as_bytes()).unwrap_err().by_both || read("[".repeat(2000).as_bytes()).is_err());
    }
}
