//! What says UNRELEASED is built and tested, never published.

use crate::{plan, publish, stage};

#[test]
fn it_is_built_and_tested_and_then_only_tested() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").entry("tool", "1.1", "UNRELEASED");
    catalogue.script("tool/test.sh", "#!/bin/bash\necho \"testing $1\"\n");
    let first = publish(&catalogue, 0, &[]);
    assert_eq!(first.outcomes(), ["tool: built"]);
    assert_eq!(first.log("tool", "test"), [format!("testing {}", catalogue.reference("tool", "1.1"))]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
    assert_eq!(plan(&catalogue, &["--publish"]), ["tool: test unreleased"]);
    let second = publish(&catalogue, 0, &[]);
    assert_eq!(second.outcomes(), ["tool: reused"]);
    assert_eq!(second.log("tool", "test").len(), 1);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
    catalogue.write("tool/note", "worked on");
    assert_eq!(plan(&catalogue, &["--publish"]), ["tool: build inputs_changed"]);
    // The maintainer lets it go.
    let changelog = std::fs::read_to_string(catalogue.root().join("tool/changelog")).unwrap();
    catalogue.write("tool/changelog", changelog.replace("UNRELEASED", "bookworm"));
    assert_eq!(publish(&catalogue, 0, &[]).outcomes(), ["tool: published"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.1", "latest"]);
}

#[test]
fn nightlies_of_it_are_not_published_either() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").entry("tool", "1.1", "UNRELEASED");
    assert_eq!(publish(&catalogue, 0, &["--nightly"]).outcomes(), ["tool: built"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
}

#[test]
fn what_stands_on_it_is_held_back_too() {
    let (registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "base").entry("base", "1.1", "UNRELEASED").plain_child("child", "1.0", "base");
    catalogue.plain("other", "1.0", "other");
    let run = publish(&catalogue, 0, &[]);
    assert_eq!(run.outcomes(), ["base: built", "child: built", "other: published"]);
    assert_eq!(registry.tags(&catalogue.repository("child")), [""; 0]);
    let told = catalogue.expect(0, &["build", "--publish", "--dry-run"]);
    assert!(told.stdout.contains("it needs base, which is UNRELEASED"), "{}", told.stdout);
}
