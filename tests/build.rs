//! Whole runs of `build` on a real engine and a real registry, seen as a user sees them.

#[path = "build/as_they_are.rs"]
mod as_they_are;
#[path = "build/broken.rs"]
mod broken;
#[path = "build/builders.rs"]
mod builders;
#[path = "build/calls.rs"]
mod calls;
#[path = "build/contexts.rs"]
mod contexts;
#[path = "build/documents.rs"]
mod documents;
#[path = "build/failures.rs"]
mod failures;
#[path = "build/gates.rs"]
mod gates;
#[path = "build/images_tests.rs"]
mod images_tests;
#[path = "build/inputs.rs"]
mod inputs;
#[path = "build/labels.rs"]
mod labels;
#[path = "build/latest.rs"]
mod latest;
#[path = "build/no_pull.rs"]
mod no_pull;
#[path = "build/order.rs"]
mod order;
#[path = "build/presence.rs"]
mod presence;
#[path = "build/reports.rs"]
mod reports;
#[path = "build/selection.rs"]
mod selection;
#[path = "build/sign_in.rs"]
mod sign_in;
#[path = "build/stamps.rs"]
mod stamps;
mod support;
#[path = "build/together.rs"]
mod together;
#[path = "build/unreleased.rs"]
mod unreleased;

use support::catalogue::{Catalogue, Outcome, docker};
use support::registry::{Registry, RegistryKind};

/// An open registry and an empty catalogue that is published there.
fn stage() -> (Registry, Catalogue) {
    let registry = Registry::start(RegistryKind::Plain);
    let catalogue = Catalogue::new(&registry.address);
    (registry, catalogue)
}

/// Builds and publishes, with events on stdout.
const PUBLISH: [&str; 4] = ["--format", "json", "build", "--publish"];

/// [`PUBLISH`] and more.
fn publish(catalogue: &Catalogue, code: i32, more: &[&str]) -> Outcome {
    catalogue.expect(code, &[&PUBLISH, more].concat())
}

/// What would be done.
fn plan(catalogue: &Catalogue, more: &[&str]) -> Vec<String> {
    catalogue.expect(0, &[&["--format", "json", "build", "--dry-run"], more].concat()).actions()
}

#[test]
fn one_definition_is_built_tested_and_published_and_then_there_is_nothing_to_do() {
    let (registry, catalogue) = stage();
    catalogue.busybox("tool", "1.0", "CMD [\"echo\", \"hello\"]\n");
    catalogue.script("tool/test.sh", "#!/bin/bash\nset -e\n[ \"$(docker run --rm --network none \"$1\")\" = hello ]\n");
    assert_eq!(publish(&catalogue, 0, &[]).outcomes(), ["tool: published"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0", "latest"]);
    let reference = catalogue.reference("tool", "1.0");
    docker(&["rmi", "--force", &reference]);
    docker(&["pull", &reference]);
    assert_eq!(docker(&["run", "--rm", "--network", "none", &reference]), "hello");
    let listed = catalogue.expect(0, &["--format", "json", "list"]).json();
    assert_eq!(listed["images"][0]["presence"], "published");
    let second = catalogue.expect(0, &["build", "--publish"]);
    assert!(second.stdout.contains("this version is published"), "{}", second.stdout);
    assert!(!second.stdout.contains("* Built image"), "{}", second.stdout);
}
