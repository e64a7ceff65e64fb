//! Replaces variables in `FROM` and in the `ARG`s before it, as BuildKit's shell words do.

/// How deep `${A:-${B:-…}}` may go.
const DEPTH: usize = 16;
/// How long a text may become, in bytes: `ARG B=$A$A`, `ARG C=$B$B`, … doubles with every line.
const LENGTH: usize = 1024;

/// A text after replacing.
pub(super) struct Expanded {
    pub text: String,
    /// Whether every variable had a value. Those without stay in the text as written.
    pub resolved: bool,
}

/// Replaces `$NAME`, `${NAME}` and `${NAME}` with `-`, `:-`, `+`, `:+`, `?`, `:?`; takes quotes and escapes away.
pub(super) fn expand<'a>(text: &str, escape: char, lookup: &dyn Fn(&str) -> Option<&'a str>) -> Expanded {
    let mut expander = Expander { text, at: 0, escape, lookup, resolved: true };
    let text = expander.until(None, 0);
    Expanded { text, resolved: expander.resolved }
}

struct Expander<'t, 'a> {
    text: &'t str,
    at: usize,
    escape: char,
    lookup: &'t dyn Fn(&str) -> Option<&'a str>,
    resolved: bool,
}

impl<'t> Expander<'t, '_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Stops reading: what is left cannot be made sense of.
    fn give_up(&mut self) {
        self.resolved = false;
        self.at = self.text.len();
    }

    /// Expands up to the unquoted `close`, which is consumed, or the end.
    fn until(&mut self, close: Option<char>, depth: usize) -> String {
        let mut out = String::new();
        let mut quoted = false;
        while let Some(c) = self.next() {
            match c {
                c if Some(c) == close && !quoted => return out,
                '\'' if !quoted => self.single_quoted(&mut out),
                '"' => quoted = !quoted,
                '$' => {
                    let value = self.variable(depth);
                    out.push_str(&value);
                }
                c if c == self.escape => out.extend(self.next()),
                c => out.push(c),
            }
            if out.len() > LENGTH {
                self.give_up();
                out.clear();
            }
        }
        if close.is_some() || quoted {
            self.resolved = false;
        }
        out
    }

    fn single_quoted(&mut self, out: &mut String) {
        let rest = &self.text[self.at..];
        match rest.find('\'') {
            Some(end) => {
                out.push_str(&rest[..end]);
                self.at += end + 1;
            }
            None => self.give_up(),
        }
    }

    /// What stands behind `$`.
    fn variable(&mut self, depth: usize) -> String {
        let start = self.at - 1;
        if self.peek() == Some('{') {
            self.at += 1;
            return self.braced(start, depth);
        }
        let name = self.name();
        if name.is_empty() {
            return "$".to_owned();
        }
        self.value_or_raw(name, start)
    }

    fn name(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn braced(&mut self, start: usize, depth: usize) -> String {
        if depth >= DEPTH {
            self.give_up();
            return String::new();
        }
        let name = self.name();
        let colon = self.peek() == Some(':');
        if colon {
            self.at += 1;
        }
        let operator = self.next();
        if operator == Some('}') && !colon && !name.is_empty() {
            return self.value_or_raw(name, start);
        }
        let known = self.resolved;
        let word = self.until(Some('}'), depth + 1);
        let value = (self.lookup)(name).filter(|value| !colon || !value.is_empty());
        let (chosen, uses_word) = match (operator, value) {
            (Some('-'), None) => (word, true),
            (Some('+'), Some(_)) => (word, true),
            (Some('+'), None) => (String::new(), false),
            (Some('-' | '?'), Some(value)) => (value.to_owned(), false),
            _ => return self.raw(start),
        };
        // What is wrong in a word that is not used does not matter, unless the brace never closed.
        if !uses_word && self.text[..self.at].ends_with('}') {
            self.resolved = known;
        }
        chosen
    }

    fn value_or_raw(&mut self, name: &str, start: usize) -> String {
        match (self.lookup)(name) {
            Some(value) => value.to_owned(),
            None => self.raw(start),
        }
    }

    fn raw(&mut self, start: usize) -> String {
        self.resolved = false;
        self.text[start..self.at].to_owned()
    }
}

/// The words of a text, split at blanks outside quotes; quotes and escapes stay.
pub(super) fn words(text: &str, escape: char) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut quote) = (None, None);
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            words.extend(start.take().map(|from| &text[from..at]));
            continue;
        }
        start.get_or_insert(at);
        match (c, quote) {
            (c, None | Some('"')) if c == escape => drop(chars.next()),
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            _ => {}
        }
    }
    words.extend(start.map(|from| &text[from..]));
    words
}
