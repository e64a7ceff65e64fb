//! On real files: what a killed call leaves is prepared by hand, as it would stand on disk.

use super::*;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

const OLD: &str = "old \u{e9}\r\nwithout an end";

struct Tree(tempfile::TempDir);

impl Tree {
    fn with(names: &[&str]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for name in names {
            fs::create_dir_all(tree.root().join(name)).unwrap();
            fs::write(tree.file(name), OLD).unwrap();
        }
        tree
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root().join(name).join("changelog")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    fn journal(&self, names: &[&str]) {
        let document = serde_json::json!({"v": 1, "files": blocks(names)});
        fs::write(self.root().join(JOURNAL), document.to_string()).unwrap();
    }

    fn recover(&self) -> Option<Recovered> {
        recover(self.root(), self.root()).unwrap()
    }

    /// Everything below the root but the changelogs themselves.
    fn left_over(&self) -> Vec<PathBuf> {
        let folders = fs::read_dir(self.root()).unwrap().map(|entry| entry.unwrap().path());
        let files = folders
            .flat_map(|path| if path.is_dir() { fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).collect() } else { vec![path] });
        files.filter(|path| !path.ends_with("changelog")).collect()
    }
}

fn block(name: &str) -> String {
    format!("{name} (2)\n\n")
}

fn blocks(names: &[&str]) -> Vec<NewBlock> {
    names.iter().map(|name| NewBlock { path: (*name).to_owned(), block: block(name) }).collect()
}

#[test]
fn blocks_come_first_and_old_bytes_stay_with_mode_and_owner() {
    let tree = Tree::with(&["a", "b", "."]);
    fs::set_permissions(tree.file("a"), fs::Permissions::from_mode(0o640)).unwrap();
    let owner = fs::metadata(tree.file("a")).unwrap().uid();
    let blocks = blocks(&["a", "b", "."]);
    let prepared = prepare(tree.root(), tree.root(), &blocks).unwrap();
    assert_eq!(prepared.files().len(), 3);
    prepared.write().unwrap();
    for name in ["a", "b", "."] {
        assert_eq!(tree.read(name), block(name) + OLD);
    }
    let now = fs::metadata(tree.file("a")).unwrap();
    assert_eq!((now.permissions().mode() & 0o7777, now.uid()), (0o640, owner));
    assert_eq!(tree.left_over(), [""; 0].map(PathBuf::from));
}

