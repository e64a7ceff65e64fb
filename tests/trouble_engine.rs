//! Engines that are absent, die in a build or have a full disk, through the real program.

mod support;

use std::process::Command;
use support::catalogue::{Catalogue, Outcome, read_json};
use support::daemon::{Dockerd, wait_for};
use support::engine::{runs, unique};
use support::registry::{Registry, RegistryKind};

fn says(outcome: &Outcome, parts: &[&str]) {
    for part in parts {
        assert!(outcome.stderr.contains(part), "\"{part}\" is missing in\n{}\n--- stdout\n{}", outcome.stderr, outcome.stdout);
    }
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
}

fn without_engine(catalogue: &Catalogue, args: &[&str]) -> Command {
    let mut call = catalogue.command(args);
    call.env_remove("DOCKER_HOST").arg(catalogue.root());
    call
}

#[test]
fn an_engine_that_is_named_and_absent() {
    let catalogue = Catalogue::new("");
    catalogue.plain("tool", "1.0", "tool");
    let run = catalogue.expect(3, &["--engine", "unix:///nowhere/e.sock", "build", "--no-publish", "--record", "record.json"]);
    says(&run, &["unix:///nowhere/e.sock", "no such socket", "--engine"]);
    assert_eq!(read_json(&catalogue.work().join("record.json"))["exit"], 3);
    let mut call = without_engine(&catalogue, &["build", "--no-publish"]);
    let run = Outcome::of(call.env("DOCKER_HOST", "tcp://127.0.0.1:1").output().unwrap());
    assert_eq!(run.code, 3, "{run:?}");
    says(&run, &["tcp://127.0.0.1:1", "refused", "DOCKER_HOST"]);
    let mut call = without_engine(&catalogue, &["build", "--no-publish"]);
    let run = Outcome::of(call.env("DOCKER_HOST", "nonsense://x").output().unwrap());
    assert_eq!(run.code, 2, "{run:?}");
    says(&run, &["DOCKER_HOST", "nonsense://x"]);
    // Reading commands say what they can.
    let run = catalogue.expect(3, &["--engine", "unix:///nowhere/e.sock", "--format", "json", "list"]);
    assert_eq!(run.json()["images"][0]["presence"], "unknown");
    assert_eq!(catalogue.expect(0, &["--engine", "unix:///nowhere/e.sock", "--format", "json", "list", "--offline"]).json()["v"], 1);
}

#[test]
fn an_address_that_cannot_be_an_engines_is_a_wrong_call() {
    let catalogue = Catalogue::new("");
    catalogue.plain("tool", "1.0", "tool");
    let verbs =
        [["build", "--no-publish"], ["list", "--no-publish"], ["prune", "--dry-run"], ["graph", "--presence"], ["matrix", "--no-publish"]];
    for verb in verbs {
        for address in ["foo://x", "relative.sock", "tcp://h:99999", "ssh://h"] {
            let run = catalogue.expect(2, &[&["--engine", address], verb.as_slice()].concat());
            says(&run, &["--engine", address]);
            assert!(!run.stdout.contains("tool"), "{}", run.stdout);
        }
    }
    assert_eq!(catalogue.expect(0, &["--engine", "foo://x", "list", "--offline"]).code, 0);
}

#[test]
fn something_else_behind_the_socket() {
    use std::io::{Read as _, Write as _};
    let catalogue = Catalogue::new("");
    catalogue.plain("tool", "1.0", "tool");
    let path = catalogue.work().join("e.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello");
        }
    });
    let url = format!("unix://{}", path.display());
    let run = catalogue.expect(3, &["--engine", &url, "build", "--no-publish"]);
    says(&run, &[&url]);
}

