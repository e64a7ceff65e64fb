//! Compound commands: what their words mean where a command may start.

use super::read::{End, Reader};

impl Reader<'_> {
    /// Takes the head of a compound command whose first word was just read. Says whether the word is reserved.
    pub(super) fn reserved(&mut self, word: &str) -> bool {
        match word {
            "if" | "then" | "elif" | "else" | "fi" | "do" | "done" | "while" | "until" | "{" | "}" | "!" | "esac" | "coproc" => true,
            "time" => {
                self.blanks();
                if self.rest().starts_with("-p ") {
                    self.at += 2;
                }
                true
            }
            "for" | "select" => {
                self.head_of_loop();
                true
            }
            "case" => {
                self.deeper(Self::case);
                true
            }
            "function" => {
                self.blanks();
                drop(self.word());
                self.function();
                true
            }
            "[[" => {
                self.condition();
                true
            }
            _ => false,
        }
    }

    /// Takes `()` behind the name of a function; its body is read as commands.
    pub(super) fn function(&mut self) -> bool {
        let start = self.at;
        self.blanks();
        if self.take("(") {
            self.blanks();
            if self.take(")") {
                return true;
            }
        }
        self.at = start;
        false
    }

    /// `for NAME in words`, up to the `;` or line end, or `for ((…))`.
    fn head_of_loop(&mut self) {
        self.blanks();
        if self.rest().starts_with("((") && self.balanced("((", "))") {
            return;
        }
        loop {
            self.blanks();
            let start = self.at;
            match self.word() {
                None => return,
                Some(_) if &self.text[start..self.at] == "do" => return,
                Some(_) => {}
            }
        }
    }

    /// `case WORD in PATTERN) commands;; … esac`.
    fn case(&mut self) {
        self.blanks();
        drop(self.word());
        self.lines_and_blanks();
        let start = self.at;
        if self.word().as_deref() != Some("in") {
            self.at = start;
            return;
        }
        loop {
            self.lines_and_blanks();
            if self.at >= self.end {
                return;
            }
            let start = self.at;
            self.take("(");
            if !self.pattern() {
                return;
            }
            self.list(End::Case);
            if self.at == start || self.ended_with_esac() {
                return;
            }
        }
    }

    /// Whether the text just read ends with the word `esac`.
    fn ended_with_esac(&self) -> bool {
        self.text[..self.at].trim_end().strip_suffix("esac").is_some_and(|before| before.ends_with([' ', '\t', '\n', ';']))
    }

    /// The pattern of a case up to its `)`; says whether there is one, and not `esac`.
    fn pattern(&mut self) -> bool {
        loop {
            self.lines_and_blanks();
            match self.peek() {
                None => return false,
                Some(')') => {
                    self.at += 1;
                    return true;
                }
                Some('|') => self.at += 1,
                Some(_) => match self.word() {
                    Some(word) if word == "esac" => return false,
                    Some(_) => {}
                    None => return false,
                },
            }
        }
    }

    /// `[[ … ]]`: what stands inside are no commands, but may hold some.
    fn condition(&mut self) {
        loop {
            self.lines_and_blanks();
            let start = self.at;
            match self.word() {
                Some(word) if word == "]]" => return,
                Some(_) if self.at > start => {}
                _ => {
                    if self.next().is_none() {
                        return;
                    }
                }
            }
        }
    }

    fn lines_and_blanks(&mut self) {
        loop {
            self.blanks();
            match self.peek() {
                Some('\n') => self.line_end(),
                Some('#') => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ => return,
            }
        }
    }
}
