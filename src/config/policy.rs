//! What the policy of a step may hold, and the message when it holds something else.

use super::kind::{Kind, Wrong, mismatch, required, stranger};
use super::yaml::{Entry, Node, Shape};
use crate::finding::{Exception, ExceptionError, Mode, Severity, Step};

const KEYS: [&str; 3] = ["policy", "threshold", "ignore"];
const EXCEPTION: [&str; 4] = ["id", "image", "until", "reason"];

/// What the key may hold, to stand after "must be".
pub(super) fn expected(step: Step) -> String {
    let severities: Vec<&str> = Severity::of(step.family()).map(Severity::as_str).collect();
    format!(
        "gate, warn or off, or a map of policy (one of these), threshold ({}) and ignore (a list of {{id, image, until, reason}})",
        severities.join(", ")
    )
}

/// Whether a value is a mode. YAML reads an `off` without quotes as false.
pub(super) fn is_mode(node: &Node) -> bool {
    match &node.shape {
        Shape::Flag(flag) => !flag,
        Shape::Text(text) => Mode::parse(text).is_some(),
        _ => false,
    }
}

/// Everything in a policy that cannot stand there.
pub(super) fn check(subject: &str, step: Step, entries: &[Entry]) -> Vec<Wrong> {
    entries.iter().flat_map(|entry| one(subject, step, entry)).collect()
}

fn one(subject: &str, step: Step, entry: &Entry) -> Vec<Wrong> {
    let at = format!("{subject}.{}", entry.key);
    let severity = |text: &str| Severity::parse(text, step.family()).is_some();
    match (entry.key.as_str(), &entry.node.shape) {
        (key, _) if !KEYS.contains(&key) => vec![stranger(subject, key, entry.place, &KEYS)],
        (_, Shape::Null) => Vec::new(),
        ("policy", _) if is_mode(&entry.node) => Vec::new(),
        ("policy", _) => vec![mismatch(&at, "one of gate, warn, off", &entry.node, false)],
        ("threshold", Shape::Text(text)) if severity(text) => Vec::new(),
        ("threshold", _) => {
            let words: Vec<&str> = Severity::of(step.family()).map(Severity::as_str).collect();
            vec![mismatch(&at, &format!("one of {}", words.join(", ")), &entry.node, false)]
        }
        (_, Shape::List(items)) => {
            items.iter().enumerate().flat_map(|(number, item)| exception(&format!("item {} of {at}", number + 1), item)).collect()
        }
        _ => vec![mismatch(&at, "a list of {id, image, until, reason}", &entry.node, false)],
    }
}

fn exception(subject: &str, node: &Node) -> Vec<Wrong> {
    let Shape::Map(entries) = &node.shape else {
        return vec![mismatch(subject, "{id, image, until, reason}", node, false)];
    };
    let strangers = entries.iter().filter(|entry| !EXCEPTION.contains(&entry.key.as_str()));
    let mut wrong: Vec<Wrong> = strangers.map(|entry| stranger(subject, &entry.key, entry.place, &EXCEPTION)).collect();
    wrong.extend(entries.iter().flat_map(|entry| required(Kind::Text, &format!("{subject}.{}", entry.key), &entry.node)));
    if !wrong.is_empty() {
        return wrong;
    }
    let told = |name: &str| match entries.iter().rev().find(|entry| entry.key == name).map(|entry| &entry.node.shape) {
        Some(Shape::Text(text)) => text.as_str(),
        _ => "",
    };
    let image = if told("image").is_empty() { "*" } else { told("image") };
    let error = Exception::new(told("id"), image, told("until"), told("reason")).err();
    error.map(|error| refused(subject, node, entries, &error)).into_iter().collect()
}

fn refused(subject: &str, node: &Node, entries: &[Entry], error: &ExceptionError) -> Wrong {
    let about = match error {
        ExceptionError::Day(_) => "until",
        ExceptionError::Image(_) => "image",
        ExceptionError::Missing(_) => "",
    };
    let place = entries.iter().find(|entry| entry.key == about).map_or(node.place, |entry| entry.node.place);
    let help = "write {id: DL3008, image: '*/python3:*', until: 2026-12-31, reason: why}";
    Wrong { place, message: format!("{subject}: {error}"), help: Some(help.to_owned()) }
}
