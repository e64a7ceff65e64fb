//! Ctrl-C and SIGTERM at every step: exit 130, nothing left running, and the next run finishes the work.

mod support;

use serde_json::Value;
use std::fs;
use std::process::{Child, Command};
use std::time::Duration;
use support::catalogue::{Catalogue, Outcome, docker, read_json};
use support::daemon::wait_for;
use support::engine::{runs, unique};
use support::faults::{Action, Faults};
use support::front::{Front, Trick};
use support::registry::{Registry, RegistryKind};

/// Longer than any test: what waits for it was not interrupted.
const FOREVER: Duration = Duration::from_secs(3600);

struct Stage {
    registry: Registry,
    faults: Faults,
    catalogue: Catalogue,
    marker: String,
}

/// A registry behind faults, a catalogue whose temporary files can be counted, and a word no other process has.
fn stage() -> Stage {
    let registry = Registry::start(RegistryKind::Plain);
    let faults = Faults::in_front_of(&registry);
    let mut catalogue = Catalogue::new(&faults.address);
    let temporary = catalogue.work().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let locks = catalogue.work().join("locks");
    fs::create_dir(&locks).unwrap();
    catalogue.set("TMPDIR", temporary.to_str().unwrap()).set("XDG_RUNTIME_DIR", locks.to_str().unwrap());
    catalogue.set("COOPERAGE_PUBLISH", "true").set("COOPERAGE_REGISTRY_TIMEOUT", "10m");
    Stage { registry, faults, catalogue, marker: format!("marker-{}", unique()) }
}

impl Stage {
    fn start(&self) -> Child {
        self.catalogue.start(&["--format", "json", "build", "--record", "record.json"])
    }

    /// Sends a signal and expects what an interrupted run leaves: nothing.
    fn interrupt(&self, mut child: Child, signal: &str) -> Outcome {
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        wait_for("the end of the run", || child.try_wait().unwrap().is_some());
        let outcome = Outcome::of(child.wait_with_output().unwrap());
        assert_eq!(outcome.code, 130, "{outcome:?}");
        assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
        assert_eq!(self.record()["exit"], 130);
        wait_for("the processes of the run to end", || !runs(&self.marker));
        let left: Vec<_> = fs::read_dir(self.catalogue.work().join("tmp")).unwrap().flatten().map(|entry| entry.path()).collect();
        assert!(left.is_empty(), "{left:?}");
        outcome
    }

    fn record(&self) -> Value {
        read_json(&self.catalogue.work().join("record.json"))
    }

    fn tags(&self, name: &str) -> Vec<String> {
        self.registry.tags(&self.catalogue.repository(name))
    }

    /// Nothing is in the way any more: the next run publishes what is left.
    fn finishes(&self) {
        self.faults.clear();
        let outcome = self.catalogue.expect(0, &["--format", "json", "build"]);
        let open: Vec<String> =
            outcome.outcomes().into_iter().filter(|one| !one.ends_with(": published") && !one.ends_with(": skipped")).collect();
        assert!(open.is_empty(), "{open:?}");
        assert_eq!(self.tags("tool"), ["1.0", "latest"]);
        assert_eq!(self.tags("child"), ["1.0", "latest"]);
    }

    /// A run that is stopped while its test is in a container, or about to be.
    fn stopped_in_a_container(&self, docker_run: &str, ready: impl Fn()) -> Outcome {
        self.define("");
        let sleeper = format!("/bin/sh -c 'sleep 3600; : {}'", self.marker);
        self.catalogue.script("tool/test.sh", &format!("#!/bin/bash\n[ -e ~/go ] || {docker_run} --rm --network none \"$1\" {sleeper}\n"));
        let child = self.start();
        wait_for("the test", || runs(&self.marker));
        ready();
        self.interrupt(child, "-TERM")
    }

    fn define(&self, more: &str) {
        self.catalogue.busybox("tool", "1.0", more).plain_child("child", "1.0", "tool");
    }
}

#[test]
fn in_a_build() {
    for (builder, signal) in [("buildkit", "-INT"), ("classic", "-TERM")] {
        let mut stage = stage();
        stage.catalogue.set("COOPERAGE_BUILDER", builder);
        stage.define(&format!("RUN sleep 3600; : {}\n", stage.marker));
        let child = stage.start();
        wait_for("the command", || runs(&stage.marker));
        let outcome = stage.interrupt(child, signal);
        assert_eq!(outcome.outcomes(), ["child: cancelled", "tool: cancelled"], "{builder}");
        assert_eq!(stage.catalogue.image_id("tool", "1.0"), None);
        assert_eq!(stage.tags("tool"), [""; 0]);
        stage.define("");
        stage.finishes();
    }
}

#[test]
fn in_a_prebuild() {
    let stage = stage();
    stage.define("");
    stage
        .catalogue
        .script("tool/prebuild.sh", &format!("#!/bin/bash\ntrap '' TERM\nsleep 3600 & bash -c 'sleep 3600; : {}'\n", stage.marker));
    let child = stage.start();
    wait_for("the script", || runs(&stage.marker));
    let outcome = stage.interrupt(child, "-INT");
    assert_eq!(outcome.outcomes(), ["child: cancelled", "tool: cancelled"]);
    assert_eq!(stage.catalogue.image_id("tool", "1.0"), None);
    fs::remove_file(stage.catalogue.root().join("tool/prebuild.sh")).unwrap();
    stage.finishes();
}

