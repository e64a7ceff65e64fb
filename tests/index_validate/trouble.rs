//! Input that is none, or too much of it: it never passes by being hard to read.

use super::work::{Work, entry};
use std::process::Command;

const BOTH: [&[&str]; 2] = [&["--schema-only"], &["--schema-only", "--compatible"]];

#[test]
fn where_there_is_no_index_nothing_starts() {
    let work = Work::new();
    for arguments in [vec!["nowhere"], vec!["."], vec!["--compatible", "."]] {
        assert_eq!(work.validate_in(work.path(), &arguments).status.code(), Some(2), "{arguments:?}");
    }
    work.write("index.d/index_template.yaml", "Projects: []");
    assert_eq!(work.validate(&["--compatible"]).status.code(), Some(2));
}

#[test]
fn what_is_no_file_is_not_waited_for_and_fails() {
    for arguments in BOTH {
        let work = Work::with("a.yaml", &format!("Projects:\n{}", entry(1, "a", "b", "https://git.example.org/b.git")));
        assert!(Command::new("mkfifo").arg(work.path().join("index.d/b.yaml")).status().unwrap().success());
        std::fs::create_dir(work.path().join("index.d/c.yaml")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", work.path().join("index.d/d.yaml")).unwrap();
        std::os::unix::fs::symlink("nowhere", work.path().join("index.d/e.yaml")).unwrap();
        let (document, code) = work.document(arguments);
        let verdicts: Vec<bool> = document["files"].as_array().unwrap().iter().map(|file| file["ok"].as_bool().unwrap()).collect();
        assert_eq!((code, verdicts), (1, vec![true, false, false, false, false]), "{arguments:?}");
    }
}

#[test]
fn bombs_and_towers_do_not_pass() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let row = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb += &format!("a{level}: &a{level} [{row}]\n");
    }
    for text in
        [bomb, "[".repeat(100_000), format!("Projects: {}", "- ".repeat(100_000)), format!("~: 1\nProjects: [{}]", "{}, ".repeat(3))]
    {
        for arguments in BOTH {
            let work = Work::with("a.yaml", &text);
            let output = work.validate(arguments);
            // What PyYAML takes for broken passes in the original.
            let original = arguments.len() == 2 && text.starts_with("Projects: - ");
            assert_eq!(output.status.code(), Some(i32::from(!original)), "{arguments:?} {}", String::from_utf8_lossy(&output.stdout));
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_an_error_in_the_strict_way() {
    let work = Work::new();
    work.write("index.d/a.yaml", b"Projects:\n- id: \xff\n");
    assert_eq!(work.failing(&["--schema-only"]), (vec!["null TopLevel unreadable".to_owned()], 1));
    assert_eq!(work.failing(&["--schema-only", "--compatible"]), (vec![], 0));
}

#[test]
fn ten_thousand_entries_are_read() {
    let entries: String = (1..=10_000).map(|id| entry(id, "a", &format!("job{id}"), "https://git.example.org/b.git")).collect();
    let work = Work::with("a.yaml", &format!("Projects:\n{entries}"));
    for arguments in BOTH {
        let (document, code) = work.document(arguments);
        assert_eq!((code, &document["counts"]["entries"]), (0, &10_000.into()), "{arguments:?}");
    }
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    let work = Work::with("a.yaml", "Projects:\n- \"\\e[31mred\": 1\n");
    let output = work.validate(&["--schema-only"]);
    assert!(!output.stdout.contains(&0x1b), "{}", String::from_utf8_lossy(&output.stdout));
}
