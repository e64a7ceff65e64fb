//! `prune` on a real engine and a real registry, seen as a user sees it.

mod support;

use serde_json::Value;
use std::process::Command;
use support::catalogue::{Catalogue, Outcome, docker};
use support::daemon::wait_for;
use support::engine;
use support::front::{Front, Trick};
use support::registry::{Registry, RegistryKind};

/// `base` and `child`, each published as 1.0 and 1.1, all of it in the engine.
fn stage() -> (Registry, Catalogue) {
    let registry = Registry::start(RegistryKind::Plain);
    let catalogue = Catalogue::new(&registry.address);
    catalogue.plain("base", "1.0", &format!("old {}", engine::unique())).plain_child("child", "1.0", "base");
    catalogue.expect(0, &["build", "--publish"]);
    catalogue.write("base/note", format!("new {}", engine::unique())).release("base", "1.1").release("child", "1.1");
    catalogue.expect(0, &["build", "--publish"]);
    (registry, catalogue)
}

fn prune(catalogue: &Catalogue, code: i32, more: &[&str]) -> Outcome {
    catalogue.expect(code, &[&["--format", "json", "prune"], more].concat())
}

/// `action name:tag code` of every row, in order.
fn rows(catalogue: &Catalogue, outcome: &Outcome) -> Vec<String> {
    let whole = catalogue.reference("x", "1");
    let prefix = whole.trim_end_matches("x:1");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let document = outcome.json();
    assert_eq!(document["v"], 1);
    let actions = document["actions"].as_array().unwrap().iter();
    actions
        .map(|one| format!("{} {} {}", text(&one["action"]), text(&one["reference"]).replace(prefix, ""), text(&one["reason"]["code"])))
        .collect()
}

#[test]
fn other_versions_go_children_before_parents_and_a_second_call_finds_nothing() {
    let (_registry, catalogue) = stage();
    let expected = ["remove child:1.0 other_version", "remove base:1.0 other_version", "keep base:1.1 current", "keep child:1.1 current"];
    let planned = prune(&catalogue, 0, &["--dry-run"]);
    assert_eq!(rows(&catalogue, &planned), expected);
    let id = catalogue.image_id("base", "1.0").expect("a dry run removes nothing");
    let done = prune(&catalogue, 0, &[]);
    assert_eq!(rows(&catalogue, &done), expected);
    let (base, expected) = (&done.json()["actions"][1], &planned.json()["actions"][1]);
    assert_eq!(
        (base["image_id"].as_str(), expected["at_most"].as_bool(), base["at_most"].as_bool()),
        (Some(id.as_str()), Some(true), Some(false))
    );
    assert!(base["bytes"].as_u64().unwrap() <= expected["bytes"].as_u64().unwrap(), "{base} {expected}");
    assert_eq!((catalogue.image_id("base", "1.0"), catalogue.image_id("child", "1.0")), (None, None));
    assert!(catalogue.image_id("base", "1.1").is_some() && catalogue.image_id("child", "1.1").is_some());
    let again = catalogue.expect(0, &["prune"]);
    assert!(again.stdout.contains("nothing to remove"), "{}", again.stdout);
}

/// The bytes of every row that goes.
fn freed(outcome: &Outcome) -> Vec<u64> {
    let document = outcome.json();
    let gone = document["actions"].as_array().unwrap().iter().filter(|one| one["action"] == "remove");
    gone.map(|one| one["bytes"].as_u64().unwrap()).collect()
}

#[test]
fn what_is_said_to_be_freed_is_what_the_engine_gave_back() {
    let mut catalogue = Catalogue::new("");
    // The classic builder keeps no cache of its own beside the images.
    catalogue.set("COOPERAGE_BUILDER", "classic");
    let text = |seed: &str, length: usize| format!("{seed} {}", "x".repeat(length))[..length].to_owned();
    let seed = engine::unique();
    catalogue.plain("base", "1.0", &text(&seed, 5_000)).plain_child("child", "1.0", "base").write("child/note", text(&seed, 700));
    catalogue.expect(0, &["build"]);
    catalogue.release("child", "1.1").write("child/note", text(&engine::unique(), 900));
    catalogue.expect(0, &["build"]);
    // The parent is still there, so only what the child adds is given back.
    let planned = prune(&catalogue, 0, &["--unpublished", "--dry-run"]);
    assert_eq!(freed(&planned), [700]);
    assert!(catalogue.expect(0, &["prune", "--unpublished", "--dry-run"]).stdout.contains("would remove 1 and free at most 700 B"));
    let done = catalogue.expect(0, &["prune", "--unpublished"]);
    assert!(done.stdout.contains("removed 1, 700 B freed"), "{}", done.stdout);
    catalogue.release("child", "1.2").release("base", "1.1").write("base/note", text(&engine::unique(), 100));
    catalogue.expect(0, &["build"]);
    assert_eq!(freed(&prune(&catalogue, 0, &["--unpublished"])), [900, 5_000]);
}

