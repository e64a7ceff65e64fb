//! The build context: a copy of the folder, links followed, what `prebuild.sh` adds, what `.dockerignore` leaves out.

use crate::{publish, stage};
use std::os::unix::fs::symlink;

#[test]
fn prebuild_runs_in_the_copy_and_joins_the_log() {
    let (_registry, catalogue) = stage();
    catalogue.define("tool", "1.0", "FROM scratch\nCOPY made /made\n");
    let script =
        "#!/bin/bash\nset -e\necho 'making it'\necho 'a warning' >&2\necho made > made\n[ -f Dockerfile ]\necho \"$DOCKER_HOST\"\n";
    catalogue.script("tool/prebuild.sh", script);
    let run = publish(&catalogue, 0, &[]);
    assert_eq!(catalogue.file("tool", "1.0", "/made").as_deref(), Some("made\n"));
    let mut log = run.log("tool", "prebuild");
    log.sort();
    assert_eq!(log, ["a warning".to_owned(), "making it".to_owned(), crate::support::engine::url()]);
    let mut left: Vec<String> =
        std::fs::read_dir(catalogue.root().join("tool")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["Dockerfile.template", "changelog", "prebuild.sh"]);
    assert_eq!(run.outcomes(), ["tool: published"]);
    assert_eq!(publish(&catalogue, 0, &[]).outcomes(), ["tool: skipped"]);
}

#[test]
fn a_failing_prebuild_fails_its_image_before_the_build() {
    let (_registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").script("tool/prebuild.sh", "#!/bin/bash\necho 'no mirror today'\nexit 9\n");
    let run = publish(&catalogue, 1, &[]);
    assert!(run.failure("tool", "prebuild").contains('9'), "{}", run.stdout);
    assert_eq!(run.finished("tool")["log_tail"], serde_json::json!(["no mirror today"]));
    assert!(!run.events().iter().any(|event| event["step"] == "build"), "{}", run.stdout);
    catalogue.write("tool/prebuild.sh", "#!/no/such/interpreter\n");
    let run = publish(&catalogue, 1, &[]);
    assert!(run.failure("tool", "prebuild").contains("prebuild.sh"), "{}", run.stdout);
}

#[test]
fn links_beside_the_definition_are_followed_but_not_out_of_the_repository() {
    let (_registry, catalogue) = stage();
    catalogue.define("group/tool", "1.0", "FROM scratch\nCOPY run.sh common /\nCOPY common /common\n");
    let changelog = std::fs::read_to_string(catalogue.root().join("group/tool/changelog")).unwrap();
    catalogue.write("group/tool/changelog", changelog.replace("group/tool", "tool"));
    catalogue.script("group/run.sh", "beside\n").write("shared/common/file", "in a folder\n");
    symlink("../run.sh", catalogue.root().join("group/tool/run.sh")).unwrap();
    symlink("../../shared/common", catalogue.root().join("group/tool/common")).unwrap();
    publish(&catalogue, 0, &[]);
    assert_eq!(catalogue.file("tool", "1.0", "/run.sh").as_deref(), Some("beside\n"));
    assert_eq!(catalogue.file("tool", "1.0", "/common/file").as_deref(), Some("in a folder\n"));
    std::fs::write(catalogue.home().join("private"), "not for images").unwrap();
    symlink("../../../home/private", catalogue.root().join("group/tool/outside")).unwrap();
    let changelog = std::fs::read_to_string(catalogue.root().join("group/tool/changelog")).unwrap();
    catalogue.write("group/tool/changelog", changelog.replace("(1.0)", "(1.1)"));
    let refused = catalogue.run(&["build", "--publish"]);
    assert!(refused.code == 1 || refused.code == 2, "{refused:?}");
    assert!(refused.all().contains("outside"), "{}", refused.all());
}

#[test]
fn dockerignore_follows_dockers_rules() {
    let (_registry, catalogue) = stage();
    catalogue.define("tool", "1.0", "FROM scratch\nCOPY . /all\n");
    catalogue.write("tool/.dockerignore", "# a comment\n**/*.log\ndocs\n!docs/keep.md\nDockerfile.*\n");
    for path in ["a.log", "deep/er/b.log", "deep/c.txt", "docs/drop.md", "docs/keep.md"] {
        catalogue.write(&format!("tool/{path}"), path);
    }
    publish(&catalogue, 0, &[]);
    for (path, there) in [
        ("a.log", false),
        ("deep/er/b.log", false),
        ("deep/c.txt", true),
        ("docs/drop.md", false),
        ("docs/keep.md", true),
        ("Dockerfile.template", false),
        ("changelog", true),
    ] {
        assert_eq!(catalogue.file("tool", "1.0", &format!("/all/{path}")).is_some(), there, "{path}");
    }
}

#[test]
fn definitions_inside_definitions_are_built_and_linked_folders_are_not_searched() {
    let (_registry, catalogue) = stage();
    catalogue.plain("outer", "1.0", "outer").plain("outer/inner", "1.0", "inner");
    let changelog = std::fs::read_to_string(catalogue.root().join("outer/inner/changelog")).unwrap();
    catalogue.write("outer/inner/changelog", changelog.replace("outer/inner", "inner"));
    symlink("outer", catalogue.root().join("again")).unwrap();
    catalogue.write("lonely/changelog", &changelog).write("bare/Dockerfile.template", "FROM scratch\n");
    let run = catalogue.expect(0, &["--format", "json", "build", "--publish"]);
    assert_eq!(run.outcomes(), ["inner: published", "outer: published"]);
    assert!(run.stderr.contains("lonely/changelog") && run.stderr.contains("bare/Dockerfile.template"), "{}", run.stderr);
}

#[test]
fn the_same_files_make_the_same_layers_whenever_and_wherever_they_are_packed() {
    let (_one, first) = stage();
    let (_two, second) = stage();
    for catalogue in [&first, &second] {
        catalogue.define("tool", "1.0", "FROM scratch\nCOPY folder/a folder/b /\n").write("tool/folder/b", "b").write("tool/folder/a", "a");
    }
    let old = std::fs::File::options().write(true).open(second.root().join("tool/folder/a")).unwrap();
    old.set_modified(std::time::UNIX_EPOCH).unwrap();
    for catalogue in [&first, &second] {
        publish(catalogue, 0, &[]);
    }
    // Files alone: folders that an engine before 23.0 makes for COPY are as old as the build.
    let layers = |catalogue: &crate::Catalogue| catalogue.inspect("tool", "1.0", ".RootFS.Layers");
    assert_eq!(layers(&first), layers(&second));
}
