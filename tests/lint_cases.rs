//! `fixtures/lint`: what each case gives stands in `expected.txt`, and `scripts/compare-hadolint` holds that hadolint says
//! the same. After a change of rules: `UPDATE=1 cargo test --test lint_cases`, then read the difference.

use cooperage::finding::Levels;
use cooperage::lint::{Facts, Linted, RULES, Subject, Which, decode, help, is_rule, levels, lint};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn all() -> Levels {
    levels(&BTreeMap::new()).unwrap()
}

fn subject(text: &str) -> Subject<'_> {
    Subject { name: None, path: "Dockerfile".into(), template: None, text, parsed: None, broken: None, facts: Facts::default() }
}

/// The findings as `line:column id`.
fn told(linted: &Linted) -> Vec<String> {
    let column = |column: Option<usize>| column.map(|column| format!(":{column}")).unwrap_or_default();
    linted.findings.iter().map(|finding| format!("{}{} {}", finding.line.unwrap(), column(finding.column), finding.id)).collect()
}

/// Every case with what it gives.
fn found() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lint");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "Dockerfile"));
    files.sort();
    let mut text = String::new();
    let with_comments = levels(&serde_json::from_str(r#"{"DL1001": "warning"}"#).unwrap()).unwrap();
    for file in &files {
        let (content, broken) = decode(std::fs::read(file).unwrap());
        assert_eq!(broken, None);
        let linted = lint(&subject(&content), &with_comments, Which::All);
        writeln!(text, "{}: {}", file.file_stem().unwrap().to_str().unwrap(), told(&linted).join(", ")).unwrap();
    }
    text
}

#[test]
fn every_case_gives_what_it_should() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lint/expected.txt");
    let found = found();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let wrong: Vec<&str> = found.lines().filter(|line| !expected.lines().any(|known| known == *line)).collect();
    assert!(
        wrong.is_empty() && found.lines().count() == expected.lines().count(),
        "refresh with UPDATE=1 if this is right:\n{}",
        wrong.join("\n")
    );
    let hit: BTreeSet<&str> = found.split([' ', ',', '\n']).filter(|word| is_rule(word)).collect();
    let untested: Vec<&str> = RULES.iter().map(|rule| rule.id).filter(|id| id.starts_with("DL") && !hit.contains(id)).collect();
    assert!(untested.is_empty(), "no case breaks {untested:?}");
}

#[test]
fn ids_stand_once_and_every_rule_says_what_to_do() {
    let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for rule in RULES {
        assert!(rule.bad != rule.good && !rule.text.is_empty() && help(rule.id).is_some_and(|help| !help.is_empty()), "{}", rule.id);
        let shared = cooperage::check::rule(rule.id);
        assert!(shared.is_none_or(|other| other.text == rule.text), "{} means two things", rule.id);
    }
}

#[test]
fn the_configuration_switches_rules_and_knows_those_of_hadolint() {
    let told_levels = |text: &str| levels(&serde_json::from_str::<BTreeMap<_, _>>(text).unwrap());
    let switched = told_levels(r#"{"DL3006": "off", "DL3004": "style", "SC2046": "off"}"#).unwrap();
    let linted = lint(&subject("FROM a\nRUN sudo b\n"), &switched, Which::All);
    assert_eq!(told(&linted), ["2:5 DL3004"]);
    assert_eq!(linted.findings[0].severity.as_str(), "style");
    let error = told_levels(r#"{"credential": "off"}"#).unwrap_err().to_string();
    assert!(error.contains("did you mean credentials?") && error.contains("cooperage lint --explain all"), "{error}");
    assert_eq!(lint(&subject("FROM a\n"), &all(), Which::Own).findings, []);
}
