//! How versions go on: counted up, dated, bumped.

use crate::Tree;

fn after(version: &str, args: &[&str], update_id: &str) -> String {
    let mut tree = Tree::new(&[("base", version, &[])]);
    tree.set("COOPERAGE_UPDATE_ID", update_id);
    tree.expect(0, &[args, &["base"]].concat());
    tree.version("base")
}

#[test]
fn real_versions_count_up() {
    for (old, new) in [
        ("1.10-0.s3", "1.10-0.s4"),
        ("8.1.33-1-s4-20260816", "8.1.33-1-s5"),
        ("2.0.2-wmf1-20260101", "2.0.2-wmf1-s1"),
        ("v2022.1", "v2022.1-s1"),
        ("wmf_1", "wmf_1-s1"),
        ("2026.04", "2026.04-s1"),
    ] {
        assert_eq!(after(old, &[], "s"), new);
    }
}

#[test]
fn the_identifier_is_that_of_the_configuration() {
    assert_eq!(after("1.0", &[], "\"\""), "1.0-1");
    assert_eq!(after("1.0-1", &[], "\"\""), "1.0-2");
    assert_eq!(after("1.0-20260816", &[], "\"\""), "1.0-1");
    assert_eq!(after("1.0-3-20260816", &[], "\"\""), "1.0-4");
    assert_eq!(after("2.0.2-wmf1", &[], "wmf"), "2.0.2-wmf2");
    assert_eq!(after("1.0-s1", &[], "r"), "1.0-s1-r1");
}

#[test]
fn bumps_raise_a_part_of_the_requested_image_only() {
    for (old, part, new) in [
        ("20.1.0", "patch", "20.1.1"),
        ("20.1.0-s4", "minor", "20.2.0"),
        ("8.1.33-2-s4-20260816", "major", "9.0.0-1"),
        ("8.1.33-2-s4-20260816", "revision", "8.1.33-3"),
    ] {
        assert_eq!(after(old, &["--bump", part], "s"), new);
    }
    let tree = Tree::new(&[("base", "1.2.3", &[]), ("app", "1.2.3", &["base"])]);
    tree.expect(0, &["--bump", "minor", "base"]);
    assert_eq!([tree.version("base"), tree.version("app")], ["1.3.0", "1.2.3-s1"]);
    let tree = Tree::new(&[("base", "2026.04", &[])]);
    let said = tree.refuses(&["--bump", "patch", "base"]);
    assert!(said.contains("\"2026.04\"") && said.contains("Semantic Versioning"), "{said}");
}

/// The weekly rebuild. The date is that of the entries, in local time.
#[test]
fn all_get_a_date_but_what_is_excluded() {
    let tree = Tree::new(&[
        ("base", "1.0", &[]),
        ("tool", "1.0-s1-20260809", &["base"]),
        ("legacy", "1.0", &["base"]),
        ("app", "2.0-20260101-20260809", &["legacy"]),
    ]);
    let document = tree.expect(0, &["--format", "json", "--all", "--date-suffix", "--exclude", "*legacy:*"]).json();
    assert!(document["changes"].as_array().unwrap().iter().all(|change| change["cause"] == "requested"));
    assert_eq!(
        ["base", "tool", "legacy", "app"].map(|name| tree.version(name)),
        ["1.0-20260816", "1.0-s1-20260816", "1.0", "2.0-20260816"]
    );
    // Once a day is enough.
    assert!(tree.refuses(&["--all", "--date-suffix", "--exclude", "*legacy:*"]).contains("used it before"));
}

#[test]
fn a_date_reaches_dependents_too_and_nothing_follows_from_the_excluded() {
    let tree = Tree::new(&[("base", "1.0", &[]), ("tool", "1.0-s1", &["base"]), ("app", "2.0", &["tool"]), ("web", "1.0", &["base"])]);
    tree.expect(0, &["--date-suffix", "--exclude", "*tool:*", "base"]);
    assert_eq!(["base", "tool", "app", "web"].map(|name| tree.version(name)), ["1.0-20260816", "1.0-s1", "2.0", "1.0-20260816"]);
}