#[test]
fn layers_that_somebody_else_holds_are_not_said_to_be_freed() {
    let catalogue = Catalogue::new("");
    catalogue.plain("base", "1.0", &engine::unique()).release("base", "1.1");
    let old = catalogue.reference("base", "1.0");
    let folder = catalogue.root().join("base");
    let base = "FROM scratch\nCOPY note /note\n";
    std::fs::write(folder.join("Dockerfile"), base).unwrap();
    docker(&["build", "--tag", &old, folder.to_str().unwrap()]);
    // Somebody's image without a name stands on the same layer.
    std::fs::write(folder.join("Dockerfile"), format!("{base}COPY changelog /changelog\n")).unwrap();
    let theirs = docker(&["build", "--quiet", folder.to_str().unwrap()]);
    let planned = freed(&prune(&catalogue, 0, &["--unpublished", "--dry-run"]));
    let done = freed(&prune(&catalogue, 0, &["--unpublished"]));
    assert!(docker(&["images", "--quiet", "--no-trunc"]).contains(&theirs), "an image of somebody else stays");
    docker(&["rmi", &theirs]);
    assert_eq!((planned, done), (vec![0], vec![0]));
}

#[test]
fn what_a_later_build_has_taken_the_name_of_goes_and_what_nobody_has_stays() {
    let registry = Registry::start(RegistryKind::Plain);
    let catalogue = Catalogue::new(&registry.address);
    catalogue.plain("tool", "1.0", &engine::unique()).plain("other", "1.0", &engine::unique());
    catalogue.expect(0, &["build"]);
    let (first, lost) = (catalogue.image_id("tool", "1.0").unwrap(), catalogue.image_id("other", "1.0").unwrap());
    catalogue.write("tool/note", engine::unique());
    catalogue.expect(0, &["build", "--select", "*/tool:*"]);
    // Somebody else's image takes the name of the other one, and is gone again.
    let foreign = Catalogue::new("");
    foreign.plain("foreign", "1.0", &engine::unique());
    foreign.expect(0, &["build"]);
    docker(&["tag", &foreign.reference("foreign", "1.0"), &catalogue.reference("other", "1.0")]);
    docker(&["rmi", &catalogue.reference("other", "1.0")]);
    let stays = |id: &str| docker(&["images", "--all", "--quiet", "--no-trunc"]).contains(id);
    assert!(stays(&first) && stays(&lost));
    foreign.write("foreign/note", engine::unique()).expect(0, &["build"]);
    let planned = rows(&catalogue, &prune(&catalogue, 0, &["--dry-run"]));
    assert_eq!(planned, [format!("remove {first} replaced"), "keep tool:1.0 current".to_owned(), format!("keep {lost} not_published")]);
    assert_eq!(rows(&catalogue, &prune(&catalogue, 0, &[])), planned);
    assert!(!stays(&first) && stays(&lost) && catalogue.image_id("tool", "1.0").is_some());
    let taken = catalogue.expect(0, &["prune", "--unpublished"]);
    assert!(taken.stdout.contains("untagged; it was ") && !stays(&lost), "{}", taken.stdout);
    foreign.expect(0, &["prune", "--unpublished"]);
}

