//! `--nightly` and `--snapshot`.

use crate::{plan, publish, stage};

fn stamp(tag: &str, version: &str) -> String {
    tag.strip_prefix(&format!("{version}-")).unwrap_or_else(|| panic!("{tag}")).to_owned()
}

#[test]
fn a_nightly_stamps_what_is_selected_and_leaves_latest_and_the_version_alone() {
    let (registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "old").plain_child("child", "1.0", "base");
    publish(&catalogue, 0, &[]);
    let latest = registry.digest(&catalogue.repository("base"), "latest");
    let plain = registry.digest(&catalogue.repository("base"), "1.0");
    catalogue.write("base/note", "tonight");
    let run = publish(&catalogue, 0, &["--nightly"]);
    assert_eq!(run.outcomes(), ["base: published", "child: published"]);
    let tags = registry.tags(&catalogue.repository("base"));
    assert_eq!(tags.len(), 3, "{tags:?}");
    let night = stamp(&tags[1], "1.0");
    assert!(night.len() == 8 && night.bytes().all(|b| b.is_ascii_digit()), "{night}");
    assert_eq!(registry.digest(&catalogue.repository("base"), "latest"), latest);
    assert_eq!(registry.digest(&catalogue.repository("base"), "1.0"), plain);
    assert_eq!(catalogue.file("child", &tags[1], "/note").as_deref(), Some("tonight"));
    let labels = registry.config(&catalogue.repository("child"), &tags[1])["config"]["Labels"].clone();
    assert_eq!(labels["org.opencontainers.image.base.name"], catalogue.reference("base", &tags[1]));
    assert_eq!(labels["org.opencontainers.image.version"], tags[1].as_str());
    let second = publish(&catalogue, 0, &["--nightly"]);
    assert_eq!(second.outcomes(), ["base: skipped", "child: skipped"]);
    assert_eq!(second.finished("base")["reason"]["code"], "already_published");
    assert_eq!(second.finished("base")["reference"], catalogue.reference("base", &tags[1]));
    assert_eq!(plan(&catalogue, &["--publish"]), ["base: skip published", "child: skip published"]);
}

#[test]
fn image_tag_stamps_only_what_is_built_in_this_run() {
    let (registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "base").plain_child("child", "1.0", "base");
    publish(&catalogue, 0, &["--select", "*/base:*"]);
    let run = publish(&catalogue, 0, &["--snapshot", "--select", "*/child:1.0"]);
    assert_eq!(run.outcomes(), ["child: published"]);
    let tags = registry.tags(&catalogue.repository("child"));
    assert_eq!(tags.len(), 1, "no latest, no version: {tags:?}");
    let moment = stamp(&tags[0], "1.0");
    assert!(moment.len() == 15 && moment.as_bytes()[8] == b'-', "{moment}");
    let labels = registry.config(&catalogue.repository("child"), &tags[0])["config"]["Labels"].clone();
    assert_eq!(labels["org.opencontainers.image.base.name"], catalogue.reference("base", "1.0"));
}

#[test]
fn a_missing_parent_is_brought_along_without_a_stamp() {
    let (registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "base").plain_child("child", "1.0", "base");
    publish(&catalogue, 0, &["--nightly", "--select", "*/child:*"]);
    assert_eq!(registry.tags(&catalogue.repository("base")).first().map(String::as_str), Some("1.0"));
    assert_eq!(registry.tags(&catalogue.repository("child")).len(), 1);
}

#[test]
fn both_together_are_refused() {
    let (_registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    let refused = catalogue.expect(2, &["build", "--nightly", "--snapshot"]);
    assert!(refused.stderr.contains("--nightly") && refused.stderr.contains("--snapshot"), "{}", refused.stderr);
}

#[test]
fn a_version_too_long_for_a_stamp_is_refused_before_anything_is_built() {
    let (_registry, catalogue) = stage();
    catalogue.plain("tool", &format!("1.{}", "0".repeat(120)), "tool");
    let refused = catalogue.expect(2, &["build", "--nightly"]);
    assert!(refused.stderr.contains("tool"), "{}", refused.stderr);
}
