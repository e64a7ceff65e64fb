//! Hostile tars, and the way of a clone there and back.

use super::CageError;
use super::back::replace;
use super::pack::pack;
use super::unpack::{Bounds, unpack};
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

const BOUNDS: Bounds = Bounds { bytes: 1 << 20, files: 100 };

/// A member: its path as it is to stand there, type, mode, text of a link, content.
type Entry<'a> = (&'a str, EntryType, u32, &'a str, &'a [u8]);

fn tar(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (path, kind, mode, link, content) in entries {
        let mut header = Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(*mode);
        header.set_size(content.len() as u64);
        header.set_device_major(1).unwrap();
        header.set_device_minor(3).unwrap();
        // Written by hand: the builder refuses paths that lead out.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn file(path: &str) -> Entry<'_> {
    (path, EntryType::Regular, 0o644, "", b"x")
}

fn link<'a>(path: &'a str, to: &'a str) -> Entry<'a> {
    (path, EntryType::Symlink, 0o777, to, b"")
}

/// A clone in a folder of its own.
fn clone() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("clone");
    fs::create_dir(&tree).unwrap();
    (folder, tree)
}

fn refused(entries: &[Entry<'_>]) -> String {
    let (folder, tree) = clone();
    let error = unpack(tar(entries).as_slice(), &tree, BOUNDS, &HashMap::new()).unwrap_err().to_string();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "what was unpacked is still there");
    error
}

#[test]
fn what_leads_out_or_is_no_file_does_not_come_back() {
    let device = |kind| ("dev", kind, 0o666, "", b"".as_slice());
    for (entries, said) in [
        (vec![file("../out")], "leads out"),
        (vec![file("/etc/passwd")], "leads out"),
        (vec![file("a/../../out")], "leads out"),
        (vec![device(EntryType::Char)], "a device"),
        (vec![device(EntryType::Block)], "a device"),
        (vec![device(EntryType::Fifo)], "a pipe"),
        (vec![link("l", "/etc/passwd")], "a link to /etc/passwd"),
        (vec![link("l", "../x")], "a link to ../x"),
        (vec![link("l", ".git/config")], "a link to .git/config"),
        (vec![("d/", EntryType::Directory, 0o755, "", b""), link("d/l", "../../x")], "a link to ../../x"),
        // The first is inside; the second would go up from where the first leads.
        (vec![("d/", EntryType::Directory, 0o755, "", b""), link("d/up", ".."), link("l", "d/up/../x")], "a link to d/up/../x"),
        (vec![("h", EntryType::Link, 0o644, "/etc/passwd", b"")], "another name of /etc/passwd"),
        (vec![("h", EntryType::Link, 0o644, "../x", b"")], "another name of ../x"),
        (vec![file(".git/config"), ("h", EntryType::Link, 0o644, ".git/config", b"")], "another name of .git/config"),
    ] {
        let error = refused(&entries);
        assert!(error.contains(said) && error.contains("nothing of what it did is kept"), "{entries:?}: {error}");
    }
}

#[test]
fn nothing_is_written_through_a_link() {
    let (folder, tree) = clone();
    let entries = [link("d", "../clone"), file("d/x")];
    unpack(tar(&entries).as_slice(), &tree, BOUNDS, &HashMap::new()).unwrap_err();
    assert_eq!(fs::read_dir(&tree).unwrap().count(), 0);
    drop(folder);
}

#[test]
fn too_much_is_refused_before_it_is_written() {
    let large = vec![0; (1 << 20) + 1];
    assert!(refused(&[("large", EntryType::Regular, 0o644, "", &large)]).contains("more than 1 MiB"));
    let names: Vec<String> = (0..=100).map(|number| format!("f{number}")).collect();
    let many: Vec<Entry<'_>> = names.iter().map(|name| file(name)).collect();
    assert!(refused(&many).contains("more than 100 files"));
    // The tar says how large a file is before it holds any of it.
    let mut sparse = tar(&[file("sparse")]);
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..6].copy_from_slice(b"sparse");
    header.set_mode(0o644);
    header.set_size(100 << 30);
    header.set_cksum();
    sparse[..512].copy_from_slice(header.as_bytes());
    let (_folder, tree) = clone();
    let error = unpack(sparse.as_slice(), &tree, BOUNDS, &HashMap::new()).unwrap_err();
    assert!(matches!(error, CageError::LeftTooMuch { .. }), "{error}");
}

