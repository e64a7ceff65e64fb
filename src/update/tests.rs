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
        let files: Vec<_> = names.iter().map(|name| serde_json::json!({"path": name, "block": block(name), "old": OLD})).collect();
        let document = serde_json::json!({"v": 2, "files": files});
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
    // Nothing is made in a folder, so a read-only one does no harm.
    fs::set_permissions(tree.root().join("d"), fs::Permissions::from_mode(0o555)).unwrap();
    let outside = Tree::with(&["x"]);
    fs::remove_file(tree.file("e")).unwrap();
    symlink(outside.file("x"), tree.file("e")).unwrap();
    let blocks = blocks(&["a", "b", "c", "d", "e", "missing"]);
    let error = prepare(tree.root(), tree.root(), &blocks).err().unwrap();
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
    assert_eq!(kinds, ["read-only", "conflict", "outside", "io"], "{error}");
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
fn other_names_of_a_file_keep_what_they_show() {
    let tree = Tree::with(&["a", "b"]);
    let saved = tree.root().join("saved");
    fs::hard_link(tree.file("a"), &saved).unwrap();
    fs::remove_file(tree.file("b")).unwrap();
    fs::hard_link(&saved, tree.file("b")).unwrap();
    fs::set_permissions(&saved, fs::Permissions::from_mode(0o640)).unwrap();
    prepare(tree.root(), tree.root(), &blocks(&["a", "b"])).unwrap().write().unwrap();
    assert_eq!([tree.read("a"), tree.read("b")], [block("a") + OLD, block("b") + OLD]);
    assert_eq!((fs::read_to_string(&saved).unwrap(), tree.left_over()), (OLD.to_owned(), vec![saved.clone()]));
    assert_eq!(fs::metadata(tree.file("a")).unwrap().permissions().mode() & 0o7777, 0o640);
}

#[test]
fn a_failure_on_the_way_changes_nothing() {
    let tree = Tree::with(&["a", "b", "c"]);
    let blocks = blocks(&["a", "b", "c"]);
    let prepared = prepare(tree.root(), tree.root(), &blocks).unwrap();
    // Somebody saves the second one after it was read.
    fs::write(tree.file("b"), "another text, and a longer one").unwrap();
    let error = prepared.write().unwrap_err();
    assert!(matches!(error, UpdateWriteError::TakenBack(_)) && error.to_string().contains("b/changelog was changed"), "{error}");
    assert_eq!([tree.read("a"), tree.read("c")], [OLD, OLD]);
    assert_eq!((tree.read("b").as_str(), tree.left_over()), ("another text, and a longer one", Vec::new()));
}

#[test]
fn where_no_journal_can_be_no_changelog_changes() {
    let tree = Tree::with(&["a"]);
    let blocks = blocks(&["a"]);
    fs::create_dir(tree.root().join(JOURNAL)).unwrap();
    let error = prepare(tree.root(), tree.root(), &blocks).unwrap().write().unwrap_err();
    assert!(error.to_string().contains(JOURNAL), "{error}");
    assert_eq!(tree.read("a"), OLD);
}

/// Every place at which a call can be killed while it writes the second of three files, which is longer than a sector.
#[test]
fn a_file_that_is_torn_anywhere_becomes_what_it_was() {
    let tree = Tree::with(&["a", "b", "c"]);
    let old: String = (0..300).map(|at| format!("line {at}\n")).collect();
    let new = block("b") + &old;
    let files =
        [("a", OLD), ("b", &old), ("c", OLD)].map(|(path, old)| serde_json::json!({"path": path, "block": block(path), "old": old}));
    let journal = serde_json::json!({"v": 2, "files": files}).to_string();
    for cut in (1..new.len()).step_by(7) {
        fs::write(tree.root().join(JOURNAL), &journal).unwrap();
        fs::write(tree.file("a"), block("a") + OLD).unwrap();
        fs::write(tree.file("b"), [&new[..cut], old.get(cut..).unwrap_or_default()].concat()).unwrap();
        assert_eq!(tree.recover(), Some(Recovered::TakenBack { entries: 2, of: 3 }), "cut at {cut}");
        assert!(tree.read("b") == old, "cut at {cut}");
        assert_eq!([tree.read("a"), tree.read("c")], [OLD, OLD]);
    }
    assert_eq!(tree.left_over(), Vec::<PathBuf>::new());
}

