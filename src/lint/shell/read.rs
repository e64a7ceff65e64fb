//! Lists of commands: operators, simple commands, redirections, heredocs.

use super::{Command, Script, Word};

/// How deep substitutions and subshells are followed.
const DEEPEST: usize = 40;

/// Reads a script.
pub fn read(text: &str) -> Script {
    let mut reader = Reader { text, at: 0, end: text.len(), depth: 0, heredocs: Vec::new(), script: Script::default() };
    while reader.at < reader.end {
        reader.list(End::Nothing);
        // A closing sign without an opening one.
        reader.at += reader.peek().map_or(0, char::len_utf8);
    }
    reader.script.commands.sort_by_key(|command| command.start);
    reader.script.pipes.sort_unstable();
    reader.script
}

/// What ends a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The end of the text.
    Nothing,
    /// `)`.
    Parenthesis,
    /// `;;`, `;&`, `;;&` or `esac`.
    Case,
}

/// Reads from `at` to `end`.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) depth: usize,
    /// Heredocs whose bodies follow the line being read: the word that ends them, and whether tabs before it go.
    heredocs: Vec<(String, bool)>,
    pub(super) script: Script,
}

impl<'a> Reader<'a> {
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Takes `sign` if it comes next.
    pub(super) fn take(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    /// Blanks, and line ends behind a backslash.
    pub(super) fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\x0b', '\x0c']).len();
            self.at += blank;
            if blank == 0 && !self.take("\\\n") && !self.take("\\\r\n") {
                return;
            }
        }
    }

    /// Goes one level deeper, unless that is too deep; then everything is skipped.
    pub(super) fn deeper(&mut self, read: impl FnOnce(&mut Self)) {
        if self.depth >= DEEPEST {
            self.at = self.end;
            return;
        }
        self.depth += 1;
        read(self);
        self.depth -= 1;
    }

    /// Reads commands up to `end`, which is taken, or to a `)` that nobody opened, which is not.
    pub(super) fn list(&mut self, end: End) {
        loop {
            self.blanks();
            let rest = self.rest();
            match rest.as_bytes() {
                [] => return,
                [b'\n', ..] => self.line_end(),
                [b'#', ..] => self.at += rest.find('\n').unwrap_or(rest.len()),
                [b')', ..] => {
                    if end == End::Parenthesis {
                        self.at += 1;
                    }
                    return;
                }
                [b'(', b'(', ..] => self.arithmetic(),
                [b'(', ..] => {
                    self.at += 1;
                    self.deeper(|reader| reader.list(End::Parenthesis));
                }
                [b';', b';' | b'&', ..] => {
                    self.at += 2;
                    self.take("&");
                    if end == End::Case {
                        return;
                    }
                }
                [b'&', b'&', ..] | [b'|', b'|', ..] => self.at += 2,
                [b'|', next, ..] => self.pipe(*next == b'&'),
                [b'|'] => self.pipe(false),
                [b'&', b'>', ..] => drop(self.redirection()),
                [b';' | b'&', ..] => self.at += 1,
                _ => {
                    if self.command(end) {
                        return;
                    }
                }
            }
        }
    }

    fn pipe(&mut self, both: bool) {
        self.script.pipes.push(self.at);
        self.at += if both { 2 } else { 1 };
    }

    /// Takes a line end and the bodies of the heredocs that the line announced.
    pub(super) fn line_end(&mut self) {
        self.at += 1;
        for (word, tabs) in std::mem::take(&mut self.heredocs) {
            while self.at < self.end {
                let rest = self.rest();
                let length = rest.find('\n').map_or(rest.len(), |at| at + 1);
                let line = rest[..length].trim_end_matches(['\n', '\r']);
                self.at += length;
                if word == if tabs { line.trim_start_matches('\t') } else { line } {
                    break;
                }
            }
        }
    }

    /// `((…))`, or a subshell that starts with another one.
    fn arithmetic(&mut self) {
        let start = self.at;
        if !self.balanced("((", "))") {
            self.at = start + 1;
            self.deeper(|reader| reader.list(End::Parenthesis));
        }
    }

    /// Skips from `open` to the `close` that belongs to it; says whether there is one.
    pub(super) fn balanced(&mut self, open: &str, close: &str) -> bool {
        let start = self.at;
        self.at += open.len();
        let mut parentheses = 0_usize;
        while self.at < self.end {
            if parentheses == 0 && self.take(close) {
                return true;
            }
            match self.next() {
                Some('(') => parentheses += 1,
                Some(')') if parentheses == 0 => break,
                Some(')') => parentheses -= 1,
                _ => {}
            }
        }
        self.at = start;
        false
    }

    /// Reads a simple command, or the start of a compound one. Says whether it was the end of a list.
    fn command(&mut self, end: End) -> bool {
        let mut command = Command { start: self.at, ..Command::default() };
        loop {
            self.blanks();
            if self.peek() == Some('#') {
                break;
            }
            if self.redirection() {
                continue;
            }
            let start = self.at;
            let Some(word) = self.word() else { break };
            let raw = &self.text[start..self.at];
            if command.words.is_empty() {
                if let Some(assignment) = assignment(raw, &word) {
                    command.assignments.push(assignment);
                    continue;
                }
                if command.assignments.is_empty() && self.reserved(raw) {
                    return end == End::Case && raw == "esac";
                }
                if self.function() {
                    return false;
                }
            }
            command.words.push(Word { text: word, start });
        }
        // Nothing was read: a sign that starts no command must not be seen again.
        if self.at == command.start && self.peek() != Some('#') {
            self.next();
        }
        if !command.words.is_empty() || !command.assignments.is_empty() {
            self.script.commands.push(command);
        }
        false
    }

    /// Takes a redirection with what it leads to.
    pub(super) fn redirection(&mut self) -> bool {
        let start = self.at;
        let rest = self.rest();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        self.at += digits;
        let operators = ["<<<", "<<-", "<<", "&>>", "&>", ">>", ">&", ">|", "<&", "<>", ">", "<"];
        let rest = self.rest();
        let found = operators.into_iter().find(|operator| rest.starts_with(operator));
        let Some(operator) = found.filter(|operator| digits == 0 || !operator.starts_with('&')) else {
            self.at = start;
            return false;
        };
        if matches!(operator, "<" | ">") && rest[1..].starts_with('(') {
            // A substitution, which is a word.
            self.at = start;
            return false;
        }
        self.at += operator.len();
        self.blanks();
        let word = self.word().unwrap_or_default();
        if matches!(operator, "<<" | "<<-") {
            self.heredocs.push((word, operator == "<<-"));
        }
        true
    }
}

/// `NAME=value`, `NAME+=value` or `NAME[i]=value`.
fn assignment(raw: &str, word: &str) -> Option<(String, String)> {
    let (name, _) = raw.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    let name = name.split_once('[').map_or(name, |(name, _)| name);
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let good = good && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let value = word.split_once('=').map_or("", |(_, value)| value);
    good.then(|| (name.to_owned(), value.to_owned()))
}
