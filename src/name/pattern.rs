//! Patterns of `--select` and `--exclude`.

use globset::{GlobBuilder, GlobMatcher};
use std::fmt::Write as _;

/// A glob as Python's `fnmatch.fnmatchcase` reads it: `*` (also across `/`), `?`, `[seq]`, `[!seq]`;
/// braces and backslashes are literal, an unclosed `[` is too.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    matcher: GlobMatcher,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pattern \"{pattern}\" cannot be read: {why}")]
pub struct PatternError {
    pattern: String,
    why: String,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When the translated pattern is too large for the matcher.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let glob = GlobBuilder::new(&translate(text))
            .literal_separator(false)
            .backslash_escape(false)
            .build()
            .map_err(|e| PatternError { pattern: text.to_owned(), why: e.kind().to_string() })?;
        Ok(Self { text: text.to_owned(), matcher: glob.compile_matcher() })
    }

    /// A pattern that matches nothing but this text.
    pub fn literal(text: &str) -> String {
        text.chars().map(|char| if matches!(char, '*' | '?' | '[') { format!("[{char}]") } else { char.to_string() }).collect()
    }

    /// Whether `text` matches as a whole, case counting.
    pub fn matches(&self, text: &str) -> bool {
        self.matcher.is_match(text)
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Writes fnmatch's pattern in globset's language.
fn translate(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut glob = String::with_capacity(text.len() + 8);
    let mut at = 0;
    while let Some(&c) = characters.get(at) {
        at += 1;
        match c {
            // globset gives `**` a meaning of its own.
            '*' => {
                if !glob.ends_with('*') {
                    glob.push('*');
                }
            }
            '?' => glob.push('?'),
            '[' => match class_end(&characters, at) {
                Some(end) => {
                    let class: String = characters[at..end].iter().collect();
                    // Writing to a String cannot fail.
                    let _ = write!(glob, "[{class}]");
                    at = end + 1;
                }
                None => glob.push_str("[[]"),
            },
            '{' | '}' | ']' => {
                let _ = write!(glob, "[{c}]");
            }
            _ => glob.push(c),
        }
    }
    glob
}

/// Where the class that starts behind `[` ends; a `]` right at its start belongs to it.
fn class_end(characters: &[char], start: usize) -> Option<usize> {
    let mut at = start;
    if characters.get(at) == Some(&'!') {
        at += 1;
    }
    if characters.get(at) == Some(&']') {
        at += 1;
    }
    (at..characters.len()).find(|&i| characters[i] == ']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_fnmatchcase() {
        let cases = [
            ("*nodejs*", "docker.example.org/releng/nodejs:0.3.1", true),
            ("*/nodejs:*", "docker.example.org/releng/nodejs:0.3.1", true),
            ("nodejs", "docker.example.org/releng/nodejs:0.3.1", false),
            ("*NODEJS*", "nodejs:1", false),
            ("node?s:1", "nodejs:1", true),
            ("a[bc]d", "abd", true),
            ("a[!bc]d", "abd", false),
            ("a[!bc]d", "aed", true),
            ("a[]]d", "a]d", true),
            ("{a,b}", "a", false),
            ("{a,b}", "{a,b}", true),
            ("a\\*", "a\\bc", true),
            ("a[b", "a[b", true),
            ("**x", "a/b/x", true),
            ("a**/b", "a/b", true),
            ("a]", "a]", true),
            ("", "", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(text), expected, "{pattern} on {text}");
        }
    }
}
