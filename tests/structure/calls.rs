//! Calls of `test`, and of `build` with structure tests.

use crate::support::catalogue::{Catalogue, Outcome};
use crate::support::registry::{Registry, RegistryKind};
use crate::{built, cases, errors, test};

const GOOD: &str = "schemaVersion: 2.0.0\nfileExistenceTests: [{name: shell, path: /bin/sh}]\n";
const BAD: &str = "schemaVersion: 2.0.0\nfileExistenceTests: [{name: none, path: /nope}]\n";

#[test]
fn build_stops_an_image_whose_structure_is_wrong() {
    let registry = Registry::start(RegistryKind::Plain);
    let catalogue = Catalogue::new(&registry.address);
    catalogue.busybox("good", "1.0", "").busybox("bad", "1.0", "").script("bad/test.sh", "#!/bin/sh\necho script\n");
    catalogue.write("good/structure.yaml", GOOD).write("bad/structure-test.yml", BAD);
    let run = catalogue.expect(1, &["--format", "json", "build", "--publish", "--junit", "report.xml"]);
    assert_eq!(run.outcomes(), ["bad: failed", "good: published"]);
    assert!(run.failure("bad", "test").contains("fileExistence test \"none\": /nope: expected to exist"), "{}", run.failure("bad", "test"));
    let events = run.events();
    let told: Vec<String> = events
        .iter()
        .filter(|event| event["kind"] == "test_case" && event["name"] == "bad")
        .map(|event| format!("{} {} {}", event["case"]["kind"], event["case"]["name"], event["case"]["outcome"]))
        .collect();
    assert_eq!(told, ["\"script\" \"test.sh\" \"passed\"", "\"fileExistence\" \"none\" \"failed\""]);
    assert_eq!(registry.tags(&catalogue.repository("bad")), [""; 0]);
    let report = std::fs::read_to_string(catalogue.work().join("report.xml")).unwrap();
    assert!(
        report.contains("fileExistence: none") && report.contains("fileExistence: shell") && report.contains("/nope: expected"),
        "{report}"
    );
}

#[test]
fn tests_that_cannot_be_read_stop_the_image_before_its_build() {
    let catalogue = Catalogue::new("");
    catalogue.busybox("tool", "1.0", "").write("tool/structure.yaml", "schemaVersion: 2.0.0\nfoo: [\n");
    let run = catalogue.expect(1, &["--format", "json", "build"]);
    assert!(run.failure("tool", "test").contains("structure.yaml:"), "{}", run.failure("tool", "test"));
    assert_eq!(catalogue.image_id("tool", "1.0"), None);
}

#[test]
fn a_script_that_fails_leaves_the_structure_tests_out() {
    let catalogue = built("");
    catalogue.script("tool/test.sh", "#!/bin/sh\nexit 4\n");
    let run = test(&catalogue, 1, "fileExistenceTests: [{name: shell, path: /bin/sh}]");
    let cases = cases(&run);
    assert_eq!((cases.len(), &cases[0]["kind"], &cases[0]["exit_code"]), (1, &"script".into(), &4.into()), "{cases:?}");
    assert!(errors(&cases[0]).contains("exit code 4"));
}

#[test]
fn what_is_published_is_pulled_and_what_is_nowhere_is_said() {
    let registry = Registry::start(RegistryKind::Plain);
    let catalogue = Catalogue::new(&registry.address);
    catalogue.busybox("tool", "1.0", "").write("tool/structure.yaml", GOOD);
    catalogue.plain("note", "1.0", "no test");
    catalogue.expect(0, &["build", "--publish"]);
    catalogue.forget("tool", "1.0");
    catalogue.plain("later", "1.0", "not built");
    let run = catalogue.expect(1, &["--format", "json", "test", "--junit", "tests.xml"]);
    let document = run.json();
    let found: Vec<String> =
        document["images"].as_array().unwrap().iter().map(|image| format!("{} {}", image["name"], image["outcome"])).collect();
    assert_eq!(found, ["\"later\" \"missing\"", "\"note\" \"skipped\"", "\"tool\" \"passed\""]);
    assert!(document["images"][0]["errors"][0].as_str().unwrap().contains("neither built nor published"));
    assert!(catalogue.image_id("tool", "1.0").is_some() && catalogue.image_id("later", "1.0").is_none());
    let report = std::fs::read_to_string(catalogue.work().join("tests.xml")).unwrap();
    assert!(report.contains("fileExistence: shell"), "{report}");
    let told = catalogue.expect(0, &["test", "--select", "*/tool:*"]);
    assert!(told.stdout.contains("ok fileExistence shell") && told.stdout.contains("1 test passed, 0 failed"), "{}", told.stdout);
}

#[test]
fn another_image_is_tested_with_its_definitions_tests_or_a_file() {
    let catalogue = built("");
    catalogue.write("tool/structure.yaml", GOOD);
    let image = catalogue.reference("tool", "1.0");
    let run = catalogue.expect(0, &["--format", "json", "test", "--image", &image]);
    assert_eq!((run.json()["images"][0]["name"].as_str(), cases(&run).len()), (Some("tool"), 1));
    let file = catalogue.work().join("own.yaml");
    std::fs::write(&file, BAD).unwrap();
    let run = Outcome::of(catalogue.command(&["test", "--image", &image, "--structure", "own.yaml"]).output().unwrap());
    assert!(run.code == 1 && run.stdout.contains("/nope: expected to exist"), "{}", run.all());
    for (args, said) in [
        (vec!["test", "--image", "stranger:1"], "no definition"),
        (vec!["test", "--image", "Bad:Ref:1"], "--image"),
        (vec!["test", "--image", &image, "--structure", "absent.yaml"], "there is no such file"),
        (vec!["test", "--structure", "own.yaml"], "--image"),
        (vec!["test", "--select", "*/nothing:*"], "nothing"),
        (vec!["test", "--junit", "no/such/folder/x.xml"], "--junit"),
    ] {
        let run = catalogue.expect(2, &args);
        assert!(run.stderr.contains(said), "{args:?}: {}", run.stderr);
    }
}
