//! What is wrong with a template: the file, the line with its text, what it was, and what to do.

use super::filters::{Known, filters};
use super::lookup::{Lookup, Told};
use super::renderer::LONGEST;
use super::source::Prepared;
use crate::catalog::Defect;
use crate::name::nearest;
use minijinja::{Error, ErrorKind};

/// Why a definition could not be rendered. Its parts are those of [`RenderFault`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct RenderError(Box<RenderFault>);

impl std::ops::Deref for RenderError {
    type Target = RenderFault;

    fn deref(&self) -> &RenderFault {
        &self.0
    }
}

/// The parts of a [`RenderError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderFault {
    /// A stable word for programs: `template_unreadable`, `template_syntax`, `template_undefined` or `template_error`.
    pub code: &'static str,
    /// The file, relative to DIRECTORY: the template itself or what it includes.
    pub path: String,
    /// Line in that file, from 1.
    pub line: Option<usize>,
    /// Column in that line, from 1, in characters.
    pub column: Option<usize>,
    /// The text of that line.
    pub source_line: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// From where the file was included or imported, the nearest first: `path:line`.
    pub included_from: Vec<String>,
}

impl RenderError {
    fn text(&self) -> String {
        let mut text = self.path.clone();
        for number in [self.line, self.column].into_iter().flatten() {
            text.push_str(&format!(":{number}"));
        }
        format!("{text}: {}", self.with_line())
    }

    fn with_line(&self) -> String {
        let mut text = self.message.clone();
        if let Some(line) = &self.source_line {
            text.push_str(&format!(", in: {}", line.trim()));
        }
        let mut places = self.included_from.clone();
        // An endless include names the same place over and over.
        places.dedup();
        for place in places {
            text.push_str(&format!(" (included from {place})"));
        }
        text
    }

    /// The defect of the definition `name`; the text of the line is part of its message.
    pub fn to_defect(&self, name: &str) -> Defect {
        let mut defect = Defect::error(self.code, self.with_line()).at(self.path.clone()).of(name);
        (defect.line, defect.column, defect.help) = (self.line, self.column, self.help.clone());
        defect
    }
}

/// Turns what went wrong in one rendering into a [`RenderError`].
pub(super) struct Blame<'a> {
    pub(super) lookup: &'a Lookup,
    pub(super) main: &'a str,
    pub(super) known: &'a Known,
}

/// What to say of an error, and what to do.
struct Saying {
    code: &'static str,
    message: String,
    help: Option<String>,
}

impl Blame<'_> {
    /// Something below minijinja, before anything was rendered.
    pub(super) fn told(&self, told: &Told) -> RenderError {
        RenderError(Box::new(self.unreadable(told)))
    }

    fn unreadable(&self, told: &Told) -> RenderFault {
        RenderFault {
            code: "template_unreadable",
            path: told.path.clone().unwrap_or_else(|| self.main.to_owned()),
            line: None,
            column: None,
            source_line: None,
            message: told.message.clone(),
            help: told.help.clone(),
            included_from: Vec::new(),
        }
    }

    /// An error of minijinja; the innermost of a chain of includes is the one that counts.
    pub(super) fn error(&self, error: &Error) -> RenderError {
        let mut chain = vec![error];
        while let Some(inner) = chain.last().and_then(|error| std::error::Error::source(*error)).and_then(|e| e.downcast_ref()) {
            chain.push(inner);
        }
        let told = chain.last().and_then(|error| std::error::Error::source(*error)).and_then(|e| e.downcast_ref::<Told>());
        let mut placed: Vec<&Error> = chain.iter().rev().filter(|error| error.name().is_some()).copied().collect();
        let place = if placed.is_empty() { None } else { Some(placed.remove(0)) };
        if let Some(unreadable) = told.filter(|told| told.path.is_some()) {
            let mut answer = self.unreadable(unreadable);
            answer.included_from = chain.iter().rev().filter_map(|error| self.place(error)).collect();
            return RenderError(Box::new(answer));
        }
        let cause = *chain.last().unwrap_or(&error);
        let path = place.and_then(Error::name).unwrap_or(self.main).to_owned();
        let read = self.lookup.read(&path).unwrap_or_default();
        let prepared = Prepared::new(&read);
        let saying = match told {
            Some(told) => Saying { code: "template_error", message: told.message.clone(), help: told.help.clone() },
            None => self.say(cause, &prepared),
        };
        let (line, column) = place.map_or((None, None), |place| position(place, &prepared, &read));
        let source_line = line.and_then(|line| read.lines().nth(line - 1)).map(str::to_owned);
        let included_from = placed.into_iter().filter_map(|error| self.place(error)).filter(|place| !place.is_empty()).collect();
        let Saying { code, message, help } = saying;
        RenderError(Box::new(RenderFault { code, path, line, column, source_line, message, help, included_from }))
    }

    fn place(&self, error: &Error) -> Option<String> {
        Some(format!("{}:{}", error.name()?, error.line()?))
    }

    fn say(&self, error: &Error, prepared: &Prepared) -> Saying {
        let detail = error.detail().unwrap_or_default();
        let saying = |code, message: String, help: Option<String>| Saying { code, message, help };
        if let Some(expression) = undefined_part(error, prepared) {
            return self.say_undefined(expression, prepared);
        }
        match error.kind() {
            kind if detail.is_empty() && kind != ErrorKind::OutOfFuel => saying("template_error", kind.to_string(), None),
            ErrorKind::SyntaxError | ErrorKind::BadEscape => saying("template_syntax", format!("syntax error: {detail}"), None),
            ErrorKind::UnknownFilter => saying("template_error", detail.to_owned(), self.near_filter(detail)),
            ErrorKind::TemplateNotFound => {
                let help = "it is looked for in the definition's folder, in templates/ of the catalogue, and in templates/ beside it";
                saying("template_error", detail.to_owned(), Some(help.to_owned()))
            }
            ErrorKind::OutOfFuel => saying(
                "template_error",
                "the template does not come to an end".to_owned(),
                Some("check its loops, and what it extends".to_owned()),
            ),
            ErrorKind::WriteFailure => {
                let message = format!("the template prints more than {} MB", LONGEST >> 20);
                saying("template_error", message, Some("check its loops".to_owned()))
            }
            _ if detail.contains("recursion limit exceeded") => {
                let help = "check which file includes, or which macro calls, itself";
                let message = "templates or macros call each other without end, or too deep";
                saying("template_error", message.to_owned(), Some(help.to_owned()))
            }
            ErrorKind::UndefinedError => saying("template_undefined", format!("undefined value: {detail}"), None),
            _ => saying("template_error", detail.to_owned(), None),
        }
    }

    fn say_undefined(&self, expression: &str, prepared: &Prepared) -> Saying {
        let variables = &self.known.settings.variables;
        let (message, near) = match split_attribute(expression) {
            Some((base, attribute)) => {
                let near = look_up(variables, base).map(|map| quoted(&nearest(attribute, map.keys().map(String::as_str))));
                (format!("{} has no {attribute}", if base == "(...)" { "the value" } else { base }), near)
            }
            None => {
                let names = variables.keys().chain(&prepared.names).map(String::as_str);
                (format!("{expression} is undefined"), Some(quoted(&nearest(expression, names))))
            }
        };
        let help = match near.flatten() {
            Some(near) => format!("did you mean {near}?"),
            None => "set it in the configuration or in the template, or give a default: {{ x | default(\"…\") }}".to_owned(),
        };
        Saying { code: "template_undefined", message, help: Some(help) }
    }

    fn near_filter(&self, detail: &str) -> Option<String> {
        let name = detail.split_whitespace().nth(1)?;
        let names = filters().iter().map(|filter| filter.name).chain(COMMON_FILTERS.iter().copied());
        Some(format!("did you mean {}?", quoted(&nearest(name, names))?))
    }
}

