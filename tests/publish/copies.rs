//! One push, and copies by digest to every other destination.

use crate::support::catalogue::Outcome;
use crate::support::catalogue::{docker, read_json};
use crate::support::daemon::wait_for;
use crate::support::faults::{Action, Faults};
use crate::support::registry::{Registry, RegistryKind};
use crate::{Catalogue, all, build, joined, layout, own, publish, publish_to, shared, stage};
use std::process::Command;
use std::time::Duration;

/// Requests that send bytes of blobs into a repository.
fn uploads(faults: &Faults, repository: &str) -> usize {
    let into = format!("/v2/{repository}/blobs/uploads/");
    faults.requests().iter().filter(|one| (one.method == "PATCH" || one.method == "PUT") && one.path.starts_with(&into)).count()
}

#[test]
fn two_destinations_on_one_registry_get_each_blob_once_and_the_second_run_asks_once_a_tag() {
    let (registry, faults, catalogue) = stage();
    let namespace = catalogue.namespace.clone();
    publish_to(&catalogue, &[own("main", &faults.address, &namespace), shared("ci", &faults.address, &namespace)], "");
    catalogue.plain("tool", "1.0", "tool").plain_child("child", "1.0", "tool");
    let run = build(&catalogue, 0, &["--record", "run.json"]);
    assert_eq!(run.outcomes(), ["child: published", "tool: published"]);
    assert_eq!(registry.tags(&all(&catalogue)), {
        let mut names = ["child", "tool"].map(|name| [joined(&catalogue, name, "1.0"), joined(&catalogue, name, "latest")]).concat();
        names.sort();
        names
    });
    for name in ["tool", "child"] {
        let digest = registry.digest(&catalogue.repository(name), "1.0");
        assert!(digest.is_some());
        assert_eq!(registry.digest(&catalogue.repository(name), "latest"), digest);
        for tag in ["1.0", "latest"] {
            assert_eq!(registry.digest(&all(&catalogue), &joined(&catalogue, name, tag)), digest);
        }
    }
    assert_eq!(uploads(&faults, &all(&catalogue)), 0, "blobs that the registry has are mounted: {:?}", faults.requests());
    let record = read_json(&catalogue.work().join("run.json"));
    let destinations = record["images"][0]["destinations"].as_array().unwrap();
    assert_eq!(destinations.iter().map(|one| one["name"].as_str().unwrap()).collect::<Vec<_>>(), ["ci", "main"]);
    assert_eq!(destinations[0]["tags"][0], joined(&catalogue, "child", "latest").as_str());
    assert_eq!(destinations[1]["tags"][0], "latest");
    assert_eq!(destinations[0]["digest"], destinations[1]["digest"]);

    faults.clear();
    assert_eq!(build(&catalogue, 0, &[]).outcomes(), ["child: skipped", "tool: skipped"]);
    let asked: Vec<_> = faults.requests().into_iter().filter(|one| one.path != "/v2/").collect();
    assert_eq!(asked.len(), 8, "two images, two destinations, two tags: {asked:?}");
    assert!(asked.iter().all(|one| one.method == "HEAD"), "{asked:?}");
    faults.clear();
    assert_eq!(publish(&catalogue, 0, &[]).outcomes(), ["child: skipped", "tool: skipped"]);
    assert_eq!(faults.requests().iter().filter(|one| one.path != "/v2/").count(), 8);
}

#[test]
fn two_registries_hold_the_same_bytes() {
    let (first, faults, catalogue) = stage();
    let second = Registry::start(RegistryKind::Plain);
    let namespace = catalogue.namespace.clone();
    publish_to(&catalogue, &[own("main", &faults.address, &namespace), shared("ci", &second.address, &namespace)], "");
    catalogue.plain("tool", "1.0", "tool");
    build(&catalogue, 0, &[]);
    let digest = first.digest(&catalogue.repository("tool"), "1.0");
    assert!(digest.is_some());
    let tag = joined(&catalogue, "tool", "1.0");
    assert_eq!(second.digest(&all(&catalogue), &tag), digest);
    let reference = format!("{}/{}:{tag}", second.address, all(&catalogue));
    docker(&["pull", &reference]);
    assert!(docker(&["image", "inspect", "--format", "{{index .RepoDigests}}", &reference]).contains(&digest.unwrap()));
    docker(&["rmi", "--force", &reference]);
}