#[test]
fn what_people_changed_since_a_call_was_killed_stays() {
    let tree = Tree::with(&["a", "b", "c", "d", "gone"]);
    tree.journal(&["a", "b", "c", "d", "gone"]);
    fs::remove_dir_all(tree.root().join("gone")).unwrap();
    fs::write(tree.file("a"), block("a") + OLD + " and more").unwrap();
    fs::write(tree.file("b"), block("b") + OLD).unwrap();
    fs::write(tree.file("c"), "all new").unwrap();
    assert_eq!(tree.recover(), Some(Recovered::TakenBack { entries: 2, of: 5 }));
    assert_eq!([tree.read("a"), tree.read("b"), tree.read("c"), tree.read("d")], [&format!("{OLD} and more"), OLD, "all new", OLD]);
    assert_eq!((tree.left_over(), tree.recover()), (Vec::new(), None));
}

#[test]
fn a_call_killed_before_or_after_it_wrote_leaves_nothing_or_all() {
    let tree = Tree::with(&["a", "b"]);
    tree.journal(&["a", "b"]);
    assert_eq!(tree.recover(), Some(Recovered::TakenBack { entries: 0, of: 2 }));
    assert_eq!((tree.read("a"), tree.left_over()), (OLD.to_owned(), Vec::new()));
    tree.journal(&["a", "b"]);
    for name in ["a", "b"] {
        fs::write(tree.file(name), block(name) + OLD).unwrap();
    }
    assert_eq!(tree.recover(), Some(Recovered::Kept { entries: 2 }));
    assert_eq!((tree.read("b"), tree.left_over()), (block("b") + OLD, Vec::new()));
    // A draft counts for nothing, whole or not.
    for draft in [serde_json::json!({"v": 2, "files": []}).to_string(), "{\"v\":2,".to_owned()] {
        fs::write(tree.root().join(format!("{JOURNAL}.new")), draft).unwrap();
        assert_eq!((tree.recover(), tree.left_over()), (None, Vec::new()));
    }
}

/// The journal is what recovery relies on, so it must hold any bytes.
#[test]
fn changelogs_that_are_not_utf8_come_back_byte_for_byte() {
    let tree = Tree::with(&["a", "b"]);
    let latin = b"F\xe1bian\0\r\n".as_slice();
    fs::write(tree.file("a"), latin).unwrap();
    let blocks = blocks(&["a", "b"]);
    let prepared = prepare(tree.root(), tree.root(), &blocks).unwrap();
    fs::write(tree.file("b"), "changed").unwrap();
    prepared.write().unwrap_err();
    assert_eq!(fs::read(tree.file("a")).unwrap(), latin);
}

#[test]
fn a_journal_that_is_damaged_or_leads_out_is_refused() {
    let tree = Tree::with(&["a"]);
    let long = "x".repeat(300);
    for text in [
        "",
        "{\"v\":2,\"files\":[",
        "{\"v\":1,\"files\":[]}",
        "{\"v\":2,\"files\":[{\"path\":\"../a\",\"block\":\"x\",\"old\":\"\"}]}",
        "{\"v\":2,\"files\":[{\"path\":\"/etc\",\"block\":\"x\",\"old\":\"\"}]}",
        "{\"v\":2,\"files\":[{\"path\":\"\",\"block\":\"x\",\"old\":\"\"}]}",
        "{\"v\":2,\"files\":[{\"path\":\"a\",\"block\":\"\",\"old\":\"\"}]}",
        long.as_str(),
    ] {
        fs::write(tree.root().join(JOURNAL), text).unwrap();
        let error = recover(tree.root(), tree.root()).unwrap_err();
        assert!(matches!(error, UpdateWriteError::Journal { .. }) && error.to_string().contains(JOURNAL), "{error}");
    }
    assert_eq!(tree.read("a"), OLD);
}
