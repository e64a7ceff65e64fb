//! `promote --dry-run` through the real program, one case a folder of `fixtures/promotion`.
//!
//! A folder holds `config.yaml`, `images.yaml` and `expected.json`: the exit code, the problems with their places and
//! the moves. `args.json` replaces the usual `--timestamp 20240603235401`. The numbers up to 34 are those of the worked
//! examples of the rules; where the original does something without a word, the folder's configuration says what we do.

use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[derive(Deserialize)]
struct Expected {
    exit: i32,
    ok: bool,
    problems: Vec<Problem>,
    moves: Vec<Value>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Problem {
    code: String,
    severity: String,
    path: String,
    at: Option<String>,
}

fn promote(folder: &Path, format: &str) -> Output {
    let args: Vec<String> = match fs::read(folder.join("args.json")) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap(),
        Err(_) => vec!["--timestamp".to_owned(), "20240603235401".to_owned()],
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_cooperage"));
    command.current_dir(folder).env_clear().env("PATH", std::env::var("PATH").unwrap());
    command.args(["--format", format, "promote", "--dry-run", "--images", "images.yaml"]).args(args).arg(".").output().unwrap()
}

/// A problem of the document, its place as text.
fn problem(found: &Value) -> Problem {
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    for key in ["message", "help"] {
        assert!(text(key).len() > 5, "{found}");
    }
    let at = found["file"].as_str().map(|file| format!("{file}:{}:{}", found["line"], found["column"]));
    Problem { code: text("code"), severity: text("severity"), path: text("path"), at }
}

fn check(folder: &Path) -> Result<(), String> {
    let expected: Expected = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let output = promote(folder, "json");
    let title = format!("{}\n{}", folder.display(), String::from_utf8_lossy(&output.stderr));
    if output.status.code() != Some(expected.exit) {
        return Err(format!("{title}ended with {}, not {}", output.status, expected.exit));
    }
    let document: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("{title}{error}"))?;
    let problems: Vec<Problem> = document["problems"].as_array().unwrap().iter().map(problem).collect();
    if problems != expected.problems {
        return Err(format!("{title}problems are {problems:#?}\nnot {:#?}", expected.problems));
    }
    if document["moves"] != Value::from(expected.moves.clone()) {
        return Err(format!("{title}moves are {:#}\nnot {:#}", document["moves"], Value::from(expected.moves)));
    }
    if document["ok"] != expected.ok || document["v"] != 1 {
        return Err(format!("{title}ok is {}", document["ok"]));
    }
    for_people(folder, &expected)
}

/// People read the same: every reference on stdout, every problem with its place on stderr.
fn for_people(folder: &Path, expected: &Expected) -> Result<(), String> {
    let output = promote(folder, "human");
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let references = expected.moves.iter().map(|one| one["reference"].as_str().unwrap());
    let missing = references.filter(|reference| !stdout.contains(reference)).chain(
        expected
            .problems
            .iter()
            .flat_map(|problem| [problem.at.as_deref(), Some(problem.severity.as_str())])
            .flatten()
            .filter(|part| !stderr.contains(part)),
    );
    match missing.collect::<Vec<_>>().as_slice() {
        [] if output.status.code() == Some(expected.exit) => Ok(()),
        missing => Err(format!("{}: {missing:?} is not in\n{stdout}\n{stderr}", folder.display())),
    }
}

fn folders() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/promotion");
    let mut folders: Vec<PathBuf> = fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

#[test]
fn every_case_promotes_as_expected() {
    let folders = folders();
    let wrong: Vec<String> = folders.iter().filter_map(|folder| check(folder).err()).collect();
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), folders.len(), wrong.join("\n\n"));
}

#[test]
fn every_worked_example_has_a_folder() {
    let folders = folders();
    let names: Vec<&str> = folders.iter().map(|folder| folder.file_name().unwrap().to_str().unwrap()).collect();
    let missing: Vec<u32> = (1..=34).filter(|number| !names.iter().any(|name| name.starts_with(&format!("{number:02}-")))).collect();
    assert!(missing.is_empty(), "no folder for {missing:?}");
}

/// Where the original does something without a word, or lets chance decide, there is a problem that says so.
#[test]
fn what_the_original_does_silently_is_told() {
    for (case, code, severity, moves) in [
        // An additional image takes the name of a built one: done, with a warning.
        ("18-replaced", "replaced", "warning", ["create bar -> ci_t_bar", "create bar -> ci_t_foo"].as_slice()),
        // An additional image of which nobody knows: refused; the others go on.
        ("26-missing-source", "missing_source", "error", &["create foo -> ci_tools_foo", "refuse missing-source -> ci_tools_x"]),
        // Two images for one name: neither gets it, and nothing is promoted at all (exit code 2).
        (
            "40-two-sources",
            "two_sources",
            "error",
            &["refuse bar -> ci_tools_bar", "refuse foo -> ci_tools_bar", "create foo -> ci_tools_foo"],
        ),
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/promotion").join(case);
        let document: Value = serde_json::from_slice(&promote(&folder, "json").stdout).unwrap();
        let problems = document["problems"].as_array().unwrap();
        assert!(problems.iter().all(|one| one["code"] == code && one["severity"] == severity) && !problems.is_empty(), "{problems:?}");
        let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
        let told = |one: &Value| {
            let tag = text(one, "reference").rsplit_once(':').unwrap().1.to_owned();
            format!("{} {} -> {tag}", text(one, "action"), text(one, "source"))
        };
        let found: Vec<String> = document["moves"].as_array().unwrap().iter().filter(|one| one["kind"] == "promote").map(told).collect();
        assert_eq!(found, moves, "{case}");
    }
}
