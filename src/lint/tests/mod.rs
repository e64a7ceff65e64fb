//! Our own rules, and texts that are no Dockerfiles.

mod own;
mod trouble;

use super::{Facts, Linted, Subject, Which, decode, levels, lint};
use crate::finding::Levels;
use std::collections::BTreeMap;

fn all() -> Levels {
    levels(&BTreeMap::new()).unwrap()
}

fn subject<'a>(text: &'a str, template: Option<&'a str>, facts: Facts) -> Subject<'a> {
    Subject { name: Some("app"), path: "app/Dockerfile.template".into(), template, text, parsed: None, broken: None, facts }
}

/// The findings as `line:column id`, a `~` before those that are approximate.
fn told(linted: &Linted) -> Vec<String> {
    let shown = |finding: &crate::finding::Finding| {
        let near = if finding.approximate { "~" } else { "" };
        let column = finding.column.map(|column| format!(":{column}")).unwrap_or_default();
        format!("{near}{}{column} {}", finding.line.unwrap(), finding.id)
    };
    linted.findings.iter().map(shown).collect()
}
