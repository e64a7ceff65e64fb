//! Finds the heredocs that a logical line announces, and reads their bodies.

use super::error::{ParseError, excerpt};
use super::instruction::Heredoc;
use super::lines::Lines;

/// The heredocs announced in `text`, bodies still empty. As in BuildKit, a heredoc is a word of its own
/// (`<<EOF`, `3<<-"EOF"`), and a line whose quotes do not close announces none.
pub(super) fn announced(text: &str) -> Vec<Heredoc> {
    if !text.contains("<<") {
        return Vec::new();
    }
    words(text).unwrap_or_default().into_iter().filter_map(announcement).collect()
}

/// Words with their quotes; `None` where a quote or a `${` does not close.
fn words(text: &str) -> Option<Vec<&str>> {
    let mut words = Vec::new();
    let (mut start, mut quote, mut braces) = (None, None, 0usize);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if quote.is_none() && braces == 0 && c.is_whitespace() {
            words.extend(start.take().map(|from| &text[from..at]));
            continue;
        }
        start.get_or_insert(at);
        match (c, quote) {
            ('\\', None | Some('"')) => drop(chars.next()),
            (c, Some(open)) if c == open => quote = None,
            (_, Some('\'')) => {}
            ('"' | '\'', None) => quote = Some(c),
            ('$', _) if chars.peek().is_some_and(|(_, next)| *next == '{') => {
                chars.next();
                braces += 1;
            }
            ('}', None) => braces = braces.saturating_sub(1),
            _ => {}
        }
    }
    words.extend(start.map(|from| &text[from..]));
    (quote.is_none() && braces == 0).then_some(words)
}

/// Reads `<<EOF`, `3<<-EOF`, `<<"EOF"`.
fn announcement(word: &str) -> Option<Heredoc> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (rest, chomp) = rest.strip_prefix('-').map_or((rest, false), |rest| (rest, true));
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    let name = unquoted(rest);
    let expand = name == rest;
    Some(Heredoc { name, body: String::new(), expand, chomp, line: 0 })
}

fn unquoted(word: &str) -> String {
    let mut text = String::new();
    let mut quote = None;
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => text.extend(chars.next()),
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            _ => text.push(c),
        }
    }
    text
}

/// Reads the body of one heredoc. Returns the byte of the file where its last line ends.
pub(super) fn read_body(heredoc: &mut Heredoc, line: usize, lines: &mut Lines<'_>) -> Result<usize, ParseError> {
    heredoc.line = lines.number() + 1;
    for next in lines {
        let text = if heredoc.chomp { next.text().trim_start_matches('\t') } else { next.text() };
        if text == heredoc.name {
            return Ok(next.end());
        }
        heredoc.body.push_str(next.raw);
    }
    let message = format!("the heredoc <<{} is never ended", excerpt(&heredoc.name));
    Err(ParseError::new(line, message).help(format!("put a line that holds only {} after its text", excerpt(&heredoc.name))))
}
