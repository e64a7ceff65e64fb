//! The one table of rules. Codes beginning with DL are hadolint's, with its meanings; the words are ours. The others are
//! rules of our own. `docs/lint.md` and `--explain` come from here.

mod commands;
mod instructions;
mod own;

use super::context::Context;
use super::told::Told;
use crate::finding::{Rule, Severity};

/// One rule with its check.
pub(super) struct Row {
    /// The rule as the table of every room has it.
    pub rule: Rule,
    /// What to do about what it finds.
    pub help: &'static str,
    /// How it looks.
    pub check: fn(&Context<'_>, &mut Told),
    /// Where it differs from hadolint's on purpose, and why.
    pub differs: Option<&'static str>,
}

const fn row(
    id: &'static str,
    severity: Severity,
    text: &'static str,
    bad: &'static str,
    good: &'static str,
    help: &'static str,
    check: fn(&Context<'_>, &mut Told),
) -> Row {
    Row { rule: Rule { id, severity: Some(severity), text, bad, good }, help, check, differs: None }
}

impl Row {
    const fn differs(self, why: &'static str) -> Self {
        Self { differs: Some(why), ..self }
    }

    const fn off(self) -> Self {
        Self { rule: Rule { severity: None, ..self.rule }, ..self }
    }

    /// Whether it is a rule of hadolint's.
    pub fn is_hadolints(&self) -> bool {
        self.rule.id.starts_with("DL")
    }
}

const PARTS: [&[Row]; 3] = [instructions::ROWS, commands::ROWS, own::ROWS];
const COUNT: usize = PARTS[0].len() + PARTS[1].len() + PARTS[2].len();

/// The rules alone, in the order of `--explain all`.
pub const RULES: &[Rule] = &{
    let mut rules = [PARTS[0][0].rule; COUNT];
    let (mut part, mut at, mut next) = (0, 0, 0);
    while part < PARTS.len() {
        while at < PARTS[part].len() {
            rules[next] = PARTS[part][at].rule;
            at += 1;
            next += 1;
        }
        part += 1;
        at = 0;
    }
    rules
};

/// Every rule with its check.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    PARTS.into_iter().flatten()
}

/// The row of an id.
pub(super) fn find(id: &str) -> Option<&'static Row> {
    rows().find(|row| row.rule.id == id)
}

/// Rules of hadolint that the built-in set has not, in words for a person.
pub const ONLY_HADOLINTS: &str = "ShellCheck's (SC…), DL3010, DL3026, DL3043, DL3048 to DL3058, DL3063 and above";
