//! `pull` on a real engine and a real registry, seen as a user sees it.

mod support;

use support::catalogue::{Catalogue, Outcome, docker};
use support::engine;
use support::registry::{Registry, RegistryKind};

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
