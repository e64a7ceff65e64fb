//! `latest` follows the newest published version, forward only.

use crate::support::catalogue::Catalogue;
use crate::support::registry::Registry;
use crate::{docker, publish, stage};

fn latest_is(registry: &Registry, catalogue: &Catalogue, version: &str) -> bool {
    let repository = catalogue.repository("tool");
    let wanted = registry.digest(&repository, version);
    assert!(wanted.is_some(), "{version} is not published");
    registry.digest(&repository, "latest") == wanted
}

#[test]
fn it_moves_forward_and_never_back_from_an_older_branch() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "one");
    publish(&catalogue, 0, &[]);
    let branch = std::fs::read_to_string(catalogue.root().join("tool/changelog")).unwrap();
    assert!(latest_is(&registry, &catalogue, "1.0"));
    catalogue.write("tool/note", "two").release("tool", "2.0");
    let run = publish(&catalogue, 0, &[]);
    assert!(latest_is(&registry, &catalogue, "2.0"));
    assert!(run.events().iter().any(|event| event["kind"] == "tag_moved" && event["reference"] == catalogue.reference("tool", "latest")));
    // The branch that still lives at 1.0 gets a fix: its changelog never heard of 2.0.
    catalogue.write("tool/changelog", branch).write("tool/note", "one, fixed").release("tool", "1.0.1");
    let older = publish(&catalogue, 0, &[]);
    assert_eq!((older.outcomes(), older.warnings()), (vec!["tool: published".to_owned()], vec!["latest_stays".to_owned()]));
    assert!(latest_is(&registry, &catalogue, "2.0"));
    let told = catalogue.expect(0, &["build", "--publish"]);
    assert!(told.stderr.contains("version 2.0"), "{}", told.stderr);
    publish(&catalogue, 0, &["--latest", "always"]);
    assert!(latest_is(&registry, &catalogue, "1.0.1"));
}

#[test]
fn the_first_version_in_the_changelog_counts_not_the_greatest() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0.0", "one");
    publish(&catalogue, 0, &[]);
    catalogue.write("tool/note", "two").release("tool", "0.8.1");
    publish(&catalogue, 0, &[]);
    assert!(latest_is(&registry, &catalogue, "0.8.1"));
}

#[test]
fn never_leaves_it_and_a_later_run_with_nothing_to_build_moves_it() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "one");
    publish(&catalogue, 0, &["--latest", "never"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0"]);
    let behind = catalogue.expect(0, &["build", "--publish"]);
    assert!(latest_is(&registry, &catalogue, "1.0"));
    assert!(behind.stdout.contains(&format!("Moved {}", catalogue.reference("tool", "latest"))), "{}", behind.stdout);
    catalogue.write("tool/note", "two").release("tool", "2.0");
    publish(&catalogue, 0, &["--latest", "never"]);
    assert!(latest_is(&registry, &catalogue, "1.0"));
    assert_eq!(publish(&catalogue, 0, &[]).outcomes(), ["tool: skipped"]);
    assert!(latest_is(&registry, &catalogue, "2.0"));
}

#[test]
fn a_failed_image_leaves_its_latest() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "one");
    publish(&catalogue, 0, &[]);
    catalogue.write("tool/note", "two").release("tool", "2.0").script("tool/test.sh", "#!/bin/bash\nexit 1\n");
    publish(&catalogue, 1, &[]);
    assert!(latest_is(&registry, &catalogue, "1.0"));
}

#[test]
fn images_of_another_tool_are_known_by_the_digest_of_an_older_version() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "one");
    let folder = catalogue.root().join("tool");
    std::fs::write(folder.join("Dockerfile"), "FROM scratch\nCOPY note /note\n").unwrap();
    for tag in ["1.0", "latest"] {
        docker(&["build", "--tag", &catalogue.reference("tool", tag), folder.to_str().unwrap()]);
        docker(&["push", &catalogue.reference("tool", tag)]);
    }
    assert!(latest_is(&registry, &catalogue, "1.0"));
    catalogue.write("tool/note", "two").release("tool", "1.1");
    publish(&catalogue, 0, &[]);
    assert!(latest_is(&registry, &catalogue, "1.1"));
    // Something that is none of our versions stays.
    std::fs::write(folder.join("Dockerfile"), "FROM scratch\nCOPY note /elsewhere\n").unwrap();
    docker(&["build", "--tag", &catalogue.reference("tool", "latest"), folder.to_str().unwrap()]);
    docker(&["push", &catalogue.reference("tool", "latest")]);
    let foreign = registry.digest(&catalogue.repository("tool"), "latest");
    std::fs::remove_file(folder.join("Dockerfile")).unwrap();
    catalogue.release("tool", "1.2");
    assert_eq!(publish(&catalogue, 0, &[]).warnings(), ["latest_stays"]);
    assert_eq!(registry.digest(&catalogue.repository("tool"), "latest"), foreign);
}

#[test]
fn a_version_label_inherited_from_a_base_image_does_not_hide_an_older_version() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "one");
    let folder = catalogue.root().join("tool");
    std::fs::write(folder.join("Dockerfile"), "FROM scratch\nLABEL org.opencontainers.image.version=12.2\nCOPY note /note\n").unwrap();
    for tag in ["1.0", "latest"] {
        docker(&["build", "--tag", &catalogue.reference("tool", tag), folder.to_str().unwrap()]);
        docker(&["push", &catalogue.reference("tool", tag)]);
    }
    std::fs::remove_file(folder.join("Dockerfile")).unwrap();
    catalogue.write("tool/note", "two").release("tool", "1.1");
    publish(&catalogue, 0, &[]);
    assert!(latest_is(&registry, &catalogue, "1.1"));
}
