//! Prepares the text of a template for minijinja, so that it means what it means to Jinja2.
//!
//! - CRLF and CR become LF.
//! - In string literals a backslash before a line end joins the lines, and escapes mean what they mean in Python.
//! - List and map literals, and what `set` assigns, become values that can be changed (`l.append(x)`).
//! - `a % b` works on strings; `do` takes any expression.
//!
//! Lines keep their numbers; [`Prepared::origin`] gives the place in the original text.

use super::scan::{Part, Tag, Token, next_tag, tag_end, token};

/// The function behind list literals.
pub(super) const LIST: &str = "_list";
/// The function behind map literals.
pub(super) const DICT: &str = "_dict";
/// The function behind what `set` assigns.
pub(super) const OWN: &str = "_own";
/// The function behind `%`.
pub(super) const PERCENT: &str = "_percent";

/// A template ready for minijinja.
#[derive(Debug)]
pub(super) struct Prepared {
    /// What minijinja reads.
    pub(super) text: String,
    /// Names that the template gives to values: by `set`, `for`, `macro`, `import`.
    pub(super) names: Vec<String>,
    edits: Vec<Edit>,
    /// Where an expression gets longer than [`LONGEST`].
    too_long: Option<usize>,
}

/// How many operators an expression may have in a row, those around the brackets that it stands in included, and how
/// many `elif` a template. minijinja's parser recurses for each, and threads of the runtime have 2 MiB of stack.
pub(super) const LONGEST: usize = 200;
/// What a pair of brackets, and `%`, count for: they take that much more of the stack.
const BRACKETS: usize = 4;

#[derive(Debug)]
struct Edit {
    at: usize,
    remove: usize,
    insert: String,
}

impl Prepared {
    /// Prepares a text whose line ends are LF.
    pub(super) fn new(text: &str) -> Self {
        let mut rewriter = Rewriter { text, edits: Vec::new(), names: Vec::new(), too_long: None, elifs: 0 };
        let mut at = 0;
        while let Part::Tag(tag, inside) = next_tag(text, at) {
            at = rewriter.tag(tag, inside);
            if rewriter.too_long.is_some() {
                break;
            }
        }
        let Rewriter { mut edits, names, too_long, .. } = rewriter;
        edits.sort_by_key(|edit| edit.at);
        Self { text: apply(text, &edits), names, edits, too_long }
    }

    /// The place in the original text where an expression gets too long, if one does.
    pub(super) fn too_long(&self) -> Option<usize> {
        self.too_long
    }

    /// The place in the original text of a place in [`Prepared::text`], both in bytes.
    pub(super) fn origin(&self, place: usize) -> usize {
        let mut grown: isize = 0;
        for edit in &self.edits {
            let start = edit.at.saturating_add_signed(grown);
            if place < start {
                break;
            }
            if place < start + edit.insert.len() {
                return edit.at;
            }
            grown += edit.insert.len().cast_signed() - edit.remove.cast_signed();
        }
        place.saturating_add_signed(-grown)
    }
}

/// Makes every line end LF, as Python does when it reads text.
pub(super) fn with_line_feeds(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len() + edits.len() * 8);
    let mut done = 0;
    for edit in edits {
        out.push_str(&text[done..edit.at]);
        out.push_str(&edit.insert);
        done = edit.at + edit.remove;
    }
    out.push_str(&text[done..]);
    out
}

struct Rewriter<'a> {
    text: &'a str,
    edits: Vec<Edit>,
    names: Vec<String>,
    too_long: Option<usize>,
    elifs: usize,
}

/// One pair of brackets, or the tag itself.
#[derive(Default)]
struct Level {
    /// Where the operands of `*`, `/`, `//`, `%` that are being read start.
    chain: Option<usize>,
    /// A `%` still waits for the end of its right side.
    percent: bool,
    /// The brackets are a literal that was wrapped.
    wrapped: bool,
    /// Operators since the last comma.
    links: usize,
}

