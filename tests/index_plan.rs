//! `index plan` through the real program, on real git repositories.

mod support;

use serde_json::Value;
use std::fs;
use std::path::Path;
use support::listing::{Listing, entry, git};

/// `change image action: reason` of every entry.
fn told(document: &Value) -> Vec<String> {
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
    let one =
        |entry: &Value| format!("{} {} {}: {}", text(entry, "change"), text(entry, "image"), text(entry, "action"), text(entry, "reason"));
    document["entries"].as_array().unwrap().iter().map(one).collect()
}

fn codes(document: &Value, list: &str) -> Vec<String> {
    document[list].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

/// `web/base`, `web/app` on it, and `web/other`, committed on main; a branch is checked out.
fn stage() -> Listing {
    let listing = Listing::new();
    listing.list(
        "web.yaml",
        &[entry(1, "web", "base", &[]), entry(2, "web", "app", &["depends-on: web/base:latest"]), entry(3, "web", "other", &[])],
    );
    listing.commit("base");
    listing.git(&["checkout", "-q", "-b", "change"]);
    listing
}

#[test]
fn a_branch_is_compared_by_meaning_and_told_in_order() {
    let listing = stage();
    let base = listing.git(&["rev-parse", "HEAD"]);
    fs::remove_file(listing.path().join("index.d/web.yaml")).unwrap();
    let moved = [
        entry(9, "web", "app", &["depends-on: [ \"web/base\" ]  # the same"]),
        entry(1, "web", "base", &["git-branch: next", "git-path: ./"]),
        entry(4, "web", "fresh", &["desired-tag: \"8.10\""]),
    ];
    listing.list("web.yml", &moved);
    let head = listing.commit("change");
    let (document, code) = listing.document(&["index", "plan", "--base", "main", "."]);
    assert_eq!(
        told(&document),
        [
            "changed web/base:latest build: git-branch changed",
            "parent web/app:latest build: its parent web/base:latest changed",
            "added web/fresh:8.10 build: new in the index",
            "removed web/other:latest none: not in the index any more",
        ]
    );
    assert_eq!((code, document["base"].as_str(), document["head"].as_str()), (0, Some(base.as_str()), Some(head.as_str())));
    let app = &document["entries"][1];
    assert_eq!((&app["file"], &app["id"], &app["commit"]), (&"index.d/web.yml".into(), &9.into(), &Value::Null));
    assert_eq!((&app["parents"][0], &app["git_branch"]), (&"web/base:latest".into(), &"main".into()));
    assert_eq!(document["entries"][0]["keys"][0], "git-branch");
    let (from_data, _) = listing.document(&["index", "plan", "--base", "main", "index.d"]);
    assert_eq!(from_data, document);
}

#[test]
fn nothing_is_planned_for_text_alone_and_everything_without_a_base() {
    let listing = stage();
    let path = listing.path().join("index.d/web.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("# A comment\n{}", text.replace("git-branch: main", "git-branch:   'main'"))).unwrap();
    listing.commit("text");
    let (document, code) = listing.document(&["index", "plan", "--base", "main", "."]);
    assert_eq!((told(&document), code), (vec![], 0));
    let human = listing.call(&["index", "plan", "--base", "main", "."]);
    assert_eq!(String::from_utf8_lossy(&human.stdout), "nothing to do: no entry says something else than at the base\n");
    let (document, _) = listing.document(&["index", "plan", "."]);
    let images: Vec<&str> = document["entries"].as_array().unwrap().iter().map(|entry| entry["image"].as_str().unwrap()).collect();
    assert_eq!((images, &document["base"]), (vec!["web/base:latest", "web/app:latest", "web/other:latest"], &Value::Null));
}

#[test]
fn an_index_that_cannot_be_read_whole_removes_nothing() {
    let listing = stage();
    listing.list("web.yaml", &[entry(1, "web", "base", &[]), entry(2, "web", "app", &["depends-on: web/base:latest"])]);
    listing.write("index.d/broken.yaml", "Projects: [\n");
    let (document, code) = listing.document(&["index", "plan", "--base", "main", "."]);
    assert_eq!((told(&document), code), (vec![], 1));
    assert_eq!(document["withheld"][0], "web/other:latest");
    assert_eq!(
        (codes(&document, "defects"), codes(&document, "warnings")),
        (vec!["unusable_entry".to_owned()], vec!["not_removed".to_owned()])
    );
    assert_eq!((&document["defects"][0]["path"], &document["defects"][0]["line"]), (&"index.d/broken.yaml".into(), &1.into()));
    // Broken at the base, too: the base may hold entries that nobody sees.
    listing.commit("broken");
    fs::remove_file(listing.path().join("index.d/broken.yaml")).unwrap();
    listing.list("web.yaml", &[entry(1, "web", "base", &[])]);
    let (document, code) = listing.document(&["index", "plan", "--base", "HEAD", "."]);
    assert_eq!((told(&document), code, &document["withheld"][0]), (vec![], 0, &"web/app:latest".into()));
}

#[test]
fn a_change_grants_itself_nothing() {
    let listing = stage();
    listing.git(&["checkout", "-q", "main"]);
    listing.write("config.yaml", "cooperage:\n  index:\n    branch: main\n");
    listing.commit("policy");
    let (document, _) = listing.document(&["index", "plan", "."]);
    assert_eq!((&document["entries"][0]["action"], &document["policy"]["branch"]), (&"publish".into(), &"main".into()));
    listing.git(&["checkout", "-q", "-b", "mine"]);
    listing.write("config.yaml", "cooperage:\n  index:\n    branch: mine\n    allow_network: ['*']\n");
    listing.list("web.yaml", &[entry(1, "web", "base", &["git-branch: evil"])]);
    listing.commit("take over");
    let (document, code) = listing.document(&["index", "plan", "--base", "main", "."]);
    assert_eq!((told(&document)[0].as_str(), code), ("changed web/base:latest build: git-branch changed", 0));
    assert_eq!(codes(&document, "warnings"), ["policy_changed"]);
    assert_eq!(document["policy"], serde_json::json!({"branch": "main", "from": "base", "differs": true}));
    // A file that is taken away counts as it was, too.
    listing.git(&["rm", "-q", "config.yaml"]);
    listing.commit("no policy");
    let (document, _) = listing.document(&["index", "plan", "--base", "main", "."]);
    assert_eq!(document["policy"], serde_json::json!({"branch": "main", "from": "base", "differs": true}));
    // And one that is new does not count.
    let (document, _) = listing.document(&["index", "plan", "--base", "change", "."]);
    assert_eq!(document["policy"]["branch"], Value::Null);
    let branch = listing.document(&["index", "plan", "--base", "main", "--branch", "main", "."]).0;
    assert_eq!(branch["entries"][0]["action"], "publish", "{branch}");
}

/// A repository with one commit on `main`; its address.
fn project(at: &Path, name: &str) -> (String, String) {
    let folder = at.join(name);
    fs::create_dir_all(&folder).unwrap();
    git(&folder, &["init", "-q", "-b", "main"]);
    git(&folder, &["-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-q", "--allow-empty", "-m", "first"]);
    (format!("file://{}", folder.display()), git(&folder, &["rev-parse", "HEAD"]))
}

#[test]
fn repositories_say_which_commit_their_branch_is_at() {
    let mut listing = Listing::new();
    let projects = tempfile::tempdir().unwrap();
    let (url, commit) = project(projects.path(), "one");
    let entries = [
        entry(1, "web", "one", &[&format!("git-url: {url}")]),
        entry(2, "web", "two", &[&format!("git-url: {url}"), &format!("git-branch: {commit}")]),
        entry(3, "web", "gone", &[&format!("git-url: {url}"), "git-branch: gone"]),
    ];
    listing.list("web.yaml", &entries);
    listing.env.push(("COOPERAGE_INDEX".into(), "{allow_file_urls: true}".into()));
    let (document, code) = listing.document(&["index", "plan", "--resolve", "."]);
    let commits: Vec<Option<&str>> = document["entries"].as_array().unwrap().iter().map(|entry| entry["commit"].as_str()).collect();
    assert_eq!((commits, code), (vec![None, Some(commit.as_str()), Some(commit.as_str())], 1));
    assert_eq!(codes(&document, "defects"), ["unresolved"]);
    listing.env.clear();
    let (document, code) = listing.document(&["index", "plan", "--resolve", "."]);
    assert_eq!((codes(&document, "defects").len(), code), (3, 1), "folders of this machine are not asked unless that is allowed");
}

#[test]
fn jobs_and_a_summary_for_a_pull_request() {
    let listing = stage();
    listing.list("web.yaml", &[entry(1, "web", "base", &["git-branch: next"]), entry(2, "web", "app", &["depends-on: web/base:latest"])]);
    listing.list("new.yaml", &[entry(1, "new", "thing", &[])]);
    listing.commit("change");
    let github = listing.call(&["index", "plan", "--base", "main", "--for", "github", "--summary", "plan.md", "."]);
    let jobs: Value = serde_json::from_slice(&github.stdout).unwrap();
    assert_eq!(jobs["include"][0]["name"], "new/thing:latest");
    assert_eq!(jobs["include"][1]["arguments"], "--select web/base:latest --select web/app:latest");
    let summary = fs::read_to_string(listing.path().join("plan.md")).unwrap();
    assert!(
        summary.contains("## Container index") && summary.contains("1 added, 1 changed, 1 removed, 1 because of a parent"),
        "{summary}"
    );
    assert!(summary.contains("| `web/base:latest` | changed | build |"), "{summary}");
    let gitlab = listing.call(&["index", "plan", "--base", "main", "--for", "gitlab", "."]);
    let pipeline: Value = serde_yaml::from_str(&String::from_utf8(gitlab.stdout).unwrap()).unwrap();
    assert_eq!(pipeline["build web/base:latest and 1 more"]["extends"], ".cooperage");
    assert_eq!(listing.call(&["--format", "json", "index", "plan", "--for", "gitlab", "."]).status.code(), Some(2));
}

#[test]
fn wrong_calls_are_told() {
    let listing = stage();
    for (args, said) in [
        (vec!["index", "plan", "nowhere"], "there is no index here"),
        (vec!["index", "plan", "--base", "nope", "."], "names no commit"),
        (vec!["index", "plan", "--base", "--output=x", "."], "unexpected argument"),
    ] {
        let output = listing.call(&args);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.code() == Some(2) && (told.contains(said) || said.is_empty() || told.contains("value is required")),
            "{args:?}: {told}"
        );
    }
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir(outside.path().join("index.d")).unwrap();
    fs::write(outside.path().join("index.d/web.yaml"), format!("Projects:\n{}", entry(1, "web", "app", &[]))).unwrap();
    let path = outside.path().display().to_string();
    assert_eq!(listing.document(&["index", "plan", &path]).1, 0);
    let output = listing.call(&["index", "plan", "--base", "main", &path]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("not in a git repository"));
}

#[test]
fn the_sample_index_is_sound() {
    let listing = Listing::new();
    let index = Path::new(env!("CARGO_MANIFEST_DIR")).join("index").display().to_string();
    let (document, code) = listing.document(&["index", "plan", &index]);
    let images: Vec<&str> = document["entries"].as_array().unwrap().iter().map(|entry| entry["image"].as_str().unwrap()).collect();
    assert_eq!(code, 0, "{document}");
    assert_eq!(images, ["hello:latest", "tools/base:1", "tools/builder:1", "web/app:2.10", "web/app:latest", "web/front-end:latest"]);
    let (fixed, _) = listing.document(&["index", "fix", "--dry-run", &index]);
    assert_eq!(fixed["changes"].as_array().unwrap().len(), 0);
}
