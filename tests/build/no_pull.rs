//! `--no-pull`, with a registry and without one.

use crate::{docker, plan, publish, stage};

#[test]
fn what_is_published_but_not_in_the_engine_is_built_and_never_pushed() {
    let (registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "published");
    publish(&catalogue, 0, &[]);
    let before = registry.digest(&catalogue.repository("tool"), "1.0").unwrap();
    catalogue.forget("tool", "1.0");
    catalogue.write("tool/note", "changed since");
    assert_eq!(plan(&catalogue, &["--no-pull", "--publish"]), ["tool: build no_pull"]);
    let run = publish(&catalogue, 0, &["--no-pull"]);
    assert_eq!(run.outcomes(), ["tool: built"]);
    assert_eq!(run.finished("tool")["reason"]["code"], "no_pull");
    assert_eq!(registry.digest(&catalogue.repository("tool"), "1.0").unwrap(), before);
    assert_eq!(registry.digest(&catalogue.repository("tool"), "latest").unwrap(), before);
    assert_eq!(catalogue.file("tool", "1.0", "/note").as_deref(), Some("changed since"));
    assert_eq!(plan(&catalogue, &["--no-pull", "--publish"]), ["tool: skip published"]);
}

#[test]
fn parents_in_the_engine_are_used_as_they_are() {
    let (_registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "published").plain("other", "1.0", "the engine's own");
    publish(&catalogue, 0, &[]);
    docker(&["tag", &catalogue.reference("other", "1.0"), &catalogue.reference("base", "1.0")]);
    catalogue.plain_child("child", "1.0", "base");
    let run = publish(&catalogue, 0, &["--no-pull", "--select", "*/child:*"]);
    assert_eq!(run.outcomes(), ["child: published"]);
    assert!(!run.events().iter().any(|event| event["step"] == "pull"), "{}", run.stdout);
    assert_eq!(catalogue.file("child", "1.0", "/note").as_deref(), Some("the engine's own"));
}

#[test]
fn a_parent_that_the_engine_lacks_is_built_along() {
    let (registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "base").plain_child("child", "1.0", "base");
    publish(&catalogue, 0, &["--select", "*/base:*"]);
    let before = registry.digest(&catalogue.repository("base"), "1.0");
    catalogue.forget("base", "1.0");
    assert_eq!(plan(&catalogue, &["--no-pull", "--publish", "--select", "*/child:*"]), ["base: build no_pull", "child: build missing"]);
    assert_eq!(publish(&catalogue, 0, &["--no-pull", "--select", "*/child:*"]).outcomes(), ["base: built", "child: published"]);
    assert_eq!(registry.digest(&catalogue.repository("base"), "1.0"), before);
}

#[test]
fn offline_work_asks_no_registry() {
    let (mut registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "base").plain_child("child", "1.0", "base");
    registry.stop();
    let run = catalogue.expect(0, &["--format", "json", "build", "--no-pull", "--no-publish"]);
    assert_eq!(run.outcomes(), ["base: built", "child: built"]);
    let again = catalogue.expect(0, &["--format", "json", "build", "--no-pull"]);
    assert_eq!(again.outcomes(), ["base: reused", "child: reused"]);
    // Asked, it does not answer, and nothing may be taken for unpublished.
    catalogue.expect(3, &["build", "--no-publish"]);
    catalogue.expect(3, &["build", "--no-pull", "--publish"]);
}

#[test]
fn base_images_are_refreshed_and_one_that_cannot_be_is_a_warning_if_the_engine_has_it() {
    let (registry, catalogue) = stage();
    catalogue.plain("outside", "1.0", "old base");
    publish(&catalogue, 0, &[]);
    let base = format!("{}/{}/base", registry.address, catalogue.namespace);
    let push = |text: &str, tag: &str| {
        catalogue.plain("outside", tag, text);
        publish(&catalogue, 0, &[]);
        docker(&["tag", &catalogue.reference("outside", tag), &format!("{base}:1")]);
        docker(&["push", &format!("{base}:1")]);
    };
    push("old base", "1.1");
    push("new base", "1.2");
    docker(&["tag", &catalogue.reference("outside", "1.1"), &format!("{base}:1")]);
    let user = crate::Catalogue::new("");
    user.configure(&format!("base_images: ['{base}']\n"));
    user.define("user", "1.0", "FROM {{ \"base\" | image_tag }}\nCMD [\"x\"]\n");
    // Without a registry of its own, image_tag finds a base image by its full name.
    user.write("user/Dockerfile.template", format!("FROM {base}:1\nCMD [\"x\"]\n"));
    user.expect(0, &["build"]);
    assert_eq!(user.file("user", "1.0", "/note").as_deref(), Some("new base"));
    docker(&["tag", &catalogue.reference("outside", "1.1"), &format!("{base}:1")]);
    user.release("user", "1.1");
    user.expect(0, &["build", "--no-pull"]);
    assert_eq!(user.file("user", "1.1", "/note").as_deref(), Some("old base"));
    docker(&["rmi", &format!("{base}:1")]);
    docker(&["tag", &catalogue.reference("outside", "1.1"), &format!("{}/{}/base:2", registry.address, catalogue.namespace)]);
    user.release("user", "1.2").write("user/Dockerfile.template", format!("FROM {base}:2\nCMD [\"x\"]\n"));
    let run = user.expect(0, &["--format", "json", "build"]);
    assert_eq!(run.warnings(), ["base_not_refreshed"]);
    user.release("user", "1.3").write("user/Dockerfile.template", format!("FROM {base}:3\nCMD [\"x\"]\n"));
    let gone = user.expect(3, &["build"]);
    assert!(gone.stderr.contains("base:3"), "{}", gone.stderr);
}
