//! Whole runs of `build` on a real engine and a real registry, seen as a user sees them.

mod support;

use support::catalogue::{Catalogue, docker};
use support::registry::{Registry, RegistryKind};

#[test]
fn one_definition_is_built_tested_and_published_and_then_there_is_nothing_to_do() {
    let registry = Registry::start(RegistryKind::Plain);
    let catalogue = Catalogue::new(&registry.address);
    catalogue.busybox("tool", "1.0", "CMD [\"echo\", \"hello\"]\n");
    catalogue.script("tool/test.sh", "#!/bin/bash\nset -e\n[ \"$(docker run --rm --network none \"$1\")\" = hello ]\n");
    let first = catalogue.expect(0, &["--format", "json", "build", "--publish"]);
    assert_eq!(first.outcomes(), ["tool: published"]);
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
