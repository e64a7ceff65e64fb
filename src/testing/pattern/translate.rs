//! A pattern of Go's, written for the crate `regex`.

use super::class;
use super::cursor::Cursor;
use super::escape::{self, Refusal, literal};
use std::collections::HashSet;

/// Go repeats nothing more often, also not by repetitions in each other.
const REPEATS: u32 = 1000;

/// What stands before a repetition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing that could be repeated.
    Nothing,
    /// Something, with the repetitions in it.
    Atom(u32),
    /// A repetition, with the repetitions it makes.
    Repetition(u32),
}

struct Translator<'a> {
    cursor: Cursor<'a>,
    out: String,
    names: HashSet<&'a str>,
    before: Before,
    /// Repetitions in the groups that are open.
    open: Vec<u32>,
    /// Repetitions in the current one.
    weight: u32,
}

/// Translates, or says what Go would say.
pub(super) fn translate(pattern: &str) -> Result<String, Refusal> {
    let mut translator = Translator {
        cursor: Cursor::new(pattern),
        out: String::new(),
        names: HashSet::new(),
        before: Before::Nothing,
        open: Vec::new(),
        weight: 1,
    };
    while let Some(next) = translator.cursor.next() {
        translator.one(next)?;
    }
    if translator.open.is_empty() { Ok(translator.out) } else { Err("missing closing )") }
}

impl Translator<'_> {
    fn one(&mut self, next: char) -> Result<(), Refusal> {
        match next {
            '(' => return self.open(),
            ')' => return self.close(),
            '|' => {
                self.out.push('|');
                self.before = Before::Nothing;
                return Ok(());
            }
            '*' | '+' | '?' => return self.repeat(&next.to_string(), 1),
            '{' => {
                if let Some((text, count)) = self.count()? {
                    return self.repeat(&text, count);
                }
                self.out += &literal('{');
            }
            '.' | '^' | '$' => self.out.push(next),
            '[' => self.out += &class::translate(&mut self.cursor)?,
            '\\' => return self.escape(),
            other => self.out += &literal(other),
        }
        self.before = Before::Atom(1);
        Ok(())
    }

    fn open(&mut self) -> Result<(), Refusal> {
        let names: Option<&str> = ["?P<", "?<"].into_iter().find(|text| self.cursor.eat(text));
        if names.is_some() {
            let name = self.cursor.until(">").ok_or("invalid named capture")?;
            let good = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !good || !self.names.insert(name) {
                return Err("invalid or repeated name of a group");
            }
            self.out += "(?:";
        } else if self.cursor.eat("?") {
            let flags = self.cursor.while_is(usize::MAX, |c| matches!(c, 'i' | 'm' | 's' | 'U' | '-'));
            let end = self.cursor.next();
            let signs = flags.matches('-').count();
            if signs > 1 || flags.ends_with('-') || !matches!(end, Some(':' | ')')) {
                return Err("invalid or unsupported Perl syntax");
            }
            if end == Some(')') {
                if !flags.is_empty() {
                    self.out += &format!("(?{flags})");
                }
                self.before = Before::Nothing;
                return Ok(());
            }
            self.out += &format!("(?{flags}:");
        } else {
            self.out += "(?:";
        }
        self.open.push(self.weight);
        self.weight = 1;
        self.before = Before::Nothing;
        Ok(())
    }

    fn close(&mut self) -> Result<(), Refusal> {
        let outside = self.open.pop().ok_or("unexpected )")?;
        self.out.push(')');
        self.before = Before::Atom(self.weight);
        self.weight = self.weight.max(outside);
        Ok(())
    }

    /// `n`, `n,` or `n,m` and the brace; with the most repetitions that are counted. Anything else is text.
    fn count(&mut self) -> Result<Option<(String, u32)>, Refusal> {
        let Some((inside, _)) = self.cursor.rest().split_once('}') else { return Ok(None) };
        let number = |text: &str| {
            let good = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
            good.then(|| text.parse::<u32>().unwrap_or(u32::MAX))
        };
        let (low, high) = match inside.split_once(',') {
            None => (number(inside), number(inside)),
            Some((low, "")) => (number(low), number(low)),
            Some((low, high)) => (number(low), number(high)),
        };
        let (Some(low), Some(high)) = (low, high) else { return Ok(None) };
        if low > high || high > REPEATS {
            return Err("invalid repeat count");
        }
        self.cursor.until("}");
        Ok(Some((format!("{{{inside}}}"), high)))
    }

    fn repeat(&mut self, operator: &str, count: u32) -> Result<(), Refusal> {
        let inside = match self.before {
            Before::Nothing => return Err("missing argument to repetition operator"),
            Before::Repetition(_) => return Err("invalid nested repetition operator"),
            Before::Atom(inside) => inside,
        };
        let weight = inside.saturating_mul(count.max(1));
        if weight > REPEATS {
            return Err("invalid repeat count: more than 1000 repetitions in each other");
        }
        self.out += operator;
        if self.cursor.eat("?") {
            self.out.push('?');
        }
        self.weight = self.weight.max(weight);
        self.before = Before::Repetition(weight);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Refusal> {
        let letter = self.cursor.peek();
        self.before = Before::Atom(1);
        if letter == Some('Q') {
            self.cursor.next();
            self.quote();
            return Ok(());
        }
        if let Some(set) = letter.and_then(escape::perl) {
            self.cursor.next();
            self.out += &format!("[{set}]");
            return Ok(());
        }
        let fixed = match letter {
            Some('A') => r"\A",
            Some('z') => r"\z",
            Some('b') => r"(?-u:\b)",
            Some('B') => r"(?-u:\B)",
            Some(which @ ('p' | 'P')) => {
                self.cursor.next();
                self.out += &escape::unicode(which, &mut self.cursor)?;
                return Ok(());
            }
            _ => {
                let character = escape::character(&mut self.cursor)?;
                self.out += &literal(character);
                return Ok(());
            }
        };
        self.cursor.next();
        self.out += fixed;
        Ok(())
    }

    /// Text up to `\E`, or to the end.
    fn quote(&mut self) {
        let text = self.cursor.until("\\E").unwrap_or_else(|| self.cursor.while_is(usize::MAX, |_| true));
        if text.is_empty() {
            self.before = Before::Nothing;
        }
        text.chars().for_each(|c| self.out += &literal(c));
    }
}
