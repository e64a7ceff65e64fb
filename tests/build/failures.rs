//! What one failure does to the others, and how it is told.

use crate::support::catalogue::Catalogue;
use crate::support::engine::unique;
use crate::{publish, stage};

/// `bad` fails; `child` and `grandchild` need it; `good` does not.
fn broken(catalogue: &Catalogue) {
    // BuildKit runs what is the same in two builds at once only once; the tests of this file run side by side.
    let run = format!("RUN i=1; while [ $i -le 20 ]; do echo \"line $i\"; i=$((i+1)); done; exit 7; : {}\n", unique());
    catalogue.busybox("bad", "1.0", &run);
    catalogue.plain_child("child", "1.0", "bad").plain_child("grandchild", "1.0", "child").plain("good", "1.0", "good");
}

#[test]
fn a_failing_build_blocks_only_its_descendants() {
    let (registry, catalogue) = stage();
    broken(&catalogue);
    let run = publish(&catalogue, 1, &[]);
    assert_eq!(run.outcomes(), ["bad: failed", "child: blocked", "good: published", "grandchild: blocked"]);
    assert_eq!(run.finished("child")["blocked_by"], "bad");
    assert_eq!(registry.tags(&catalogue.repository("good")), ["1.0", "latest"]);
    assert_eq!(registry.tags(&catalogue.repository("bad")), [""; 0]);
    assert_eq!(catalogue.image_id("bad", "1.0"), None);
    let tail = run.finished("bad")["log_tail"].as_array().unwrap().clone();
    assert!((1..=15).contains(&tail.len()), "{tail:?}");
    assert!(tail.iter().any(|line| line.as_str().unwrap().contains("line 20")), "{tail:?}");
    let end = run.events().pop().unwrap();
    assert_eq!((&end["kind"], &end["exit"]), (&"run_finished".into(), &1.into()));
    assert_eq!((&end["counts"]["failed"], &end["counts"]["blocked"], &end["counts"]["published"]), (&1.into(), &2.into(), &1.into()));
}

#[test]
fn the_end_is_a_table_and_the_last_lines_of_the_log() {
    let (_registry, catalogue) = stage();
    broken(&catalogue);
    let run = catalogue.expect(1, &["build", "--publish"]);
    for part in [
        "blocked by bad",
        "bad | ",
        "line 20",
        "1 published, 2 blocked, 1 failed",
        "exit code: 7",
        "You can see the logs at ./cooperage-build.log",
    ] {
        assert!(run.stdout.contains(part), "{part}\n{}", run.stdout);
    }
    let shown: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("bad | ")).collect();
    assert_eq!((shown.len(), shown.last().copied()), (15, Some("bad | line 20")), "{}", run.stdout);
    let error = format!(" ERROR: image {}/{}/bad failed to build, see logs for details\n", catalogue.registry, catalogue.namespace);
    assert!(run.stdout.contains(&error), "{}", run.stdout);
    assert!(!run.stdout.contains("line 1\n"), "{}", run.stdout);
    let log = std::fs::read_to_string(catalogue.work().join("cooperage-build.log")).unwrap();
    assert!(log.contains("bad build | ") && log.contains("line 1\n") && log.contains("line 20\n"), "{log}");
}

#[test]
fn what_fails_its_test_is_not_published_and_blocks_its_children() {
    let (registry, catalogue) = stage();
    catalogue.plain("bad", "1.0", "bad").plain_child("child", "1.0", "bad").plain("good", "1.0", "good");
    catalogue.script("bad/test.sh", "#!/bin/bash\necho \"looking at $1\"\necho 'this is wrong' >&2\nexit 3\n");
    let run = publish(&catalogue, 1, &[]);
    assert_eq!(run.outcomes(), ["bad: failed", "child: blocked", "good: published"]);
    assert!(run.failure("bad", "test").contains('3'), "{}", run.stdout);
    let mut lines = run.log("bad", "test");
    lines.sort();
    assert_eq!(lines, [format!("looking at {}", catalogue.reference("bad", "1.0")), "this is wrong".to_owned()]);
    assert_eq!(registry.digest(&catalogue.repository("bad"), "1.0"), None);
    assert_eq!(registry.digest(&catalogue.repository("child"), "1.0"), None);
    catalogue.script("bad/test.sh", "#!/bin/bash\nexit 0\n");
    assert_eq!(publish(&catalogue, 0, &[]).outcomes(), ["bad: published", "child: published", "good: skipped"]);
}

#[test]
fn fail_fast_starts_nothing_more() {
    let (registry, catalogue) = stage();
    catalogue.plain("a-bad", "1.0", "bad").script("a-bad/test.sh", "#!/bin/bash\nexit 1\n");
    catalogue.plain_child("a-child", "1.0", "a-bad").plain("b", "1.0", "b").plain("c", "1.0", "c");
    let run = publish(&catalogue, 1, &["--fail-fast", "--jobs", "1"]);
    assert_eq!(run.outcomes(), ["a-bad: failed", "a-child: blocked", "b: cancelled", "c: cancelled"]);
    assert_eq!(registry.tags(&catalogue.repository("b")), [""; 0]);
    assert_eq!(publish(&catalogue, 1, &["--jobs", "1"]).outcomes(), ["a-bad: failed", "a-child: blocked", "b: published", "c: published"]);
}
