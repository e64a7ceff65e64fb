//! Short texts of the configuration that are Jinja, such as where an image goes: compiled once, rendered for every
//! image. They see the values they are given and nothing else; what is undefined is an error.

use super::{python, strict};
use crate::name::nearest;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// How many instructions one rendering may take; real ones take about ten.
const FUEL: u64 = 10_000;

/// A set of compiled texts.
#[derive(Debug)]
pub struct Phrases {
    environment: Environment<'static>,
    count: usize,
}

/// One text of a [`Phrases`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// Nothing but text and plain values, which is what nearly all are: put together without an interpreter.
    Joined(Vec<Piece>),
    /// The compiled text of this name.
    Compiled(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(&'static str),
}

/// What a rendering sees.
#[derive(Debug)]
pub struct PhraseValues<'a> {
    values: &'a [(&'static str, &'a str)],
    /// The same for the interpreter, made when it is first needed.
    map: OnceCell<Value>,
}

/// A text that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PhraseError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl<'a> PhraseValues<'a> {
    /// These names with these texts.
    pub fn of(values: &'a [(&'static str, &'a str)]) -> Self {
        Self { values, map: OnceCell::new() }
    }

    fn find(&self, name: &str) -> &'a str {
        self.values.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
    }

    fn map(&self) -> &Value {
        self.map.get_or_init(|| {
            let map: BTreeMap<&'static str, Value> = self.values.iter().map(|(name, text)| (*name, Value::from(*text))).collect();
            Value::from(map)
        })
    }
}

impl Default for Phrases {
    fn default() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_unknown_method_callback(python::method);
        environment.set_fuel(Some(FUEL));
        environment.remove_global("debug");
        strict::register(&mut environment);
        Self { environment, count: 0 }
    }
}

impl Phrases {
    /// Compiles a text that may name `known`.
    ///
    /// # Errors
    /// When it is no Jinja, or names something else.
    pub fn add(&mut self, text: &str, known: &[&'static str]) -> Result<Phrase, PhraseError> {
        if let Some(pieces) = pieces(text, known) {
            return Ok(Phrase(Form::Joined(pieces)));
        }
        let name = self.count.to_string();
        self.environment.add_template_owned(name.clone(), text.to_owned()).map_err(|error| fault(&error))?;
        let template = self.environment.get_template(&name).map_err(|error| fault(&error))?;
        let mut strangers: Vec<String> = template.undeclared_variables(false).into_iter().collect();
        strangers.retain(|stranger| !known.contains(&stranger.as_str()) && !self.is_function(stranger));
        strangers.sort();
        if let Some(stranger) = strangers.first() {
            return Err(unknown(stranger, known));
        }
        self.count += 1;
        Ok(Phrase(Form::Compiled(name)))
    }

    fn is_function(&self, name: &str) -> bool {
        self.environment.globals().any(|(known, _)| known == name)
    }

    /// Renders one.
    ///
    /// # Errors
    /// When what it does with the values makes no sense.
    pub fn render(&self, phrase: &Phrase, values: &PhraseValues<'_>) -> Result<String, PhraseError> {
        match &phrase.0 {
            Form::Joined(pieces) => {
                let text = |piece: &'_ Piece| match piece {
                    Piece::Text(text) => text.clone(),
                    Piece::Value(name) => values.find(name).to_owned(),
                };
                Ok(pieces.iter().map(text).collect())
            }
            Form::Compiled(name) => {
                let template = self.environment.get_template(name).map_err(|error| fault(&error))?;
                template.render(values.map()).map_err(|error| fault(&error))
            }
        }
    }
}

/// The pieces of a text on one line that holds no more of Jinja than `{{ name }}` of known names; none for any other.
fn pieces(text: &str, known: &[&'static str]) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        let (name, after) = behind.split_once("}}")?;
        let name = known.iter().find(|known| **known == name.trim())?;
        pieces.extend([Piece::Text(before.to_owned()), Piece::Value(name)]);
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    let is_plain =
        |piece: &Piece| matches!(piece, Piece::Value(_)) || matches!(piece, Piece::Text(text) if !text.contains(['{', '\n', '\r']));
    pieces.iter().all(is_plain).then_some(pieces)
}

fn fault(error: &Error) -> PhraseError {
    let message = match (error.kind(), error.detail()) {
        (ErrorKind::UndefinedError, None) => "a value in it is not defined".to_owned(),
        (_, Some(detail)) => detail.to_owned(),
        (kind, None) => kind.to_string(),
    };
    PhraseError { message, help: None }
}

fn unknown(name: &str, known: &[&'static str]) -> PhraseError {
    let near = nearest(name, known.iter().copied());
    let hint = near.first().map_or_else(String::new, |near| format!("did you mean {near}? "));
    PhraseError { message: format!("{name} is not defined"), help: Some(format!("{hint}there are {}", known.join(", "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str) -> Result<String, PhraseError> {
        let mut phrases = Phrases::default();
        let phrase = phrases.add(text, &["name", "version"])?;
        phrases.render(&phrase, &PhraseValues::of(&[("name", "a-b"), ("version", "1.2.3")]))
    }

    #[test]
    fn texts_are_rendered_with_what_they_are_given() {
        assert_eq!(rendered("plain").unwrap(), "plain");
        assert_eq!(rendered("h/{{ name }}:{{ version }}").unwrap(), "h/a-b:1.2.3");
        assert_eq!(rendered("{{ version.split('.')[0] }}").unwrap(), "1");
        assert_eq!(rendered("{{ version.split('.')[:2] | join('.') }}").unwrap(), "1.2");
        assert_eq!(rendered("{{ name | replace('-', '_') }}").unwrap(), "a_b");
        assert_eq!(rendered("{% if name.startswith('a') %}x{% else %}y{% endif %}").unwrap(), "x");
        assert_eq!(rendered("{% set short = name[0] %}{{ short }}").unwrap(), "a");
    }

    #[test]
    fn what_is_not_known_is_told_with_what_is() {
        let error = rendered("{{ nmae }}").unwrap_err();
        assert_eq!(error.message, "nmae is not defined");
        assert_eq!(error.help.unwrap(), "did you mean name? there are name, version");
        assert!(rendered("{{ password }}").is_err());
        assert!(rendered("{{ name").is_err());
        assert!(rendered("{{ name.parts }}").is_err());
        assert!(rendered("{% include 'x' %}").is_err());
        assert!(rendered("{% for i in range(100000) %}{{ i }}{% endfor %}").is_err());
    }
}
