use super::{Report, Source, Tree, Validation};
use crate::index::folder::IndexFile;
use std::path::PathBuf;

/// What the validator says of one file, without repositories.
fn schema(name: &str, text: &str) -> Report {
    let file = IndexFile { path: format!("index.d/{name}"), at: PathBuf::new() };
    Validation::schema([(&file, Ok(text.as_bytes().to_vec()))]).into_report()
}

/// The names of the checks that fail, in order.
fn failing(report: &Report) -> Vec<&str> {
    report.records.iter().filter(|record| !record.ok).map(|record| &*record.check).collect()
}

const SOUND: &str = "id: 1, app-id: a, job-id: b, git-url: u, git-path: /, git-branch: m, target-file: D, desired-tag: l, \
    notify-email: e, build-context: ./";

#[test]
fn a_sound_entry_has_thirteen_records_and_a_warning() {
    let report = schema("a.yaml", &format!("Projects:\n- {{{SOUND}}}\n"));
    assert!(report.is_ok());
    assert_eq!((report.records.len(), failing(&report).len()), (13, 0));
    assert_eq!(report.records.iter().map(|record| record.warnings.len()).sum::<usize>(), 1);
}

#[test]
fn an_entry_without_anything_fails_everywhere_but_in_unique_and_prebuild() {
    let report = schema("a.yaml", "Projects:\n- {}\n");
    assert_eq!(failing(&report).len(), 10);
    let twice = schema("a.yaml", "Projects:\n- {}\n- {}\n");
    assert_eq!(failing(&twice).iter().filter(|check| **check == "UniqueEntryValidator").count(), 1);
}

#[test]
fn repositories_are_asked_for_until_the_run_would_end() {
    let sound = |url: &str| SOUND.replace("git-url: u", &format!("git-url: {url}"));
    let file = IndexFile { path: "index.d/a.yaml".to_owned(), at: PathBuf::new() };
    let text = format!("Projects:\n- {{{}}}\n- {{{}}}\n- {{id: 3}}\n- {{{}}}\n", sound("x"), sound("x"), sound("y"));
    let mut run = Validation::schema([(&file, Ok(text.into_bytes()))]);
    assert_eq!(run.sources(), [Source { url: "x".to_owned(), branch: "refs/heads/m".to_owned() }]);
    run.values(&|_| Err("gone"));
    let report = run.into_report();
    assert_eq!(report.aborted.as_deref(), Some("index.d/a.yaml: an entry has no git-url"));
    assert_eq!(failing(&report).iter().filter(|check| **check == "GitCloneValidator").count(), 2);
}

struct Nothing;

impl Tree for Nothing {
    fn exists(&self, _: &str) -> bool {
        false
    }

    fn read(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

#[test]
fn an_empty_repository_lacks_project_and_target() {
    let file = IndexFile { path: "index.d/a.yaml".to_owned(), at: PathBuf::new() };
    let mut run = Validation::schema([(&file, Ok(format!("Projects:\n- {{{SOUND}}}\n").into_bytes()))]);
    run.values(&|_| Ok(&Nothing));
    assert_eq!(failing(&run.into_report()), ["CCCPYamlExistsValidator", "TargetFileExistsValidator", "JobIDMatchesIndex"]);
}
