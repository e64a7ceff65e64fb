//! Words: quotes, escapes, and the commands that stand in substitutions.

use super::read::{End, Reader};

impl Reader<'_> {
    /// Reads one word without its quotes; `None` where none starts.
    pub(super) fn word(&mut self) -> Option<String> {
        let start = self.at;
        let mut word = String::new();
        while let Some(c) = self.peek() {
            match c {
                '<' | '>' if self.rest()[1..].starts_with('(') => {
                    let from = self.at;
                    self.at += 2;
                    self.deeper(|reader| reader.list(End::Parenthesis));
                    word.push_str(&self.text[from..self.at]);
                }
                '(' if self.at > start => {
                    // An array, or a pattern such as `!(a|b)`; else it ends the word.
                    if !word.ends_with(['=', '?', '*', '+', '@', '!']) {
                        break;
                    }
                    self.array(&mut word);
                }
                ' ' | '\t' | '\r' | '\n' | '\x0b' | '\x0c' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                _ => self.part(&mut word),
            }
        }
        (self.at > start).then_some(word)
    }

    /// Reads one part of a word that is no sign of the shell's.
    fn part(&mut self, word: &mut String) {
        match self.next() {
            Some('\\') => match self.next() {
                Some('\n') | None => {}
                Some(c) => word.push(c),
            },
            Some('\'') => self.single(word),
            Some('"') => self.double(word),
            Some('$') => self.dollar(word, false),
            Some('`') => self.backticks(word),
            Some(c) => word.push(c),
            None => {}
        }
    }

    fn single(&mut self, word: &mut String) {
        let rest = self.rest();
        let end = rest.find('\'').unwrap_or(rest.len());
        word.push_str(&rest[..end]);
        self.at += (end + 1).min(rest.len());
    }

    fn double(&mut self, word: &mut String) {
        while let Some(c) = self.next() {
            match c {
                '"' => return,
                '\\' => match self.next() {
                    Some(c @ ('"' | '\\' | '$' | '`')) => word.push(c),
                    Some('\n') | None => {}
                    Some(c) => word.extend(['\\', c]),
                },
                '$' => self.dollar(word, true),
                '`' => self.backticks(word),
                c => word.push(c),
            }
        }
    }

    /// What stands behind `$`, which was read.
    fn dollar(&mut self, word: &mut String, quoted: bool) {
        let start = self.at - 1;
        match self.peek() {
            Some('\'') if !quoted => return self.ansi(word),
            // A text to be translated.
            Some('"') if !quoted => return,
            Some('(') if self.rest().starts_with("((") && self.balanced("((", "))") => {}
            Some('(') => {
                self.at += 1;
                self.deeper(|reader| reader.list(End::Parenthesis));
            }
            Some('{') => {
                self.at += 1;
                self.deeper(Self::braced);
            }
            _ => {}
        }
        word.push_str(&self.text[start..self.at]);
    }

    /// `${…}` behind its brace.
    fn braced(&mut self) {
        let mut inside = String::new();
        while let Some(c) = self.peek() {
            if c == '}' {
                self.at += 1;
                return;
            }
            self.part(&mut inside);
        }
    }

    /// `$'…'` at its quote. What escapes mean does not matter to rules.
    fn ansi(&mut self, word: &mut String) {
        self.at += 1;
        while let Some(c) = self.next() {
            match c {
                '\'' => return,
                '\\' => word.extend(self.next()),
                c => word.push(c),
            }
        }
    }

    /// A substitution in backticks, the first of which was read.
    fn backticks(&mut self, word: &mut String) {
        let start = self.at;
        let mut escaped = false;
        let found = self.rest().char_indices().find(|(_, c)| {
            let closes = *c == '`' && !escaped;
            escaped = *c == '\\' && !escaped;
            closes
        });
        let close = found.map_or(self.end, |(at, _)| start + at);
        let end = std::mem::replace(&mut self.end, close);
        self.deeper(|reader| {
            while reader.at < reader.end {
                reader.list(End::Nothing);
                reader.next();
            }
        });
        self.end = end;
        self.at = (close + 1).min(end);
        word.push_str(&self.text[start - 1..self.at]);
    }

    /// `(…)` of an array or a pattern.
    fn array(&mut self, word: &mut String) {
        let start = self.at;
        self.at += 1;
        self.deeper(|reader| {
            while let Some(c) = reader.peek() {
                match c {
                    ')' => {
                        reader.at += 1;
                        return;
                    }
                    '\n' | ' ' | '\t' | '|' | ';' | '&' | '<' | '>' | '(' | '\r' => reader.at += 1,
                    _ => {
                        let before = reader.at;
                        drop(reader.word());
                        if reader.at == before {
                            reader.next();
                        }
                    }
                }
            }
        });
        word.push_str(&self.text[start..self.at]);
    }
}