#[test]
fn a_tar_that_breaks_off_is_an_error() {
    let (_folder, tree) = clone();
    let whole = tar(&[("a", EntryType::Regular, 0o644, "", &[7; 2000])]);
    unpack(&whole[..1024], &tree, BOUNDS, &HashMap::new()).unwrap_err();
}

#[test]
fn rights_and_settings_of_git_stay_behind() {
    let (_folder, tree) = clone();
    fs::create_dir(tree.join(".git")).unwrap();
    fs::write(tree.join(".git/config"), "ours").unwrap();
    let entries = [
        ("./", EntryType::Directory, 0o777, "", b"".as_slice()),
        ("./su", EntryType::Regular, 0o6755, "", b"#!"),
        ("./su2", EntryType::Link, 0o6755, "./su", b""),
        ("./.git/hooks/post-checkout", EntryType::Regular, 0o755, "", b"evil"),
        ("./.git/config", EntryType::Regular, 0o644, "", b"evil"),
        ("./sub/", EntryType::Directory, 0o1777, "", b""),
        ("./sub/.git", EntryType::Regular, 0o644, "", b"gitdir: /tmp"),
        ("./sub/x", EntryType::Regular, 0o000, "", b"x"),
    ];
    replace(unpack(tar(&entries).as_slice(), &tree, BOUNDS, &HashMap::new()).unwrap(), &tree).unwrap();
    let mode = |path: &str| fs::metadata(tree.join(path)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode("su"), mode("sub"), mode("sub/x"), mode("")), (0o755, 0o777, 0o600, 0o755));
    assert_eq!(fs::metadata(tree.join("su")).unwrap().ino(), fs::metadata(tree.join("su2")).unwrap().ino());
    assert_eq!(fs::read_to_string(tree.join(".git/config")).unwrap(), "ours");
    assert!(!tree.join(".git/hooks").exists() && !tree.join("sub/.git").exists());
}

#[test]
fn a_clone_comes_back_as_it_went() {
    let (folder, tree) = clone();
    let long = "a long name/".repeat(20);
    fs::create_dir_all(tree.join(&long)).unwrap();
    fs::write(tree.join(&long).join("file"), "text").unwrap();
    fs::write(tree.join("run.sh"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(tree.join("run.sh"), fs::Permissions::from_mode(0o4755)).unwrap();
    symlink("run.sh", tree.join("link")).unwrap();
    symlink("/etc/localtime", tree.join("zone")).unwrap();
    fs::create_dir(tree.join("empty")).unwrap();
    let mut packed = Vec::new();
    let known = pack(&tree, 1 << 20, &mut packed).unwrap();
    replace(unpack(packed.as_slice(), &tree, BOUNDS, &known.outward).unwrap(), &tree).unwrap();
    assert_eq!(fs::read_to_string(tree.join(&long).join("file")).unwrap(), "text");
    assert_eq!(fs::metadata(tree.join("run.sh")).unwrap().permissions().mode() & 0o7777, 0o755);
    assert_eq!(fs::read_link(tree.join("link")).unwrap(), Path::new("run.sh"));
    assert_eq!(fs::read_link(tree.join("zone")).unwrap(), Path::new("/etc/localtime"));
    assert!(tree.join("empty").is_dir());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something is left beside the clone");
}

#[test]
fn a_clone_that_does_not_fit_is_told_with_its_size() {
    let (_folder, tree) = clone();
    fs::write(tree.join("large"), vec![1; 3 << 20]).unwrap();
    let error = pack(&tree, 2 << 20, std::io::sink()).unwrap_err().to_string();
    assert!(error.contains("3 MiB") && error.contains("2 MiB") && error.contains("cooperage.sandbox.disk"), "{error}");
}