fn skopeo_digest(image: &str) -> String {
    let output = Command::new("skopeo").args(["inspect", "--tls-verify=false", "--format", "{{.Digest}}", image]).output();
    let output = output.expect("skopeo is needed (apt install skopeo)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_layout_alone_needs_no_registry_and_others_read_it() {
    let (_registry, _faults, mut catalogue) = stage();
    catalogue.registry = String::new();
    let folder = catalogue.work().join("out").display().to_string();
    publish_to(&catalogue, &[layout("disk", &folder)], "");
    catalogue.plain("tool", "1.0", "tool").plain_child("child", "1.0", "tool");
    let run = build(&catalogue, 0, &[]);
    assert_eq!(run.outcomes(), ["child: published", "tool: published"]);
    for name in ["tool", "child"] {
        let digest = run.finished(name)["digest"].as_str().unwrap().to_owned();
        for tag in ["1.0", "latest"] {
            assert_eq!(skopeo_digest(&format!("oci:{folder}:{name}-{tag}")), digest);
        }
    }
    assert_eq!(build(&catalogue, 0, &[]).outcomes(), ["child: skipped", "tool: skipped"]);
}

#[test]
fn a_layout_beside_a_registry_has_the_same_digest() {
    let (registry, faults, catalogue) = stage();
    let folder = catalogue.work().join("out").display().to_string();
    publish_to(&catalogue, &[layout("disk", &folder), own("main", &faults.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "tool");
    build(&catalogue, 0, &[]);
    assert_eq!(Some(skopeo_digest(&format!("oci:{folder}:tool-1.0"))), registry.digest(&catalogue.repository("tool"), "1.0"));
}

#[test]
fn what_some_destinations_have_is_copied_and_neither_built_nor_tested() {
    let (registry, faults, mut catalogue) = stage();
    let (main, ci) = (own("main", &faults.address, &catalogue.namespace), shared("ci", &faults.address, &catalogue.namespace));
    publish_to(&catalogue, std::slice::from_ref(&main), "");
    catalogue.plain("tool", "1.0", "tool");
    build(&catalogue, 0, &[]);
    let digest = registry.digest(&catalogue.repository("tool"), "1.0");
    catalogue.forget("tool", "1.0");
    catalogue.script("tool/test.sh", "#!/bin/bash\nexit 1\n");
    publish_to(&catalogue, &[main.clone(), ci.clone()], "");
    assert_eq!(catalogue.expect(0, &["--format", "json", "build", "--dry-run"]).actions(), ["tool: publish partial"]);
    let run = build(&catalogue, 0, &[]);
    assert_eq!(run.outcomes(), ["tool: published"]);
    assert!(run.log("tool", "test").is_empty());
    let tag = joined(&catalogue, "tool", "1.0");
    assert_eq!(registry.digest(&all(&catalogue), &tag), digest);
    assert_eq!(catalogue.image_id("tool", "1.0"), None, "the engine took no part");
    // `publish` does the same where there is no engine at all.
    let third = format!("    - name: third\n      to: {}/{}/third/{{{{ name }}}}\n", faults.address, catalogue.namespace);
    publish_to(&catalogue, &[main, ci, third], "");
    catalogue.set("DOCKER_HOST", "unix:///nowhere/docker.sock");
    let run = publish(&catalogue, 0, &["--record", "run.json"]);
    assert_eq!(run.outcomes(), ["tool: published"]);
    let repository = format!("{}/third/tool", catalogue.namespace);
    assert_eq!((registry.digest(&repository, "1.0"), registry.digest(&repository, "latest")), (digest.clone(), digest));
    let record = read_json(&catalogue.work().join("run.json"));
    assert_eq!(record["images"][0]["destinations"].as_array().unwrap().len(), 3);
}

#[test]
fn who_stands_in_another_folder_is_told_that_no_configuration_was_read() {
    let catalogue = Catalogue::new("");
    catalogue.plain("tool", "1.0", "tool");
    let _ = std::fs::remove_file(catalogue.work().join("config.yaml"));
    for command in ["publish", "pull"] {
        let lost = catalogue.expect(2, &[command]);
        assert!(lost.stderr.contains("there is no config.yaml in the current directory"), "{}", lost.stderr);
    }
}

#[test]
fn what_is_published_nowhere_is_named() {
    let (_registry, faults, catalogue) = stage();
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "tool").plain("other", "1.0", "other");
    build(&catalogue, 0, &["--select", "*/tool:*"]);
    let run = publish(&catalogue, 1, &[]);
    assert_eq!(run.outcomes(), ["other: failed", "tool: skipped"]);
    assert_eq!(run.finished("other")["reason"]["code"], "not_published");
    let told = catalogue.expect(1, &["publish"]);
    let step = told.stdout.lines().any(|line| line == "== Step 1: publishing ==");
    assert!(step && !told.stdout.contains("failed to build") && !told.stdout.contains("Build done"), "{}", told.stdout);
    let dry = catalogue.expect(1, &["publish", "--dry-run"]);
    assert_eq!(dry.stdout.lines().last(), Some("2 stay as they are, 1 missing"), "{}", dry.stdout);
}

#[test]
fn a_run_that_is_interrupted_in_a_copy_leaves_no_tag_and_the_next_one_goes_on() {
    let (_first, faults, catalogue) = stage();
    let second = Registry::start(RegistryKind::Plain);
    let slow = Faults::in_front_of(&second);
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace), shared("ci", &slow.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "tool");
    slow.on("PUT", "/blobs/uploads/", Action::Delay(Duration::from_secs(600)));
    slow.on("PATCH", "/blobs/uploads/", Action::Delay(Duration::from_secs(600)));
    let child = catalogue.start(&["--format", "json", "build"]);
    wait_for("the copy", || slow.count("PUT", "/blobs/uploads/") + slow.count("PATCH", "/blobs/uploads/") > 0);
    let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let ended = Outcome::of(child.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.outcomes()), (130, vec!["tool: cancelled".to_owned()]), "{ended:?}");
    slow.clear();
    assert_eq!(second.tags(&all(&catalogue)), [""; 0]);
    assert_eq!(build(&catalogue, 0, &[]).outcomes(), ["tool: published"]);
    assert!(second.digest(&all(&catalogue), &joined(&catalogue, "tool", "latest")).is_some());
}
