//! Rolling back: floating tags at all destinations, and what comes after.

use super::moves::{codes, events, tags, wait_for};
use super::support::faults::{Action, Faults};
use super::support::registry::image::TinyImage;
use super::support::registry::{Registry, RegistryKind};
use super::{Tree, or};
use serde_json::Value;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

/// `base` with three versions, of which two are published at two destinations; the tags hold the newest.
fn stage() -> (Registry, Faults, Tree) {
    let registry = Registry::start(RegistryKind::Plain);
    let faults = Faults::in_front_of(&registry);
    let tree = Tree::new("");
    for gone in ["app", "draft"] {
        fs::remove_dir_all(tree.folder.path().join("images").join(gone)).unwrap();
    }
    let entry = |version: &str| {
        format!("base ({version}) bookworm; urgency=low\n\n  * New\n\n -- A B <a@example.org>  Sat, 01 Aug 2026 10:00:00 +0000\n\n")
    };
    tree.write("images/base/changelog", &["1.0-s3", "1.0-s2", "1.0-s1"].map(entry).concat());
    let at = or(&faults.address);
    tree.write(
        "config.yaml",
        &format!(
            "namespace: ns\ncooperage:\n  publish:\n    - {{name: main, to: '{at}/ns/{{{{ name }}}}'}}\n    - name: all\n      to: {at}/all\n      \
             tags: ['{{{{ name }}}}_{{{{ tag }}}}', '{{{{ name }}}}_latest']\n      keep_alive: true\n"
        ),
    );
    for version in ["1.0-s1", "1.0-s2", "1.0-s3"] {
        place(&registry, version, version);
    }
    place(&registry, "1.0-s3", "latest");
    (registry, faults, tree)
}

fn image(version: &str) -> TinyImage {
    TinyImage::with_labels(version, &[("org.opencontainers.image.version", version)])
}

fn place(registry: &Registry, version: &str, tag: &str) {
    image(version).put(&registry.address, None, "ns/base", tag);
    image(version).put(&registry.address, None, "all", &format!("base_{tag}"));
}

fn latest(registry: &Registry) -> [Option<String>; 2] {
    [registry.digest("ns/base", "latest"), registry.digest("all", "base_latest")]
}

fn both(version: &str) -> [Option<String>; 2] {
    let digest = Some(image(version).digest.to_string());
    [digest.clone(), digest]
}

