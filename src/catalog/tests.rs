//! Whole trees: every folder of `fixtures/catalogues` with the result it expects, and trees that git cannot hold.

use super::*;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The page that lists every code.
const DOCUMENTED: &str = include_str!("../../docs/catalogue.md");

const BLOCK: &str = " (1.0) wikimedia; urgency=medium\n\n  * x\n\n -- A <a@example.org>  Thu, 07 Aug 2025 15:47:14 -0700\n";

fn define(folder: &Path, name: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("Dockerfile.template"), "FROM scratch\n").unwrap();
    fs::write(folder.join("changelog"), format!("{name}{BLOCK}")).unwrap();
}

/// The result without the path of the checkout.
fn describe(root: &Path, result: Result<Catalogue, CatalogueError>) -> Value {
    match result {
        Ok(catalogue) => json!({
            "definitions": catalogue.definitions.iter().map(definition).collect::<Vec<_>>(),
            "defects": catalogue.defects,
            "warnings": catalogue.warnings,
        }),
        Err(error) => {
            let message = error.to_string().replace(&root.display().to_string(), "DIRECTORY");
            let CatalogueError::Empty { warnings, .. } = error else { return json!({ "error": message }) };
            json!({ "error": message, "warnings": warnings })
        }
    }
}

fn definition(definition: &Definition) -> Value {
    let first = definition.changelog.first();
    let relations: Vec<String> =
        definition.control.relations.iter().map(|relation| format!("{}:{}: {relation}", relation.field, relation.line)).collect();
    json!({
        "name": definition.name,
        "version": definition.version.as_str(),
        "path": definition.path,
        "distribution": first.distribution,
        "urgency": first.urgency,
        "date": first.date.map(|date| date.to_string()),
        "author": first.author,
        "line": first.line,
        "older": definition.changelog.entries.iter().skip(1).map(|e| format!("{} {}", e.package, e.version)).collect::<Vec<_>>(),
        "unreleased": definition.is_unreleased(),
        "relations": relations,
    })
}

#[test]
fn fixtures_give_what_they_expect() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/catalogues"));
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    assert!(cases.len() >= 10, "{cases:?}");
    let mut wrong = Vec::new();
    for case in cases {
        let root = case.join("tree");
        let found = describe(&root, discover(&root, 3));
        for remark in ["defects", "warnings"].iter().filter_map(|kind| found[kind].as_array()).flatten() {
            let row = format!("\n| `{}` | ", remark["code"].as_str().unwrap());
            assert!(DOCUMENTED.contains(&row), "docs/catalogue.md has no row for {remark}");
        }
        let expected = fs::read(case.join("expected.json")).unwrap_or_default();
        if serde_json::from_slice::<Value>(&expected).ok().as_ref() != Some(&found) {
            wrong.push(format!("{}: found\n{}", case.display(), serde_json::to_string_pretty(&found).unwrap()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/catalogues"));
    // All cases as one tree.
    let one = describe(&root, discover(&root, 1));
    assert!(one["definitions"].as_array().unwrap().len() > 20);
    for workers in [0, 2, 7, 1000] {
        assert_eq!(describe(&root, discover(&root, workers)), one, "{workers} workers");
    }
}

#[test]
fn a_directory_that_is_none_is_an_error_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(discover(&dir.path().join("missing"), 1), Err(CatalogueError::Missing(_))));
    assert!(matches!(discover(&file, 1), Err(CatalogueError::NotADirectory(_))));
    assert!(matches!(discover(&file.join("below"), 1), Err(CatalogueError::Unreadable { .. })));
    assert!(matches!(discover(dir.path(), 1), Err(CatalogueError::Empty { .. })));
}

#[test]
fn git_s_own_folder_is_not_searched() {
    let dir = tempfile::tempdir().unwrap();
    define(&dir.path().join("a"), "a");
    define(&dir.path().join(".git/b"), "b");
    define(&dir.path().join("sub/.git/c"), "c");
    define(&dir.path().join(".hidden"), "hidden");
    let names: Vec<String> = discover(dir.path(), 2).unwrap().definitions.into_iter().map(|d| d.name).collect();
    assert_eq!(names, ["a", "hidden"]);
}

#[test]
fn the_directory_may_be_a_link_and_end_in_a_slash() {
    let dir = tempfile::tempdir().unwrap();
    define(&dir.path().join("real/a"), "a");
    std::os::unix::fs::symlink("real", dir.path().join("link")).unwrap();
    for root in ["link", "link/", "real/", "real/."] {
        let catalogue = discover(&dir.path().join(root), 2).unwrap();
        assert_eq!(catalogue.definitions[0].path, "a", "{root}");
        let folder = catalogue.definitions[0].folder(&catalogue.root);
        assert!(folder.join(Definition::CHANGELOG).is_file(), "{}", folder.display());
    }
}

#[test]
fn a_folder_that_is_not_utf8_is_a_defect() {
    use std::os::unix::ffi::OsStrExt as _;
    let dir = tempfile::tempdir().unwrap();
    define(&dir.path().join("a"), "a");
    define(&dir.path().join(std::ffi::OsStr::from_bytes(b"f\xfcr")), "b");
    let catalogue = discover(dir.path(), 1).unwrap();
    assert_eq!(catalogue.definitions.len(), 1);
    assert_eq!((catalogue.defects[0].code, catalogue.defects[0].path.as_deref()), ("bad_path", Some("f�r")));
}

#[test]
fn a_pipe_is_refused_without_waiting_for_a_writer() {
    let dir = tempfile::tempdir().unwrap();
    for (file, name) in [("changelog", "a"), ("control", "b"), ("Dockerfile.template", "c")] {
        let folder = dir.path().join(file);
        define(&folder, name);
        let _ = fs::remove_file(folder.join(file));
        assert!(std::process::Command::new("mkfifo").arg(folder.join(file)).status().unwrap().success());
    }
    let catalogue = discover(dir.path(), 1).unwrap();
    let codes: Vec<_> = catalogue.defects.iter().map(|d| (d.code, d.path.as_deref().unwrap())).collect();
    let expected = ["Dockerfile.template/Dockerfile.template", "changelog/changelog", "control/control"];
    assert_eq!(codes, expected.map(|path| ("unreadable", path)));
}

#[test]
fn a_changelog_of_20_megabytes_is_read_and_one_of_65_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let entry = format!("big{BLOCK}\n");
    define(&dir.path().join("big"), "big");
    fs::write(dir.path().join("big/changelog"), entry.repeat(20_000_000 / entry.len() + 1)).unwrap();
    define(&dir.path().join("huge"), "huge");
    let huge = fs::OpenOptions::new().write(true).open(dir.path().join("huge/changelog")).unwrap();
    huge.set_len(65 << 20).unwrap();
    let catalogue = discover(dir.path(), 2).unwrap();
    assert_eq!(catalogue.definitions.len(), 1);
    assert!(catalogue.definitions[0].changelog.entries.len() > 190_000);
    assert_eq!((catalogue.defects[0].code, catalogue.defects[0].path.as_deref()), ("too_large", Some("huge/changelog")));
}

