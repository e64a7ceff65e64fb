//! Where docker-pkg is wrong (the line of the issue each test stands for is in its name).

use crate::{FIRST, Tree, block};
use std::fs;

fn family() -> Tree {
    Tree::new(&[("java8", "1.0", &[]), ("gearman-java8", "2.0", &[]), ("app", "3.0", &["gearman-java8"])])
}

#[test]
fn a_name_is_exact_and_takes_no_other_that_ends_so() {
    let tree = family();
    tree.expect(0, &["java8"]);
    assert_eq!([tree.version("java8"), tree.version("gearman-java8"), tree.version("app")], ["1.0-s1", "2.0", "3.0"]);
}

#[test]
fn a_name_with_a_star_is_a_pattern_and_the_right_parent_is_blamed() {
    let tree = family();
    tree.expect(0, &["--reason", "x", "*java8"]);
    assert_eq!(tree.read("java8/changelog"), block("java8", "1.0-s1", "   x\n") + &format!("java8 (1.0) {FIRST}"));
    assert_eq!(tree.version("gearman-java8"), "2.0-s1");
    assert!(tree.read("app/changelog").contains("parent image gearman-java8:\n"));
    let one = tree.refuses(&["--version", "5", "*java8"]);
    assert!(one.contains("2 definitions: gearman-java8, java8"), "{one}");
    // A pattern that means one image may give it a version.
    tree.expect(0, &["--version", "5", "gear*"]);
    assert_eq!(tree.version("gearman-java8"), "5");
}

#[test]
fn an_unknown_name_is_an_error_with_the_nearest_names() {
    let tree = family();
    for (name, hint) in [("java", "java8"), ("gearman", "gearman-java8"), ("java8:1.0", "java8"), ("jav*9", "java8")] {
        let said = tree.refuses(&[name]);
        assert!(said.contains(&format!("\"{name}\"")) && said.contains(hint), "{said}");
    }
}

#[test]
fn a_registry_with_a_port_works() {
    let mut tree = family();
    tree.set("COOPERAGE_REGISTRY", "localhost:5000").set("COOPERAGE_NAMESPACE", "ns");
    tree.write("app/Dockerfile.template", "FROM {{ \"java8\" | image_tag }}\n");
    tree.expect(0, &["java8"]);
    // Also the edge that only the Dockerfile knows.
    assert_eq!([tree.version("java8"), tree.version("app"), tree.version("gearman-java8")], ["1.0-s1", "3.0-s1", "2.0"]);
}

#[test]
fn a_version_that_cannot_be_is_reported_before_anything_is_written() {
    let tree = family();
    let long = "9".repeat(129);
    for bad in ["", " ", "1 0", "1.0~rc1", "1:2.0", "1.0+b", "-1", long.as_str(), "1.0"] {
        let said = tree.refuses(&["--version", bad, "java8"]);
        assert!(said.contains("java8/changelog: error[version_refused]"), "{bad}: {said}");
    }
    // The dependent's next version would be too long for a tag.
    tree.define("app", &"9".repeat(127), &["java8"]);
    let said = tree.refuses(&["java8"]);
    assert!(said.contains("app/changelog: error[version_refused]") && said.contains("130 characters"), "{said}");
}

#[test]
fn a_version_of_an_older_entry_is_refused() {
    let tree = Tree::new(&[]);
    tree.define("base", "0.8.1", &[]);
    let older = "base (0.9) w; urgency=low\n\n -- A <a@b>  Mon, 1 Jan 2024 00:00:00 +0000\n\nold-name (1.0) w; urgency=low\n";
    tree.write("base/changelog", tree.read("base/changelog") + "\n" + older);
    let said = tree.refuses(&["--version", "0.9", "base"]);
    assert!(said.contains("used it before"), "{said}");
    // Older blocks under another name are another image.
    tree.expect(0, &["--version", "1.0", "base"]);
}

#[test]
fn a_version_below_the_old_one_is_a_warning() {
    let tree = Tree::new(&[("base", "1.0-s1-20260816", &[])]);
    let run = tree.expect(0, &["base"]);
    assert!(run.stderr.contains("base/changelog: warning[version_goes_back]"), "{}", run.stderr);
    assert_eq!(tree.version("base"), "1.0-s2");
}

