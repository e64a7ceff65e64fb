//! `pull` on a real engine and a real registry, seen as a user sees it.

mod support;

use std::fs;
use std::process::{Child, Command};
use std::time::Duration;
use support::catalogue::{Catalogue, Outcome, docker, read_json};
use support::daemon::wait_for;
use support::engine;
use support::faults::{Action, Faults};
use support::front::{Front, Trick};
use support::registry::{Registry, RegistryKind};
use support::terminal::Terminal;

/// Longer than any test.
const FOREVER: Duration = Duration::from_secs(3600);

/// `base` and `child` published, and in the registry only.
fn stage() -> (Registry, Catalogue) {
    let registry = Registry::start(RegistryKind::Plain);
    let catalogue = Catalogue::new(&registry.address);
    catalogue.plain("base", "1.0", &engine::unique()).plain_child("child", "1.0", "base");
    catalogue.expect(0, &["build", "--publish"]);
    for name in ["base", "child"] {
        catalogue.forget(name, "1.0");
    }
    (registry, catalogue)
}

fn pull(catalogue: &Catalogue, code: i32, more: &[&str]) -> Outcome {
    catalogue.expect(code, &[&["--format", "json", "pull"], more].concat())
}

#[test]
fn current_versions_are_pulled_once() {
    let (registry, catalogue) = stage();
    let first = pull(&catalogue, 0, &[]);
    assert_eq!(first.outcomes(), ["base: reused", "child: reused"]);
    assert!(catalogue.image_id("base", "1.0").is_some() && catalogue.image_id("child", "1.0").is_some());
    let digest = registry.digest(&catalogue.repository("base"), "1.0").unwrap().to_string();
    assert_eq!(first.finished("base")["digest"], digest);
    assert_eq!(first.finished("base")["reason"]["code"], "pulled");
    let steps = first.events().iter().filter(|event| event["kind"] == "step_finished" && event["outcome"] == "ok").count();
    assert_eq!((steps, first.events().last().unwrap()["exit"].as_u64()), (2, Some(0)));
    let second = pull(&catalogue, 0, &[]);
    assert_eq!(second.outcomes(), ["base: skipped", "child: skipped"]);
    assert_eq!(second.finished("base")["reason"]["code"], "held");
    let told = catalogue.expect(0, &["pull", "--select", "*/base:*"]);
    assert!(told.stdout.contains("the engine has it") && !told.stdout.contains("child"), "{}", told.stdout);
}

#[test]
fn what_is_not_published_is_said_and_the_rest_is_pulled() {
    let (_registry, catalogue) = stage();
    catalogue.release("child", "1.1");
    let run = pull(&catalogue, 1, &[]);
    assert_eq!(run.outcomes(), ["base: reused", "child: skipped"]);
    assert_eq!(run.finished("child")["reason"]["code"], "not_published");
    let told = catalogue.expect(1, &["pull"]);
    assert!(told.stdout.contains(&catalogue.reference("child", "1.1")) && told.stdout.contains("not published"), "{}", told.stdout);
}

#[test]
fn what_a_build_would_need_is_its_published_parents() {
    let (_registry, catalogue) = stage();
    catalogue.plain_child("grandchild", "1.0", "child");
    assert_eq!(pull(&catalogue, 0, &["--parents-of", "*/grandchild:*"]).outcomes(), ["child: reused"]);
    assert_eq!(catalogue.image_id("base", "1.0"), None);
    // A parent that is not published would be built along the way, from its own parent.
    catalogue.release("child", "1.1");
    let along = pull(&catalogue, 0, &["--parents-of", "*/grandchild:*"]);
    assert_eq!(along.outcomes(), ["base: reused", "child: skipped"]);
    assert!(catalogue.image_id("base", "1.0").is_some());
}

#[test]
fn a_build_also_needs_images_from_outside() {
    let (_registry, catalogue) = stage();
    let outside = catalogue.reference("outside", "1");
    catalogue.expect(0, &["pull", "--select", "*/base:*"]);
    docker(&["tag", &catalogue.reference("base", "1.0"), &outside]);
    docker(&["push", &outside]);
    catalogue.forget("outside", "1");
    catalogue.define("tool", "1.0", &format!("FROM {outside}\n"));
    assert_eq!(pull(&catalogue, 0, &["--parents-of", "*/tool:*"]).finished(&outside)["outcome"], "reused");
    assert!(catalogue.image_id("outside", "1").is_some());
    assert_eq!(pull(&catalogue, 0, &["--parents-of", "*/tool:*"]).finished(&outside)["reason"]["code"], "held");
}

#[test]
fn a_wrong_call_starts_nothing_and_an_unclear_answer_neither() {
    let (mut registry, mut catalogue) = stage();
    catalogue.expect(2, &["pull", "--select", "*/nobody:*"]);
    catalogue.expect(2, &["pull", "--select", "*", "--parents-of", "*"]);
    registry.stop();
    catalogue.set("COOPERAGE_REGISTRY_PATIENCE", "1s");
    assert!(catalogue.expect(3, &["pull"]).stdout.is_empty());
    assert_eq!(catalogue.image_id("base", "1.0"), None);
    catalogue.expect(3, &["--engine", "unix:///nowhere/engine.sock", "pull"]);
    let nowhere = Catalogue::new("");
    nowhere.plain("tool", "1.0", "tool");
    assert!(nowhere.expect(2, &["pull"]).stderr.contains("COOPERAGE_REGISTRY"));
}

/// Interrupts a call and gives its end.
fn interrupted(mut child: Child, signal: &str) -> Outcome {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    wait_for("the end of the call", || child.try_wait().unwrap().is_some());
    Outcome::of(child.wait_with_output().unwrap())
}