#[test]
fn an_engine_that_dies_in_a_build_stops_the_run_and_the_next_one_finishes() {
    let registry = Registry::start(RegistryKind::Plain);
    let mut dockerd = Dockerd::start();
    let mut catalogue = Catalogue::new(&registry.address);
    catalogue.set("DOCKER_HOST", &dockerd.url()).set("COOPERAGE_PUBLISH", "true");
    let marker = format!("dying-{}", unique());
    catalogue.busybox("tool", "1.0", &format!("RUN sleep 3600; : {marker}\n"));
    catalogue.busybox("side", "1.0", &format!("RUN sleep 3600; : side {marker}\n"));
    catalogue.plain_child("child", "1.0", "tool").plain_child("late", "1.0", "child");
    let child = catalogue.start(&["--format", "json", "build", "--record", "record.json"]);
    wait_for("both commands", || runs(&format!(": {marker}")) && runs(&format!(": side {marker}")));
    dockerd.kill();
    let run = Outcome::of(child.wait_with_output().unwrap());
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.failure("tool", "build").contains(&dockerd.url()), "{}", run.stdout);
    assert_eq!(run.finished("tool")["outcome"], "failed");
    for name in ["child", "late"] {
        assert!(["blocked", "cancelled"].contains(&run.finished(name)["outcome"].as_str().unwrap()), "{}", run.stdout);
    }
    let record = read_json(&catalogue.work().join("record.json"));
    assert_eq!((&record["exit"], record["images"].as_array().unwrap().len()), (&3.into(), 4));
    for name in ["tool", "side", "child", "late"] {
        assert_eq!(registry.tags(&catalogue.repository(name)), [""; 0]);
    }
    drop(dockerd);
    let another = Dockerd::start();
    catalogue.set("DOCKER_HOST", &another.url());
    catalogue.plain("tool", "1.0", "tool").plain("side", "1.0", "side");
    let run = catalogue.expect(0, &["--format", "json", "build"]);
    assert_eq!(run.outcomes(), ["child: published", "late: published", "side: published", "tool: published"]);
}

#[test]
fn an_engine_that_dies_in_a_test_publishes_nothing() {
    let registry = Registry::start(RegistryKind::Plain);
    let dockerd = Dockerd::start();
    let mut catalogue = Catalogue::new(&registry.address);
    catalogue.set("DOCKER_HOST", &dockerd.url()).set("COOPERAGE_PUBLISH", "true");
    catalogue.plain("tool", "1.0", "tool").plain_child("child", "1.0", "tool");
    let (testing, go) = (catalogue.work().join("testing"), catalogue.work().join("go"));
    let script = format!("#!/bin/bash\ntouch {}\nwhile [ ! -e {} ]; do sleep 0.05; done\n", testing.display(), go.display());
    catalogue.script("tool/test.sh", &script);
    let child = catalogue.start(&["--format", "json", "build"]);
    wait_for("the test", || testing.exists());
    drop(dockerd);
    std::fs::write(go, "").unwrap();
    let run = Outcome::of(child.wait_with_output().unwrap());
    assert_eq!(run.code, 3, "{run:?}");
    assert_ne!(run.finished("tool")["outcome"], "published");
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
}

#[test]
fn a_full_disk_of_the_engine_is_said_to_be_full() {
    let dockerd = Dockerd::start_on_small_disk(48);
    let mut catalogue = Catalogue::new("");
    catalogue.set("DOCKER_HOST", &dockerd.url());
    let copies: String = (0..40).map(|n| format!("COPY busybox /copy{n}\n")).collect();
    catalogue.busybox("big", "1.0", &copies).plain_child("child", "1.0", "big").plain("small", "1.0", "small");
    for builder in ["classic", "buildkit"] {
        let run = catalogue.expect(1, &["--format", "json", "build", "--no-publish", "--no-pull", "--builder", builder, "--jobs", "1"]);
        let failure = run.failure("big", "build");
        assert!(failure.contains("no space left") && failure.contains(&dockerd.url()), "{failure}");
        assert_eq!(run.finished("child")["outcome"], "blocked");
    }
}