/// Where the reading of a tag stands.
struct Reading<'a> {
    levels: Vec<Level>,
    /// An operand comes next: a bracket is a literal and a sign is no operator.
    operand: bool,
    before: Token<'a>,
    before_end: usize,
    /// The statement of a block tag.
    statement: &'a str,
    assigned: bool,
}

impl<'a> Reading<'a> {
    fn level(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    /// The token starts an operand, or goes on with one.
    fn starts_operand(&mut self, at: usize) {
        if self.operand {
            self.level().chain.get_or_insert(at);
        }
    }
}

impl<'a> Rewriter<'a> {
    fn edit(&mut self, at: usize, remove: usize, insert: impl Into<String>) {
        self.edits.push(Edit { at, remove, insert: insert.into() });
    }

    /// Puts a text in front of what was put at the same place before.
    fn wrap_from(&mut self, at: usize, function: &str) {
        let place = self.edits.iter().position(|edit| edit.at == at && edit.remove == 0).unwrap_or(self.edits.len());
        self.edits.insert(place, Edit { at, remove: 0, insert: format!("{function}(") });
    }

    /// Reads one tag; gives the place behind it.
    fn tag(&mut self, tag: Tag, inside: usize) -> usize {
        let mut at = inside;
        if self.text[at..].starts_with(['-', '+']) {
            at += 1;
        }
        let mut reading =
            Reading { levels: vec![Level::default()], operand: true, before: Token::Other, before_end: at, statement: "", assigned: false };
        loop {
            at = self.text.len() - self.text[at..].trim_start().len();
            if at == self.text.len() || self.too_long.is_some() {
                return at;
            }
            if reading.levels.len() <= 1
                && let Some(end) = tag_end(self.text, at, tag)
            {
                self.finish(&mut reading);
                return end;
            }
            let (token, end) = token(self.text, at);
            self.token(&mut reading, tag, token, at, end);
            (reading.before, reading.before_end) = (token, end);
            at = end;
        }
    }

    fn finish(&mut self, reading: &mut Reading<'a>) {
        self.end_percent(reading);
        if reading.assigned {
            self.edit(reading.before_end, 0, ")");
        }
    }

    fn token(&mut self, reading: &mut Reading<'a>, tag: Tag, token: Token<'a>, at: usize, end: usize) {
        self.measure(reading, token, at);
        match token {
            Token::Text(text) => {
                reading.starts_operand(at);
                reading.operand = false;
                self.string(text, at);
            }
            Token::Number | Token::Other => {
                reading.starts_operand(at);
                reading.operand = false;
            }
            Token::Name(name) if tag == Tag::Block && reading.statement.is_empty() => self.statement(reading, name, at),
            Token::Name(name) => self.name(reading, name, at),
            Token::Sign(sign) => self.sign(reading, sign, at, end),
        }
    }

    fn measure(&mut self, reading: &mut Reading<'a>, token: Token<'a>, at: usize) {
        match token {
            Token::Sign(",") => reading.level().links = 0,
            Token::Sign("(" | "[" | "{" | "%") => reading.level().links += BRACKETS,
            Token::Sign(_) | Token::Name("and" | "or" | "not" | "if" | "else" | "is" | "in") => reading.level().links += 1,
            Token::Name("elif") => self.elifs += 1,
            _ => {}
        }
        let links: usize = reading.levels.iter().map(|level| level.links).sum();
        if links > LONGEST || self.elifs > LONGEST {
            self.too_long.get_or_insert(at);
        }
    }

    fn statement(&mut self, reading: &mut Reading<'a>, name: &'a str, at: usize) {
        reading.statement = name;
        if name == "do" {
            self.edit(at, name.len(), "set _do = ");
        }
    }

