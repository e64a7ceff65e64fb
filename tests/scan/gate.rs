//! The scan between test and publication.

use crate::support::catalogue::{Catalogue, Outcome, read_json};
use crate::{configuration, packaged, stage};
use serde_json::{Value, json};

const PUBLISH: [&str; 6] = ["--format", "json", "build", "--publish", "--record", "record.json"];

fn steps(run: &Outcome, name: &str) -> Vec<String> {
    let events = run.events();
    let ends = events.iter().filter(|event| event["kind"] == "step_finished" && event["name"] == name);
    ends.map(|event| format!("{} {}", event["step"].as_str().unwrap(), event["outcome"].as_str().unwrap())).collect()
}

fn record(catalogue: &Catalogue, name: &str) -> Value {
    let record = read_json(&catalogue.work().join("record.json"));
    let images = record["images"].as_array().unwrap();
    images.iter().find(|image| image["name"] == name).unwrap_or_else(|| panic!("{record}")).clone()
}

#[test]
fn a_gate_stops_an_image_before_it_is_published_and_an_exception_lets_it_pass() {
    let (registry, catalogue) = stage();
    catalogue.configure(&configuration("gate"));
    packaged(&catalogue, "old", "1.0", ("zlib1g", "1.2-1"));
    packaged(&catalogue, "new", "1.0", ("zlib1g", "1.3-1"));
    catalogue.plain_child("child", "1.0", "old");
    let run = catalogue.expect(1, &PUBLISH);
    assert_eq!(run.outcomes(), ["child: blocked", "new: published", "old: failed"]);
    assert_eq!(steps(&run, "old"), ["lint ok", "build ok", "test skipped", "scan failed"]);
    assert_eq!(steps(&run, "new"), ["lint ok", "build ok", "test skipped", "scan ok", "publish ok"]);
    assert_eq!(run.failure("old", "scan"), "1 finding reaches high: CVE-2026-0001 (zlib1g)");
    assert!(registry.tags(&catalogue.repository("old")).is_empty());
    assert_eq!(record(&catalogue, "old")["findings"], json!({"scan": {"critical": 1}}));
    assert!(record(&catalogue, "old")["inventory"].as_str().unwrap().starts_with("sha256:"));

    catalogue.configure(&configuration("{policy: gate, ignore: [{id: CVE-2026-0001, until: 2999-12-31, reason: not reachable}]}"));
    assert_eq!(catalogue.expect(0, &PUBLISH).outcomes(), ["child: published", "new: skipped", "old: published"]);
}

#[test]
fn by_default_it_warns_in_one_line_and_what_is_published_is_not_scanned_again() {
    let (registry, catalogue) = stage();
    packaged(&catalogue, "old", "1.0", ("zlib1g", "1.2-1"));
    let run = catalogue.expect(0, &["build", "--publish", "--record", "record.json"]);
    let told: Vec<&str> = run.stderr.lines().filter(|line| line.contains("warning[scan]")).collect();
    assert_eq!(told, ["warning[scan]: old: 1 finding reaches high: CVE-2026-0001 (zlib1g); the detailed log has all"], "{}", run.stderr);
    assert_eq!(registry.tags(&catalogue.repository("old")), ["1.0", "latest"]);
    let again = catalogue.expect(0, &PUBLISH);
    assert!(steps(&again, "old").is_empty(), "{}", again.stdout);
}

#[test]
fn off_reads_nothing() {
    let (_registry, catalogue) = stage();
    catalogue.configure(&configuration("off"));
    packaged(&catalogue, "old", "1.0", ("zlib1g", "1.2-1"));
    let run = catalogue.expect(0, &PUBLISH);
    assert_eq!(steps(&run, "old"), ["lint ok", "build ok", "test skipped", "publish ok"]);
    assert_eq!(record(&catalogue, "old")["inventory"], Value::Null);
    assert!(!catalogue.home().join(".cache/cooperage").exists(), "nothing is opened either");
}

#[test]
fn a_gate_does_not_open_when_a_scanner_cannot_do_its_work() {
    let (_registry, catalogue) = stage();
    packaged(&catalogue, "new", "1.0", ("zlib1g", "1.3-1"));
    std::fs::create_dir(catalogue.work().join("empty")).unwrap();
    let broken = |policy: &str| configuration(policy).replace("advisories: [advisories]", "advisories: [empty]");
    catalogue.configure(&broken("gate"));
    let run = catalogue.expect(1, &PUBLISH);
    assert_eq!(steps(&run, "new").last().unwrap(), "scan failed");
    assert!(run.failure("new", "scan").starts_with("the scan is not complete: vulnerabilities: "), "{}", run.failure("new", "scan"));
    packaged(&catalogue, "old", "1.0", ("zlib1g", "1.2-1"));
    catalogue.configure(
        &configuration("gate")
            .replace("advisories: [advisories]", "advisories: [advisories], external: [{name: none, command: [no-such-program]}]"),
    );
    let both = catalogue.expect(1, &PUBLISH).failure("old", "scan");
    assert!(both.starts_with("1 finding reaches high: CVE-2026-0001 (zlib1g)\nthe scan is not complete: none: "), "{both}");
    catalogue.configure(&broken("warn"));
    assert_eq!(catalogue.expect(0, &PUBLISH).outcomes(), ["new: published", "old: published"]);
}