/// The same as [`stage`], with faults between everybody and the registry.
fn faulty_stage() -> (Registry, Faults, Catalogue) {
    let registry = Registry::start(RegistryKind::Plain);
    let faults = Faults::in_front_of(&registry);
    let mut catalogue = Catalogue::new(&faults.address);
    catalogue.plain("base", "1.0", &engine::unique()).plain_child("child", "1.0", "base");
    catalogue.expect(0, &["build", "--publish"]);
    for name in ["base", "child"] {
        catalogue.forget(name, "1.0");
    }
    catalogue.set("COOPERAGE_JOBS", "1");
    (registry, faults, catalogue)
}

#[test]
fn an_interrupted_pull_leaves_nothing_half_pulled_and_says_what_it_did() {
    for (signal, silent_engine) in [("-INT", true), ("-TERM", false)] {
        let (_registry, faults, catalogue) = faulty_stage();
        let front = Front::at(&catalogue.work().join("e.sock"));
        if silent_engine {
            front.on("POST", "child", Trick::Hang);
        } else {
            faults.on("GET", "/child/manifests/", Action::Delay(FOREVER));
        }
        let child = catalogue.start(&["--engine", &front.url, "--format", "json", "pull", "--record", "record.json"]);
        wait_for("the pull", || front.count("POST", "child") > 0 && (silent_engine || faults.count("GET", "/child/manifests/") > 0));
        let outcome = interrupted(child, signal);
        assert_eq!(outcome.code, 130, "{outcome:?}");
        assert_eq!(outcome.outcomes(), ["base: reused", "child: cancelled"]);
        assert_eq!(outcome.finished("child")["reason"]["code"], "interrupted");
        assert_eq!(outcome.events().last().unwrap()["exit"], 130);
        let record = read_json(&catalogue.work().join("record.json"));
        assert_eq!((record["exit"].as_u64(), record["images"][1]["outcome"].as_str()), (Some(130), Some("cancelled")));
        assert!(catalogue.image_id("base", "1.0").is_some());
        assert_eq!(catalogue.image_id("child", "1.0"), None);
        faults.clear();
        assert_eq!(pull(&catalogue, 0, &[]).outcomes(), ["base: skipped", "child: reused"], "the next call finishes it");
    }
}

#[test]
fn an_engine_that_dies_in_a_pull_ends_the_call_with_what_was_done() {
    let (_registry, _faults, catalogue) = faulty_stage();
    let front = Front::at(&catalogue.work().join("e.sock"));
    front.on("POST", "child", Trick::Die);
    let lost = pull(&catalogue, 0, &["--select", "*/base:*"]);
    assert_eq!(lost.outcomes(), ["base: reused"]);
    let lost = catalogue.expect(3, &["--engine", &front.url, "--format", "json", "pull", "--record", "record.json"]);
    assert_eq!(lost.outcomes(), ["base: skipped", "child: failed"]);
    assert!(lost.finished("child")["reason"]["text"].as_str().unwrap().contains("cannot be reached"), "{}", lost.stdout);
    assert_eq!(read_json(&catalogue.work().join("record.json"))["exit"], 3);
    assert_eq!(catalogue.image_id("child", "1.0"), None);
    assert_eq!(pull(&catalogue, 0, &[]).outcomes(), ["base: skipped", "child: reused"]);
}

#[test]
fn a_pull_writes_log_and_record_and_plain_lines_where_nobody_watches() {
    let (registry, catalogue) = stage();
    let told = catalogue.expect(0, &["pull", "--record", "record.json", "--junit", "junit.xml", "--summary", "summary.md"]);
    assert!(told.stderr.lines().all(|line| line.starts_with("✔ pulled ")), "{}", told.stderr);
    assert!(told.stdout.contains("You can see the logs at ./cooperage-build.log"), "{}", told.stdout);
    let log = fs::read_to_string(catalogue.work().join("cooperage-build.log")).unwrap();
    assert!(log.contains("base") && log.contains("child") && log.contains("pull"), "{log}");
    let record = read_json(&catalogue.work().join("record.json"));
    let digest = registry.digest(&catalogue.repository("base"), "1.0").unwrap().to_string();
    let base = &record["images"][0];
    assert_eq!(
        (base["name"].as_str(), base["digest"].as_str(), base["path"].as_str()),
        (Some("base"), Some(digest.as_str()), Some("base"))
    );
    assert_eq!((base["outcome"].as_str(), base["steps"][0]["name"].as_str()), (Some("reused"), Some("pull")));
    assert!(fs::read_to_string(catalogue.work().join("junit.xml")).unwrap().contains("child"));
    assert!(fs::read_to_string(catalogue.work().join("summary.md")).unwrap().contains("child"));
    let again = catalogue.expect(0, &["pull"]);
    assert!(!again.stdout.contains("logs at"), "{}", again.stdout);
    catalogue.expect(2, &["pull", "--record", "nowhere/record.json"]);
}

#[test]
fn on_a_terminal_bars_show_the_bytes_and_ctrl_c_ends_it() {
    let (_registry, catalogue) = stage();
    let front = Front::at(&catalogue.work().join("e.sock"));
    let layer = r#"{"status":"Downloading","id":"4ca545ee6d5d","progressDetail":{"current":1572864,"total":2097152}}"#;
    front.on("POST", "child", Trick::Begin(layer));
    let terminal = Terminal::new(24, 100);
    let mut call = catalogue.command(&["--engine", &front.url, "pull", "--select", "*/child:*"]);
    let mut child = terminal.start(call.arg(catalogue.root()));
    terminal.wait_for("child  pulling");
    terminal.wait_for("███████░░░ 1.5 MiB of 2.0 MiB");
    terminal.write("\u{3}");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    terminal.wait_for("cancelled");
    assert_eq!(catalogue.image_id("child", "1.0"), None);
}
