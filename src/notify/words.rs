//! The words of a mail: its subject, which filters of people rely on, and the cause in one line.

use super::notification::{Cause, Notification, Told};
use serde::Serialize;

/// The subject, exactly as the original writes it: `[R] SUCCESS: Container build app/job:tag`. R is the alias, else the
/// registry, up to its first `:`.
pub(super) fn subject(told: &Notification, alias: Option<&str>) -> String {
    let word = match told.outcome {
        Told::Success => "SUCCESS",
        Told::Failed => "FAILED",
    };
    let registry = shown_registry(told, alias);
    format!("[{}] {word}: Container build {}", registry.split(':').next().unwrap_or_default(), told.image)
}

/// The alias, else the registry without a scheme.
fn shown_registry<'a>(told: &'a Notification, alias: Option<&'a str>) -> &'a str {
    let named = alias.unwrap_or(&told.registry);
    named.split_once("://").map_or(named, |(_, rest)| rest).trim_end_matches('/')
}

/// Where people look at the image: `https://R/app/job`, with the registry's port.
pub(super) fn repository(told: &Notification, alias: Option<&str>) -> String {
    format!("https://{}/{}", shown_registry(told, alias), told.image.split(':').next().unwrap_or_default())
}

/// The outcome as programs read it.
pub(super) fn outcome(outcome: Told) -> &'static str {
    match outcome {
        Told::Success => "success",
        Told::Failed => "failed",
    }
}

/// The status word of the body.
pub(super) fn status(outcome: Told) -> &'static str {
    match outcome {
        Told::Success => "Success",
        Told::Failed => "Failure",
    }
}

/// The cause in one line.
pub(super) fn cause(cause: &Cause) -> String {
    let at = |digest: &Option<String>| digest.as_ref().map(|digest| format!(" ({digest})")).unwrap_or_default();
    match cause {
        Cause::FirstBuild => "First build of this image".to_owned(),
        Cause::Commit { commit, branch, url, .. } => format!("Commit {commit} in branch {branch} of {url}"),
        Cause::Parent { image, digest } => format!("Parent image {image} was rebuilt{}", at(digest)),
        Cause::Base { reference, digest } => format!("Base image {reference} was updated{}", at(digest)),
        Cause::IndexChange { keys } if keys.is_empty() => "Its entry in the index changed".to_owned(),
        Cause::IndexChange { keys } => format!("Its entry in the index changed: {}", keys.join(", ")),
        Cause::Requested => "Requested by hand".to_owned(),
    }
}

/// What else is known of the cause, as labels and values.
pub(super) fn cause_details(cause: &Cause) -> Vec<Row> {
    match cause {
        Cause::Commit { author, subject, .. } => vec![Row::new("Author:", author), Row::new("Subject:", subject)],
        _ => Vec::new(),
    }
}

/// A label and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    pub label: &'static str,
    pub value: String,
}

impl Row {
    pub(super) fn new(label: &'static str, value: impl Into<String>) -> Self {
        Self { label, value: value.into() }
    }
}

/// The footer where the configuration has none.
pub(super) const FOOTER: [&str; 2] =
    ["--", "This mail was written by Cooperage, which built the image. Its owner is named in the container index."];

#[cfg(test)]
mod tests {
    use super::super::samples::failed;
    use super::*;

    #[test]
    fn the_subject_is_the_originals() {
        let mut told = failed();
        assert_eq!(subject(&told, None), "[registry.example.org] FAILED: Container build bamachrn/python:release");
        told.outcome = Told::Success;
        told.registry = "https://r.example.org:5000/".to_owned();
        assert_eq!(subject(&told, None), "[r.example.org] SUCCESS: Container build bamachrn/python:release");
        assert_eq!(subject(&told, Some("public.example.org:80")), "[public.example.org] SUCCESS: Container build bamachrn/python:release");
        assert_eq!(repository(&told, None), "https://r.example.org:5000/bamachrn/python");
    }

    #[test]
    fn every_cause_has_its_words() {
        assert_eq!(cause(&failed().cause), "Commit 0123456789ab in branch master of https://git.example.org/python.git");
        let parent = Cause::Parent { image: "a/b:1".into(), digest: Some("sha256:1".into()) };
        assert_eq!(cause(&parent), "Parent image a/b:1 was rebuilt (sha256:1)");
        assert_eq!(cause(&Cause::Base { reference: "r/b:1".into(), digest: None }), "Base image r/b:1 was updated");
        assert_eq!(cause(&Cause::IndexChange { keys: vec!["git-path".into()] }), "Its entry in the index changed: git-path");
    }
}