#[test]
fn old_bytes_stay_as_they_are() {
    let tree = Tree::new(&[("base", "1.0", &[])]);
    let trailer = " -- A <A <a@b>>  Mon, 02 Nov 2026 10:00:00 +0000";
    let olds: [Vec<u8>; 5] = [
        format!("base (1.0) w; urgency=low\r\n\r\n  * x\r\n\r\n{trailer}\r\n").into_bytes(),
        format!("base (1.0) w; urgency=low\n\n  * x\n\n{trailer}").into_bytes(),
        format!("base (1.0) w\n\n  * x\n\n{trailer}\n\n\n\n").into_bytes(),
        [b"base (1.0) w; urgency=low\n\n  * F\xe1bian\n\n".as_slice(), trailer.as_bytes()].concat(),
        format!("\u{feff}# vim: tw=80\n\nbase (1.0) w; urgency=low\n\n{trailer}\n").into_bytes(),
    ];
    for old in olds {
        tree.write("base/changelog", &old);
        tree.expect(0, &["--reason", "one\n\ntwo", "base"]);
        let expected = [block("base", "1.0-s1", "   one\n\n   two\n").as_bytes(), old.as_slice()].concat();
        assert_eq!(fs::read(tree.path("base/changelog")).unwrap(), expected);
        // What was written is read back, the old entry below it too.
        assert_eq!(tree.expect(0, &["--dry-run", "base"]).stdout.lines().next(), Some("base  1.0-s1 → 1.0-s2"));
        assert!(tree.refuses(&["--version", "1.0", "base"]).contains("used it before"));
    }
}

#[test]
fn a_parent_that_nobody_has_is_a_warning_and_a_cycle_shows_its_path() {
    let tree =
        Tree::new(&[("base", "1.0", &["nowhere"]), ("one", "1.0", &["base", "two"]), ("two", "1.0", &["one"]), ("other", "1.0", &[])]);
    let cycle = tree.refuses(&["base"]);
    assert!(cycle.contains("error[cycle]") && cycle.contains("one") && cycle.contains("two"), "{cycle}");
    assert!(tree.refuses(&["two"]).contains("error[cycle]"));
    let run = tree.expect(0, &["other"]);
    assert!(run.stderr.contains("warning[missing_parent]") && run.stderr.contains("warning[cycle]"), "{}", run.stderr);
}

#[test]
fn broken_definitions_outside_only_warn_and_broken_dependents_stop() {
    let tree = family();
    tree.write("empty/Dockerfile.template", "FROM scratch\n");
    tree.write("empty/changelog", "");
    tree.define("broken", "1.0", &["app"]);
    tree.write("broken/Dockerfile.template", "FROM {{ nothing }}\n");
    // A name that stands twice, one of them on java8.
    tree.define("twice", "1.0", &["java8"]);
    tree.write("twice/again/Dockerfile.template", "FROM scratch\n");
    tree.write("twice/again/changelog", tree.read("twice/changelog"));
    let said = tree.refuses(&["gearman-java8"]);
    assert!(said.contains("broken/Dockerfile.template:1") && !said.contains("empty"), "{said}");
    assert!(tree.refuses(&["java8"]).contains("error[duplicate_name]"));
    assert!(tree.refuses(&["broken"]).contains("broken/Dockerfile.template:1"));
    assert!(tree.refuses(&["--all"]).contains("error[empty_changelog]"));
    fs::remove_dir_all(tree.path("broken")).unwrap();
    let run = tree.expect(0, &["gearman-java8"]);
    assert!(run.stderr.contains("warning[empty_changelog]"), "{}", run.stderr);
}

#[test]
fn a_wrong_directory_or_call_is_told() {
    let tree = family();
    let images = tree.root();
    for (args, said) in [
        (vec!["java8", "nowhere"], "does not exist"),
        (vec!["java8", "home"], "holds no definition"),
        (vec!["images"], "which image?"),
        (vec!["--all", "java8", "images"], "--all chooses the images itself"),
        (vec!["--stale", "images"], "set `registry`"),
        (vec!["--all", "--version", "1", "images"], "cannot be used with"),
        (vec!["--bump", "tiny", "java8", "images"], "invalid value 'tiny'"),
        (vec!["--exclude", "*java8:*", "java8", "images"], "--exclude leaves nothing"),
        (vec!["--reason", " ", "java8", "images"], "--reason is empty"),
        (vec!["--commit", "java8", "images"], "not in a git repository"),
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cooperage"));
        command.arg("update").args(&args).current_dir(images.parent().unwrap()).env_clear().env("PATH", std::env::var("PATH").unwrap());
        let run = crate::Outcome::of(command.output().unwrap());
        assert!(run.code == 2 && run.stderr.contains(said), "{args:?}: {} {}", run.code, run.all());
    }
}
