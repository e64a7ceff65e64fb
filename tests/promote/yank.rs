//! Marks on versions, and who passes over them.

use super::Tree;
use super::support::registry::image::TinyImage;
use super::support::registry::{Registry, RegistryKind};
use serde_json::Value;
use std::fs;
use std::process::Command;

fn git(tree: &Tree, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(tree.folder.path()).args(["-c", "user.name=A", "-c", "user.email=a@example.org"]).args(args);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn file(tree: &Tree) -> String {
    fs::read_to_string(tree.folder.path().join("images/yanked")).unwrap()
}

#[test]
fn a_mark_is_one_line_and_one_commit() {
    let tree = Tree::new("");
    git(&tree, &["init", "--quiet"]);
    git(&tree, &["config", "user.name", "A"]);
    git(&tree, &["config", "user.email", "a@example.org"]);
    git(&tree, &["add", "images"]);
    git(&tree, &["commit", "--quiet", "--message", "first"]);
    tree.write("images/app/notes", "not ours to commit\n");
    tree.expect(0, "yank", &["--reason", "breaks\nTLS", "--commit", "base", "1.0"]);
    assert!(file(&tree).ends_with("\nbase 1.0 breaks TLS\n"));
    assert_eq!(git(&tree, &["show", "--name-only", "--format=%s", "HEAD"]), "Yank base 1.0\n\nimages/yanked\n");
    let again = tree.expect(0, "yank", &["--reason", "breaks TLS", "base", "1.0"]);
    assert!(
        String::from_utf8_lossy(&again.stdout).contains("\"changed\":false")
            || String::from_utf8_lossy(&again.stdout).contains("\"changed\": false")
    );
    tree.expect(0, "yank", &["app", "1.0"]);
    tree.expect(2, "yank", &["--undo", "--commit", "base", "1.0"]);
    tree.expect(0, "yank", &["--undo", "base", "1.0"]);
    assert!(file(&tree).ends_with("\napp 1.0\n") && !file(&tree).contains("base"));
    for (args, text) in [
        (["base", "9"].as_slice(), "has no version 9; its newest are 1.0"),
        (&["bse", "1.0"], "did you mean base?"),
        (&["--undo", "base", "1.0"], "is not yanked"),
    ] {
        let output = tree.expect(2, "yank", args);
        assert!(String::from_utf8_lossy(&output.stderr).contains(text), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn marks_that_hit_nothing_or_cannot_be_read_are_told() {
    let tree = Tree::new("");
    tree.write("images/yanked", "base 1.0 bad\nghost 2 x\n");
    let output = tree.command("list", &["--offline"]).output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["warnings"].as_array().unwrap().iter().any(|one| one["code"] == "yanked_unknown" && one["line"] == 2));
    // What cannot be read is in the way of everything, for it may name what must not be used.
    tree.write("images/yanked", "base\n");
    let output = tree.command("list", &["--offline", "--select", "*draft*"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("bad_yanked"));
}

#[test]
fn promotions_pass_over_it() {
    let registry = Registry::start(RegistryKind::Plain);
    let tree = Tree::new(&registry.address);
    for name in ["app", "base"] {
        TinyImage::new(name).put(&registry.address, None, &format!("ns/{name}"), "1.0");
    }
    tree.write("images/yanked", "base 1.0 bad\n");
    let (_, problems) = tree.plan(0, &[]);
    assert!(problems.contains(&"yanked".to_owned()), "{problems:?}");
    tree.expect(0, "promote", &[]);
    assert_eq!((registry.digest("all", "ci_tools_base"), registry.digest("all", "ci_tools_app").is_some()), (None, true));
}
