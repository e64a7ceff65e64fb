//! Tags that move: what is kept alive, what is refused, and what somebody else does at the same moment.

use crate::support::faults::Action;
use crate::support::registry::image::{INDEX_TYPE, MANIFEST_TYPE, TinyImage, put_manifest};
use crate::{all, build, joined, own, publish, publish_to, shared, stage};
use serde_json::json;

#[test]
fn the_old_digest_stays_alive_under_a_dated_name() {
    let (registry, faults, catalogue) = stage();
    let namespace = &catalogue.namespace;
    let kept = format!("{}      keep_alive: true\n", shared("ci", &faults.address, namespace));
    publish_to(&catalogue, &[own("main", &faults.address, namespace), kept], "");
    catalogue.plain("tool", "1.0", "one");
    build(&catalogue, 0, &[]);
    let first = registry.digest(&all(&catalogue), &joined(&catalogue, "tool", "latest"));
    catalogue.write("tool/note", "two").release("tool", "2.0");
    let planned = catalogue.expect(0, &["--format", "json", "build", "--no-publish"]);
    assert_eq!(planned.outcomes(), ["tool: built"]);
    build(&catalogue, 0, &[]);
    let names = registry.tags(&all(&catalogue));
    let end = format!("_prune_{}", joined(&catalogue, "tool", "latest"));
    let found: Vec<&String> = names.iter().filter(|name| name.ends_with(&end)).collect();
    assert_eq!(found.len(), 1, "{names:?}");
    let date = found[0].strip_suffix(&end).unwrap();
    assert!(date.len() == 14 && date.bytes().all(|byte| byte.is_ascii_digit()), "{date}");
    assert_eq!(registry.digest(&all(&catalogue), found[0]), first);
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0", "2.0", "latest"], "only where keep_alive is set");
}

/// An index over two platforms under `latest`.
fn put_index(address: &str, repository: &str) -> String {
    let image = TinyImage::new("old");
    image.put(address, None, repository, "old");
    let child = |architecture: &str| json!({"mediaType": MANIFEST_TYPE, "digest": image.digest, "size": image.manifest.len(), "platform": {"os": "linux", "architecture": architecture}});
    let index = json!({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [child("amd64"), child("s390x")]});
    let bytes = serde_json::to_vec(&index).unwrap();
    put_manifest(address, repository, "latest", INDEX_TYPE, &bytes);
    cooperage::name::Digest::of(&bytes).to_string()
}

#[test]
fn a_tag_does_not_lose_a_platform_unless_told() {
    let (registry, faults, catalogue) = stage();
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace)], "");
    let index = put_index(&registry.address, &catalogue.repository("tool"));
    catalogue.plain("tool", "1.0", "tool");
    let run = build(&catalogue, 1, &["--latest", "always"]);
    assert_eq!(run.warnings(), ["drops_platforms"], "{}", run.stdout);
    assert!(run.stdout.contains("linux/s390x"), "{}", run.stdout);
    let digest = registry.digest(&catalogue.repository("tool"), "1.0");
    assert_ne!(registry.digest(&catalogue.repository("tool"), "latest"), digest);
    let rows = catalogue.expect(1, &["--format", "json", "publish", "--dry-run", "--latest", "always"]).json();
    assert_eq!(rows["ok"], false);
    assert_eq!((&rows["actions"][1]["action"], &rows["actions"][1]["from"]), (&json!("refuse"), &json!(index)), "{rows}");
    publish(&catalogue, 0, &["--latest", "always", "--drop-platforms"]);
    assert_eq!(registry.digest(&catalogue.repository("tool"), "latest"), digest);
}

#[test]
fn a_tag_that_moves_between_our_two_looks_is_left_and_the_run_is_not_good() {
    let (registry, faults, catalogue) = stage();
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "tool");
    let other = TinyImage::new("faster");
    let (digest, address, repository) = (other.digest.to_string(), registry.address.clone(), catalogue.repository("tool"));
    faults.times(1, "HEAD", "/tool/manifests/latest", Action::Delay(std::time::Duration::ZERO));
    faults.times(1, "HEAD", "/tool/manifests/latest", Action::first(move || other.put(&address, None, &repository, "latest")));
    let run = build(&catalogue, 1, &[]);
    assert_eq!((run.outcomes(), run.warnings()), (vec!["tool: published".to_owned()], vec!["lost_race".to_owned()]), "{}", run.stdout);
    assert_eq!(registry.digest(&catalogue.repository("tool"), "latest").unwrap(), digest);
}

#[test]
fn a_tag_that_moves_right_after_ours_is_told() {
    let (registry, faults, catalogue) = stage();
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "tool");
    let other = TinyImage::new("later");
    let (address, repository) = (registry.address.clone(), catalogue.repository("tool"));
    faults.times(2, "HEAD", "/tool/manifests/latest", Action::Delay(std::time::Duration::ZERO));
    faults.times(1, "HEAD", "/tool/manifests/latest", Action::first(move || other.put(&address, None, &repository, "latest")));
    assert_eq!(build(&catalogue, 1, &[]).warnings(), ["lost_race"]);
}

#[test]
fn a_version_that_changes_before_the_end_of_the_run_is_told() {
    let (registry, faults, catalogue) = stage();
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "tool");
    let other = TinyImage::new("somebody else's");
    let (address, repository) = (registry.address.clone(), catalogue.repository("tool"));
    faults.times(1, "PUT", "/tool/manifests/latest", Action::first(move || other.put(&address, None, &repository, "1.0")));
    let run = build(&catalogue, 1, &[]);
    assert_eq!(run.warnings(), ["lost_race"], "{}", run.stdout);
    assert!(run.stdout.contains(&format!("{}:1.0", catalogue.repository("tool"))), "{}", run.stdout);
}

#[test]
fn parents_move_before_children() {
    let (_registry, faults, catalogue) = stage();
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace)], "");
    catalogue.plain("zero", "1.0", "zero").plain_child("middle", "1.0", "zero").plain_child("able", "1.0", "middle");
    build(&catalogue, 0, &[]);
    let requests = faults.requests();
    let moved = requests.iter().filter(|one| one.method == "PUT" && one.path.ends_with("/manifests/latest"));
    let names: Vec<&str> = moved.map(|one| one.path.rsplit('/').nth(2).unwrap()).collect();
    assert_eq!(names, ["zero", "middle", "able"]);
}
