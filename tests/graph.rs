//! `graph` and `tree` through the real program.
//!
//! A case is a folder of `fixtures/graphs`: a catalogue in `tree`, a `config.yaml`, and `calls.json` with calls,
//! their exit codes and what stderr must hold. What a call prints is in a file of the call's name.
//! `UPDATE=1 cargo test --test graph` writes these files anew; look at the difference.

use serde::Deserialize;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[derive(Deserialize)]
struct Call {
    name: String,
    args: Vec<String>,
    #[serde(default)]
    exit: i32,
    #[serde(default)]
    stderr: Vec<String>,
}

/// The program in a folder, with an engine that is not there: nobody may ask it.
fn cooperage(folder: &Path, args: &[String]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cooperage"));
    command.args(args).current_dir(folder).env_clear();
    command.env("PATH", std::env::var("PATH").unwrap()).env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    command.output().unwrap()
}

fn check(folder: &Path, call: &Call) -> Result<(), String> {
    let output = cooperage(folder, &[call.args.clone(), vec!["tree".to_owned()]].concat());
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let title = format!("{}: {}\n--- stderr\n{stderr}", folder.display(), call.name);
    if output.status.code() != Some(call.exit) {
        return Err(format!("{title}--- ended with {}, not {}", output.status, call.exit));
    }
    if let Some(missing) = call.stderr.iter().find(|part| !stderr.contains(part.as_str())) {
        return Err(format!("{title}--- does not say \"{missing}\""));
    }
    if call.stderr.is_empty() && call.exit == 0 && stderr.contains("error") {
        return Err(format!("{title}--- says something is wrong"));
    }
    let path = folder.join("expected").join(&call.name);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &stdout).unwrap();
    }
    match fs::read_to_string(&path).unwrap_or_default() == stdout {
        true => Ok(()),
        false => Err(format!("{title}--- prints what is not in {}:\n{stdout}", path.display())),
    }
}

#[test]
fn every_case_prints_what_is_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/graphs");
    let mut folders: Vec<PathBuf> = fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let mut wrong = Vec::new();
    for folder in &folders {
        let calls: Vec<Call> = serde_json::from_str(&fs::read_to_string(folder.join("calls.json")).unwrap()).unwrap();
        assert!(!calls.is_empty(), "{} has no calls", folder.display());
        wrong.extend(calls.iter().filter_map(|call| check(folder, call).err()));
    }
    assert!(folders.len() > 2, "the cases were not found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A tree of `count` definitions; each needs the one half as far from the beginning.
fn large(count: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    for at in 0..count {
        let own = folder.path().join(format!("tree/group{}/image{at}", at / 100));
        fs::create_dir_all(&own).unwrap();
        let mut heading = String::new();
        write!(heading, "image{at} (1.{at}) bookworm; urgency=medium\n\n  * One.\n\n").unwrap();
        fs::write(own.join("changelog"), heading + " -- T <t@example.org>  Mon, 02 Nov 2026 10:00:00 +0000\n").unwrap();
        fs::write(own.join("Dockerfile.template"), "FROM scratch\n").unwrap();
        if at > 0 {
            fs::write(own.join("control"), format!("Package: image{at}\nDepends: image{}\n", at / 2)).unwrap();
        }
    }
    folder
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn five_thousand_definitions_are_shown_and_too_large_a_picture_is_refused() {
    let folder = large(5_000);
    let listed = cooperage(folder.path(), &words("graph tree"));
    assert_eq!(listed.status.code(), Some(0), "{}", String::from_utf8_lossy(&listed.stderr));
    let document: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(document["nodes"].as_array().unwrap().len(), 5_000);
    assert_eq!(document["edges"].as_array().unwrap().len(), 4_999);
    assert_eq!(document["critical_path"].as_array().unwrap().len(), 14);
    let tree = cooperage(folder.path(), &words("tree tree"));
    assert_eq!(String::from_utf8(tree.stdout).unwrap().lines().count(), 5_000);
    let picture = cooperage(folder.path(), &words("graph --as svg --output picture.svg tree"));
    assert_eq!(picture.status.code(), Some(2));
    let said = String::from_utf8(picture.stderr).unwrap();
    assert!(said.contains("5000 images with 4999 edges") && said.contains("--select"), "{said}");
    assert!(!folder.path().join("picture.svg").exists());
    let part = cooperage(folder.path(), &words("graph --as svg --output picture.svg --select *image40:* --with-dependents tree"));
    assert_eq!(part.status.code(), Some(0), "{}", String::from_utf8_lossy(&part.stderr));
    assert!(fs::read_to_string(folder.path().join("picture.svg")).unwrap().contains("image40"));
    let flowchart = cooperage(folder.path(), &words("graph --as mermaid tree"));
    assert!(String::from_utf8(flowchart.stderr).unwrap().contains("maxEdges"));
}

#[test]
fn a_picture_that_cannot_be_written_and_a_catalogue_that_is_none() {
    let folder = large(1);
    let unwritable = cooperage(folder.path(), &words("graph --as svg --output nowhere/picture.svg tree"));
    assert_eq!(unwritable.status.code(), Some(2));
    assert!(String::from_utf8(unwritable.stderr).unwrap().contains("nowhere/picture.svg"));
    for call in ["graph missing", "tree missing", "tree image0 missing", "graph --as dot .git"] {
        assert_eq!(cooperage(folder.path(), &words(call)).status.code(), Some(2), "{call}");
    }
}

#[test]
fn options_may_stand_between_the_name_and_the_directory() {
    let folder = large(40);
    let first = cooperage(folder.path(), &words("tree --depth 1 image3 tree")).stdout;
    assert!(String::from_utf8_lossy(&first).starts_with("image3:"));
    assert_eq!(cooperage(folder.path(), &words("tree image3 --depth 1 tree")).stdout, first);
    let dry = cooperage(folder.path(), &words("update image3 --dry-run --reason x tree"));
    assert!(String::from_utf8_lossy(&dry.stdout).contains("image3"), "{dry:?}");
    for missing in ["tree --depth 1", "update --all --reason x"] {
        let refused = cooperage(folder.path(), &words(missing));
        assert_eq!(refused.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("DIRECTORY"), "{refused:?}");
    }
}
