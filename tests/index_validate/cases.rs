//! Every folder of `fixtures/index/compatible` is a case: `index.d`, and the original's verdicts in `expected`: the exit code,
//! `aborted` where the run ends early, `FILE pass|fail` for each file, `FILE ENTRY CHECK` for each check that fails
//! (entries from 1, `-` for the file as a whole). They were made with Python 2.7 and PyYAML 3.13.

use super::work::Work;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

fn told(document: &Value, code: i32) -> String {
    let mut text = format!("exit {code}\n");
    if document["aborted"] == true {
        text += "aborted\n";
    }
    for file in document["files"].as_array().unwrap() {
        let verdict = if file["ok"] == true { "pass" } else { "fail" };
        writeln!(text, "{} {verdict}", file["file"].as_str().unwrap()).unwrap();
    }
    for record in document["results"].as_array().unwrap().iter().filter(|record| record["ok"] == false) {
        let entry = record["entry"].as_u64().map_or("-".to_owned(), |entry| entry.to_string());
        writeln!(text, "{} {entry} {}", record["file"].as_str().unwrap(), record["check"].as_str().unwrap()).unwrap();
    }
    text
}

#[test]
fn every_case_gets_the_originals_verdicts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/index/compatible");
    let mut wrong = String::new();
    let mut count = 0;
    let work = Work::new();
    for case in fs::read_dir(folder).unwrap().map(|case| case.unwrap().path()) {
        count += 1;
        let output = work.validate_in(&case, &["--compatible", "--schema-only", "--format", "json", "."]);
        let Ok(document) = serde_json::from_slice::<Value>(&output.stdout) else {
            panic!("{}: {}", case.display(), String::from_utf8_lossy(&output.stderr));
        };
        let expected = fs::read_to_string(case.join("expected")).unwrap();
        let told = told(&document, output.status.code().unwrap());
        if told != expected {
            write!(wrong, "{}\nexpected:\n{expected}told:\n{told}\n", case.file_name().unwrap().to_string_lossy()).unwrap();
        }
        assert_eq!(document["ok"], output.status.success(), "{}", case.display());
    }
    assert!(count > 100, "{count}");
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn broken_yaml_passes_and_is_told() {
    let work = Work::with("a.yaml", "Projects: [");
    let output = work.validate(&["--compatible", "--schema-only"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(
        text.starts_with("index.d/a.yaml:") && text.contains("warning[NotRead]: nothing of this file was checked, and it passes"),
        "{text}"
    );
    assert!(text.ends_with("1 file with 0 entries, as the original validator judges: all pass\n"), "{text}");
}

#[test]
fn an_entry_has_thirteen_records_and_people_see_warnings_with_info() {
    let work = Work::with("a.yaml", &format!("Projects:\n{}", super::work::entry(1, "a", "b", "https://git.example.org/b.git")));
    let (document, code) = work.document(&["--compatible", "--schema-only"]);
    assert_eq!(
        (code, &document["mode"], &document["counts"]["results"], &document["counts"]["warning"]),
        (0, &"compatible".into(), &13.into(), &1.into())
    );
    assert_eq!(document["results"][0]["check"], "TopLevel");
    let last = &document["results"][12];
    assert_eq!(
        (&last["id"], &last["app_id"], &last["job_id"], &last["desired_tag"]),
        (&1.into(), &"a".into(), &"b".into(), &"latest".into())
    );
    let human = |arguments: &[&str]| String::from_utf8(work.validate(arguments).stdout).unwrap();
    assert!(!human(&["--compatible", "--schema-only"]).contains("prebuild"));
    assert!(human(&["--compatible", "--schema-only", "--info"]).contains("index.d/a.yaml:2:3: warning[PrebuildValidator]"));
}

#[test]
fn a_checkout_below_the_name_of_templates_is_passed_over() {
    let work = Work::new();
    for name in ["a.yaml", "b.yaml"] {
        work.write(&format!("index_template_x/index.d/{name}"), "7");
    }
    let output = work.validate_in(work.path(), &["--compatible", "--schema-only", "index_template_x"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_file(work.path().join("index_template_x/index.d/b.yaml")).unwrap();
    assert_eq!(work.validate_in(work.path(), &["--compatible", "index_template_x"]).status.code(), Some(2));
}
