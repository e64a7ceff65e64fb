//! The plan of `update`: which definitions get a new changelog entry, with which version, and because of what.

use super::Graph;
use crate::catalog::Defect;
use crate::name::{Bump, Pattern, Tag, Version, nearest};
use jiff::civil::Date;
use std::cmp::Ordering;

/// How new versions are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Versioning {
    /// Counted up.
    CountUp,
    /// The requested definition gets this one, what depends on it is counted up.
    Exactly(Version),
    /// A part of the requested definitions' versions is raised, what depends on them is counted up.
    Bump(Bump),
    /// All get this date in place of an older one.
    Dated(Date),
}

/// What `update` is asked for; the lists are by node.
#[derive(Clone, Debug)]
pub struct UpdateRequest {
    /// The definitions that were asked for.
    pub requested: Vec<bool>,
    /// Those that get no entry, so that nothing follows from them either.
    pub excluded: Vec<bool>,
    /// How versions are made.
    pub versioning: Versioning,
    /// What stands before a counted number.
    pub identifier: String,
}

/// Why a definition gets an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It was asked for.
    Requested,
    /// It depends on this node, which was asked for.
    Parent(usize),
}

/// One new entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The definition.
    pub node: usize,
    /// Its version now.
    pub from: Version,
    /// The new one.
    pub to: Version,
    /// Why.
    pub cause: Cause,
}

/// All new entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdatePlan {
    /// By name.
    pub changes: Vec<Change>,
    /// Versions that go back in Debian's order.
    pub warnings: Vec<Defect>,
}

/// A request that fits nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// No definition has the name, or none matches the pattern.
    #[error("{}", unknown(name, near))]
    Unknown {
        /// As it was given.
        name: String,
        /// The most similar names.
        near: Vec<String>,
    },
    /// One version for several definitions.
    #[error("--version gives one version, but \"{name}\" matches {count} definitions: {}", names.join(", "))]
    OneVersionForMany {
        /// As it was given.
        name: String,
        /// How many.
        count: usize,
        /// The first of them.
        names: Vec<String>,
    },
    /// Exclusion leaves nothing.
    #[error("--exclude leaves nothing to update")]
    AllExcluded,
}

fn unknown(name: &str, near: &[String]) -> String {
    let what = if is_pattern(name) { "no definition's name matches" } else { "there is no definition named" };
    let hint =
        if near.is_empty() { "`cooperage list --offline` shows all".to_owned() } else { format!("did you mean {}?", near.join(", ")) };
    format!("{what} \"{name}\"; {hint}")
}

/// Whether a NAME is a glob: only then it may mean several definitions.
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// How many names an error lists.
const SHOWN: usize = 5;

/// Marks the definitions that NAME means: exactly that one, or with `*`, `?` or `[` in it those whose whole name matches.
///
/// # Errors
/// When there is none, with the nearest names. `others` are names that are known and cannot be used.
pub fn requested<'a>(graph: &'a Graph, name: &str, others: impl IntoIterator<Item = &'a str>) -> Result<Vec<bool>, UpdateError> {
    let pattern = if is_pattern(name) { Pattern::parse(name).ok() } else { None };
    let is_meant = |candidate: &str| pattern.as_ref().map_or(candidate == name, |pattern| pattern.matches(candidate));
    let marked: Vec<bool> = graph.nodes.iter().map(|node| is_meant(&node.name)).collect();
    if marked.contains(&true) {
        return Ok(marked);
    }
    let bare = name.split(':').next().unwrap_or(name).trim_matches(['*', '?', '/']);
    let known = graph.nodes.iter().map(|node| node.name.as_str()).chain(others);
    let bare_is_there = graph.find(bare).map(|_| bare);
    let near = bare_is_there.into_iter().chain(nearest(bare, known)).map(str::to_owned).collect();
    Err(UpdateError::Unknown { name: name.to_owned(), near })
}