#[test]
fn a_deep_tree_does_not_exhaust_the_stack() {
    let dir = tempfile::tempdir().unwrap();
    let mut folder = dir.path().to_owned();
    // A path may have 4096 bytes.
    (0..900).for_each(|_| folder.push("sub"));
    define(&folder, "deep");
    let catalogue = discover(dir.path(), 2).unwrap();
    assert_eq!(catalogue.definitions[0].path, vec!["sub"; 900].join("/"));
}

/// A generator of numbers that is the same in every run (constants of Numerical Recipes).
struct Numbers(u32);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % below
    }
}

/// Changes, inserts, removes and repeats pieces of `text`.
fn mutate(text: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    const ODD: &[u8] = b"\n\r\t ();,:|<>[]=-#$\"'@/~.\0\x1b\x80\xc3\xe9\xff";
    let mut bytes = text.to_vec();
    for _ in 0..=numbers.next(8) {
        let at = numbers.next(bytes.len().max(1));
        let odd = ODD[numbers.next(ODD.len())];
        match numbers.next(5) {
            0 if at < bytes.len() => bytes[at] = odd,
            1 => bytes.insert(at.min(bytes.len()), odd),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at.min(bytes.len())..(at + numbers.next(20)).min(bytes.len()))),
            _ => bytes.extend_from_within(at.min(bytes.len())..),
        }
    }
    bytes
}

#[test]
fn no_bytes_make_the_readers_panic_and_lines_stay_in_the_file() {
    let changelog = format!("php{BLOCK}\nother (v1~x) UNRELEASED, b; urgency=low\n\n -- Fábian <F <f@b>>  Mon, 1 Jan 2024 1:2:3 EST (x)\n");
    let control = "# c\nPackage: a\nBuild-Depends: b (>= 1:2~x) | c [amd64] <!n>, d:any\n (<< 3),,\n\n\tx\nDepends:é";
    let mut numbers = Numbers(1);
    let (mut read, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let bytes = mutate(changelog.as_bytes(), &mut numbers);
        let lines = bytes.split(|b| *b == b'\n').count();
        match Changelog::parse(&bytes) {
            Ok(log) => assert!(log.entries.iter().all(|e| e.line <= lines && e.trailer_line.is_none_or(|line| line > e.line))),
            Err(error) => assert!(error.line().is_none_or(|line| line <= lines)),
        }
        let bytes = mutate(control.as_bytes(), &mut numbers);
        let lines = bytes.split(|b| *b == b'\n').count();
        match Control::parse(&bytes) {
            Ok(control) => {
                read += 1;
                assert!(control.relations.iter().all(|r| r.line <= lines && !r.name.is_empty()));
            }
            Err(error) => {
                refused += 1;
                assert!(error.line() <= lines);
            }
        }
    }
    assert!(read > 1000 && refused > 1000, "{read} read, {refused} refused: the changes no longer test anything");
}
