//! `publish --from-record`: what a run proved good, and nothing else.

use crate::support::catalogue::{docker, read_json};
use crate::{all, build, joined, own, publish, publish_to, shared, stage};

#[test]
fn a_run_without_publishing_is_published_later_from_the_engine() {
    let (registry, faults, catalogue) = stage();
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace), shared("ci", &faults.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "tool").plain_child("child", "1.0", "tool");
    build(&catalogue, 0, &["--no-publish", "--record", "run.json"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
    let run = publish(&catalogue, 0, &["--from-record", "run.json", "--junit", "junit.xml", "--summary", "summary.md"]);
    assert_eq!(run.outcomes(), ["child: published", "tool: published"]);
    let record = read_json(&catalogue.work().join("run.json"));
    for (at, name) in [(0, "child"), (1, "tool")] {
        let digest = registry.digest(&catalogue.repository(name), "latest");
        assert_eq!(registry.config_digest(&catalogue.repository(name), "1.0").as_deref(), record["images"][at]["image_id"].as_str());
        assert_eq!(registry.digest(&all(&catalogue), &joined(&catalogue, name, "1.0")), digest);
    }
    assert!(std::fs::read_to_string(catalogue.work().join("junit.xml")).unwrap().contains("publish"));
    assert!(std::fs::read_to_string(catalogue.work().join("summary.md")).unwrap().contains("Tags moved"));
    assert_eq!(docker(&["images", "--quiet", &format!("{}/{}", faults.address, all(&catalogue))]), "", "no name is left in the engine");
}

#[test]
fn a_machine_without_an_engine_publishes_what_a_destination_has() {
    let (registry, faults, mut catalogue) = stage();
    let main = own("main", &faults.address, &catalogue.namespace);
    publish_to(&catalogue, std::slice::from_ref(&main), "");
    catalogue.plain("tool", "1.0", "tool");
    build(&catalogue, 0, &["--record", "run.json"]);
    publish_to(&catalogue, &[shared("ci", &faults.address, &catalogue.namespace)], "");
    catalogue.set("DOCKER_HOST", "unix:///nowhere/docker.sock");
    assert_eq!(publish(&catalogue, 0, &["--from-record", "run.json"]).outcomes(), ["tool: published"]);
    let digest = registry.digest(&catalogue.repository("tool"), "1.0");
    assert_eq!(registry.digest(&all(&catalogue), &joined(&catalogue, "tool", "1.0")), digest);
}

#[test]
fn a_record_is_proof_of_the_image_it_names_and_of_no_other() {
    let (registry, faults, catalogue) = stage();
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "tool").plain("other", "1.0", "other");
    build(&catalogue, 0, &["--no-publish", "--record", "run.json"]);
    // The name belongs to another image now, and the one that was tested is gone.
    docker(&["tag", &catalogue.reference("other", "1.0"), &catalogue.reference("tool", "1.0")]);
    let record = read_json(&catalogue.work().join("run.json"));
    docker(&["rmi", "--force", record["images"][1]["image_id"].as_str().unwrap()]);
    let run = publish(&catalogue, 1, &["--from-record", "run.json"]);
    assert_eq!(run.outcomes(), ["other: published", "tool: failed"]);
    assert!(run.failure("tool", "publish").contains("nowhere to be found"), "{}", run.stdout);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
}

#[test]
fn what_failed_in_the_run_is_not_published() {
    let (registry, faults, catalogue) = stage();
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "tool").plain("bad", "1.0", "bad").script("bad/test.sh", "#!/bin/bash\nexit 1\n");
    build(&catalogue, 1, &["--no-publish", "--record", "run.json"]);
    let run = publish(&catalogue, 1, &["--from-record", "run.json"]);
    assert_eq!(run.outcomes(), ["bad: failed", "tool: published"]);
    assert_eq!(registry.tags(&catalogue.repository("bad")), [""; 0]);
    for (text, part) in [("{}", "not a run record"), ("[", "not a run record")] {
        std::fs::write(catalogue.work().join("bad.json"), text).unwrap();
        let told = catalogue.expect(2, &["publish", "--from-record", "bad.json"]);
        assert!(told.stderr.contains(part), "{}", told.stderr);
    }
}

#[test]
fn a_record_that_names_an_image_twice_is_none() {
    let (registry, faults, catalogue) = stage();
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "tool");
    build(&catalogue, 0, &["--no-publish", "--record", "run.json"]);
    let path = catalogue.work().join("run.json");
    let mut record = read_json(&path);
    let image = record["images"][0].clone();
    record["images"].as_array_mut().unwrap().push(image);
    std::fs::write(&path, record.to_string()).unwrap();
    assert!(catalogue.expect(2, &["publish", "--from-record", "run.json"]).stderr.contains("twice"));
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
}

#[test]
fn a_source_that_is_gone_does_not_matter_where_the_engine_has_the_image() {
    let (_gone, old, catalogue) = stage();
    let (registry, faults, _) = stage();
    publish_to(&catalogue, &[own("main", &old.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "tool");
    build(&catalogue, 0, &["--record", "run.json"]);
    old.on("HEAD", "", crate::support::faults::Action::status(418));
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace)], "");
    assert_eq!(publish(&catalogue, 0, &["--from-record", "run.json"]).outcomes(), ["tool: published"]);
    assert!(registry.digest(&catalogue.repository("tool"), "1.0").is_some());
}

#[test]
fn a_push_that_is_interrupted_leaves_no_name_in_the_engine() {
    let (registry, faults, catalogue) = stage();
    publish_to(&catalogue, &[shared("ci", &faults.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "tool");
    build(&catalogue, 0, &["--no-publish", "--record", "run.json"]);
    faults.on("PATCH", "/blobs/uploads/", crate::support::faults::Action::Delay(std::time::Duration::from_secs(600)));
    let child = catalogue.start(&["--format", "json", "publish", "--from-record", "run.json"]);
    crate::support::daemon::wait_for("the push", || faults.count("PATCH", "/blobs/uploads/") > 0);
    let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let ended = crate::support::catalogue::Outcome::of(child.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.outcomes()), (130, vec!["tool: cancelled".to_owned()]), "{ended:?}");
    assert_eq!(docker(&["images", "--quiet", &format!("{}/{}", faults.address, all(&catalogue))]), "", "no name is left");
    faults.clear();
    assert_eq!(registry.tags(&all(&catalogue)), [""; 0]);
}
