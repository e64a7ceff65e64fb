//! Lint: rules on rendered Dockerfiles, found by our own table or by hadolint, told at lines of the template.
//!
//! It needs no engine and knows no image. What findings lead to is the business of `finding`; reading and rendering a
//! catalogue, printing and exit codes are those of others. Only [`Hadolint`] starts a program.

mod context;
mod hadolint;
mod judge;
mod place;
mod pragma;
mod reference;
mod rules;
mod shell;
mod subject;
mod table;
mod told;
mod words;

#[cfg(test)]
mod tests;

pub use hadolint::{Hadolint, HadolintError};
pub use judge::{Linted, Which, lint};
pub use reference::reference;
pub use subject::{Bases, Facts, Subject, decode};
pub use table::{ONLY_HADOLINTS, RULES};

use crate::finding::{Levels, Rule, RuleLevel, UnknownRule, find};
use std::collections::BTreeMap;

/// The rule of this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    find(RULES, id)
}

/// What to do about what a rule finds.
pub fn help(id: &str) -> Option<&'static str> {
    table::find(id).map(|row| row.help)
}

/// Whether a word is the id of a rule, or looks like one that hadolint or ShellCheck may have.
pub fn is_rule(id: &str) -> bool {
    let number = id.strip_prefix("DL").or_else(|| id.strip_prefix("SC"));
    rule(id).is_some() || number.is_some_and(|number| number.len() == 4 && number.bytes().all(|b| b.is_ascii_digit()))
}

/// An id that no rule has.
pub fn unknown(id: &str) -> UnknownRule {
    UnknownRule::new(id, RULES, "lint")
}

/// How severe each rule is as the configuration tells (`cooperage.lint_rules`).
///
/// # Errors
/// When it names a rule that does not exist.
pub fn levels(told: &BTreeMap<String, RuleLevel>) -> Result<Levels, UnknownRule> {
    Levels::new(told, RULES, "lint", is_rule)
}
