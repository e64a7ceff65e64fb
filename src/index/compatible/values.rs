//! Checks 13 to 17: what the repository has to show.

use super::python::Python;
use super::read::read;
use super::record::Said;
use super::subject::Subject;
use crate::config::yaml::{Node, Shape};
use crate::git::confined;
use crate::index::entry::value;

/// A repository at a branch, or why there is none.
pub trait Tree {
    /// Whether a path of the clone, links followed, leads to something.
    fn exists(&self, path: &str) -> bool;
    /// What a file of the clone holds; none where there is no file.
    fn read(&self, path: &str) -> Option<Vec<u8>>;
}

/// What a check says, or that the original ends with an internal error.
pub(super) type Checked = Result<Said, String>;

/// The check of a repository.
type Check = fn(&Subject<'_>, Result<&dyn Tree, &str>) -> Checked;

/// In the order in which they run.
const CHECKS: [(&str, Check); 5] = [
    ("GitCloneValidator", cloned),
    ("CCCPYamlExistsValidator", |subject, tree| project(subject, tree).map(|found| found.unwrap_or_else(|said| said))),
    ("TargetFileExistsValidator", |subject, tree| Ok(target(subject, tree))),
    ("PreBuildExistsValidator", |subject, tree| Ok(prebuild(subject, tree))),
    ("JobIDMatchesIndex", job_id),
];

/// Files of a project that the original knows, in its order.
const PROJECT_FILES: [&str; 4] = ["cccp.yml", ".cccp.yml", "cccp.yaml", ".cccp.yaml"];

/// What each check says of an entry.
pub(super) fn check<'a>(
    subject: &'a Subject<'_>,
    tree: Result<&'a dyn Tree, &'a str>,
) -> impl Iterator<Item = (&'static str, Checked)> + 'a {
    CHECKS.iter().map(move |(name, check)| (*name, check(subject, tree)))
}

/// Why the original ends when it comes to the repository of an entry.
pub(super) fn abort(subject: &Subject<'_>) -> Option<String> {
    let missing = ["git-url", "git-branch"].into_iter().find(|key| !subject.has(key));
    let no_text = || (!matches!(subject.get("git-url"), Python::Text(_) | Python::Unicode(_))).then_some("git-url");
    Some(match missing {
        Some(key) => format!("an entry has no {key}"),
        None => format!("{} is no text", no_text()?),
    })
}

fn cloned(subject: &Subject<'_>, tree: Result<&dyn Tree, &str>) -> Checked {
    Ok(match tree {
        Ok(_) => Said::default(),
        Err(why) => Said::default().error("not_cloned", subject.place("git-url"), why),
    })
}

/// A path below git-path; none where it leaves the clone, which is then not looked at.
fn below(subject: &Subject<'_>, name: &str) -> Option<String> {
    // In the original git-path is put in front, whatever the name begins with.
    confined(&subject.text("git-path"), name.trim_start_matches('/'))
}

/// The project's file. The outer error ends the run, the inner one ends the check: it passes without one, or there is none.
fn project(subject: &Subject<'_>, tree: Result<&dyn Tree, &str>) -> Result<Result<Said, Said>, String> {
    find_project(subject, tree).map(|found| found.map(|_| Said::default()))
}

fn find_project(subject: &Subject<'_>, tree: Result<&dyn Tree, &str>) -> Result<Result<Node, Said>, String> {
    let place = subject.place("git-path");
    if subject.has("prebuild-script") && subject.has("prebuild-context") {
        return Ok(Err(Said::default().warning("prebuilt", place, "there is a prebuild, so no project file is looked for")));
    }
    let none = |why: &str| Ok(Err(Said::default().error("no_project", place, format!("there is no project file: {why}"))));
    let tree = match tree {
        Ok(tree) => tree,
        Err(_) => return none("the repository was not cloned"),
    };
    let found = PROJECT_FILES.iter().find_map(|name| Some((name, tree.read(&below(subject, name)?)?)));
    let Some((name, bytes)) = found else { return none("none of cccp.yml, .cccp.yml, cccp.yaml, .cccp.yaml is in git-path") };
    match read(&bytes) {
        Ok(node) if Python::of(&node).is_true() => Ok(Ok(node)),
        Ok(_) => none(&format!("{name} is empty")),
        Err(unread) => none(&format!("{name} is no YAML: {}", unread.message)),
    }
}

fn target(subject: &Subject<'_>, tree: Result<&dyn Tree, &str>) -> Said {
    let place = subject.place("target-file");
    if subject.has("prebuild-script") {
        return Said::default().warning("prebuilt", place, "there is a prebuild, so the target file is not looked for");
    }
    let name = subject.text("target-file");
    let path = below(subject, &name);
    if tree.is_ok_and(|tree| path.as_ref().is_some_and(|path| tree.exists(path))) {
        return Said::default();
    }
    Said::default().error("no_target", place, format!("there is no {name} in git-path: {}", why_not(tree, path.as_deref())))
}

fn why_not(tree: Result<&dyn Tree, &str>, path: Option<&str>) -> &'static str {
    match (tree, path) {
        (Err(_), _) => "the repository was not cloned",
        (_, None) => "it leaves the clone",
        _ => "the repository does not have it",
    }
}

fn prebuild(subject: &Subject<'_>, tree: Result<&dyn Tree, &str>) -> Said {
    if !subject.has("prebuild-script") {
        return Said::default();
    }
    if !subject.has("prebuild-context") {
        return Said::default().error(
            "no_context",
            subject.place("prebuild-script"),
            "there is a prebuild-script without prebuild-context",
        );
    }
    let context = subject.text("prebuild-context");
    let script = format!("{context}/{}", subject.text("prebuild-script"));
    let look = |said: Said, key: &str, what: &str, path: &str| {
        let path = confined("", path);
        if tree.is_ok_and(|tree| path.as_ref().is_some_and(|path| tree.exists(path))) {
            return said;
        }
        said.error("no_prebuild_file", subject.place(key), format!("the {what} is not there: {}", why_not(tree, path.as_deref())))
    };
    let said = look(Said::default(), "prebuild-context", "prebuild-context", &context);
    look(said, "prebuild-script", "prebuild-script", &script)
}

/// Entries whose project file may say something else, for reasons of their history.
fn is_excepted(app_id: &str, job_id: &str) -> bool {
    match app_id {
        "centos" | "library" => matches!(job_id, "centos" | "nginx-110-centos7"),
        "fabric8" | "fabric8-ui" | "pipeline-images" => true,
        _ => false,
    }
}

fn job_id(subject: &Subject<'_>, tree: Result<&dyn Tree, &str>) -> Checked {
    let node = match find_project(subject, tree)? {
        Ok(node) => node,
        Err(said) => return Ok(said),
    };
    let place = subject.place("job-id");
    if is_excepted(&subject.text("app-id"), &subject.text("job-id")) {
        return Ok(Said::default().warning("excepted", place, "the job-id of this entry may differ from its project file"));
    }
    let Shape::Map(_) = node.shape else { return Err("a project file is no mapping".to_owned()) };
    Ok(match value(&node, "job-id").map(Python::of) {
        None => Said::default().error("no_job_id", place, "the project file has no job-id"),
        Some(said) if said.key() == subject.get("job-id").key() => Said::default(),
        Some(_) => Said::default().error("other_job_id", place, "the project file has another job-id, or one of another YAML type"),
    })
}
