//! What engine and registry hold decides what is done.

use crate::{docker, plan, publish, stage};

#[test]
fn what_only_the_engine_has_is_tested_and_published_without_a_build() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").script("tool/test.sh", "#!/bin/bash\necho tested >> \"$(dirname \"$0\")/../../desk/count\"\n");
    assert_eq!(catalogue.expect(0, &["--format", "json", "build"]).outcomes(), ["tool: built"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
    let id = catalogue.image_id("tool", "1.0").unwrap();
    assert_eq!(plan(&catalogue, &[]), ["tool: test not_published"]);
    assert_eq!(plan(&catalogue, &["--publish"]), ["tool: publish not_published"]);
    for (flag, code) in [("--publish", "not_published"), ("--no-publish", "not_published")] {
        let listed = catalogue.expect(0, &["--format", "json", "list", flag]).json();
        assert_eq!(
            listed["images"][0]["reason"],
            catalogue.expect(0, &["--format", "json", "build", "--dry-run", flag]).json()["actions"][0]["reason"]
        );
        assert_eq!(listed["images"][0]["reason"]["code"], code);
        let why = catalogue.expect(0, &["--format", "json", "explain", flag, "tool"]).json();
        let action = if flag == "--publish" { "publish" } else { "test" };
        assert_eq!((why["action"].as_str(), &why["reason"]), (Some(action), &listed["images"][0]["reason"]), "{flag}");
    }
    let listed = catalogue.expect(0, &["--format", "json", "list"]).json();
    assert_eq!(listed["images"][0]["presence"], "built");
    assert_eq!(listed["images"][0]["image_id"], id);
    let run = publish(&catalogue, 0, &[]);
    assert_eq!(run.outcomes(), ["tool: published"]);
    assert!(!run.events().iter().any(|event| event["step"] == "build"), "{}", run.stdout);
    assert_eq!(std::fs::read_to_string(catalogue.work().join("count")).unwrap(), "tested\ntested\n");
    let manifest = registry.config(&catalogue.repository("tool"), "1.0");
    assert_eq!(manifest["config"]["Labels"]["org.opencontainers.image.title"], "tool");
    assert_eq!(catalogue.image_id("tool", "1.0").unwrap(), id);
    assert_eq!(plan(&catalogue, &["--publish"]), ["tool: skip published"]);
}

#[test]
fn an_engine_copy_of_other_inputs_is_built_again_with_its_children() {
    let (_registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "old").plain_child("child", "1.0", "tool");
    catalogue.expect(0, &["build"]);
    catalogue.write("tool/note", "new");
    assert_eq!(plan(&catalogue, &["--publish"]), ["tool: build inputs_changed", "child: build inputs_changed"]);
    assert_eq!(plan(&catalogue, &["--select", "*/child:*"]), ["tool: build inputs_changed", "child: build inputs_changed"]);
    assert_eq!(publish(&catalogue, 0, &[]).outcomes(), ["child: published", "tool: published"]);
    assert_eq!(catalogue.file("child", "1.0", "/note").as_deref(), Some("new"));
}

#[test]
fn a_published_version_is_never_built_over_whatever_the_folder_holds_now() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "old");
    publish(&catalogue, 0, &[]);
    let before = registry.digest(&catalogue.repository("tool"), "1.0");
    catalogue.write("tool/note", "new");
    assert_eq!(publish(&catalogue, 0, &[]).outcomes(), ["tool: skipped"]);
    catalogue.forget("tool", "1.0");
    assert_eq!(plan(&catalogue, &["--publish"]), ["tool: skip published"]);
    assert_eq!(registry.digest(&catalogue.repository("tool"), "1.0"), before);
}

#[test]
fn an_engine_copy_without_the_label_is_published_with_a_warning() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    let folder = catalogue.root().join("tool");
    std::fs::write(folder.join("Dockerfile"), "FROM scratch\nCOPY note /note\nCMD [\"/note\"]\n").unwrap();
    docker(&["build", "--tag", &catalogue.reference("tool", "1.0"), folder.to_str().unwrap()]);
    let id = catalogue.image_id("tool", "1.0").unwrap();
    let run = publish(&catalogue, 0, &[]);
    assert_eq!((run.outcomes(), run.warnings()), (vec!["tool: published".to_owned()], vec!["no_inputs_label".to_owned()]));
    assert!(registry.digest(&catalogue.repository("tool"), "1.0").is_some());
    assert_eq!(catalogue.image_id("tool", "1.0").unwrap(), id);
}

#[test]
fn nothing_configured_publishes_nothing_and_says_so() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    let run = catalogue.expect(0, &["build"]);
    assert!(run.stdout.contains("NOT publishing images as we have no auth setup\n"), "{}", run.stdout);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
}

#[test]
fn without_a_registry_none_is_asked() {
    let catalogue = crate::Catalogue::new("");
    catalogue.plain("tool", "1.0", "tool");
    assert_eq!(plan(&catalogue, &[]), ["tool: build missing"]);
    assert_eq!(catalogue.expect(0, &["--format", "json", "build"]).outcomes(), ["tool: built"]);
    assert_eq!(plan(&catalogue, &[]), ["tool: test not_published"]);
    let refused = catalogue.expect(2, &["build", "--publish"]);
    assert!(refused.stderr.contains("COOPERAGE_REGISTRY"), "{}", refused.stderr);
}

#[test]
fn a_new_entry_builds_exactly_what_it_names() {
    let (_registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "base").plain_child("child", "1.0", "base").plain("other", "1.0", "other");
    publish(&catalogue, 0, &[]);
    catalogue.release("child", "1.1");
    let run = publish(&catalogue, 0, &[]);
    assert_eq!(run.outcomes(), ["base: skipped", "child: published", "other: skipped"]);
    assert_eq!(run.finished("base")["reason"]["code"], "published");
    assert!(run.finished("base")["digest"].as_str().unwrap().starts_with("sha256:"));
}
