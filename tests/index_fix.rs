//! `index fix` through the real program.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use support::listing::{Listing, entry};

fn broken() -> Listing {
    let listing = Listing::new();
    let entries = [
        entry(
            1,
            "web",
            "app",
            &["desired-tag: 8.10  # not 8.1", "-git-branch", "-build-context", "git-path: docker", "build_context: ../"],
        ),
        entry(1, "web", "tools", &["-depends-on", "desired-tag: 7"]),
    ];
    listing.list("web.yaml", &entries);
    listing.list("good.yaml", &[entry(4, "good", "app", &[])]);
    listing.write("index.d/index_template.yaml", "Projects:\n  - id: 0\n    desired-tag: 8.10\n");
    listing.commit("broken");
    listing
}

#[test]
fn a_dry_run_shows_a_diff_that_git_applies_and_the_real_one_makes_the_same() {
    let listing = broken();
    let dry = listing.call(&["index", "fix", "--dry-run", "."]);
    let told = String::from_utf8(dry.stdout).unwrap();
    assert_eq!((dry.status.code(), listing.git(&["status", "--porcelain"])), (Some(0), String::new()));
    assert!(told.contains("-    desired-tag: 8.10  # not 8.1\n+    desired-tag: \"8.10\"  # not 8.1\n"), "{told}");
    assert!(told.ends_with("6 repairs would be made in 1 file\n"), "{told}");
    let diff: String = told.lines().take_while(|line| !line.starts_with("index.d/")).map(|line| format!("{line}\n")).collect();
    listing.write(".git/fix.diff", &diff);
    listing.git(&["apply", ".git/fix.diff"]);
    let applied = fs::read_to_string(listing.path().join("index.d/web.yaml")).unwrap();
    listing.git(&["checkout", "-q", "."]);
    let (document, code) = listing.document(&["index", "fix", "."]);
    assert_eq!((code, &document["written"], document["changes"].as_array().unwrap().len()), (0, &true.into(), 6));
    assert_eq!(fs::read_to_string(listing.path().join("index.d/web.yaml")).unwrap(), applied);
    assert_eq!(listing.git(&["status", "--porcelain"]), "M index.d/web.yaml");
    let again = listing.call(&["index", "fix", "."]);
    assert_eq!(String::from_utf8_lossy(&again.stdout), "nothing to repair\n");
    let (plan, code) = listing.document(&["index", "plan", "."]);
    assert_eq!((plan["entries"].as_array().unwrap().len(), code), (3, 0), "{plan}");
}

#[test]
fn what_cannot_be_read_is_left_and_the_rest_is_done() {
    let listing = broken();
    let path = listing.write("index.d/bad.yaml", "Projects: [\n");
    let (document, code) = listing.document(&["index", "fix", "."]);
    assert_eq!((code, &document["written"]), (1, &true.into()));
    assert_eq!((&document["defects"][0]["code"], &document["defects"][0]["line"]), (&"bad_yaml".into(), &1.into()));
    assert_eq!(fs::read_to_string(path).unwrap(), "Projects: [\n");
    assert!(listing.git(&["status", "--porcelain"]).contains("M index.d/web.yaml"));
}

#[test]
fn a_pipe_is_not_waited_for() {
    let listing = broken();
    let pipe = listing.path().join("index.d/pipe.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (document, code) = listing.document(&["index", "fix", "."]);
    assert_eq!((code, &document["defects"][0]["path"]), (1, &"index.d/pipe.yaml".into()));
    assert!(fs::symlink_metadata(&pipe).is_ok());
    assert_eq!(listing.document(&["index", "plan", "."]).1, 1);
}

#[test]
fn a_link_stays_a_link_and_modes_stay() {
    let listing = broken();
    let (file, real) = (listing.path().join("index.d/web.yaml"), listing.path().join("real.yaml"));
    fs::rename(&file, &real).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("../real.yaml", &file).unwrap();
    assert_eq!(listing.document(&["index", "fix", "."]).1, 0);
    assert!(fs::symlink_metadata(&file).unwrap().is_symlink());
    let mode = fs::metadata(&real).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o640);
    assert!(fs::read_to_string(&real).unwrap().contains("\"8.10\""));
}
