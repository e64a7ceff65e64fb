//! `NAME=value` in ENV, ARG and LABEL, and DL3044.

use crate::dockerfile::Instruction;
use crate::lint::context::Context;
use crate::lint::told::{Told, shown};
use std::collections::BTreeSet;

/// One variable or label.
pub(in crate::lint) struct Assignment {
    /// Its name.
    pub name: String,
    /// Its value without quotes.
    pub value: String,
    /// Whether an `=` gives it one; `ARG NAME` has none.
    pub given: bool,
    /// The variables that the value names as `$NAME` or `${NAME}`, where the builder replaces them.
    pub uses: Vec<String>,
    /// The byte of the arguments where it starts.
    pub start: usize,
}

/// The variables that an instruction sets: `NAME=value …`, or `NAME value` of `ENV` and `LABEL`.
pub(in crate::lint) fn assignments(instruction: &Instruction, escape: char) -> Vec<Assignment> {
    let text = instruction.arguments.as_str();
    let first = text.split_whitespace().next().unwrap_or_default();
    if !first.contains('=') && instruction.keyword != "ARG" {
        let value = text[first.len()..].trim().to_owned();
        return vec![Assignment { name: first.to_owned(), value, given: true, uses: Vec::new(), start: 0 }];
    }
    let mut reader = Reader { text, at: 0, escape };
    std::iter::from_fn(|| reader.next()).collect()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    escape: char,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<Assignment> {
        self.at = self.text.len() - self.text[self.at..].trim_start().len();
        if self.at == self.text.len() {
            return None;
        }
        let start = self.at;
        let (mut text, mut uses) = (String::new(), Vec::new());
        let mut quote = None;
        while let Some(c) = self.text[self.at..].chars().next() {
            if c.is_whitespace() && quote.is_none() {
                break;
            }
            self.at += c.len_utf8();
            match c {
                c if c == self.escape && quote != Some('\'') => {
                    let escaped = self.text[self.at..].chars().next();
                    self.at += escaped.map_or(0, char::len_utf8);
                    text.extend(escaped);
                }
                '"' | '\'' if quote == Some(c) => quote = None,
                '"' | '\'' if quote.is_none() => quote = Some(c),
                '$' if quote != Some('\'') => {
                    uses.extend(used(&self.text[self.at..]));
                    text.push(c);
                }
                c => text.push(c),
            }
        }
        let (name, value, given) = match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned(), true),
            None => (text, String::new(), false),
        };
        Some(Assignment { name, value, given, uses, start })
    }
}

/// The name behind a `$`, where nothing but the name stands in the braces.
fn used(rest: &str) -> Option<String> {
    let (inside, braces) = rest.strip_prefix('{').map_or((rest, false), |inside| (inside, true));
    let end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inside.len());
    let closed = !braces || inside[end..].starts_with('}');
    (end > 0 && closed).then(|| inside[..end].to_owned())
}

/// A variable is only known below the `ENV` that sets it.
pub(in crate::lint) fn same_env(context: &Context<'_>, told: &mut Told) {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for step in context.own() {
        let all = match step.instruction.keyword.as_str() {
            "ENV" | "ARG" => assignments(step.instruction, context.file.escape),
            _ => continue,
        };
        if step.instruction.keyword == "ENV" {
            for one in &all {
                let others = |name: &String| all.iter().any(|other| other.start != one.start && other.name == *name);
                if let Some(name) = one.uses.iter().find(|name| !known.contains(*name) && others(name)) {
                    let message = format!("{} uses {name}, which this same ENV sets: it is not known here yet", shown(&one.name));
                    told.at(step, one.start, message);
                    break;
                }
            }
        }
        known.extend(all.into_iter().map(|one| one.name));
    }
}
