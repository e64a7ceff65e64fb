//! docker-pkg's calls and headings, and the forms of ours.

use crate::{publish, stage};

#[test]
fn docker_pkgs_call_and_its_headings_in_order() {
    let (_registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "base").plain_child("child", "1.0", "base");
    let config = catalogue.work().join("other.yaml");
    std::fs::write(&config, "seed_image: whatever\ncooperage: {publish: true}\n").unwrap();
    let args = ["-c", config.to_str().unwrap(), "--info", "build", "--select", "*", "--use-cache"];
    let run = catalogue.expect(0, &args);
    let (base, child) = (catalogue.reference("base", "1.0"), catalogue.reference("child", "1.0"));
    let mut rest = run.stdout.as_str();
    for line in [
        &format!("== Step 0: scanning {} ==", catalogue.root().display()),
        "Will build the following images:",
        &format!("* {base}"),
        &format!("* {child}"),
        "== Step 1: building images ==",
        &format!("* Built image {base}"),
        &format!("* Built image {child}"),
        "== Step 2: publishing ==",
        &format!("Successfully published image {base}"),
        &format!("Successfully published image {child}"),
        "== Build done! ==",
    ] {
        let wanted = format!("{line}\n");
        let at = rest.find(&wanted).unwrap_or_else(|| panic!("{line} is not there or comes too early\n{}", run.stdout));
        rest = &rest[at + wanted.len()..];
    }
    assert!(!run.stderr.contains("seed_image"), "{}", run.stderr);
}

#[test]
fn a_run_with_nothing_to_do_says_why_for_each() {
    let (_registry, catalogue) = stage();
    catalogue.plain("one", "1.0", "one").plain("two", "1.0", "two");
    publish(&catalogue, 0, &[]);
    let run = catalogue.expect(0, &["build", "--publish"]);
    assert_eq!(run.stdout.matches("this version is published").count(), 2, "{}", run.stdout);
    assert!(run.stdout.contains("== Build done! ==\n") && !run.stdout.contains("* "), "{}", run.stdout);
}

#[test]
fn with_json_stdout_holds_events_alone_before_and_after_the_verb() {
    let (_registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    assert_eq!(catalogue.expect(0, &["build", "--format", "json", "--publish"]).outcomes(), ["tool: published"]);
    assert_eq!(catalogue.expect(0, &["--format", "json", "build", "--publish"]).outcomes(), ["tool: skipped"]);
    assert!(!catalogue.expect(0, &["build", "--publish"]).stdout.contains('{'));
}

#[test]
fn wrong_calls_are_2_and_say_what_is_wrong() {
    let (_registry, catalogue) = stage();
    for (args, part) in [
        (vec!["build"], "no definition"),
        (vec!["-c", "no-such.yaml", "build"], "no-such.yaml"),
        (vec!["build", "--publish", "--no-publish"], "--no-publish"),
        (vec!["build", "--latest", "sometimes"], "sometimes"),
        (vec!["build", "--jobs", "many"], "many"),
        (vec!["built"], "built"),
    ] {
        let run = catalogue.expect(2, &args);
        assert!(run.stderr.contains(part), "{args:?}: {}", run.stderr);
    }
    let missing = catalogue.command(&["build", "no-such-folder"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("no-such-folder"));
}

#[test]
fn configuration_comes_in_layers_up_to_flags() {
    let (registry, mut catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").configure("cooperage: {publish: false, latest: never}\nnamepsace: typo\n");
    let run = catalogue.expect(0, &["build"]);
    assert!(run.stderr.contains("namespace"), "did you mean: {}", run.stderr);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
    catalogue.set("COOPERAGE_PUBLISH", "true");
    catalogue.expect(0, &["build", "--no-publish"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
    catalogue.expect(0, &["build"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0"]);
}
