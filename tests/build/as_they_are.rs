//! `--no-pull` builds on what the engine has, as it is, and says so in the labels.

use crate::support::catalogue::{Catalogue, docker};
use crate::support::registry::{Registry, RegistryKind};

const LABEL: &str = "{{ index .Config.Labels \"io.cooperage.inputs\" }}";
const BASE_DIGEST: &str = "{{ index .Config.Labels \"org.opencontainers.image.base.digest\" }}";

fn inspect(reference: &str, format: &str) -> String {
    docker(&["image", "inspect", "--format", format, reference])
}

fn parent_and_child(registry: &Registry) -> Catalogue {
    let catalogue = Catalogue::new(&registry.address);
    catalogue.define("parent", "1.0", "FROM scratch\nCOPY data /data\n").write("parent/data", "old");
    catalogue.child("child", "1.0", "parent", "COPY changelog /\n");
    catalogue
}

#[test]
fn what_was_built_on_an_outdated_parent_is_built_again_before_it_is_published() {
    let registry = Registry::start(RegistryKind::Plain);
    let catalogue = parent_and_child(&registry);
    let child = catalogue.reference("child", "1.0");
    catalogue.expect(0, &["build", "--no-publish"]);
    let usual = inspect(&child, LABEL);
    docker(&["rmi", "--force", &child]);
    catalogue.expect(0, &["build", "--no-publish", "--no-pull", "--select", "*/child:*"]);
    assert_eq!(inspect(&child, LABEL), usual, "on a parent that is up to date nothing changes");
    docker(&["rmi", "--force", &child]);
    catalogue.write("parent/data", "new");
    catalogue.expect(0, &["build", "--no-publish", "--no-pull", "--select", "*/child:*"]);
    assert_eq!(inspect(&child, LABEL), usual, "the parent used was the old one");
    let outcome = catalogue.expect(0, &["--format", "json", "build", "--publish", "--select", "*/child:*"]);
    assert_eq!(outcome.outcomes(), ["child: published", "parent: published"]);
    assert_ne!(inspect(&child, LABEL), usual);
}

#[test]
fn a_parent_built_anew_beside_the_published_one_lends_its_child_no_digest() {
    let registry = Registry::start(RegistryKind::Plain);
    let catalogue = parent_and_child(&registry);
    catalogue.expect(0, &["build", "--publish", "--select", "*/parent:*"]);
    docker(&["rmi", "--force", &catalogue.reference("parent", "1.0")]);
    catalogue.write("parent/data", "new");
    catalogue.expect(0, &["build", "--publish", "--no-pull", "--select", "*/child:*"]);
    assert_eq!(inspect(&catalogue.reference("child", "1.0"), BASE_DIGEST), "");
}

#[test]
fn a_report_that_cannot_be_written_is_known_before_anything_is_built() {
    let catalogue = Catalogue::new("");
    catalogue.define("one", "1.0", "FROM scratch\nCOPY changelog /\n");
    let outcome = catalogue.expect(2, &["build", "--record", "missing/record.json"]);
    assert!(outcome.stderr.contains("missing/record.json"), "{}", outcome.stderr);
    assert_eq!(inspect(&catalogue.reference("one", "1.0"), LABEL), "");
}

#[test]
fn events_of_a_run_that_a_base_image_stops_have_an_end() {
    let registry = Registry::start(RegistryKind::Plain);
    let catalogue = Catalogue::new(&registry.address);
    catalogue.define("one", "1.0", &format!("FROM {}/none/base:9\nCOPY changelog /\n", registry.address));
    let outcome = catalogue.expect(3, &["--format", "json", "build", "--no-publish"]);
    assert_eq!(outcome.outcomes(), ["one: cancelled"]);
    assert_eq!(outcome.events().last().unwrap()["exit"], 3);
}