#[test]
fn what_is_used_and_what_others_tagged_stays_and_the_rest_goes() {
    let (_registry, catalogue) = stage();
    let foreign = format!("elsewhere-{}/mine:1", engine::unique());
    docker(&["tag", &catalogue.reference("base", "1.0"), &foreign]);
    let container = docker(&["create", "--network", "none", &catalogue.reference("child", "1.0"), "/none"]);
    let done = prune(&catalogue, 0, &[]);
    docker(&["rm", "--force", &container]);
    docker(&["rmi", &foreign]);
    let kept = rows(&catalogue, &done);
    assert!(kept.contains(&"keep base:1.0 other_tag".to_owned()) && kept.contains(&"keep child:1.0 in_use".to_owned()), "{kept:?}");
    assert!(done.stdout.contains(&foreign), "{}", done.stdout);
    assert!(catalogue.image_id("base", "1.0").is_some() && catalogue.image_id("child", "1.0").is_some());
    let free = catalogue.expect(0, &["prune"]);
    assert!(free.stdout.contains("removed 2, "), "{}", free.stdout);
    assert_eq!((catalogue.image_id("base", "1.0"), catalogue.image_id("child", "1.0")), (None, None));
}

#[test]
fn what_was_built_here_and_is_not_published_stays_unless_it_is_asked_for() {
    let registry = Registry::start(RegistryKind::Plain);
    let catalogue = Catalogue::new(&registry.address);
    catalogue.plain("tool", "1.0", &engine::unique());
    catalogue.expect(0, &["build"]);
    catalogue.release("tool", "1.1");
    assert_eq!(rows(&catalogue, &prune(&catalogue, 0, &[])), ["keep tool:1.0 not_published"]);
    docker(&["push", &catalogue.reference("tool", "1.0")]);
    assert_eq!(rows(&catalogue, &prune(&catalogue, 0, &["--dry-run"])), ["remove tool:1.0 other_version"]);
    let local = Catalogue::new("");
    local.plain("tool", "1.0", &engine::unique());
    local.expect(0, &["build"]);
    local.release("tool", "1.1");
    assert_eq!(rows(&local, &prune(&local, 0, &[])), ["keep tool:1.0 not_published"]);
    assert_eq!(rows(&local, &prune(&local, 0, &["--unpublished"])), ["remove tool:1.0 other_version"]);
    assert_eq!(local.image_id("tool", "1.0"), None);
}

#[test]
fn of_a_nightly_only_its_tags_stay_as_docker_pkg_is_called() {
    let (_registry, catalogue) = stage();
    docker(&["tag", &catalogue.reference("base", "1.1"), &catalogue.reference("base", "1.1-20261120")]);
    let done = catalogue.expect(0, &["prune", "--select", "*/base:*", "--nightly", "20261120"]);
    assert!(done.stdout.contains("removed 2, "), "{}", done.stdout);
    assert_eq!((catalogue.image_id("base", "1.1"), catalogue.image_id("base", "1.0")), (None, None));
    assert!(catalogue.image_id("base", "1.1-20261120").is_some());
    assert!(catalogue.image_id("child", "1.0").is_some() && catalogue.image_id("child", "1.1").is_some());
    let wrong = catalogue.expect(0, &["prune", "--dry-run", "--nightly", "19990101"]);
    assert!(wrong.stderr.contains("no tag that ends in -19990101"), "{}", wrong.stderr);
    for refused in [&["--nightly", ""], &["--select", "*/nobody:*"]] {
        catalogue.expect(2, &[&["prune"], refused.as_slice()].concat());
    }
}

#[test]
fn the_newest_others_are_kept() {
    let (_registry, catalogue) = stage();
    catalogue.release("base", "1.2");
    let rows = rows(&catalogue, &prune(&catalogue, 0, &["--keep", "1", "--exclude", "*/child:*"]));
    assert_eq!(rows, ["remove base:1.0 other_version", "keep base:1.1 kept"]);
}

#[test]
fn a_registry_that_does_not_answer_is_no_reason_to_remove() {
    let (mut registry, catalogue) = stage();
    registry.stop();
    let mut fast = catalogue;
    fast.set("COOPERAGE_REGISTRY_PATIENCE", "1s");
    let done = prune(&fast, 3, &[]);
    assert_eq!(rows(&fast, &done).iter().filter(|row| row.ends_with("unclear")).count(), 2, "{}", done.stdout);
    assert!(fast.image_id("base", "1.0").is_some() && fast.image_id("child", "1.0").is_some());
    assert!(done.stderr.contains("no clear answer about 2"), "{}", done.stderr);
}

#[test]
fn without_an_engine_nothing_is_said_to_be_removed() {
    let catalogue = Catalogue::new("");
    catalogue.plain("tool", "1.0", "tool");
    let lost = catalogue.expect(3, &["--engine", "unix:///nowhere/engine.sock", "prune"]);
    assert!(lost.stdout.is_empty() && lost.stderr.contains("/nowhere/engine.sock"), "{}", lost.all());
}

