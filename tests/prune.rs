//! `prune` on a real engine and a real registry, seen as a user sees it.

mod support;

use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use support::catalogue::{Catalogue, Outcome, docker};
use support::engine;
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
    let base = &done.json()["actions"][1];
    assert_eq!((base["image_id"].as_str(), base["bytes"].as_u64()), (Some(id.as_str()), planned.json()["actions"][1]["bytes"].as_u64()));
    assert!(base["bytes"].as_u64().unwrap() > 0, "{base}");
    assert_eq!((catalogue.image_id("base", "1.0"), catalogue.image_id("child", "1.0")), (None, None));
    assert!(catalogue.image_id("base", "1.1").is_some() && catalogue.image_id("child", "1.1").is_some());
    let again = catalogue.expect(0, &["prune"]);
    assert!(again.stdout.contains("nothing to remove"), "{}", again.stdout);
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

/// Stands in front of the tests' engine at `socket` and refuses to remove what has this word in its name.
fn refusing_engine(socket: &std::path::Path, word: &'static str) {
    let listener = UnixListener::bind(socket).unwrap();
    let engine = engine::url().strip_prefix("unix://").unwrap().to_owned();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let upstream = UnixStream::connect(&engine).unwrap();
            let (mut answers, mut back) = (upstream.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut answers, &mut back));
            std::thread::spawn(move || pass_on(client, upstream, word));
        }
    });
}

fn pass_on(mut client: UnixStream, mut upstream: UnixStream, word: &str) {
    let mut chunk = [0; 65_536];
    while let Ok(read @ 1..) = client.read(&mut chunk) {
        let text = String::from_utf8_lossy(&chunk[..read]);
        if text.starts_with("DELETE ") && text.lines().next().unwrap().contains(word) {
            let body = r#"{"message":"conflict: somebody started a container"}"#;
            let head = "HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\nConnection: close\r\n";
            client.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
            let _ = client.shutdown(std::net::Shutdown::Both);
            return;
        }
        upstream.write_all(&chunk[..read]).unwrap();
    }
    let _ = upstream.shutdown(std::net::Shutdown::Both);
}

#[test]
fn what_the_engine_refuses_is_reported_and_the_rest_goes_on() {
    let (_registry, catalogue) = stage();
    let socket = catalogue.work().join("e.sock");
    refusing_engine(&socket, "child");
    let url = format!("unix://{}", socket.display());
    let done = catalogue.expect(1, &["--engine", &url, "--format", "json", "prune"]);
    let rows = rows(&catalogue, &done);
    assert_eq!(rows[..2], ["keep child:1.0 refused", "remove base:1.0 other_version"]);
    assert!(done.stderr.contains("was not removed") && done.stderr.contains("somebody started a container"), "{}", done.stderr);
    assert!(catalogue.image_id("child", "1.0").is_some());
    assert_eq!(catalogue.image_id("base", "1.0"), None);
}
