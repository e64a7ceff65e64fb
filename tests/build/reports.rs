//! Events, the record, JUnit, the summary and the detailed log of a run.

use crate::support::catalogue::{Catalogue, read_json};
use crate::{publish, stage};
use serde_json::{Value, json};

/// `good`, `bad` with a failing test, and its child.
fn mixed(catalogue: &Catalogue) {
    catalogue.plain("good", "1.0", "good").plain("bad", "1.0", "bad").plain_child("child", "1.0", "bad");
    catalogue.script("good/test.sh", "#!/bin/bash\necho 'looks good'\n");
    catalogue.script("bad/test.sh", "#!/bin/bash\necho 'looks <bad> & wrong'\nexit 1\n");
}

#[test]
fn events_count_up_and_tell_everything() {
    let (registry, catalogue) = stage();
    mixed(&catalogue);
    let run = publish(&catalogue, 1, &[]);
    let events = run.events();
    for (at, event) in events.iter().enumerate() {
        assert_eq!((&event["v"], &event["seq"]), (&json!(1), &json!(at)), "{event}");
        assert_eq!(event["run"], events[0]["run"]);
        assert!(event["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{event}");
    }
    assert!(events.windows(2).all(|pair| pair[0]["at"].as_str() <= pair[1]["at"].as_str()));
    let kinds: std::collections::BTreeSet<&str> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    for kind in ["run_started", "image_queued", "step_started", "log", "step_finished", "image_finished", "run_finished"] {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
    assert_eq!((&events[0]["kind"], &events.last().unwrap()["kind"]), (&json!("run_started"), &json!("run_finished")));
    let good = run.finished("good");
    assert_eq!(good["digest"], registry.digest(&catalogue.repository("good"), "1.0").unwrap());
    assert_eq!((&good["reference"], &good["reason"]["code"]), (&json!(catalogue.reference("good", "1.0")), &json!("missing")));
    assert_eq!(run.finished("child")["blocked_by"], "bad");
    let steps: Vec<&Value> = events.iter().filter(|event| event["kind"] == "step_finished" && event["name"] == "good").collect();
    let told: Vec<(&str, &str)> = steps.iter().map(|event| (event["step"].as_str().unwrap(), event["outcome"].as_str().unwrap())).collect();
    assert_eq!(told, [("lint", "ok"), ("build", "ok"), ("test", "ok"), ("scan", "ok"), ("publish", "ok")]);
    assert!(steps.iter().all(|event| event["seconds"].is_number()));
}

#[test]
fn record_junit_and_summary_are_written_when_something_failed_too() {
    let (registry, catalogue) = stage();
    mixed(&catalogue);
    let commit = catalogue.commit();
    catalogue.write("good/note", "not committed");
    let at = |name: &str| catalogue.work().join(name).display().to_string();
    catalogue.expect(1, &["build", "--publish", "--record", &at("r.json"), "--junit", &at("j.xml"), "--summary", &at("s.md")]);
    let record = read_json(&catalogue.work().join("r.json"));
    assert_eq!((&record["v"], &record["tool"], &record["exit"]), (&json!(1), &json!("cooperage"), &json!(1)));
    assert_eq!((&record["revision"], &record["dirty"]), (&json!(commit), &json!(true)));
    let image = |name: &str| record["images"].as_array().unwrap().iter().find(|image| image["name"] == name).unwrap().clone();
    let good = image("good");
    let mut keys: Vec<&str> = good.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let expected = [
        "bases",
        "builder",
        "destinations",
        "digest",
        "findings",
        "image_id",
        "inputs",
        "inventory",
        "log",
        "name",
        "outcome",
        "path",
        "reason",
        "reference",
        "steps",
        "tag",
        "version",
    ];
    assert_eq!(keys, expected);
    let digest = registry.digest(&catalogue.repository("good"), "1.0").unwrap();
    assert_eq!((&good["outcome"], &good["digest"], &good["builder"]), (&json!("published"), &json!(digest), &json!("buildkit")));
    assert_eq!(good["image_id"], catalogue.image_id("good", "1.0").unwrap());
    assert_eq!(good["destinations"][0]["tags"], json!(["latest"]));
    assert_eq!((&image("bad")["outcome"], &image("bad")["destinations"]), (&json!("failed"), &json!([])));
    assert_eq!((&image("child")["outcome"], &image("child")["steps"]), (&json!("blocked"), &json!([])));
    let junit = std::fs::read_to_string(catalogue.work().join("j.xml")).unwrap();
    assert!(junit.contains("tests=\"7\"") || junit.contains("<testsuite "), "{junit}");
    assert!(junit.contains("looks &lt;bad&gt; &amp; wrong") && junit.contains("<failure") && junit.contains("<skipped"), "{junit}");
    let summary = std::fs::read_to_string(catalogue.work().join("s.md")).unwrap();
    for part in ["1 published, 1 blocked, 1 failed", "blocked by bad", "looks <bad> & wrong", "latest"] {
        assert!(summary.contains(part), "{part}: {summary}");
    }
}

#[test]
fn a_record_of_a_run_that_changed_nothing_and_none_for_a_wrong_call() {
    let (_registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    publish(&catalogue, 0, &[]);
    let path = catalogue.work().join("r.json");
    publish(&catalogue, 0, &["--record", path.to_str().unwrap()]);
    let record = read_json(&path);
    assert_eq!((&record["exit"], &record["images"][0]["outcome"]), (&json!(0), &json!("skipped")));
    assert!(record["images"][0]["destinations"][0]["digest"].is_string(), "{record}");
    std::fs::remove_file(&path).unwrap();
    catalogue.expect(2, &["build", "--select", "nothing", "--record", path.to_str().unwrap()]);
    assert!(!path.exists());
}

#[test]
fn the_detailed_log_lies_where_the_call_was_made() {
    let (_registry, catalogue) = stage();
    mixed(&catalogue);
    let log = catalogue.work().join("cooperage-build.log");
    catalogue.expect(1, &["--info", "build"]);
    assert!(!log.exists(), "--info shows it instead");
    let quiet = catalogue.expect(1, &["build"]);
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains("good test | looks good") && text.contains("blocked"), "{text}");
    assert!(!quiet.stdout.contains("looks good"), "{}", quiet.stdout);
    std::fs::remove_file(&log).unwrap();
    std::fs::create_dir(&log).unwrap();
    let warned = catalogue.expect(1, &["build"]);
    assert!(warned.stderr.contains("cooperage-build.log cannot be written"), "{}", warned.stderr);
}

#[test]
fn info_shows_what_builds_and_tests_write() {
    let (_registry, catalogue) = stage();
    mixed(&catalogue);
    let run = catalogue.expect(0, &["--info", "build", "--select", "*/good:*"]);
    assert!(run.stderr.contains("looks good") && !run.stdout.contains("looks good"), "{}{}", run.stdout, run.stderr);
}