/// What gets an entry, and why: `None` for the rest. Of several requested ones that a definition depends on, the
/// first in dependency order is the cause.
pub fn causes(graph: &Graph, requested: &[bool], excluded: &[bool]) -> Vec<Option<Cause>> {
    let mut rank = vec![0; graph.nodes.len()];
    for (at, &node) in graph.order.iter().enumerate() {
        rank[node] = at;
    }
    let mut causes: Vec<Option<Cause>> = vec![None; graph.nodes.len()];
    for &node in graph.order.iter().filter(|&&node| !excluded[node]) {
        let above = graph.nodes[node].parents.iter().filter_map(|edge| match causes[edge.parent]? {
            Cause::Requested => Some(edge.parent),
            Cause::Parent(first) => Some(first),
        });
        causes[node] = if requested[node] { Some(Cause::Requested) } else { above.min_by_key(|&node| rank[node]).map(Cause::Parent) };
    }
    causes
}

/// Decides. `was_used` says whether a definition's changelog knows a version already.
///
/// # Errors
/// Every version that cannot be, as a defect; nothing is to be written then.
pub fn update(graph: &Graph, request: &UpdateRequest, was_used: &dyn Fn(usize, &Version) -> bool) -> Result<UpdatePlan, Vec<Defect>> {
    let (mut plan, mut refused) = (UpdatePlan::default(), Vec::new());
    for (node, cause) in causes(graph, &request.requested, &request.excluded).into_iter().enumerate() {
        let Some(cause) = cause else { continue };
        let from = graph.nodes[node].version.clone();
        let place = |defect: Defect| defect.at(changelog(graph, node)).of(&graph.nodes[node].name);
        match next(graph, node, cause, request, was_used) {
            Ok(to) => {
                if to.debian_cmp(&from) == Ordering::Less {
                    let message = format!("in Debian's order the new version {to} is below {from}");
                    plan.warnings.push(place(Defect::warning("version_goes_back", message)));
                }
                plan.changes.push(Change { node, from, to, cause });
            }
            Err(Refusal { message, help }) => refused.push(place(Defect::error("version_refused", message).help(help))),
        }
    }
    if refused.is_empty() { Ok(plan) } else { Err(refused) }
}

fn changelog(graph: &Graph, node: usize) -> String {
    let path = &graph.nodes[node].path;
    if path == "." { "changelog".to_owned() } else { format!("{path}/changelog") }
}

/// Why a definition cannot get a version, and what to do.
struct Refusal {
    message: String,
    help: &'static str,
}

/// The new version of one definition, or why there is none.
fn next(
    graph: &Graph,
    node: usize,
    cause: Cause,
    request: &UpdateRequest,
    was_used: &dyn Fn(usize, &Version) -> bool,
) -> Result<Version, Refusal> {
    let found = &graph.nodes[node];
    let refuse = |message: String, help| Err(Refusal { message, help });
    let to = match (&request.versioning, cause) {
        (Versioning::Dated(date), _) => found.version.dated(*date),
        (Versioning::Exactly(version), Cause::Requested) => version.clone(),
        (Versioning::Bump(bump), Cause::Requested) => match found.version.bumped(*bump, &request.identifier) {
            Ok(version) => version,
            Err(error) => return refuse(error.to_string(), "--bump reads the part before the first \"-\" as major.minor.patch"),
        },
        _ => found.version.counted_up(&request.identifier),
    };
    if let Err(error) = Tag::parse(to.as_str()) {
        let message = format!("{} cannot get the version \"{}\": {error}", found.name, to.as_str().escape_debug());
        return refuse(message, "the version is the image's tag; give another one with --version, or see update_id");
    }
    if to == found.version || was_used(node, &to) {
        let message = format!("{} cannot get the version {to}: its changelog has used it before", found.name);
        return refuse(message, "a version that was published is never overwritten; give another one with --version");
    }
    Ok(to)
}

/// Checks that one version is not given to several definitions.
///
/// # Errors
/// When it is.
pub fn check_one_version(graph: &Graph, name: &str, marked: &[bool]) -> Result<(), UpdateError> {
    let count = marked.iter().filter(|marked| **marked).count();
    if count <= 1 {
        return Ok(());
    }
    let names = graph.nodes.iter().zip(marked).filter(|(_, marked)| **marked).map(|(node, _)| node.name.clone());
    let mut names: Vec<String> = names.take(SHOWN + 1).collect();
    if names.len() > SHOWN {
        names[SHOWN] = "…".to_owned();
    }
    Err(UpdateError::OneVersionForMany { name: name.to_owned(), count, names })
}