/// Filters of Jinja that people mistype.
const COMMON_FILTERS: &[&str] = &[
    "capitalize",
    "default",
    "first",
    "format",
    "indent",
    "items",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "replace",
    "reverse",
    "select",
    "selectattr",
    "sort",
    "string",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
];

fn quoted(names: &[&str]) -> Option<String> {
    (!names.is_empty()).then(|| format!("\"{}\"", names.join("\" or \"")))
}

/// The expression that minijinja says was undefined: "… `tool.nowhere` is undefined …".
fn undefined_expression(detail: &str) -> Option<&str> {
    let (before, _) = detail.split_once("` is undefined")?;
    before.rsplit_once('`').map(|(_, expression)| expression)
}

/// What an error says was undefined; where it says nothing, the expression that it points to.
fn undefined_part<'a>(error: &'a Error, prepared: &'a Prepared) -> Option<&'a str> {
    let detail = error.detail().unwrap_or_default();
    if error.kind() == ErrorKind::UndefinedError && detail.is_empty() {
        let text = prepared.text.get(error.range()?)?;
        let is_name = |c: char| c == '_' || c == '.' || c.is_alphanumeric();
        return Some(text).filter(|text| !text.is_empty() && text.chars().all(is_name));
    }
    undefined_expression(detail)
}

/// `tool.nowhere` or `tool['nowhere']` as base and attribute.
fn split_attribute(expression: &str) -> Option<(&str, &str)> {
    if let Some(inner) = expression.strip_suffix(']') {
        let (base, key) = inner.rsplit_once('[')?;
        return Some((base, key.trim_matches(['\'', '"'])));
    }
    expression.rsplit_once('.')
}

fn look_up<'a>(
    variables: &'a serde_json::Map<String, serde_json::Value>,
    path: &str,
) -> Option<&'a serde_json::Map<String, serde_json::Value>> {
    path.split('.').try_fold(variables, |map, name| map.get(name)?.as_object())
}

/// Line and column in the original text, from 1.
fn position(error: &Error, prepared: &Prepared, read: &str) -> (Option<usize>, Option<usize>) {
    let Some(range) = error.range() else { return (error.line(), None) };
    let place = prepared.origin(range.start);
    let Some(before) = read.get(..place) else { return (error.line(), None) };
    let line = before.matches('\n').count() + 1;
    // Some errors of minijinja know their line only and start at its first character.
    if error.line().is_some_and(|known| known != line) || range.is_empty() {
        return (error.line(), None);
    }
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (Some(line), Some(column))
}
