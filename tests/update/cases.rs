//! `fixtures/cases/update.json`: what docker-pkg 4.0.4 was seen to write, or, in the last two cases, should have refused.

use crate::{DATE, Tree};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

fn document() -> Value {
    serde_json::from_str(&fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/cases/update.json")).unwrap()).unwrap()
}

fn tree(document: &Value) -> Tree {
    let tree = Tree::new(&[]);
    for (name, definition) in document["tree"].as_object().unwrap() {
        let parents: Vec<&str> = definition["depends"].as_array().unwrap().iter().map(|parent| parent.as_str().unwrap()).collect();
        tree.define(name, definition["version"].as_str().unwrap(), &parents);
    }
    tree
}

#[test]
fn every_case_comes_out_byte_for_byte() {
    let document = document();
    let cases = document["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 7);
    for case in cases {
        let tree = tree(&document);
        let before = tree.everything();
        let text = |key: &str| case[key].as_str();
        let title = text("title").unwrap();
        let mut args = vec!["--reason", text("reason").unwrap()];
        args.extend(text("version").into_iter().flat_map(|version| ["--version", version]));
        args.push(text("name").unwrap());
        let blocks = case["new_blocks"].as_object().unwrap();
        // docker-pkg writes a part in one of these and nothing, with exit code 0, in the other.
        let is_refused = !case["error"].is_null() || blocks.is_empty();
        let run = tree.run(&args);
        assert_eq!(run.code, if is_refused { 2 } else { 0 }, "{title}: {}", run.all());
        let mut expected: BTreeMap<_, _> = before;
        for (name, block) in blocks.iter().filter(|_| !is_refused) {
            let file = expected.get_mut(&tree.path(&format!("{name}/changelog"))).unwrap();
            file.splice(0..0, block.as_str().unwrap().replace("DATE", DATE).into_bytes());
        }
        assert!(tree.everything() == expected, "{title}: {}", run.all());
    }
}

#[test]
fn what_is_in_the_way_and_what_only_warns_is_said() {
    let tree = tree(&document());
    let refused = tree.refuses(&["--reason", "x", "lonely"]);
    assert!(refused.contains("odd/changelog:1: error[bad_version]: the version \"1.0~rc1\" cannot be a tag"), "{refused}");
    let unknown = tree.refuses(&["jav8"]);
    assert!(unknown.contains("\"jav8\"; did you mean java8"), "{unknown}");
    let warned = tree.expect(0, &["app"]);
    assert!(warned.stderr.contains("odd/changelog:1: warning[bad_version]"), "{}", warned.stderr);
}

#[test]
fn the_document_names_the_requested_image_as_the_parent() {
    let tree = tree(&document());
    let before = tree.everything();
    let document = tree.expect(0, &["--format", "json", "--dry-run", "java8"]).json();
    assert!(tree.everything() == before, "a dry run wrote something");
    let rows: Vec<String> = document["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| ["name", "path", "from", "to", "cause", "parent"].map(|key| change[key].as_str().unwrap_or("-")).join(" "))
        .collect();
    let expected = [
        "app app 2026.04 2026.04-s1 parent java8",
        "gearman-java8 gearman-java8 0.3-s9 0.3-s10 parent java8",
        "java8 java8 8.1.0-2 8.1.0-2-s1 requested -",
        "maven maven 3.9.6-1-s2 3.9.6-1-s3 parent java8",
    ];
    assert_eq!((document["v"].as_u64(), rows), (Some(1), expected.map(str::to_owned).to_vec()));
    assert_eq!(document["warnings"][0]["code"], "bad_version");
    let written = tree.expect(0, &["--format", "json", "java8"]).json();
    assert_eq!(written, document);
}

#[test]
fn a_dry_run_shows_a_tree() {
    let tree = tree(&document());
    let run = tree.expect(0, &["--dry-run", "java8"]);
    let expected = "\
java8  8.1.0-2 → 8.1.0-2-s1
  gearman-java8  0.3-s9 → 0.3-s10
  maven  3.9.6-1-s2 → 3.9.6-1-s3
    app  2026.04 → 2026.04-s1
4 new changelog entries would be written
";
    assert_eq!(run.stdout, expected);
}
