//! One pattern of `.dockerignore`, turned into a regular expression.
//!
//! The rules are those of <https://github.com/moby/patternmatcher>: Go's `filepath.Match`, and `**` for any number of folders.

use regex::Regex;
use std::iter::Peekable;
use std::str::Chars;

/// One pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// Whether it takes back what earlier ones left out (`!`).
    pub exception: bool,
    regex: Regex,
}

impl Pattern {
    /// Reads a pattern; the error says what is wrong with it. `None` where nothing is left of it.
    ///
    /// Docker cleans twice, once without a leading `!` and once with it: `temp /` is `temp`, `/!a` is `!a`.
    pub fn new(line: &str) -> Result<Option<Self>, String> {
        let (mark, rest) = line.strip_prefix('!').map_or(("", line), |rest| ("!", rest.trim()));
        let path = if rest.is_empty() { String::new() } else { clean(rest) };
        let relative = path.strip_prefix('/').filter(|rest| !rest.is_empty()).unwrap_or(&path);
        let joined = format!("{mark}{relative}");
        if joined.trim().is_empty() {
            return Ok(None);
        }
        let whole = clean(joined.trim());
        let (exception, text) = whole.strip_prefix('!').map_or((false, whole.as_str()), |rest| (true, rest));
        if text.is_empty() {
            return Err("there is nothing behind the !".to_owned());
        }
        let regex = Regex::new(&translate(text)?).map_err(|_| "it is too long".to_owned())?;
        Ok(Some(Self { exception, regex }))
    }

    /// Whether it matches this very path, written with `/` and relative to the context.
    pub fn matches(&self, path: &str) -> bool {
        self.regex.is_match(path)
    }
}

/// Go's `filepath.Clean`: takes out `.`, doubled slashes, and `x/..`.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            ("..", None) if rooted => {}
            _ => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::from("(?s)^");
    let mut chars = pattern.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => double_star(&mut chars, &mut out, first),
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '[' => class(&mut chars, &mut out)?,
            '\\' => literal(chars.next().ok_or("it ends in a backslash")?, &mut out),
            c => literal(c, &mut out),
        }
        first = false;
    }
    out.push('$');
    Ok(out)
}

fn literal(c: char, out: &mut String) {
    out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

/// `**/` and `**` before something: any number of folders; at the end: anything.
/// `**name` at the start matches the end of any path, as Docker's own matcher does it.
fn double_star(chars: &mut Peekable<Chars<'_>>, out: &mut String, first: bool) {
    let slash = chars.next_if_eq(&'/').is_some();
    let suffix = first && !slash && !chars.clone().any(|c| "*?[]\\".contains(c));
    out.push_str(if suffix || chars.peek().is_none() { ".*" } else { "(?:.*/)?" });
}

/// `[a-z]`, `[^a-z]`: at least one range, no bare `-` or `]` in it.
fn class(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges = String::new();
    let mut count = 0;
    while count == 0 || chars.next_if_eq(&']').is_none() {
        let low = class_char(chars)?;
        let high = if chars.next_if_eq(&'-').is_some() { class_char(chars)? } else { low };
        if low <= high {
            ranges.push_str(&format!("\\x{{{:x}}}-\\x{{{:x}}}", u32::from(low), u32::from(high)));
        }
        count += 1;
    }
    out.push_str(&match (negated, ranges.is_empty()) {
        (false, false) => format!("[{ranges}]"),
        (true, false) => format!("[^{ranges}]"),
        // A range from z to a holds nothing.
        (false, true) => "[^\\s\\S]".to_owned(),
        (true, true) => "[\\s\\S]".to_owned(),
    });
    Ok(())
}

fn class_char(chars: &mut Peekable<Chars<'_>>) -> Result<char, String> {
    match chars.next() {
        None => Err("a [ is never closed".to_owned()),
        Some(c @ ('-' | ']')) => Err(format!("{c} stands in [] where a character is expected; write \\{c}")),
        Some('\\') => chars.next().ok_or_else(|| "it ends in a backslash".to_owned()),
        Some(c) => Ok(c),
    }
}
