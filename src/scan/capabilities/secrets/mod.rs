//! Secrets in the files of every layer, also in files that a higher layer removed: whoever pulls the image has them.
//!
//! A secret itself goes nowhere: what is kept is its rule, file and line.

mod search;
mod table;

use crate::finding::{Finding, Rule, Severity, find};
use crate::scan::Subject;
pub use search::leaks;
use std::collections::BTreeMap;
use table::SECRETS;

/// The rules of the table.
pub const RULES: &[Rule] = &rules();

const fn rules() -> [Rule; SECRETS.len()] {
    let mut rules = [SECRETS[0].rule; SECRETS.len()];
    let mut at = 0;
    while at < SECRETS.len() {
        rules[at] = SECRETS[at].rule;
        at += 1;
    }
    rules
}

/// Folders of what is there to be read or tried out: a secret there is seldom one.
const SAMPLES: &[&str] = &[
    "__tests__",
    "demo",
    "demos",
    "doc",
    "docs",
    "example",
    "examples",
    "fixtures",
    "man",
    "spec",
    "test",
    "testdata",
    "testing",
    "tests",
];

/// Lines are named up to so many.
const LINES: usize = 3;

/// One finding for each file and rule.
pub fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let mut groups: BTreeMap<(&str, &str), Vec<(usize, usize)>> = BTreeMap::new();
    for (layer, leak) in subject.contents.leaks() {
        groups.entry((&leak.path, &leak.rule)).or_default().push((layer, leak.line));
    }
    groups.into_iter().map(|((path, rule), places)| finding(subject, path, rule, &places)).collect()
}

fn finding(subject: &Subject<'_>, path: &str, rule: &str, places: &[(usize, usize)]) -> Finding {
    let shown = subject.contents.get(path).map(|located| located.layer).filter(|layer| places.iter().any(|(at, _)| at == layer));
    let layer = shown.or_else(|| places.iter().map(|(layer, _)| *layer).max()).unwrap_or_default();
    let mut lines: Vec<usize> = places.iter().filter(|(at, _)| *at == layer).map(|(_, line)| *line).collect();
    lines.sort_unstable();
    lines.dedup();
    let known = find(RULES, rule);
    let severity = known.and_then(|rule| rule.severity).filter(|_| !is_sample(path)).unwrap_or(Severity::Low);
    let text = known.map_or("A file holds what looks like a secret.", |rule| rule.text);
    let gone = if shown.is_some() { "" } else { "; a higher layer hides it, but whoever pulls the image has it" };
    let message = format!("{path}, {}: {}{gone}", told(&lines), text.trim_end_matches('.'));
    let help = "build the image without it (a build secret leaves no trace), and replace it: it is known";
    let finding = Finding::new(rule.to_owned(), severity, message).about(subject.name).help(Some(help));
    finding.at(Some(path.to_owned()), lines.first().copied(), None).of_package(subject.in_layer(layer))
}

/// `line 3`, `lines 3, 5, 7 and 2 more`.
fn told(lines: &[usize]) -> String {
    let first: Vec<String> = lines.iter().take(LINES).map(ToString::to_string).collect();
    let more = if lines.len() > LINES { format!(" and {} more", lines.len() - LINES) } else { String::new() };
    format!("{} {}{more}", if lines.len() == 1 { "line" } else { "lines" }, first.join(", "))
}

fn is_sample(path: &str) -> bool {
    path.split('/').any(|part| SAMPLES.contains(&part))
}

#[cfg(test)]
mod tests;
