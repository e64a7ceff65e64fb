//! Lint and tests as gates of a run: what their findings lead to, by policy.

use crate::support::catalogue::{Catalogue, Outcome, read_json};
use crate::{publish, stage};

/// A definition with an error of lint (`DL3020`), and nothing to run.
fn flawed(catalogue: &Catalogue, name: &str) {
    catalogue.write(&format!("{name}/note"), name).define(name, "1.0", "FROM scratch\nADD note /note\nCMD [\"/note\"]\n");
}

/// The steps of an image, in their order, each with how it ended.
fn steps(run: &Outcome, name: &str) -> Vec<String> {
    let events = run.events();
    let ends = events.iter().filter(|event| event["kind"] == "step_finished" && event["name"] == name);
    ends.map(|event| format!("{} {}", event["step"].as_str().unwrap(), event["outcome"].as_str().unwrap())).collect()
}

fn record(catalogue: &Catalogue, name: &str) -> serde_json::Value {
    let record = read_json(&catalogue.work().join("record.json"));
    let images = record["images"].as_array().unwrap();
    images.iter().find(|image| image["name"] == name).unwrap_or_else(|| panic!("{record}")).clone()
}

fn read(catalogue: &Catalogue, file: &str) -> String {
    std::fs::read_to_string(catalogue.work().join(file)).unwrap()
}

const REPORTS: [&str; 6] = ["--record", "record.json", "--junit", "junit.xml", "--summary", "summary.md"];

#[test]
fn by_default_lint_warns_in_one_line_and_what_is_sound_says_nothing() {
    let (_registry, catalogue) = stage();
    flawed(&catalogue, "flawed");
    catalogue.plain("sound", "1.0", "sound");
    let run = catalogue.expect(0, &[&["build"][..], &REPORTS].concat());
    let told: Vec<&str> = run.stderr.lines().filter(|line| line.contains("warning[")).collect();
    assert_eq!(told, ["warning[lint]: flawed: 1 finding reaches error: DL3020 (line 2); the detailed log has all"], "{}", run.stderr);
    assert!(!run.stdout.contains("DL3020"), "{}", run.stdout);
    assert!(read(&catalogue, "cooperage-build.log").contains("flawed lint | error DL3020 flawed/Dockerfile.template:2: "));
    let root = serde_json::json!({"low": 1});
    assert_eq!(record(&catalogue, "flawed")["findings"], serde_json::json!({"lint": {"error": 1}, "scan": root}));
    assert_eq!(record(&catalogue, "sound")["findings"], serde_json::json!({"scan": root}));
    let (junit, summary) = (read(&catalogue, "junit.xml"), read(&catalogue, "summary.md"));
    assert!(junit.contains("failures=\"0\"") && junit.contains("<system-out>1 finding reaches error"), "{junit}");
    assert!(summary.contains("- flawed, lint: 1 finding reaches error"), "{summary}");
}

#[test]
fn a_gate_stops_the_image_and_its_children_before_anything_and_neighbours_go_on() {
    let (registry, catalogue) = stage();
    catalogue.configure("cooperage: {lint: gate}\n");
    flawed(&catalogue, "flawed");
    catalogue.plain_child("child", "1.0", "flawed").plain("sound", "1.0", "sound");
    // What it starts from is nowhere, and nobody asks for it.
    catalogue.define("far", "1.0", "FROM nowhere.invalid/base:1\nWORKDIR here\n").script("far/prebuild.sh", "#!/bin/sh\nexit 9\n");
    let run = publish(&catalogue, 1, &REPORTS);
    assert_eq!(run.outcomes(), ["child: blocked", "far: failed", "flawed: failed", "sound: published"]);
    assert_eq!((steps(&run, "flawed"), steps(&run, "far")), (vec!["lint failed".to_owned()], vec!["lint failed".to_owned()]));
    assert_eq!(steps(&run, "sound"), ["lint ok", "build ok", "test skipped", "scan ok", "publish ok"]);
    assert_eq!(run.failure("flawed", "lint"), "1 finding reaches error: DL3020 (line 2)");
    assert!(run.finished("flawed")["log_tail"][0].as_str().unwrap().starts_with("error DL3020 flawed/Dockerfile.template:2: "));
    assert_eq!(run.finished("child")["blocked_by"], "flawed");
    assert_eq!(record(&catalogue, "flawed")["findings"], serde_json::json!({"lint": {"error": 1}}));
    assert!(read(&catalogue, "junit.xml").contains("message=\"1 finding reaches error: DL3020 (line 2)\""));
    assert_eq!(catalogue.image_id("flawed", "1.0"), None);
    assert_eq!(registry.tags(&catalogue.repository("flawed")), [""; 0]);
}

#[test]
fn control_overrides_and_exceptions_end() {
    let (_registry, catalogue) = stage();
    for name in ["gated", "silent", "accepted", "ended"] {
        flawed(&catalogue, name);
    }
    catalogue.write("gated/control", "Package: gated\nLint: gate\n").write("silent/control", "Package: silent\nLint: off\n");
    let excepted = |day: &str| format!("Package: x\nLint: gate\n ignore DL3020 until {day}: the note is an archive soon\n");
    catalogue.write("accepted/control", excepted("9999-12-31")).write("ended/control", excepted("2020-01-01"));
    let run = publish(&catalogue, 1, &REPORTS);
    assert_eq!(run.outcomes(), ["accepted: published", "ended: failed", "gated: failed", "silent: published"]);
    assert_eq!(run.warnings(), [""; 0], "{}", run.stdout);
    assert_eq!(steps(&run, "silent"), ["build ok", "test skipped", "scan ok", "publish ok"]);
    assert_eq!(record(&catalogue, "accepted")["findings"], serde_json::json!({"scan": {"low": 1}}));
    assert_eq!(record(&catalogue, "ended")["findings"], serde_json::json!({"lint": {"error": 1, "warning": 1}}));
    let accepted = run.log("accepted", "lint");
    assert!(accepted[0].starts_with("the built-in rules judge; "), "{accepted:?}");
    assert!(accepted[1].contains("DL3020") && accepted[1].ends_with("(accepted until 9999-12-31)"), "{accepted:?}");
    assert!(run.log("ended", "lint").iter().any(|line| line.contains("expired_exception")), "{}", run.stdout);
}

