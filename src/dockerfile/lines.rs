//! From lines to logical lines: directives at the top, comments and blank lines left out, continuations joined.

use super::error::{ParseError, excerpt};

/// A parser directive such as `# syntax=docker/dockerfile:1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its name in lower case: `syntax`, `escape` or `check`.
    pub name: String,
    /// Its value without blanks around it.
    pub value: String,
    /// The line, from 1.
    pub line: usize,
}

/// One line of the file.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    /// From 1.
    pub number: usize,
    /// The byte where it starts.
    pub start: usize,
    /// Its text with the line end.
    pub raw: &'a str,
}

impl<'a> Line<'a> {
    /// The text without the line end.
    pub fn text(&self) -> &'a str {
        self.raw.trim_end_matches(['\r', '\n'])
    }

    /// The byte after the text, before the line end.
    pub fn end(&self) -> usize {
        self.start + self.text().len()
    }
}

/// The lines of a file, one after the other.
pub(super) struct Lines<'a> {
    text: &'a str,
    position: usize,
    number: usize,
}

impl<'a> Lines<'a> {
    /// Starts at the top, after a byte order mark.
    pub fn new(text: &'a str) -> Self {
        let position = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, position, number: 0 }
    }

    /// The number of the line read last; 0 before the first.
    pub fn number(&self) -> usize {
        self.number
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let rest = &self.text[self.position..];
        if rest.is_empty() {
            return None;
        }
        let length = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let line = Line { number: self.number + 1, start: self.position, raw: &rest[..length] };
        self.position += length;
        self.number += 1;
        Some(line)
    }
}

/// Where a part of a logical line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The byte in the joined text where the part starts.
    pub offset: usize,
    /// The line of the file, from 1.
    pub line: usize,
    /// The byte of the file where the part starts.
    pub start: usize,
}

/// An instruction's text with its continuations joined.
pub(super) struct Logical {
    pub text: String,
    pub pieces: Vec<Piece>,
    pub line: usize,
    pub end_line: usize,
    pub start: usize,
    pub end: usize,
}

/// Whether this line is a comment, blanks before it or not.
fn is_comment(text: &str) -> bool {
    text.trim_start().starts_with('#')
}

/// Takes the continuation character and the blanks after it away; `None` when the line is not continued.
/// A doubled character does not continue a line (BuildKit since 0.12).
fn continued(text: &str, escape: char) -> Option<&str> {
    let before = text.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    (!before.ends_with(escape)).then_some(before)
}

/// Joins `first` with the lines that continue it. `None` for comments and blank lines.
pub(super) fn logical(first: Line<'_>, lines: &mut Lines<'_>, escape: char) -> Option<Logical> {
    let text = first.text().trim_start();
    if text.is_empty() || is_comment(text) {
        return None;
    }
    let start = first.end() - text.len();
    let mut joined =
        Logical { text: String::new(), pieces: Vec::new(), line: first.number, end_line: first.number, start, end: first.end() };
    let mut open = joined.add(text, first.number, start, escape);
    while open {
        let Some(line) = lines.next() else { break };
        joined.end_line = line.number;
        if is_comment(line.text()) || line.text().trim_start().is_empty() {
            continue;
        }
        joined.end = line.end();
        open = joined.add(line.text(), line.number, line.start, escape);
    }
    Some(joined)
}

impl Logical {
    /// Adds a line; says whether another one follows.
    fn add(&mut self, text: &str, line: usize, start: usize, escape: char) -> bool {
        self.pieces.push(Piece { offset: self.text.len(), line, start });
        let before = continued(text, escape);
        self.text.push_str(before.unwrap_or(text));
        before.is_some()
    }
}

/// The directives seen so far, and whether more may come.
pub(super) struct Directives {
    pub seen: Vec<Directive>,
    pub escape: char,
    done: bool,
}

impl Directives {
    pub fn new() -> Self {
        Self { seen: Vec::new(), escape: '\\', done: false }
    }

    /// Looks for a directive in a line. The first line that is none ends the search, as in BuildKit.
    pub fn read(&mut self, line: &Line<'_>) -> Result<(), ParseError> {
        if self.done {
            return Ok(());
        }
        let Some((name, value)) = directive(line.text()) else {
            self.done = true;
            return Ok(());
        };
        if self.seen.iter().any(|known| known.name == name) {
            return Err(ParseError::new(line.number, format!("the directive {name} stands here a second time")).help("keep one of the two"));
        }
        if name == "escape" {
            self.escape = match value {
                "\\" => '\\',
                "`" => '`',
                other => {
                    let message = format!("\"{}\" cannot be the escape character", excerpt(other));
                    return Err(ParseError::new(line.number, message).help("write `# escape=\\` or `# escape=``"));
                }
            };
        }
        self.seen.push(Directive { name, value: value.to_owned(), line: line.number });
        Ok(())
    }
}

/// Reads `# name=value` where the name is one that BuildKit knows.
fn directive(text: &str) -> Option<(String, &str)> {
    let rest = text.trim_start().strip_prefix('#')?;
    let (name, value) = rest.split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    let value = value.trim();
    (matches!(name.as_str(), "syntax" | "escape" | "check") && !value.is_empty()).then_some((name, value))
}