    fn name(&mut self, reading: &mut Reading<'a>, name: &'a str, at: usize) {
        match reading.before {
            Token::Sign("." | "|") => reading.operand = false,
            // The name of a test; a literal may follow it as its argument.
            Token::Name("is") if name != "not" => reading.operand = true,
            Token::Name(before @ ("set" | "for" | "macro" | "as")) if before == reading.statement || before == "as" => {
                self.names.push(name.to_owned());
                reading.operand = false;
            }
            _ if matches!(name, "if" | "else" | "elif" | "in" | "and" | "or" | "not" | "is") => {
                if name != "is" {
                    self.end_percent(reading);
                    reading.level().chain = None;
                }
                reading.operand = true;
            }
            _ => {
                reading.starts_operand(at);
                reading.operand = false;
            }
        }
    }

    fn sign(&mut self, reading: &mut Reading<'a>, sign: &'a str, at: usize, end: usize) {
        match sign {
            "(" | "[" | "{" => self.open(reading, sign, at),
            ")" | "]" | "}" => self.close(reading, end),
            "." | "|" => {}
            "-" | "+" | "*" | "**" if reading.operand => reading.starts_operand(at),
            "**" => reading.operand = true,
            "%" => self.percent(reading, at),
            "*" | "/" | "//" => {
                self.end_percent(reading);
                reading.operand = true;
            }
            _ => {
                self.end_percent(reading);
                reading.level().chain = None;
                reading.operand = true;
                if sign == "=" && reading.statement == "set" && reading.levels.len() == 1 && !reading.assigned {
                    reading.assigned = true;
                    self.edit(end, 0, format!("{OWN}("));
                }
            }
        }
    }

    fn open(&mut self, reading: &mut Reading<'a>, sign: &str, at: usize) {
        let literal = reading.operand && sign != "(";
        reading.starts_operand(at);
        if literal {
            self.edit(at, 0, format!("{}(", if sign == "[" { LIST } else { DICT }));
        }
        reading.levels.push(Level { wrapped: literal, ..Level::default() });
        reading.operand = true;
    }

    fn close(&mut self, reading: &mut Reading<'a>, end: usize) {
        self.end_percent(reading);
        if reading.levels.pop().is_some_and(|level| level.wrapped) {
            self.edit(end, 0, ")");
        }
        let level = reading.level();
        level.links = level.links.saturating_sub(BRACKETS - 1);
        reading.operand = false;
    }

    fn percent(&mut self, reading: &mut Reading<'a>, at: usize) {
        self.end_percent(reading);
        if let Some(start) = reading.level().chain {
            self.wrap_from(start, PERCENT);
            self.edit(at, 1, ",");
            reading.level().percent = true;
        }
        reading.operand = true;
    }

    fn end_percent(&mut self, reading: &mut Reading<'a>) {
        if std::mem::take(&mut reading.level().percent) {
            self.edit(reading.before_end, 0, ")");
        }
    }

    /// Makes a literal mean to minijinja what it means to Python.
    fn string(&mut self, text: &str, start: usize) {
        let quote = &text[..1];
        let mut from = 0;
        while let Some(found) = text[from..].find('\\') {
            let at = from + found;
            let Some(next) = text[at + 1..].chars().next() else { return };
            from = at + 1 + next.len_utf8();
            match next {
                // "a\<line end>b" becomes "a"<line end>"b": adjacent literals are one, and the line keeps its number.
                '\n' => self.edit(start + at, 2, format!("{quote}\n{quote}")),
                '/' => self.edit(start + at, 0, "\\"),
                'a' => self.edit(start + at, 2, "\\x07"),
                'v' => self.edit(start + at, 2, "\\x0b"),
                'U' => self.wide_escape(text, start, at),
                _ => {}
            }
        }
    }

    fn wide_escape(&mut self, text: &str, start: usize, at: usize) {
        let digits = text.get(at + 2..at + 10).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match digits.and_then(char::from_u32) {
            Some(c @ ('"' | '\'' | '\\')) => self.edit(start + at, 10, format!("\\{c}")),
            Some(c) => self.edit(start + at, 10, c.to_string()),
            None => {}
        }
    }
}
