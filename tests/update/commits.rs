//! `--commit`: one commit of exactly the written files.

use crate::Tree;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

fn tree() -> Tree {
    let mut tree = Tree::new(&[("base", "1.0", &[]), ("app", "2.0", &["base"]), ("other", "1.0", &[])]);
    tree.commit_all();
    for role in ["AUTHOR", "COMMITTER"] {
        tree.set(&format!("GIT_{role}_NAME"), "Git Person").set(&format!("GIT_{role}_EMAIL"), "git@example.org");
    }
    tree
}

#[test]
fn one_commit_holds_exactly_the_files_and_lists_them() {
    let tree = tree();
    tree.write("other/changelog", tree.read("other/changelog") + "\n");
    tree.write("staged", "x");
    tree.write("untracked", "x");
    tree.git(&["add", "staged", "other"]);
    let run = tree.expect(0, &["--commit", "--reason", "CVE-2026-1\n# in libc", "base"]);
    let head = tree.git(&["rev-parse", "HEAD"]);
    assert!(run.stdout.contains(&format!("2 new changelog entries, committed as {head}")), "{}", run.stdout);
    assert_eq!(tree.git(&["show", "--name-only", "--format=", "HEAD"]), "app/changelog\nbase/changelog");
    let message = "Update base and 1 dependent image\n\nCVE-2026-1\n# in libc\n\napp 2.0 -> 2.0-s1\nbase 1.0 -> 1.0-s1";
    assert_eq!(tree.git(&["log", "-1", "--format=%B"]), message);
    assert_eq!(tree.git(&["status", "--porcelain"]), "M  other/changelog\nA  staged\n?? untracked");
    assert_eq!(tree.git(&["rev-list", "--count", "HEAD"]), "2");
}

#[test]
fn what_would_be_swept_in_is_refused_before_anything_is_written() {
    let tree = tree();
    tree.write("app/changelog", tree.read("app/changelog") + "\n");
    assert!(tree.refuses(&["--commit", "base"]).contains("app/changelog"));
    tree.git(&["add", "app"]);
    assert!(tree.refuses(&["--commit", "base"]).contains("app/changelog"));
    tree.define("new", "1.0", &["other"]);
    assert!(tree.refuses(&["--commit", "other"]).contains("new/changelog"));
    fs::write(tree.path(".git/MERGE_HEAD"), tree.git(&["rev-parse", "HEAD"])).unwrap();
    fs::remove_dir_all(tree.path("new")).unwrap();
    assert!(tree.refuses(&["--commit", "other"]).contains("a merge is under way"));
    fs::remove_file(tree.path(".git/MERGE_HEAD")).unwrap();
    tree.expect(0, &["--commit", "other"]);
    // Without --commit, files that people work on get their entry as well.
    tree.expect(0, &["base"]);
}

#[test]
fn a_hook_that_refuses_is_told_and_the_entries_stay() {
    let tree = tree();
    fs::create_dir_all(tree.path(".git/hooks")).unwrap();
    fs::write(tree.path(".git/hooks/pre-commit"), "#!/bin/sh\necho no commits today >&2\nexit 1\n").unwrap();
    fs::set_permissions(tree.path(".git/hooks/pre-commit"), fs::Permissions::from_mode(0o755)).unwrap();
    let run = tree.expect(1, &["--commit", "base"]);
    assert!(run.stderr.contains("written, but not committed") && run.stderr.contains("no commits today"), "{}", run.stderr);
    assert_eq!([tree.version("base"), tree.version("app")], ["1.0-s1", "2.0-s1"]);
}

#[test]
fn before_the_first_commit_nothing_is_written() {
    let tree = Tree::new(&[("base", "1.0", &[])]);
    tree.git(&["init", "--quiet"]);
    tree.refuses(&["--commit", "base"]);
}

#[test]
fn a_changelog_behind_a_link_is_committed_where_it_is() {
    let tree = tree();
    tree.write("shared/base.txt", tree.read("base/changelog"));
    fs::remove_file(tree.path("base/changelog")).unwrap();
    std::os::unix::fs::symlink("../shared/base.txt", tree.path("base/changelog")).unwrap();
    tree.commit_all();
    tree.expect(0, &["--commit", "base"]);
    assert_eq!(tree.git(&["show", "--name-only", "--format=", "HEAD"]), "app/changelog\nshared/base.txt");
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("changelog"), tree.read("base/changelog")).unwrap();
    fs::remove_file(tree.path("base/changelog")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("changelog"), tree.path("base/changelog")).unwrap();
    assert!(tree.refuses(&["base"]).contains("is outside of"));
}
