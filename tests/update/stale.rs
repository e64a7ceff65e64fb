//! `--stale`, against a real registry. The images in it are made by hand, with the labels that a build leaves.

use crate::support::registry::image::TinyImage;
use crate::support::registry::{Registry, RegistryKind};
use crate::{Outcome, Tree};
use serde_json::Value;
use std::process::Command;

/// A registry, and `base` on an image from outside, `app` on `base`, `own` on nothing: all published as they are.
fn published() -> (Registry, Tree) {
    let registry = Registry::start(RegistryKind::Plain);
    let mut tree = Tree::new(&[("base", "1.0", &[]), ("app", "2.0", &["base"]), ("own", "3.0", &[]), ("new", "1.0", &[])]);
    tree.set("COOPERAGE_REGISTRY", &registry.address).set("COOPERAGE_NAMESPACE", "ns");
    let outside = format!("{}/debian:12", registry.address);
    TinyImage::new("debian").put(&registry.address, None, "debian", "12");
    tree.write("base/Dockerfile.template", format!("FROM {outside}\n"));
    tree.write("app/Dockerfile.template", "FROM {{ \"base\" | image_tag }}\n");
    let digest = TinyImage::new("debian").digest.to_string();
    publish(&tree, "base", "1.0", &[("org.opencontainers.image.base.name", &outside), ("org.opencontainers.image.base.digest", &digest)]);
    publish(&tree, "app", "2.0", &[]);
    publish(&tree, "own", "3.0", &[]);
    (registry, tree)
}

/// Puts an image under a definition's reference, with the inputs the tree has now and these labels.
fn publish(tree: &Tree, name: &str, version: &str, labels: &[(&str, &str)]) {
    let address = &tree.env[0].1;
    let inputs = inputs(tree, name);
    let all: Vec<(&str, &str)> = labels.iter().copied().chain([("io.cooperage.inputs", inputs.as_str())]).collect();
    TinyImage::with_labels(name, &all).put(address, None, &format!("ns/{name}"), version);
}

/// The inputs of a definition, as `explain` tells them.
fn inputs(tree: &Tree, name: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cooperage"));
    command
        .args(["--format", "json", "explain", "--offline", name])
        .arg(tree.root())
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap());
    let run = Outcome::of(command.envs(tree.env.iter().map(|(key, value)| (key, value))).output().unwrap());
    run.json()["inputs"]["digest"].as_str().unwrap_or_else(|| panic!("{}", run.all())).to_owned()
}

/// `name to cause` of each change of a dry run.
fn stale(tree: &Tree) -> Vec<String> {
    let document = tree.expect(0, &["--format", "json", "--stale", "--dry-run"]).json();
    let text = |change: &Value, key: &str| change[key].as_str().unwrap().to_owned();
    document["changes"].as_array().unwrap().iter().map(|change| ["name", "to", "cause"].map(|key| text(change, key)).join(" ")).collect()
}

#[test]
fn nothing_is_stale_that_is_published_as_it_is() {
    let (_registry, tree) = published();
    assert_eq!(stale(&tree), [""; 0]);
    let before = tree.everything();
    assert_eq!(tree.expect(0, &["--stale"]).stdout, "nothing to update\n");
    assert!(tree.everything() == before);
}

#[test]
fn a_base_image_that_moved_rebuilds_what_stands_on_it() {
    let (registry, tree) = published();
    TinyImage::new("debian with fixes").put(&registry.address, None, "debian", "12");
    assert_eq!(stale(&tree), ["app 2.0-20260816 parent", "base 1.0-20260816 requested"]);
    tree.expect(0, &["--stale"]);
    let expected = format!("   The base image {}/debian:12 has moved.\n", registry.address);
    assert!(tree.read("base/changelog").contains(&format!("urgency=high\n\n{expected}")), "{}", tree.read("base/changelog"));
    assert!(tree.read("app/changelog").contains(&format!("parent image base:\n{expected}")), "{}", tree.read("app/changelog"));
    assert_eq!([tree.version("own"), tree.version("new")], ["3.0", "1.0"]);
    // The new versions are not published yet, so there is nothing to compare.
    assert_eq!(stale(&tree), [""; 0]);
}

#[test]
fn changed_inputs_and_excluded_images() {
    let (_registry, tree) = published();
    tree.write("own/note", "new");
    assert_eq!(stale(&tree), ["own 3.0-20260816 requested"]);
    assert_eq!(tree.expect(0, &["--stale", "--exclude", "*/own:*"]).stdout, "nothing to update\n");
    tree.expect(0, &["--stale", "--reason", "Weekly"]);
    assert!(tree.read("own/changelog").contains("\n\n   Weekly\n\n"));
}

#[test]
fn images_of_other_tools_and_bases_that_are_gone_are_warnings_and_an_outage_stops() {
    let (registry, tree) = published();
    TinyImage::new("own").put(&registry.address, None, "ns/own", "3.0");
    let gone = format!("{}/gone:1", registry.address);
    publish(&tree, "base", "1.0", &[("org.opencontainers.image.base.name", &gone), ("org.opencontainers.image.base.digest", "sha256:0")]);
    let run = tree.expect(0, &["--stale", "--dry-run"]);
    assert!(run.stderr.contains("warning[no_inputs_label]: 1 published") && run.stderr.contains("warning[base_gone]"), "{}", run.stderr);
    drop(registry);
    let before = tree.everything();
    tree.expect(3, &["--stale"]);
    assert!(tree.everything() == before);
}