#[test]
fn tags_go_back_everywhere_and_stay_there_once_the_version_is_yanked() {
    let (registry, _faults, tree) = stage();
    let record = tree.folder.path().join("back.json");
    let shown = tree.expect(0, "rollback", &["--dry-run", "base"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!((shown["from"].as_str(), shown["to"].as_str()), (Some("1.0-s3"), Some("1.0-s2")));
    assert_eq!(latest(&registry), both("1.0-s3"), "a dry run moves nothing");
    let output = tree.expect(0, "rollback", &["--reason", "breaks TLS", "--record", record.to_str().unwrap(), "base"]);
    assert_eq!(latest(&registry), both("1.0-s2"));
    assert_eq!(codes(&output), ["not_yanked"]);
    let kept = tags(&output).iter().find_map(|tag| tag["kept_as"].as_str().map(str::to_owned)).unwrap();
    let kept = kept.rsplit_once(':').unwrap().1;
    assert_eq!(registry.digest("all", kept), Some(image("1.0-s3").digest.to_string()), "keep_alive holds here, too");
    let record: Value = serde_json::from_slice(&fs::read(record).unwrap()).unwrap();
    let note = &record["images"][0]["reason"];
    assert_eq!(note["text"], "rolled back from 1.0-s3 to 1.0-s2: breaks TLS");
    assert_eq!(record["images"][0]["destinations"][0]["tags"], serde_json::json!(["base_latest"]));
    // Nothing keeps the next call from moving forward; a mark does.
    tree.expect(0, "publish", &[]);
    assert_eq!(latest(&registry), both("1.0-s3"));
    tree.expect(0, "rollback", &["--yank", "base"]);
    let output = tree.expect(0, "publish", &[]);
    assert_eq!(latest(&registry), both("1.0-s2"), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("\"yanked\""));
    // Back once more: to the one before, and then there is none.
    tree.expect(0, "rollback", &["--yank", "base"]);
    assert_eq!(latest(&registry), both("1.0-s1"));
    tree.expect(2, "rollback", &["base"]);
}

#[test]
fn a_version_that_is_not_everywhere_is_passed_over_and_named() {
    let (registry, faults, tree) = stage();
    faults.on("HEAD", "/v2/all/manifests/base_1.0-s2", Action::error(404, "MANIFEST_UNKNOWN"));
    let output = tree.expect(2, "rollback", &["--to", "1.0-s2", "base"]);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("/all:base_1.0-s2 at all: nothing"), "{stderr}");
    tree.expect(0, "rollback", &["base"]);
    assert_eq!(latest(&registry), both("1.0-s1"), "the newest that is published everywhere");
}

#[test]
fn calls_that_are_wrong_move_nothing() {
    let (registry, _faults, tree) = stage();
    tree.write("images/yanked", "base 1.0-s2 bad\n");
    for (args, text) in [
        (["--to", "1.0-s2", "base"].as_slice(), "1.0-s2 is yanked: bad"),
        (&["--to", "9", "base"], "no version 9; its newest are 1.0-s3, 1.0-s2"),
        (&["bsae"], "no sound image bsae"),
    ] {
        let output = tree.expect(2, "rollback", args);
        assert!(String::from_utf8_lossy(&output.stderr).contains(text), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(latest(&registry), both("1.0-s3"));
    tree.expect(0, "rollback", &["base"]);
    assert_eq!(latest(&registry), both("1.0-s1"), "a yanked version is passed over");
}

#[test]
fn a_tag_that_somebody_else_moves_meanwhile_is_left_alone() {
    let (registry, faults, tree) = stage();
    let address = registry.address.clone();
    // Asked to find out what it holds, asked to plan its move, asked right before.
    faults.times(2, "HEAD", "/v2/all/manifests/base_latest", Action::Delay(Duration::ZERO));
    let theirs = move || TinyImage::new("theirs").put(&address, None, "all", "base_latest");
    faults.times(1, "HEAD", "/v2/all/manifests/base_latest", Action::first(theirs));
    let output = tree.expect(1, "rollback", &["base"]);
    assert!(codes(&output).contains(&"lost_race".to_owned()));
    assert_eq!(latest(&registry), [both("1.0-s2")[0].clone(), Some(TinyImage::new("theirs").digest.to_string())]);
}

#[test]
fn a_registry_that_does_not_answer_stops_it() {
    let (registry, faults, tree) = stage();
    tree.configure_more("  registry_timeout: 1s\n  registry_patience: 1s\n");
    faults.on("HEAD", "/v2/all/", Action::status(500));
    tree.expect(3, "rollback", &["base"]);
    assert_eq!(latest(&registry), both("1.0-s3"));
}

/// Rolls `base` back, and kills the call when it is about to move the tag at the second destination.
fn kill_a_rollback(faults: &Faults, tree: &Tree, args: &[&str]) {
    faults.on("PUT", "/v2/all/manifests/base_latest", Action::Delay(Duration::from_secs(60)));
    let mut child = tree.command("rollback", args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&mut child, || faults.count("PUT", "/manifests/base_latest") > 0);
    child.kill().unwrap();
    child.wait().unwrap();
    faults.clear();
}

#[test]
fn a_killed_rollback_goes_on_to_the_same_version() {
    let (registry, faults, tree) = stage();
    kill_a_rollback(&faults, &tree, &["base"]);
    let shown = tree.expect(0, "rollback", &["--dry-run", "base"]);
    assert!(String::from_utf8_lossy(&shown.stderr).contains("was to go to 1.0-s2"), "{}", String::from_utf8_lossy(&shown.stderr));
    let output = tree.expect(0, "rollback", &["--yank", "base"]);
    assert_eq!(latest(&registry), both("1.0-s2"), "not one further");
    assert_eq!(codes(&output), ["resumed"]);
    assert_eq!(fs::read_to_string(tree.folder.path().join("images/yanked")).unwrap().lines().last(), Some("base 1.0-s3"));
    // The journal is gone: the next one goes further.
    tree.expect(0, "rollback", &["base"]);
    assert_eq!(latest(&registry), both("1.0-s1"));
}

#[test]
fn a_rollback_killed_after_its_last_move_is_not_made_twice() {
    let (registry, faults, tree) = stage();
    kill_a_rollback(&faults, &tree, &["base"]);
    // The registry had taken it, and nobody heard of it.
    for (repository, tag) in [("ns/base", "latest"), ("all", "base_latest")] {
        image("1.0-s2").put(&registry.address, None, repository, tag);
    }
    let output = tree.expect(0, "rollback", &["--yank", "base"]);
    assert_eq!(latest(&registry), both("1.0-s2"));
    assert!(tags(&output).iter().all(|tag| tag["outcome"] == "there"), "{:?}", tags(&output));
    assert_eq!(fs::read_to_string(tree.folder.path().join("images/yanked")).unwrap().lines().last(), Some("base 1.0-s3"));
}

#[test]
fn tags_that_stand_apart_go_to_the_older_of_both() {
    let (registry, _faults, tree) = stage();
    place(&registry, "1.0-s2", "latest");
    image("1.0-s3").put(&registry.address, None, "all", "base_latest");
    tree.expect(0, "rollback", &["base"]);
    assert_eq!(latest(&registry), both("1.0-s2"));
}

#[test]
fn a_journal_that_names_what_no_rollback_gives_moves_nothing() {
    let (registry, faults, tree) = stage();
    kill_a_rollback(&faults, &tree, &["base"]);
    let state = tree.folder.path().join(".local/state/cooperage");
    let journal = fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some()).unwrap();
    let text = fs::read_to_string(&journal).unwrap();
    // Of a yanked version, and of one that is not in the changelog.
    tree.write("images/yanked", "base 1.0-s2 bad\n");
    let shown = tree.expect(0, "rollback", &["--dry-run", "base"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["to"], "1.0-s1");
    fs::write(&journal, text.replace("1.0-s2", "0.1")).unwrap();
    fs::remove_file(tree.folder.path().join("images/yanked")).unwrap();
    // Another command leaves it alone and says so, and moves its tags forward as after any rollback.
    let output = tree.expect(0, "publish", &[]);
    assert!(codes(&output).contains(&"tag_left".to_owned()));
    assert_eq!(latest(&registry), both("1.0-s3"));
}

#[test]
fn an_interrupted_rollback_ends_its_run_and_goes_on() {
    let (registry, faults, tree) = stage();
    faults.on("PUT", "/v2/all/manifests/base_latest", Action::Delay(Duration::from_secs(60)));
    let mut child = tree.command("rollback", &["base"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&mut child, || faults.count("PUT", "/manifests/base_latest") > 0);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let last = events(&output).pop().unwrap();
    assert_eq!((last["kind"].as_str(), last["exit"].as_u64()), (Some("run_finished"), Some(130)));
    assert!(tags(&output).iter().any(|tag| tag["outcome"] == "open"), "{:?}", tags(&output));
    faults.clear();
    assert_eq!(codes(&tree.expect(0, "rollback", &["base"]))[0], "resumed");
    assert_eq!(latest(&registry), both("1.0-s2"));
}

#[test]
fn a_tag_whose_old_manifest_is_gone_says_what_to_do() {
    let (registry, faults, tree) = stage();
    let old = image("1.0-s3").digest;
    faults.on("GET", &format!("/v2/all/manifests/{old}"), Action::error(404, "MANIFEST_UNKNOWN"));
    let output = tree.expect(1, "rollback", &["--drop-platforms", "base"]);
    let told = events(&output).into_iter().find(|event| event["code"] == "gone").expect("gone");
    let message = told["message"].as_str().unwrap();
    assert!(message.contains("all:base_latest") && message.contains("delete the tag"), "{message}");
    assert_eq!(latest(&registry), [both("1.0-s2")[0].clone(), both("1.0-s3")[0].clone()], "the others go on");
}
