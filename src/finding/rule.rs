//! What a rule is, and how severe it is in a call. Each room has a table of these; ids mean one thing in all of them.

use super::severity::Severity;
use crate::name::nearest;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// One rule of a table.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rule {
    /// The stable word for configuration, comments and programs.
    pub id: &'static str,
    /// How severe it is unless told otherwise; `None` is off.
    #[serde(rename = "default")]
    pub severity: Option<Severity>,
    /// What it is about, in one sentence.
    pub text: &'static str,
    /// What it finds.
    pub bad: &'static str,
    /// What it is content with.
    pub good: &'static str,
}

/// A rule of a table that is looked at unless told otherwise.
pub const fn rule(id: &'static str, severity: Severity, text: &'static str, bad: &'static str, good: &'static str) -> Rule {
    Rule { id, severity: Some(severity), text, bad, good }
}

/// The rule of this id in a table.
pub fn find<'a>(table: &'a [Rule], id: &str) -> Option<&'a Rule> {
    table.iter().find(|rule| rule.id == id)
}

/// An id that no rule has.
#[derive(Debug, thiserror::Error)]
#[error("there is no rule \"{id}\"{hint}; `cooperage {command} --explain all` lists them")]
pub struct UnknownRule {
    id: String,
    hint: String,
    command: &'static str,
}

impl UnknownRule {
    /// Says which one may have been meant; `command` is the verb whose rules these are.
    pub fn new(id: &str, table: &[Rule], command: &'static str) -> Self {
        let near = nearest(id, table.iter().map(|rule| rule.id));
        let hint = if near.is_empty() { String::new() } else { format!(" (did you mean {}?)", near.join(" or ")) };
        Self { id: id.to_owned(), hint, command }
    }
}

/// How severe a rule is told to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(from = "Switch")]
#[schemars(inline, with = "Switch")]
pub enum RuleLevel {
    /// It is not looked at.
    Off,
    /// A matter of taste.
    Style,
    /// Worth knowing.
    Info,
    /// Somebody should look.
    Warning,
    /// The check fails.
    Error,
}

/// A level as YAML reads it: an `off` without quotes is false there.
#[derive(serde::Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Switch {
    Word(LevelWord),
    Flag(#[schemars(extend("const" = false))] bool),
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum LevelWord {
    Off,
    Style,
    Info,
    Warning,
    Error,
}

impl From<Switch> for RuleLevel {
    fn from(switch: Switch) -> Self {
        match switch {
            Switch::Word(LevelWord::Off) | Switch::Flag(false) => Self::Off,
            Switch::Word(LevelWord::Style) => Self::Style,
            Switch::Word(LevelWord::Info) => Self::Info,
            Switch::Word(LevelWord::Warning) => Self::Warning,
            // `true` does not come here: the kind of the key refuses it.
            Switch::Word(LevelWord::Error) | Switch::Flag(true) => Self::Error,
        }
    }
}

/// How severe each rule of a table is in a call.
#[derive(Clone, Debug)]
pub struct Levels {
    table: &'static [Rule],
    told: BTreeMap<String, RuleLevel>,
}

impl Levels {
    /// As the configuration tells about a table; `command` is the verb whose rules these are. Where `foreign` knows an id
    /// it may stand there too, and means nothing here.
    ///
    /// # Errors
    /// When it names a rule that does not exist.
    pub fn new(
        told: &BTreeMap<String, RuleLevel>,
        table: &'static [Rule],
        command: &'static str,
        foreign: impl Fn(&str) -> bool,
    ) -> Result<Self, UnknownRule> {
        match told.keys().find(|id| find(table, id).is_none() && !foreign(id)) {
            Some(id) => Err(UnknownRule::new(id, table, command)),
            None => Ok(Self { table, told: told.clone() }),
        }
    }

    /// Whether the configuration says something about a rule.
    pub fn tells(&self, id: &str) -> bool {
        self.told.contains_key(id)
    }

    /// How severe a rule is; `None` when it is off. What is no rule of the table is an error.
    pub fn of(&self, id: &str) -> Option<Severity> {
        self.told_or(id, find(self.table, id).map_or(Some(Severity::Error), |rule| rule.severity))
    }

    /// How severe something is whose own severity is known, unless told otherwise.
    pub fn told_or(&self, id: &str, otherwise: Option<Severity>) -> Option<Severity> {
        match self.told.get(id) {
            Some(RuleLevel::Off) => None,
            Some(RuleLevel::Style) => Some(Severity::Style),
            Some(RuleLevel::Info) => Some(Severity::Info),
            Some(RuleLevel::Warning) => Some(Severity::Warning),
            Some(RuleLevel::Error) => Some(Severity::Error),
            None => otherwise,
        }
    }
}