#[test]
fn everything_that_cannot_be_written_is_told_first() {
    let tree = Tree::with(&["a", "b", "c", "d", "e"]);
    fs::set_permissions(tree.file("b"), fs::Permissions::from_mode(0o444)).unwrap();
    fs::write(tree.file("c"), "x\n<<<<<<< HEAD\n").unwrap();
    fs::set_permissions(tree.root().join("d"), fs::Permissions::from_mode(0o555)).unwrap();
    let outside = Tree::with(&["x"]);
    fs::remove_file(tree.file("e")).unwrap();
    symlink(outside.file("x"), tree.file("e")).unwrap();
    let blocks = blocks(&["a", "b", "c", "d", "e", "missing"]);
    let error = prepare(tree.root(), tree.root(), &blocks).err().unwrap();
    fs::set_permissions(tree.root().join("d"), fs::Permissions::from_mode(0o755)).unwrap();
    let UpdateWriteError::Refused(reasons) = &error else { panic!("{error}") };
    let kinds: Vec<&str> = reasons
        .iter()
        .map(|reason| match reason {
            NotWritten::ReadOnly(_) => "read-only",
            NotWritten::Conflict { line: 2, .. } => "conflict",
            NotWritten::Outside { .. } => "outside",
            NotWritten::Io { .. } => "io",
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(kinds, ["read-only", "conflict", "read-only", "outside", "io"], "{error}");
    assert_eq!(tree.read("a"), OLD);
}

#[test]
fn a_link_stays_a_link_and_its_file_is_written_once() {
    let tree = Tree::with(&["a", "b", "c"]);
    for name in ["b", "c"] {
        fs::remove_file(tree.file(name)).unwrap();
        symlink("../a/changelog", tree.file(name)).unwrap();
    }
    let both = blocks(&["b", "c"]);
    assert!(matches!(prepare(tree.root(), tree.root(), &both), Err(UpdateWriteError::Refused(reasons)) if reasons.len() == 1));
    prepare(tree.root(), tree.root(), &both[..1]).unwrap().write().unwrap();
    assert_eq!(tree.read("a"), block("b") + OLD);
    assert!(fs::symlink_metadata(tree.file("b")).unwrap().is_symlink());
}

#[test]
fn a_failure_on_the_way_changes_nothing() {
    let tree = Tree::with(&["a", "b"]);
    // Nobody can write a file where a folder stands.
    fs::create_dir_all(tree.root().join("b/.changelog.cooperage-new/x")).unwrap();
    let blocks = blocks(&["a", "b"]);
    let error = prepare(tree.root(), tree.root(), &blocks).unwrap().write().unwrap_err();
    assert!(matches!(error, UpdateWriteError::TakenBack(_)) && error.to_string().contains("b/changelog"), "{error}");
    assert_eq!((tree.read("a"), tree.read("b")), (OLD.to_owned(), OLD.to_owned()));
    assert!(!tree.root().join(JOURNAL).exists() && !tree.root().join("a/.changelog.cooperage-new").exists());
}

#[test]
fn a_call_killed_between_renames_is_taken_back() {
    let tree = Tree::with(&["a", "b", "c", "gone"]);
    let names = ["a", "b", "c", "gone"];
    tree.journal(&names);
    fs::remove_dir_all(tree.root().join("gone")).unwrap();
    fs::write(tree.file("a"), block("a") + OLD + " and more").unwrap();
    for name in ["b", "c"] {
        fs::write(tree.root().join(name).join(".changelog.cooperage-new"), block(name) + OLD).unwrap();
    }
    assert_eq!(tree.recover(), Some(Recovered::TakenBack { entries: 1, of: 4 }));
    assert_eq!((tree.read("a"), tree.read("b")), (format!("{OLD} and more"), OLD.to_owned()));
    assert_eq!((tree.left_over(), tree.recover()), (Vec::new(), None));
}

#[test]
fn a_call_killed_before_or_after_the_renames_leaves_nothing_or_all() {
    let tree = Tree::with(&["a", "b"]);
    tree.journal(&["a", "b"]);
    fs::write(tree.root().join("a/.changelog.cooperage-new"), "half").unwrap();
    assert_eq!(tree.recover(), Some(Recovered::TakenBack { entries: 0, of: 2 }));
    assert_eq!((tree.read("a"), tree.left_over()), (OLD.to_owned(), Vec::new()));
    tree.journal(&["a", "b"]);
    for name in ["a", "b"] {
        fs::write(tree.file(name), block(name) + OLD).unwrap();
    }
    assert_eq!(tree.recover(), Some(Recovered::Kept { entries: 2 }));
    assert_eq!((tree.read("b"), tree.left_over()), (block("b") + OLD, Vec::new()));
}

#[test]
fn a_call_killed_before_it_began_leaves_nothing() {
    let tree = Tree::with(&["a"]);
    for announced in [serde_json::json!({"v": 1, "files": blocks(&["a"])}).to_string(), "{\"v\":1,".to_owned()] {
        fs::write(tree.root().join(format!("{JOURNAL}.new")), &announced).unwrap();
        assert_eq!(tree.recover(), None);
        assert_eq!(tree.left_over(), Vec::<PathBuf>::new());
        fs::write(tree.root().join(format!("{JOURNAL}.new")), announced).unwrap();
        fs::write(tree.root().join("a/.changelog.cooperage-new"), "half of a file that was to be").unwrap();
        tree.recover();
        // What may be left is replaced by the next update.
        prepare(tree.root(), tree.root(), &blocks(&["a"])).unwrap().write().unwrap();
        assert_eq!((tree.read("a"), tree.left_over()), (block("a") + OLD, Vec::new()));
        fs::write(tree.file("a"), OLD).unwrap();
    }
}

#[test]
fn a_journal_that_is_damaged_or_leads_out_is_refused() {
    let tree = Tree::with(&["a"]);
    let long = "x".repeat(300);
    for text in [
        "",
        "{\"v\":1,\"files\":[",
        "{\"v\":2,\"files\":[]}",
        "{\"v\":1,\"files\":[{\"path\":\"../a\",\"block\":\"x\"}]}",
        "{\"v\":1,\"files\":[{\"path\":\"/etc\",\"block\":\"x\"}]}",
        "{\"v\":1,\"files\":[{\"path\":\"\",\"block\":\"x\"}]}",
        "{\"v\":1,\"files\":[{\"path\":\"a\",\"block\":\"\"}]}",
        long.as_str(),
    ] {
        fs::write(tree.root().join(JOURNAL), text).unwrap();
        let error = recover(tree.root(), tree.root()).unwrap_err();
        assert!(matches!(error, UpdateWriteError::Journal { .. }) && error.to_string().contains(JOURNAL), "{error}");
    }
    assert_eq!(tree.read("a"), OLD);
}