#[test]
fn in_a_test_that_runs_a_container() {
    let stage = stage();
    let outcome = stage.stopped_in_a_container("docker run", || {
        wait_for("the container", || stage.catalogue.image_id("tool", "1.0").is_some_and(|id| containers_of(&id) != [""; 0]))
    });
    assert_eq!(outcome.outcomes(), ["child: cancelled", "tool: cancelled"]);
    let id = stage.catalogue.image_id("tool", "1.0").unwrap();
    assert_eq!(containers_of(&id), [""; 0], "the call ends after its containers");
    assert_eq!(stage.tags("tool"), [""; 0], "what was not tested to the end is not published");
    fs::write(stage.catalogue.home().join("go"), "").unwrap();
    stage.finishes();
    assert_eq!(stage.catalogue.image_id("tool", "1.0"), Some(id), "what was built is not built again");
}

#[test]
fn while_the_engine_still_makes_the_container_of_a_test() {
    let stage = stage();
    let front = Front::at(&stage.catalogue.work().join("e.sock"));
    front.on("POST", "/containers/create", Trick::Late(Duration::from_millis(500)));
    let call = format!("docker --host {} run", front.url);
    stage.stopped_in_a_container(&call, || wait_for("the call", || front.count("POST", "/containers/create") > 0));
    let id = stage.catalogue.image_id("tool", "1.0").unwrap();
    assert_eq!(containers_of(&id), [""; 0], "one that appears when its client is gone is removed");
}

fn containers_of(image: &str) -> Vec<String> {
    docker(&["ps", "--all", "--quiet", "--filter", &format!("ancestor={image}")]).lines().map(str::to_owned).collect()
}

#[test]
fn in_a_test_that_ignores_sigterm() {
    let stage = stage();
    stage.define("");
    stage.catalogue.script(
        "tool/test.sh",
        &format!("#!/bin/bash\ntrap '' TERM INT HUP\nbash -c \"trap '' TERM INT HUP; while :; do sleep 0.1; done; : {}\"\n", stage.marker),
    );
    let child = stage.start();
    wait_for("the test", || runs(&stage.marker));
    let outcome = stage.interrupt(child, "-INT");
    assert_eq!(outcome.outcomes(), ["child: cancelled", "tool: cancelled"]);
    assert_eq!(stage.tags("tool"), [""; 0]);
    stage.catalogue.script("tool/test.sh", "#!/bin/bash\n");
    stage.finishes();
}

#[test]
fn in_a_push() {
    for (method, path) in [("PUT", "/tool/manifests/1.0"), ("PATCH", "/tool/blobs/uploads/"), ("GET", "/tool/manifests/1.0")] {
        let stage = stage();
        stage.define("");
        stage.faults.on(method, path, Action::Delay(FOREVER));
        let child = stage.start();
        wait_for("the push", || stage.faults.count(method, path) > 0);
        let outcome = stage.interrupt(child, "-INT");
        assert_eq!(outcome.outcomes(), ["child: cancelled", "tool: cancelled"], "{method} {path}");
        // Before the second look the tag stands, after the test and with the tested image; it is no failure.
        let digest = stage.registry.digest(&stage.catalogue.repository("tool"), "1.0");
        assert_eq!(digest.is_some(), method == "GET", "{method} {path}");
        if digest.is_some() {
            let config = stage.registry.config_digest(&stage.catalogue.repository("tool"), "1.0");
            assert_eq!(config, stage.catalogue.image_id("tool", "1.0"));
        }
        assert_eq!(stage.registry.digest(&stage.catalogue.repository("tool"), "latest"), None);
        stage.finishes();
    }
}

#[test]
fn while_the_registry_is_silent() {
    // Before the run, and right before the push.
    for first in [true, false] {
        let stage = stage();
        stage.define("");
        let name = stage.catalogue.work().join("testing");
        stage
            .catalogue
            .script("tool/test.sh", &format!("#!/bin/bash\ntouch {0}\nwhile [ ! -e {0}.go ]; do sleep 0.05; done\n", name.display()));
        if first {
            stage.faults.on("HEAD", "/manifests/", Action::Delay(FOREVER));
        }
        let child = stage.start();
        if !first {
            wait_for("the test", || name.exists());
            stage.faults.clear();
            stage.faults.on("HEAD", "/manifests/", Action::Delay(FOREVER));
        }
        fs::write(stage.catalogue.work().join("testing.go"), "").unwrap();
        wait_for("the question", || stage.faults.count("HEAD", "/manifests/") > 0);
        stage.interrupt(child, "-TERM");
        assert_eq!(stage.catalogue.image_id("tool", "1.0").is_some(), !first);
        assert_eq!(stage.tags("tool"), [""; 0]);
        stage.finishes();
    }
}

#[test]
fn while_latest_moves() {
    let stage = stage();
    stage.define("");
    stage.faults.on("PUT", "/tool/manifests/latest", Action::Delay(FOREVER));
    let child = stage.start();
    wait_for("the tag", || stage.faults.count("PUT", "/tool/manifests/latest") > 0);
    stage.interrupt(child, "-INT");
    assert_eq!(stage.tags("tool"), ["1.0"]);
    stage.finishes();
}

#[test]
fn while_another_run_works_on_the_catalogue() {
    let stage = stage();
    stage.define("");
    let folder = fs::File::open(stage.catalogue.root()).unwrap();
    folder.lock().unwrap();
    let mut child = stage.start();
    // There is nothing to see from outside but that it waits.
    std::thread::sleep(Duration::from_secs(1));
    assert!(child.try_wait().unwrap().is_none());
    stage.interrupt(child, "-INT");
    drop(folder);
    stage.finishes();
}

#[test]
fn a_test_that_leaves_somebody_behind() {
    let stage = stage();
    stage.define("");
    stage.catalogue.script("tool/test.sh", &format!("#!/bin/bash\necho one\nbash -c 'sleep 3600; : {}' &\necho two\n", stage.marker));
    stage.finishes();
    wait_for("what the test left to end", || !runs(&stage.marker));
}
