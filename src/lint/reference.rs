//! `docs/lint.md`: the table of rules for people.

use super::table::{self, Row, rows};
use crate::finding::Severity;
use std::fmt::Write as _;

const HEAD: &str = include_str!("reference.md");

/// The page, in Markdown.
pub fn reference() -> String {
    let mut page = HEAD.replace("ONLY_HADOLINTS", table::ONLY_HADOLINTS);
    page.push_str("\n## Rules of our own\n\n");
    section(&mut page, rows().filter(|row| !row.is_hadolints()));
    page.push_str("\n## Rules of hadolint\n\n");
    let mut hadolints: Vec<&Row> = rows().filter(|row| row.is_hadolints()).collect();
    hadolints.sort_by_key(|row| row.rule.id);
    section(&mut page, hadolints.iter().copied());
    page.push_str("\n## Where we differ from hadolint on purpose\n\n");
    for row in hadolints {
        if let Some(why) = row.differs {
            // Writing to a String cannot fail.
            let _ = writeln!(page, "- `{}`: {why}.", row.rule.id);
        }
    }
    page
}

fn section<'a>(page: &mut String, rows: impl Iterator<Item = &'a Row>) {
    page.push_str("| rule | severity | what it asks for | bad | good |\n| --- | --- | --- | --- | --- |\n");
    let cell = |text: &str| text.replace('|', "\\|");
    for Row { rule, .. } in rows {
        let severity = rule.severity.map_or("off", Severity::as_str);
        let (text, bad, good) = (cell(rule.text), cell(rule.bad), cell(rule.good));
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| `{}` | {severity} | {text} | `{bad}` | `{good}` |", rule.id);
    }
}
