//! Takes flags off the front of an instruction.

use super::instruction::{Flag, locate};
use super::lines::Piece;

/// Reads the words that start with `--`, up to the first that does not or a bare `--`.
///
/// Quotes and backslashes work as in BuildKit, which uses the backslash here whatever `# escape=` says.
/// Returns the flags and the byte of `text` where the arguments start. `base` is the byte of the logical line
/// where `text` starts.
pub(super) fn take(text: &str, base: usize, pieces: &[Piece]) -> (Vec<Flag>, usize) {
    let mut flags = Vec::new();
    let mut at = blanks(text, 0);
    while text[at..].starts_with("--") {
        let (word, end) = word(text, at);
        let next = blanks(text, end);
        if word == "--" {
            return (flags, next);
        }
        let line = locate(pieces, base + at).map_or(0, |position| position.line);
        flags.push(flag(&word, line));
        at = next;
    }
    (flags, at)
}

fn flag(word: &str, line: usize) -> Flag {
    let word = word.strip_prefix("--").unwrap_or(word);
    match word.split_once('=') {
        Some((name, value)) => Flag { name: name.to_owned(), value: Some(value.to_owned()), line },
        None => Flag { name: word.to_owned(), value: None, line },
    }
}

fn blanks(text: &str, from: usize) -> usize {
    text.len() - text[from..].trim_start().len()
}

/// One word from `from` on, quotes and escapes undone, and the byte after it.
fn word(text: &str, from: usize) -> (String, usize) {
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text[from..].char_indices();
    while let Some((at, c)) = chars.next() {
        match (c, quote) {
            (c, None) if c.is_whitespace() => return (word, from + at),
            ('\\', _) => word.extend(chars.next().map(|(_, escaped)| escaped)),
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            (c, _) => word.push(c),
        }
    }
    (word, text.len())
}
