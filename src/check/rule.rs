//! What a rule is, and how severe it is in a call.

use super::table::RULES;
use crate::config::RuleLevel;
use crate::name::nearest;
use serde::Serialize;
use std::collections::BTreeMap;

/// How bad a finding is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The check fails.
    Error,
    /// Somebody should look.
    Warning,
}

impl Severity {
    /// As people and documents name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One rule of the table.
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

/// The rule of this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// An id that no rule has.
#[derive(Debug, thiserror::Error)]
#[error("there is no rule \"{id}\"{hint}; `cooperage check --explain all` lists them")]
pub struct UnknownRule {
    id: String,
    hint: String,
}

impl UnknownRule {
    /// Says which one may have been meant.
    pub fn new(id: &str) -> Self {
        let near = nearest(id, RULES.iter().map(|rule| rule.id));
        let hint = if near.is_empty() { String::new() } else { format!(" (did you mean {}?)", near.join(" or ")) };
        Self { id: id.to_owned(), hint }
    }
}

/// How severe each rule is in a call.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    told: BTreeMap<String, RuleLevel>,
}

impl Levels {
    /// As the configuration tells (`cooperage.check_rules`).
    ///
    /// # Errors
    /// When it names a rule that does not exist.
    pub fn new(told: &BTreeMap<String, RuleLevel>) -> Result<Self, UnknownRule> {
        match told.keys().find(|id| rule(id).is_none()) {
            Some(id) => Err(UnknownRule::new(id)),
            None => Ok(Self { told: told.clone() }),
        }
    }

    /// Whether the configuration says something about a rule.
    pub fn tells(&self, id: &str) -> bool {
        self.told.contains_key(id)
    }

    /// How severe a rule is; `None` when it is off.
    pub fn of(&self, id: &str) -> Option<Severity> {
        match self.told.get(id) {
            Some(RuleLevel::Off) => None,
            Some(RuleLevel::Warning) => Some(Severity::Warning),
            Some(RuleLevel::Error) => Some(Severity::Error),
            None => rule(id).map_or(Some(Severity::Error), |rule| rule.severity),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_words_and_stand_once() {
        let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        assert!(ids.iter().all(|id| id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        for rule in RULES {
            assert!(rule.bad != rule.good && !rule.bad.is_empty() && !rule.good.is_empty(), "{}", rule.id);
        }
    }

    #[test]
    fn what_the_configuration_tells_wins() {
        let told = BTreeMap::from([("folder_name".to_owned(), RuleLevel::Warning), ("cycle".to_owned(), RuleLevel::Off)]);
        let levels = Levels::new(&told).unwrap();
        assert_eq!(
            (levels.of("folder_name"), levels.of("cycle"), levels.of("bad_name")),
            (Some(Severity::Warning), None, Some(Severity::Error))
        );
        assert_eq!(Levels::default().of("folder_name"), None);
        let error = Levels::new(&BTreeMap::from([("cycles".to_owned(), RuleLevel::Off)])).unwrap_err();
        assert!(error.to_string().contains("did you mean cycle?"), "{error}");
    }
}
