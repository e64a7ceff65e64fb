//! XML as it comes, without trees, without entities of its own, and no piece longer than it may be.

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::io::{self, BufRead, Read};

/// The most bytes of one tag or text.
const PIECE: usize = 8 << 20;

/// A document that is read piece by piece.
pub(super) struct Xml<R> {
    reader: Reader<Metered<R>>,
    buffer: Vec<u8>,
    /// The names of the elements that are open, without their prefixes.
    open: Vec<String>,
    /// What a self-closing element still has to tell.
    closing: bool,
}

/// A piece of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// An element begins.
    Start(Element),
    /// A text inside the innermost open element.
    Text(String),
    /// The element of this name ends.
    End(String),
}

/// The beginning of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Its name, without a prefix.
    pub name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// An attribute.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl<R: BufRead> Xml<R> {
    pub(super) fn new(input: R) -> Self {
        let mut reader = Reader::from_reader(Metered { inner: input, left: PIECE });
        reader.config_mut().check_end_names = true;
        Self { reader, buffer: Vec::new(), open: Vec::new(), closing: false }
    }

    /// The innermost element that is open.
    pub(super) fn inside(&self) -> &str {
        self.open.last().map_or("", String::as_str)
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// When it is no XML, ends too early, or has a piece that is too long.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        if std::mem::take(&mut self.closing) {
            return Ok(self.open.pop().map(Piece::End));
        }
        loop {
            self.buffer.clear();
            self.reader.get_mut().left = PIECE;
            let event = self.reader.read_event_into(&mut self.buffer).map_err(wrong)?;
            let (element, empty) = match &event {
                Event::Start(start) => (element(start)?, false),
                Event::Empty(start) => (element(start)?, true),
                Event::Text(text) => return Ok(Some(Piece::Text(text.decode().map_err(wrong)?.trim().to_owned()))),
                Event::GeneralRef(name) => return Ok(Some(Piece::Text(entity(&name.decode().map_err(wrong)?)))),
                Event::End(_) => return Ok(self.open.pop().map(Piece::End)),
                Event::Eof if self.open.is_empty() => return Ok(None),
                Event::Eof => return Err(io::Error::other(format!("it ends inside <{}>", self.inside()))),
                _ => continue,
            };
            self.open.push(element.name.clone());
            self.closing = empty;
            return Ok(Some(Piece::Start(element)));
        }
    }
}

fn wrong(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("it is not the XML it should be: {error}"))
}

/// The characters that XML itself names, and numbers.
fn entity(name: &str) -> String {
    let text = format!("&{name};");
    quick_xml::escape::unescape(&text).map(|text| text.into_owned()).unwrap_or_default()
}

fn element(start: &BytesStart<'_>) -> io::Result<Element> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(wrong)?;
        let value = text(&attribute.value);
        let value = quick_xml::escape::unescape(&value).map_err(wrong)?.into_owned();
        attributes.push((text(attribute.key.local_name().as_ref()), value));
    }
    Ok(Element { name: text(start.local_name().as_ref()), attributes })
}

/// Ends with an error where one piece never ends.
struct Metered<R> {
    inner: R,
    left: usize,
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::other("one of its tags or texts never ends"));
        }
        let there = self.inner.fill_buf()?;
        Ok(&there[..there.len().min(self.left)])
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count);
        self.inner.consume(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> io::Result<Vec<Piece>> {
        let mut xml = Xml::new(text.as_bytes());
        let mut pieces = Vec::new();
        while let Some(piece) = xml.next()? {
            pieces.push(piece);
        }
        Ok(pieces)
    }

    #[test]
    fn elements_come_with_attributes_and_ends() {
        let pieces = all("<?xml version=\"1.0\"?><m:a b=\"1 &amp; 2\"><c/>x</m:a>").unwrap();
        let Piece::Start(first) = &pieces[0] else { panic!("{pieces:?}") };
        assert_eq!((first.name.as_str(), first.get("b"), first.get("c")), ("a", Some("1 & 2"), None));
        assert_eq!(pieces[2..], [Piece::End("c".to_owned()), Piece::Text("x".to_owned()), Piece::End("a".to_owned())]);
    }

    #[test]
    fn what_is_cut_wrong_or_endless_is_an_error() {
        for text in ["<a><b>", "<a></b>", "<a b=\"1></a>"] {
            assert!(all(text).is_err(), "{text}");
        }
        let endless = format!("<a>{}</a>", "x".repeat(PIECE + (1 << 20)));
        let error = all(&endless).map(|pieces| pieces.len()).unwrap_err();
        assert!(error.to_string().contains("never ends"), "{error}");
    }
}
