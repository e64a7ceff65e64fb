//! The strict way: its document, what changed since a revision, the catalogue, the forms of the output.

use super::work::{Work, entry};
use serde_json::Value;

fn index(entries: &[String]) -> String {
    format!("Projects:\n{}", entries.concat())
}

fn sound(id: usize, job: &str) -> String {
    entry(id, "a", job, "https://git.example.org/b.git")
}

#[test]
fn findings_are_told_with_entry_check_and_place() {
    let work = Work::with("a.yaml", &index(&[sound(1, "b"), sound(1, "c").replace("latest", "8.10")]));
    let (document, code) = work.document(&["--schema-only"]);
    assert_eq!((code, &document["mode"], &document["ok"], &document["aborted"]), (1, &"strict".into(), &false.into(), &false.into()));
    let told: Vec<(String, u64, u64)> = document["results"].as_array().unwrap().iter().map(told).collect();
    assert_eq!(told, [("UniqueEntryValidator duplicate_id".to_owned(), 2, 13), ("DesiredTagValidator tag_changes".to_owned(), 2, 20)]);
    assert_eq!((&document["files"][0]["ok"], &document["files"][0]["entries"]), (&false.into(), &2.into()));
    assert_eq!(document["results"][1]["desired_tag"], 8.1);
}

fn told(record: &Value) -> (String, u64, u64) {
    let error = &record["errors"][0];
    let what = format!("{} {}", record["check"].as_str().unwrap(), error["code"].as_str().unwrap());
    (what, record["entry"].as_u64().unwrap(), error["line"].as_u64().unwrap())
}

#[test]
fn broken_yaml_and_empty_files_are_errors() {
    let work = Work::with("a.yaml", "Projects: [");
    work.write("index.d/b.yaml", "");
    let (document, code) = work.document(&["--schema-only"]);
    assert_eq!(code, 1);
    let told: Vec<&str> =
        document["results"].as_array().unwrap().iter().map(|record| record["errors"][0]["code"].as_str().unwrap()).collect();
    assert_eq!(told, ["bad_yaml", "empty_file"]);
    assert!(document["files"].as_array().unwrap().iter().all(|file| file["ok"] == false && file["error"].is_string()));
}

#[test]
fn with_a_base_only_what_changed_or_broke_is_told() {
    let work = Work::with("a.yaml", &index(&[sound(1, "b"), sound(1, "old")]));
    work.write("index.d/c.yaml", index(&[entry(1, "c", "c", "https://git.example.org/c.git").replace("null", "a/b:latest")]));
    work.git(".", &["init", "-q", "-b", "main"]);
    work.git(".", &["add", "-A"]);
    work.git(".", &["commit", "-q", "-m", "base"]);
    assert_eq!(work.failing(&["--schema-only", "--changed-since", "HEAD"]), (vec![], 0));
    assert_eq!(work.failing(&["--schema-only"]).1, 1);
    work.write("index.d/d.yaml", index(&[entry(1, "d", "d", "https://git.example.org/d.git").replace("  desired-tag: latest\n", "")]));
    let told = work.failing(&["--schema-only", "--changed-since", "HEAD"]);
    assert_eq!(told, (vec!["1 missing_key missing_key".to_owned()], 1));
    // A parent goes: its child stands in a file that did not change.
    std::fs::remove_file(work.path().join("index.d/d.yaml")).unwrap();
    work.write("index.d/a.yaml", index(&[sound(2, "x")]));
    let (document, code) = work.document(&["--schema-only", "--changed-since", "HEAD"]);
    assert_eq!(
        (code, &document["results"][0]["file"], &document["results"][0]["check"]),
        (1, &"index.d/c.yaml".into(), &"unknown_parent".into())
    );
    let (document, _) = work.document(&["--compatible", "--schema-only", "--changed-since", "HEAD"]);
    assert_eq!(document["files"].as_array().unwrap().len(), 1);
}

#[test]
fn a_catalogue_may_hold_the_parents() {
    let work = Work::with("a.yaml", &index(&[sound(1, "b").replace("null", "releng/base:1.0")]));
    work.write("config.yaml", "namespace: releng\n");
    work.write(
        "images/base/changelog",
        "base (1.0) bookworm; urgency=medium\n\n  * New.\n\n -- T <t@example.org>  Wed, 04 Nov 2026 10:00:00 +0000\n",
    );
    work.write("images/base/Dockerfile.template", "FROM scratch\n");
    assert_eq!(work.failing(&["--schema-only"]).0, ["1 unknown_parent unknown_parent"]);
    assert_eq!(work.failing(&["--schema-only", "--catalogue", "images"]), (vec![], 0));
}

#[test]
fn other_forms_name_the_same_places() {
    let work = Work::with("a.yaml", &index(&[sound(1, "b").replace("latest", "8.10")]));
    let output = |form: &str| String::from_utf8(work.validate(&["--schema-only", "--format", form]).stdout).unwrap();
    assert!(output("github").starts_with("::error file=index.d/a.yaml,line=9,col=16,title=tag_changes::"), "{}", output("github"));
    let sarif: Value = serde_json::from_str(&output("sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "tag_changes");
    assert!(sarif["runs"][0]["results"][0]["ruleIndex"].is_u64());
    let human = output("human");
    assert!(human.starts_with("index.d/a.yaml:9:16: error[tag_changes]: "), "{human}");
    assert!(human.ends_with("1 file with 1 entry: 1 file does not pass\n"), "{human}");
}

#[test]
fn rules_of_both_ways_are_explained() {
    let work = Work::new();
    for id in ["tag_changes", "no_revision", "UniqueEntryValidator"] {
        let output = work.validate_in(work.path(), &["--explain", id]);
        assert!(String::from_utf8_lossy(&output.stdout).contains("good: "), "{id}");
    }
    assert_eq!(work.validate_in(work.path(), &["--explain", "tag_change"]).status.code(), Some(2));
}
