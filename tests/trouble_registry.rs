//! Registries that refuse, break, lie or are shared with somebody else, through the real program.
//!
//! What must hold whatever happens: nothing published is overwritten, nothing untested is published, the exit code
//! is not 0, and the next run finishes the work.

#[path = "trouble/push.rs"]
mod push;
#[path = "trouble/races.rs"]
mod races;
mod support;
#[path = "trouble/trust.rs"]
mod trust;
#[path = "trouble/unclear.rs"]
mod unclear;

use support::catalogue::{Catalogue, Outcome};
use support::faults::Faults;
use support::registry::{Registry, RegistryKind};

/// A registry, what stands in front of it, and a catalogue that is published through that.
fn stage() -> (Registry, Faults, Catalogue) {
    let registry = Registry::start(RegistryKind::Plain);
    let faults = Faults::in_front_of(&registry);
    let mut catalogue = Catalogue::new(&faults.address);
    catalogue.set("COOPERAGE_REGISTRY_TIMEOUT", "1").set("COOPERAGE_PUBLISH", "true");
    (registry, faults, catalogue)
}

/// Runs `build` with events and a record, and expects this exit code in both.
fn build(catalogue: &Catalogue, code: i32) -> Outcome {
    let outcome = catalogue.expect(code, &["--format", "json", "build", "--record", "record.json"]);
    let record = support::catalogue::read_json(&catalogue.work().join("record.json"));
    assert_eq!(record["exit"], code, "{record}");
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    outcome
}

/// Whether stderr holds all of these.
fn says(outcome: &Outcome, parts: &[&str]) {
    for part in parts {
        assert!(outcome.stderr.contains(part), "\"{part}\" is missing in\n{}\n--- stdout\n{}", outcome.stderr, outcome.stdout);
    }
}

/// A test that says that it runs and waits to be told to go on.
fn waiting_test(catalogue: &Catalogue, name: &str) {
    let work = catalogue.work().display().to_string();
    let script = format!("#!/bin/bash\ntouch {work}/testing\nwhile [ ! -e {work}/go ]; do sleep 0.05; done\n");
    catalogue.script(&format!("{name}/test.sh"), &script);
}

/// Starts a run, does something while the test runs, and lets it go on.
fn in_the_test(catalogue: &Catalogue, what: impl FnOnce()) -> Outcome {
    let child = catalogue.start(&["--format", "json", "build", "--record", "record.json"]);
    support::daemon::wait_for("the test", || catalogue.work().join("testing").exists());
    what();
    std::fs::write(catalogue.work().join("go"), "").unwrap();
    let outcome = Outcome::of(child.wait_with_output().unwrap());
    std::fs::remove_file(catalogue.work().join("testing")).unwrap();
    outcome
}
