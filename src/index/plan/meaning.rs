//! What makes two versions of an entry the same, whatever its text looks like.

use crate::index::entry::Entry;
use crate::index::names::ImageName;

/// The keys whose meaning differs, in the order of the index. Not `id`, which only numbers lines; and not `app-id`, `job-id` and
/// `desired-tag` as far as they make the same image.
pub(super) fn changed(old: &Entry, new: &Entry) -> Vec<&'static str> {
    let script = |entry: &Entry| entry.prebuild.as_ref().map(|prebuild| settled(&prebuild.script));
    let context = |entry: &Entry| entry.prebuild.as_ref().map(|prebuild| from_clone(&prebuild.context));
    [
        ("app-id", old.app_id != new.app_id),
        ("job-id", old.job_id != new.job_id),
        ("git-url", old.git_url != new.git_url),
        ("git-path", from_clone(&old.git_path) != from_clone(&new.git_path)),
        ("git-branch", old.git_branch != new.git_branch),
        ("target-file", settled(&old.target_file) != settled(&new.target_file)),
        ("notify-email", old.notify_email != new.notify_email),
        ("build-context", settled(&old.build_context) != settled(&new.build_context)),
        ("depends-on", parents(old) != parents(new)),
        ("prebuild-script", script(old) != script(new)),
        ("prebuild-context", context(old) != context(new)),
    ]
    .into_iter()
    .filter_map(|(key, differs)| differs.then_some(key))
    .collect()
}

/// Whether a key says nothing about the image: only about who is told.
pub(super) fn is_telling(key: &str) -> bool {
    key == "notify-email"
}

/// Parents as names, in whatever order.
fn parents(entry: &Entry) -> Vec<String> {
    let name = |text: &String| ImageName::parse(text).map_or_else(|| text.clone(), |image| image.to_string());
    let mut parents: Vec<String> = entry.depends_on.iter().map(|parent| name(&parent.text)).collect();
    parents.sort();
    parents.dedup();
    parents
}

/// A path that is counted from the clone, with `/` in front or without.
fn from_clone(path: &str) -> String {
    settled(path.trim_start_matches('/'))
}

/// A path without what says nothing: `.`, slashes at the end, a folder that `..` leaves at once.
fn settled(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            (part, _) => parts.push(part),
        }
    }
    format!("{}{}", if path.starts_with('/') { "/" } else { "" }, parts.join("/"))
}