/// The catalogue's engine behind a front of its own, and the option that names it.
fn behind_front(catalogue: &Catalogue) -> Front {
    Front::at(&catalogue.work().join("e.sock"))
}

#[test]
fn what_the_engine_refuses_is_reported_and_the_rest_goes_on() {
    let (_registry, catalogue) = stage();
    let front = behind_front(&catalogue);
    front.on("DELETE", "child", Trick::Refuse("conflict: somebody started a container"));
    let done = catalogue.expect(1, &["--engine", &front.url, "--format", "json", "prune"]);
    let rows = rows(&catalogue, &done);
    assert_eq!(rows[..2], ["keep child:1.0 refused", "remove base:1.0 other_version"]);
    assert!(done.stderr.contains("was not removed") && done.stderr.contains("somebody started a container"), "{}", done.stderr);
    assert!(catalogue.image_id("child", "1.0").is_some());
    assert_eq!(catalogue.image_id("base", "1.0"), None);
}

#[test]
fn an_engine_that_dies_in_the_middle_ends_the_call_with_what_was_done() {
    let (_registry, catalogue) = stage();
    let front = behind_front(&catalogue);
    front.on("DELETE", "/base", Trick::Die);
    let lost = catalogue.expect(3, &["--engine", &front.url, "--format", "json", "prune"]);
    let rows = rows(&catalogue, &lost);
    assert_eq!(rows[..2], ["remove child:1.0 other_version", "keep base:1.0 engine_lost"], "{}", lost.stderr);
    assert!(lost.stderr.contains("cannot be reached") && lost.stderr.contains("base:1.0 was not removed"), "{}", lost.stderr);
    assert_eq!(catalogue.image_id("child", "1.0"), None);
    assert!(catalogue.image_id("base", "1.0").is_some());
    assert!(catalogue.expect(0, &["prune"]).stdout.contains("removed 1, "), "the next call finishes it");
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again() {
    let (_registry, catalogue) = stage();
    let front = behind_front(&catalogue);
    front.on("DELETE", "child", Trick::CutAnswer);
    let done = catalogue.expect(0, &["--engine", &front.url, "--format", "json", "prune"]);
    assert_eq!(rows(&catalogue, &done)[..2], ["remove child:1.0 other_version", "remove base:1.0 other_version"]);
    assert_eq!((catalogue.image_id("base", "1.0"), catalogue.image_id("child", "1.0")), (None, None));
}

#[test]
fn an_interrupted_call_says_what_it_has_done() {
    for signal in ["-INT", "-TERM"] {
        let (_registry, catalogue) = stage();
        let front = behind_front(&catalogue);
        front.on("DELETE", "/base", Trick::Hang);
        let mut child = catalogue.start(&["--engine", &front.url, "--format", "json", "prune"]);
        wait_for("the removal of base", || front.count("DELETE", "/base") > 0);
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        wait_for("the end of the call", || child.try_wait().unwrap().is_some());
        let outcome = Outcome::of(child.wait_with_output().unwrap());
        assert_eq!(outcome.code, 130, "{outcome:?}");
        let rows = rows(&catalogue, &outcome);
        assert_eq!(rows[..2], ["remove child:1.0 other_version", "keep base:1.0 interrupted"]);
        assert_eq!(outcome.json()["actions"].as_array().unwrap().len(), 4, "what stays is told, too");
        assert!(outcome.stderr.contains("base:1.0 was not removed"), "{}", outcome.stderr);
        assert_eq!(catalogue.image_id("child", "1.0"), None);
        assert!(catalogue.image_id("base", "1.0").is_some());
    }
}

#[test]
fn before_anything_is_removed_an_interruption_removes_nothing() {
    let (_registry, catalogue) = stage();
    let front = behind_front(&catalogue);
    front.on("GET", "/images/json", Trick::Hang);
    let mut child = catalogue.start(&["--engine", &front.url, "prune"]);
    wait_for("the question", || front.count("GET", "/images/json") > 0);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    wait_for("the end of the call", || child.try_wait().unwrap().is_some());
    let outcome = Outcome::of(child.wait_with_output().unwrap());
    assert_eq!((outcome.code, outcome.stdout.as_str()), (130, ""), "{}", outcome.stderr);
    assert!(catalogue.image_id("child", "1.0").is_some());
}