#[test]
fn hadolint_judges_once_where_it_serves_and_its_failure_starts_nothing() {
    let (_registry, catalogue) = stage();
    catalogue.plain("one", "1.0", "one").plain("two", "1.0", "two").plain("off", "1.0", "off");
    catalogue.write("off/control", "Package: off\nLint: off\n");
    let program = catalogue.home().join("hadolint");
    let calls = catalogue.home().join("calls");
    let answer = "for file; do :; done\nprintf '[{\"code\":\"DL9998\",\"file\":\"%s\",\"level\":\"error\",\"line\":1,\"message\":\"no\"}]' \"$file\"\n";
    catalogue.script("../home/hadolint", &format!("#!/bin/sh\necho call >> {}\n{answer}", calls.display()));
    catalogue.configure(&format!("cooperage: {{hadolint: {}, lint: gate, jobs: 1}}\n", program.display()));
    let run = publish(&catalogue, 1, &[]);
    assert_eq!(run.outcomes(), ["off: published", "one: published", "two: failed"]);
    assert_eq!(std::fs::read_to_string(&calls).unwrap(), "call\n");
    catalogue.script("../home/hadolint", "#!/bin/sh\necho broken >&2\nexit 1\n").release("one", "1.1");
    let run = publish(&catalogue, 3, &[]);
    assert!(run.stderr.contains("broken") && run.stdout.is_empty(), "{}", run.all());
    assert_eq!(catalogue.image_id("one", "1.1"), None);
    catalogue.configure(&format!("cooperage: {{hadolint: {}, lint: off}}\n", program.display()));
    assert_eq!(publish(&catalogue, 0, &[]).warnings(), [""; 0]);
}

#[test]
fn rules_that_do_not_exist_start_nothing() {
    let (_registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").configure("cooperage: {lint_rules: {DL30: off}}\n");
    let run = publish(&catalogue, 2, &[]);
    assert!(run.stderr.contains("DL30"), "{}", run.stderr);
}

#[test]
fn a_failed_test_that_is_only_told_is_counted_and_the_image_goes_on() {
    let (registry, catalogue) = stage();
    for name in ["warned", "gated", "accepted", "unasked"] {
        catalogue.plain(name, "1.0", name).script(&format!("{name}/test.sh"), "#!/bin/sh\necho asked\nexit 3\n");
    }
    catalogue.plain_child("child", "1.0", "warned").configure("cooperage: {test: warn}\n");
    catalogue.write("gated/control", "Package: gated\nTest: gate\n").write("unasked/control", "Package: unasked\nTest: off\n");
    catalogue.write("accepted/control", "Package: accepted\nTest: gate\n ignore test.sh until 9999-12-31: known\n");
    let run = publish(&catalogue, 1, &REPORTS);
    assert_eq!(run.outcomes(), ["accepted: published", "child: published", "gated: failed", "unasked: published", "warned: published"]);
    assert_eq!(run.warnings(), ["test"]);
    assert_eq!(steps(&run, "unasked"), ["lint ok", "build ok", "scan ok", "publish ok"]);
    assert_eq!(steps(&run, "warned"), ["lint ok", "build ok", "test ok", "scan ok", "publish ok"]);
    assert!(run.failure("gated", "test").contains("exit code 3"), "{}", run.stdout);
    assert!(run.log("warned", "publish")[0].contains("by the policy"), "{}", run.stdout);
    assert_eq!(run.log("child", "publish"), [""; 0]);
    assert_eq!(record(&catalogue, "warned")["findings"], serde_json::json!({"test": {"error": 1}, "scan": {"low": 1}}));
    assert_eq!(record(&catalogue, "gated")["findings"], serde_json::json!({"test": {"error": 1}}));
    assert_eq!(record(&catalogue, "accepted")["findings"], serde_json::json!({"scan": {"low": 1}}));
    assert_eq!(registry.tags(&catalogue.repository("gated")), [""; 0]);
    let junit = read(&catalogue, "junit.xml");
    assert_eq!(junit.matches("<failure").count(), 2, "the step and the script of what is gated: {junit}");
    assert!(junit.contains("1 finding reaches error: test.sh"), "{junit}");
}

#[test]
fn a_script_that_may_fail_hides_no_structure_test() {
    let (_registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").script("tool/test.sh", "#!/bin/sh\nexit 1\n");
    catalogue.write("tool/structure.yaml", "schemaVersion: 2.0.0\nfileExistenceTests:\n- {name: there, path: /nowhere}\n");
    catalogue.write("tool/control", "Package: tool\nTest: gate\n ignore test.sh until 9999-12-31: known\n");
    let run = publish(&catalogue, 1, &[]);
    let failure = run.failure("tool", "test");
    assert!(failure.contains("\"there\"") && !failure.contains("exit code"), "{failure}");
    let tested = catalogue.run(&["test", "--format", "json"]);
    assert_eq!(tested.code, 1, "`test` knows no policy: {}", tested.all());
}
