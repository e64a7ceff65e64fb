//! One entry: a project's git repository and the image that is made from it.

use super::names::ImageName;
use crate::config::yaml::{Node, Place, Shape};

/// An entry that has all it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file, relative to the index: `index.d/centos.yaml`.
    pub file: String,
    /// Its line there, from 1.
    pub line: usize,
    /// `id`
    pub id: i64,
    /// `app-id`, as written.
    pub app_id: String,
    /// `job-id`, as written.
    pub job_id: String,
    /// `desired-tag`, as written: `8.10` stays `8.10`.
    pub desired_tag: String,
    /// `git-url`
    pub git_url: String,
    /// `git-path`: where target file and project file stand, relative to the clone; `/` is the clone itself.
    pub git_path: String,
    /// `git-branch`: a branch, a tag or a commit.
    pub git_branch: String,
    /// `target-file`: the Dockerfile, relative to `git-path`.
    pub target_file: String,
    /// `build-context`, relative to `git-path`.
    pub build_context: String,
    /// `prebuild-script` and its context.
    pub prebuild: Option<Prebuild>,
    /// `notify-email`
    pub notify_email: String,
    /// `depends-on`
    pub depends_on: Vec<Dependency>,
}

/// A script that prepares the clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prebuild {
    /// Relative to the context.
    pub script: String,
    /// Relative to the clone.
    pub context: String,
}

/// One parent that `depends-on` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// As written.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
}

impl Entry {
    /// What its image is called.
    pub fn image(&self) -> ImageName {
        ImageName::of(&self.app_id, &self.job_id, &self.desired_tag)
    }

    /// Reads a mapping; none where a key it needs is missing or no text. Why is told by the checks.
    pub(super) fn read(file: &str, node: &Node) -> Option<Self> {
        let Shape::Map(_) = &node.shape else { return None };
        let text = |key: &str| scalar(value(node, key)?);
        let id = match value(node, "id")?.shape {
            Shape::Integer(id) => id,
            _ => return None,
        };
        let prebuild = match (value(node, "prebuild-script"), value(node, "prebuild-context")) {
            (Some(script), Some(context)) => Some(Prebuild { script: scalar(script)?, context: scalar(context)? }),
            (Some(_), None) => return None,
            (None, _) => None,
        };
        Some(Self {
            file: file.to_owned(),
            line: node.place.line,
            id,
            app_id: text("app-id")?,
            job_id: text("job-id")?,
            desired_tag: text("desired-tag")?,
            git_url: text("git-url")?,
            git_path: text("git-path")?,
            git_branch: text("git-branch")?,
            target_file: text("target-file")?,
            build_context: text("build-context").unwrap_or_else(|| "./".to_owned()),
            prebuild,
            notify_email: text("notify-email")?,
            depends_on: dependencies(value(node, "depends-on")?)?,
        })
    }
}

/// The value of a key; the last one counts, as in PyYAML.
pub(super) fn value<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let Shape::Map(entries) = &node.shape else { return None };
    entries.iter().rev().find(|entry| entry.key == key).map(|entry| &entry.node)
}

/// A scalar as it was written; none where it is empty or no scalar.
pub(super) fn scalar(node: &Node) -> Option<String> {
    let text = match (&node.written, &node.shape) {
        (Some(written), _) => written.clone(),
        (None, Shape::Text(text)) => text.clone(),
        _ => return None,
    };
    (!text.trim().is_empty() && node.shape != Shape::Null).then_some(text)
}

/// The parents; none where there is something else than text, a list of texts, or nothing.
fn dependencies(node: &Node) -> Option<Vec<Dependency>> {
    let one = |node: &Node| {
        let Place { line, column } = node.place;
        Some(Dependency { text: scalar(node)?, line, column })
    };
    match &node.shape {
        Shape::Null => Some(Vec::new()),
        Shape::Text(text) if text.is_empty() => Some(Vec::new()),
        Shape::List(items) => items.iter().map(one).collect(),
        _ => Some(vec![one(node)?]),
    }
}
