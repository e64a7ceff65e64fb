//! The labels of images, and the moment that builds are told.

use crate::{publish, stage};

#[test]
fn labels_say_what_an_image_is_and_where_it_comes_from() {
    let (registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "base").plain_child("child", "1.2.3-1", "base");
    let commit = catalogue.commit();
    catalogue.git(&["remote", "add", "origin", "https://me:hidden@git.example.org/images.git"]);
    publish(&catalogue, 0, &[]);
    let labels = registry.config(&catalogue.repository("child"), "1.2.3-1")["config"]["Labels"].clone();
    let digest = registry.digest(&catalogue.repository("base"), "1.0").unwrap();
    let base = catalogue.reference("base", "1.0");
    for (key, value) in [
        ("title", "child"),
        ("version", "1.2.3-1"),
        ("created", "2026-11-02T10:00:00Z"),
        ("revision", commit.as_str()),
        ("source", "https://git.example.org/images.git"),
        ("base.name", base.as_str()),
        ("base.digest", digest.as_str()),
    ] {
        assert_eq!(labels[format!("org.opencontainers.image.{key}")], value, "{key}: {labels}");
    }
    let whole = catalogue.reference("child", "1.2.3-1");
    assert_eq!(labels["io.cooperage.repository"], whole.trim_end_matches(":1.2.3-1"));
    assert!(labels["io.cooperage.inputs"].as_str().unwrap().starts_with("sha256:"));
    let first = registry.config(&catalogue.repository("base"), "1.0")["config"]["Labels"].clone();
    assert!(first.get("org.opencontainers.image.base.name").is_none(), "scratch is no image: {first}");
}

#[test]
fn without_git_there_is_no_source_and_without_a_date_no_moment() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").write("tool/changelog", "tool (1.0) bookworm; urgency=low\n\n  * A change\n");
    let run = publish(&catalogue, 0, &[]);
    let labels = registry.config(&catalogue.repository("tool"), "1.0")["config"]["Labels"].clone();
    for key in ["created", "revision", "source"] {
        assert!(labels.get(format!("org.opencontainers.image.{key}")).is_none(), "{key}: {labels}");
    }
    assert!(run.stderr.contains("tool/changelog"), "{}", run.stderr);
}

#[test]
fn source_date_epoch_is_the_moment_of_the_newest_entry() {
    let (_registry, catalogue) = stage();
    catalogue.busybox("tool", "1.0", "ARG SOURCE_DATE_EPOCH\nRUN echo \"moment $SOURCE_DATE_EPOCH\"\n");
    let log = publish(&catalogue, 0, &[]).log("tool", "build");
    assert!(log.iter().any(|line| line.ends_with("moment 1793613600")), "{log:?}");
}
