//! Splits the inside of a Jinja tag into tokens, as Jinja2's lexer does, with their places.
//!
//! It judges nothing: what it does not know becomes [`Token::Other`], and minijinja's parser complains about it.

/// A piece of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name or a keyword.
    Name(&'a str),
    /// A string with its quotes.
    Text(&'a str),
    /// A number.
    Number,
    /// An operator or a bracket.
    Sign(&'a str),
    /// Anything else, one character.
    Other,
}

/// What a tag is for, which decides how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// `{{ … }}`
    Print,
    /// `{% … %}`
    Block,
}

/// What stands next in a template.
pub(super) enum Part {
    /// A tag whose inside starts here.
    Tag(Tag, usize),
    /// Nothing more to look at.
    End,
}

/// Finds the next tag from `at`; comments and raw blocks are passed over.
pub(super) fn next_tag(text: &str, mut at: usize) -> Part {
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('{')) {
        let start = at + found;
        let inside = start + 2;
        match text.as_bytes().get(start + 1) {
            Some(b'{') => return Part::Tag(Tag::Print, inside),
            Some(b'#') => match text[inside..].find("#}") {
                Some(end) => at = inside + end + 2,
                None => return Part::End,
            },
            Some(b'%') => match raw_block_end(text, inside) {
                RawBlock::No => return Part::Tag(Tag::Block, inside),
                RawBlock::EndsAt(end) => at = end,
                RawBlock::Open => return Part::End,
            },
            _ => at = start + 1,
        }
    }
    Part::End
}

enum RawBlock {
    No,
    EndsAt(usize),
    Open,
}

fn raw_block_end(text: &str, inside: usize) -> RawBlock {
    let Some(mut at) = after_bare_tag(text, inside, "raw") else { return RawBlock::No };
    while let Some(found) = text[at..].find("{%") {
        at += found + 2;
        if let Some(end) = after_bare_tag(text, at, "endraw") {
            return RawBlock::EndsAt(end);
        }
    }
    RawBlock::Open
}

/// Where a tag that holds only `word` ends, if the tag whose inside starts at `inside` is one.
fn after_bare_tag(text: &str, inside: usize, word: &str) -> Option<usize> {
    let rest = &text[inside..];
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest).trim_start();
    let rest = rest.strip_prefix(word)?.trim_start();
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    Some(text.len() - rest.strip_prefix("%}")?.len())
}

/// Where the tag ends whose end may stand at `at`: the place behind `%}` or `}}`.
pub(super) fn tag_end(text: &str, at: usize, tag: Tag) -> Option<usize> {
    let rest = &text[at..];
    let bare = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    let end = match tag {
        Tag::Print => "}}",
        Tag::Block => "%}",
    };
    Some(text.len() - bare.strip_prefix(end)?.len())
}

/// The token at `at`, which must be inside a tag, not at its end and not at a blank; with the place behind it.
pub(super) fn token(text: &str, at: usize) -> (Token<'_>, usize) {
    let rest = &text[at..];
    let first = rest.chars().next().unwrap_or(' ');
    if first == '"' || first == '\'' {
        let end = string_end(rest, first);
        return (Token::Text(&rest[..end]), at + end);
    }
    if first.is_ascii_digit() {
        let end = number_end(rest);
        return (Token::Number, at + end);
    }
    if first == '_' || first.is_alphabetic() {
        let end = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
        return (Token::Name(&rest[..end]), at + end);
    }
    let two = rest.get(..2).filter(|two| matches!(*two, "//" | "**" | "==" | "!=" | ">=" | "<="));
    if let Some(two) = two {
        return (Token::Sign(two), at + 2);
    }
    if first.is_ascii_punctuation() {
        return (Token::Sign(&rest[..1]), at + 1);
    }
    (Token::Other, at + first.len_utf8())
}

fn string_end(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn number_end(rest: &str) -> usize {
    let digits = |text: &str| text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let whole = digits(rest);
    match rest[whole..].strip_prefix('.') {
        Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => whole + 1 + digits(fraction),
        _ => whole,
    }
}
