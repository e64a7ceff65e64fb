//! `index build`: entries of a container index from a commit to a published image.

mod support;

#[path = "index_build/stage.rs"]
mod stage;
#[path = "index_build/scripts.rs"]
mod scripts;

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
    let outcome = stage.build(0, &["--stale"]);
    assert_eq!(outcome.outcomes(), ["docs/app:1: published"], "{}", outcome.all());
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

#[test]
fn entries_stand_on_images_of_the_catalogue() {
    let stage = Stage::new();
    let catalogue = stage.own_image("common", "1.0");
    stage.project("app", &format!("FROM {}\nCOPY note /app\n", stage.floating("common", "1.0")));
    stage.index(&[("app", "1", "null")]);
    let outcome = stage.build(0, &["--catalogue", catalogue.to_str().unwrap()]);
    assert_eq!(outcome.outcomes(), ["common: published", "docs/app:1: published"]);
    // Without it the image is one from outside, which is there now.
    assert_eq!(stage.build(0, &["--select", "docs/*"]).outcomes(), ["docs/app:1: published"], "a base is known by its digest");
}

#[test]
fn one_repository_serves_all_images_under_their_namespace() {
    let stage = Stage::new();
    let one = format!("{}/all", stage.catalogue.repository("x"));
    let list = format!(
        "publish: [{{name: one, to: '{}/{one}', tags: ['{{{{ namespace }}}}_{{{{ name }}}}_{{{{ tag }}}}']}}]",
        stage.registry.address
    );
    stage.configure(&list);
    stage.project("base", stage::BUSYBOX);
    stage.index(&[("base", "1", "null")]);
    stage.build(0, &[]);
    let tags = stage.registry.tags(&one);
    assert_eq!(tags[0], "docs_base_1", "{tags:?}");
    assert!(tags[1].starts_with("docs_base_1-"), "{tags:?}");
}

#[test]
fn two_builds_of_one_entry_at_once_publish_one_version() {
    let stage = Stage::new();
    stage.project("base", stage::BUSYBOX);
    stage.index(&[("base", "1", "null")]);
    let calls: Vec<_> = (0..2).map(|_| stage.catalogue.start(&["--format", "json", "index", "build"])).collect();
    let ends: Vec<_> = calls.into_iter().map(|call| call.wait_with_output().unwrap()).collect();
    assert!(ends.iter().all(|end| end.status.success()), "{ends:?}");
    assert_eq!(stage.tags("docs/base").len(), 2);
}

#[test]
fn what_another_pipeline_left_under_the_tag_is_kept_alive() {
    let stage = Stage::new();
    stage.project("base", stage::BUSYBOX);
    stage.index(&[("base", "1", "null")]);
    stage.put("docs/base", "1", "theirs");
    let theirs = stage.digest("docs/base", "1").unwrap();
    stage.build(0, &[]);
    let tags = stage.tags("docs/base");
    let kept = tags.iter().find(|tag| stage.digest("docs/base", tag).as_ref() == Some(&theirs));
    assert!(kept.is_some() && tags.len() == 3, "{tags:?}");
}

#[test]
fn ctrl_c_while_a_repository_is_silent_ends_the_call() {
    let stage = Stage::new();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    stage.catalogue.write(
        "index.d/docs.yaml",
        format!(
            "Projects:\n  - {{id: 1, app-id: docs, job-id: x, git-url: 'http://{}/x.git', git-path: /, git-branch: main, target-file: Dockerfile, desired-tag: latest, notify-email: o@example.org, build-context: ./, depends-on: null}}\n",
            silent.local_addr().unwrap()
        ),
    );
    let mut child = stage.catalogue.start(&["index", "build"]);
    let connected = silent.accept().unwrap();
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    support::daemon::wait_for("the end of the call", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(connected);
}

#[test]
fn an_index_that_cannot_be_read_whole_builds_the_rest_and_fails() {
    let stage = Stage::new();
    stage.project("base", stage::BUSYBOX);
    stage.index(&[("base", "1", "null")]);
    stage.catalogue.write("index.d/bad.yaml", "Projects: [\n");
    let outcome = stage.build(1, &[]);
    assert_eq!(outcome.outcomes(), ["docs/base:1: published"]);
    assert!(outcome.stderr.contains("index.d/bad.yaml"), "{}", outcome.stderr);
    stage.build(0, &["--select", "docs/base:1"]);
}
