//! `index build`: entries of a container index from a commit to a published image.

mod support;

#[path = "index_build/stage.rs"]
mod stage;

use serde_json::Value;
use stage::Stage;

#[test]
fn entries_are_built_in_order_and_only_once() {
    let stage = Stage::new();
    stage.project("base", stage::BUSYBOX).project("site", &format!("FROM {}\nCOPY note /site\n", stage.floating("docs/base", "1")));
    stage.index(&[("base", "1", "null"), ("site", "latest", "docs/base:1")]);
    let outcome = stage.build(0, &[]);
    assert_eq!(outcome.outcomes(), ["docs/base:1: published", "docs/site:latest: published"]);
    let tags = stage.tags("docs/base");
    let commit = stage.commit_of("base");
    let version = tags.iter().find(|tag| tag.starts_with(&format!("1-{}-", &commit[..12]))).expect("the version tag names the commit");
    assert_eq!(tags.len(), 2, "{tags:?}");
    assert_eq!(stage.digest("docs/base", "1"), stage.digest("docs/base", version), "the desired tag follows the version");
    let labels = stage.labels("docs/base", "1");
    assert_eq!(labels["org.opencontainers.image.revision"], Value::from(commit));
    // Nothing changed.
    let outcome = stage.build(0, &[]);
    assert_eq!(outcome.outcomes(), ["docs/base:1: skipped", "docs/site:latest: skipped"]);
    // A new commit of the parent: both are made again, and what was there stays under its version.
    stage.change("base", "note", "other\n");
    let outcome = stage.build(0, &[]);
    assert_eq!(outcome.outcomes(), ["docs/base:1: published", "docs/site:latest: published"]);
    assert_eq!(stage.tags("docs/base").len(), 3);
    assert!(stage.tags("docs/base").contains(version), "the old version is kept");
    assert_ne!(stage.digest("docs/base", "1"), stage.digest("docs/base", version));
}

#[test]
fn one_entry_that_fails_blocks_its_children_and_nobody_else() {
    let stage = Stage::new();
    stage.project("base", "FROM scratch\nCOPY missing /x\n").project("good", stage::BUSYBOX);
    stage.project("site", &format!("FROM {}\n", stage.floating("docs/base", "1")));
    stage.index(&[("base", "1", "null"), ("site", "2", "docs/base:1"), ("good", "3", "null"), ("gone", "4", "null")]);
    let outcome = stage.build(1, &[]);
    let expected = ["docs/base:1: failed", "docs/gone:4: failed", "docs/good:3: published", "docs/site:2: blocked"];
    assert_eq!(outcome.outcomes(), expected);
    assert_eq!(stage.tags("docs/base"), [""; 0]);
    assert!(outcome.stdout.contains("projects/gone"), "the repository that is not there is named: {}", outcome.stdout);
}

#[test]
fn what_is_selected_brings_what_it_needs() {
    let stage = Stage::new();
    stage
        .project("base", stage::BUSYBOX)
        .project("site", &format!("FROM {}\n", stage.floating("docs/base", "1")))
        .project("other", stage::BUSYBOX);
    stage.index(&[("base", "1", "null"), ("site", "2", "null"), ("other", "3", "null")]);
    let outcome = stage.build(0, &["--select", "docs/site:*"]);
    assert_eq!(outcome.outcomes(), ["docs/base:1: published", "docs/site:2: published"], "also what only the Dockerfile names");
    assert!(outcome.stderr.contains("undeclared_parent") || outcome.stdout.contains("undeclared_parent"), "{outcome:?}");
    assert_eq!(stage.tags("docs/other"), [""; 0]);
    stage.build(2, &["--select", "nothing/*"]);
}

#[test]
fn a_branch_publishes_nothing_and_builds_what_it_changes() {
    let stage = Stage::new();
    stage.configure("index: {branch: main}");
    stage.project("base", stage::BUSYBOX).project("more", stage::BUSYBOX);
    stage.index(&[("base", "1", "null")]);
    stage.catalogue.commit();
    let outcome = stage.build(0, &[]);
    assert_eq!(outcome.outcomes(), ["docs/base:1: published"]);
    stage.catalogue.git(&["checkout", "--quiet", "-b", "change"]);
    stage.index(&[("base", "1", "null"), ("more", "2", "null")]);
    stage.catalogue.commit();
    let outcome = stage.build(0, &["--base", "main"]);
    assert_eq!(outcome.outcomes(), ["docs/more:2: built"]);
    assert_eq!(stage.tags("docs/more"), [""; 0]);
    // Merged, it is published.
    stage.catalogue.git(&["checkout", "--quiet", "main"]);
    stage.catalogue.git(&["merge", "--quiet", "change"]);
    let outcome = stage.build(0, &["--base", "HEAD^"]);
    assert_eq!(outcome.outcomes(), ["docs/more:2: published"]);
}

#[test]
fn the_weekly_call_makes_what_stands_on_a_moved_image() {
    let stage = Stage::new();
    let base = stage.outside("base", "one");
    stage.project("app", &format!("FROM {base}\nCOPY note /app\n")).project("own", stage::BUSYBOX);
    stage.index(&[("app", "1", "null"), ("own", "2", "null")]);
    assert_eq!(stage.build(0, &[]).outcomes(), ["docs/app:1: published", "docs/own:2: published"]);
    assert_eq!(stage.build(0, &["--stale"]).outcomes(), [""; 0], "nothing has moved");
    stage.outside("base", "two");
    assert_eq!(stage.build(0, &["--stale"]).outcomes(), ["docs/app:1: published"]);
    assert_eq!(stage.tags("docs/app").len(), 3, "the commit is the same, the version is not");
}

#[test]
fn a_dry_run_says_why_and_does_nothing() {
    let stage = Stage::new();
    stage.project("base", stage::BUSYBOX);
    stage.index(&[("base", "1", "null")]);
    let outcome = stage.build(0, &["--dry-run"]);
    let actions = &outcome.json()["actions"];
    assert_eq!(actions[0]["name"], "docs/base:1");
    assert_eq!(actions[0]["action"], "build");
    assert_eq!(stage.tags("docs/base"), [""; 0]);
}

#[test]
fn owners_get_a_mail_in_a_mailbox_file() {
    let stage = Stage::new();
    stage.configure("notify: {from: 'index <index@example.org>', mbox: box}");
    stage.project("base", stage::BUSYBOX).project("bad", "FROM scratch\nCOPY missing /x\n");
    stage.index(&[("base", "1", "null"), ("bad", "2", "null")]);
    stage.build(1, &[]);
    let mails = std::fs::read_to_string(stage.catalogue.work().join("box")).unwrap();
    assert!(mails.contains("SUCCESS: Container build docs/base:1"), "{mails}");
    assert!(mails.contains("FAILED: Container build docs/bad:2"), "{mails}");
    assert_eq!(mails.matches("To: owner@example.org").count(), 2, "{mails}");
}
