//! A place in a pattern.

/// What is left of a pattern.
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    pub fn rest(&self) -> &'a str {
        self.rest
    }

    pub fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    /// Takes `text`, if it comes next.
    pub fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes everything before `end`, and `end`; nothing where there is none.
    pub fn until(&mut self, end: &str) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(taken)
    }

    /// Takes what `wanted` accepts, at most `most` characters.
    pub fn while_is(&mut self, most: usize, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.char_indices().take(most).find(|(_, c)| !wanted(*c)).map(|(at, _)| at);
        let end = end.unwrap_or_else(|| self.rest.char_indices().nth(most).map_or(self.rest.len(), |(at, _)| at));
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}
