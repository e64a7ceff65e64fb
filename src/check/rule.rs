//! The rules of `check`, by id, and how severe they are in a call.

use super::table::RULES;
use crate::finding::{Levels, Rule, RuleLevel, UnknownRule, find};
use std::collections::BTreeMap;

/// The rule of this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    find(RULES, id)
}

/// An id that no rule has.
pub fn unknown(id: &str) -> UnknownRule {
    UnknownRule::new(id, RULES, "check")
}

/// How severe each rule is as the configuration tells (`cooperage.check_rules`).
///
/// # Errors
/// When it names a rule that does not exist.
pub fn levels(told: &BTreeMap<String, RuleLevel>) -> Result<Levels, UnknownRule> {
    Levels::new(told, RULES, "check", |_| false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;

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
        let levels = levels(&told).unwrap();
        assert_eq!(
            (levels.of("folder_name"), levels.of("cycle"), levels.of("bad_name")),
            (Some(Severity::Warning), None, Some(Severity::Error))
        );
        assert_eq!(super::levels(&BTreeMap::new()).unwrap().of("folder_name"), None);
        let error = super::levels(&BTreeMap::from([("cycles".to_owned(), RuleLevel::Off)])).unwrap_err();
        assert!(error.to_string().contains("did you mean cycle?"), "{error}");
    }
}
