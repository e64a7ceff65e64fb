//! What PyYAML 3.13's scanner refuses and newer readers accept: tabs between tokens, `:` inside a word of a list in
//! brackets (`[a/b:7]`), tags that it has no constructor for, an anchor that is set twice.
//!
//! Not a parser: it follows quotes, comments, blocks and brackets, and where in doubt it refuses nothing.

use crate::config::yaml::Place;
use std::collections::HashSet;

/// What is refused.
pub(super) struct Mark {
    pub(super) place: Place,
    pub(super) why: &'static str,
}

const TAB: &str = "PyYAML 3.13 takes no tab here";
const COLON: &str = "PyYAML 3.13 takes no `:` inside a word between brackets; put quotes around it";
const TAG: &str = "PyYAML 3.13 does not know this tag";
const ANCHOR: &str = "PyYAML 3.13 takes no anchor twice";

/// The first such place of a text.
pub(super) fn refused(text: &str) -> Option<Mark> {
    // Nearly no file has any of these.
    if !text.contains(['\t', '[', '{', '!', '&']) {
        return None;
    }
    let mut lexer = Lexer::default();
    text.split('\n').enumerate().find_map(|(at, line)| {
        let (column, why) = lexer.line(line.strip_suffix('\r').unwrap_or(line))?;
        let column = 1 + line.get(..column).map_or(0, |before| before.chars().count());
        Some(Mark { place: Place { line: at + 1, column }, why })
    })
}

#[derive(Default)]
struct Lexer<'a> {
    /// The quote that is open.
    quote: Option<u8>,
    /// Brackets that are open.
    depth: usize,
    /// A block of text whose lines stand further right than this.
    block: Option<usize>,
    anchors: HashSet<&'a str>,
}

impl<'a> Lexer<'a> {
    /// Goes through a line; gives what is refused, with the byte it starts at.
    fn line(&mut self, line: &'a str) -> Option<(usize, &'static str)> {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if let Some(above) = self.block {
            if indent > above || line.trim_matches([' ', '\t']).is_empty() {
                return None;
            }
            self.block = None;
        }
        let mut at = 0;
        while at < line.len() {
            match self.token(line, at, indent) {
                Ok(next) => at = next,
                Err(why) => return Some((at, why)),
            }
        }
        None
    }

    /// Passes over one token and gives where the next one begins.
    fn token(&mut self, line: &'a str, at: usize, indent: usize) -> Result<usize, &'static str> {
        let bytes = line.as_bytes();
        if let Some(quote) = self.quote {
            return Ok(self.quoted(bytes, at, quote));
        }
        match bytes[at] {
            b' ' => Ok(at + 1),
            b'#' => Ok(line.len()),
            b'\t' if line[at..].trim_matches([' ', '\t']).is_empty() && line[..at].trim_matches(' ').is_empty() => Ok(line.len()),
            b'\t' => Err(TAB),
            quote @ (b'"' | b'\'') => {
                self.quote = Some(quote);
                Ok(at + 1)
            }
            b'[' | b'{' => {
                self.depth += 1;
                Ok(at + 1)
            }
            b']' | b'}' => {
                self.depth = self.depth.saturating_sub(1);
                Ok(at + 1)
            }
            b',' if self.depth > 0 => Ok(at + 1),
            b'-' | b'?' | b':' if bytes.get(at + 1).is_none_or(|next| b" \t".contains(next)) => Ok(at + 1),
            b'|' | b'>' if self.depth == 0 => {
                self.block = Some(indent);
                Ok(line.len())
            }
            b'&' => self.anchor(line, at),
            b'!' => tag(line, at),
            _ => self.word(bytes, at),
        }
    }

    /// Where a quoted text ends in this line, or its end.
    fn quoted(&mut self, bytes: &[u8], from: usize, quote: u8) -> usize {
        let mut at = from;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if quote == b'"' => at += 2,
                found if found == quote && quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 2,
                found if found == quote => {
                    self.quote = None;
                    return at + 1;
                }
                _ => at += 1,
            }
        }
        bytes.len()
    }

    fn anchor(&mut self, line: &'a str, at: usize) -> Result<usize, &'static str> {
        let end = end_of_name(line, at);
        if self.anchors.insert(&line[at..end]) { Ok(end) } else { Err(ANCHOR) }
    }

    /// A plain word, up to what ends it.
    fn word(&self, bytes: &[u8], from: usize) -> Result<usize, &'static str> {
        let blank = |at: usize| bytes.get(at).is_none_or(|byte| *byte == b' ' || *byte == b'\t');
        // The first character is part of it whatever it is, so that there is an end.
        let mut at = from;
        while at < bytes.len() {
            match bytes[at] {
                _ if at == from && bytes[at] != b':' => at += 1,
                b'\t' => return Ok(at),
                b':' if blank(at + 1) => return Ok(at),
                b'#' if at > from && bytes[at - 1] == b' ' => return Ok(at),
                b',' | b'[' | b']' | b'{' | b'}' if self.depth > 0 => return Ok(at),
                b':' if self.depth > 0 && !bytes.get(at + 1).is_some_and(|next| b",[]{}".contains(next)) => return Err(COLON),
                b':' if self.depth > 0 => return Ok(at + 1),
                _ => at += 1,
            }
        }
        Ok(at)
    }
}

fn end_of_name(line: &str, from: usize) -> usize {
    line[from..].find([' ', '\t', ',', ']', '}']).map_or(line.len(), |length| from + length)
}

/// Tags of YAML 1.1 and of Python are known.
fn tag(line: &str, at: usize) -> Result<usize, &'static str> {
    let end = end_of_name(line, at);
    let known = ["!", "!!", "!<tag:yaml.org,2002:"].iter().zip([true, false, false]);
    let name = &line[at..end];
    let fine = known.into_iter().any(|(start, whole)| if whole { name == *start } else { name.starts_with(start) });
    if fine { Ok(end) } else { Err(TAG) }
}

#[cfg(test)]
mod tests {
    use super::refused;

    /// Which of them PyYAML 3.13 refuses was tried.
    #[test]
    fn what_the_original_refuses_is_found() {
        for (text, line, column) in [
            ("a: [x:y]", 1, 5),
            ("a: {b: c:d}", 1, 8),
            ("a:\n- [b,\n  c/d:7]", 3, 3),
            ("a: b\tc", 1, 5),
            ("a:\tb", 1, 3),
            ("a: b\t", 1, 5),
            ("a: !foo x", 1, 4),
            ("a: &x 1\nb: &x 2", 2, 4),
            ("a: |\n  x:\ty\nb: c\t# d", 3, 5),
        ] {
            let mark = refused(text).unwrap_or_else(|| panic!("{text:?}"));
            assert_eq!((mark.place.line, mark.place.column), (line, column), "{text:?}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for text in [
            "a: [\"x:y\", 'b:c', {d: e}, \"f\": g]",
            "a: \"b\\\"\tc\"\nb: 'it''s\t'",
            "# a\tcomment\n\t\na: b # c\td",
            "a: >-\n  b\tc\n\n  [x:y]\nb: http://x",
            "a: !!str 7\nb: ! x\nc: &x 1\nd: *x",
            "a: x[y:z]\nb: c&d!e",
        ] {
            assert!(refused(text).is_none(), "{text:?}");
        }
    }
}
