//! Files as projects write them.

use super::*;
use crate::finding::{Mode, Severity};
use std::collections::BTreeMap;
use std::convert::Infallible;

fn find(folder: &str, files: &[(&str, &str)]) -> Result<Option<Project>, ProjectError<Infallible>> {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    Project::find(folder, &mut |path| Ok(files.get(path).map(|text| text.as_bytes().to_vec())))
}

fn read(name: &str, text: &str) -> Result<Project, String> {
    find("", &[(name, text)]).map(Option::unwrap).map_err(|error| error.to_string())
}

#[test]
fn the_first_spelling_counts_and_our_own_before_all() {
    let all: Vec<(String, String)> = PROJECT_FILES.iter().map(|name| (format!("a/{name}"), format!("job-id: from-{name}"))).collect();
    let mut files: Vec<(&str, &str)> = all.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    for name in PROJECT_FILES {
        let project = find("/a/", &files).unwrap().unwrap();
        assert_eq!((project.file.as_str(), project.job_id.as_str()), (format!("a/{name}").as_str(), format!("from-{name}").as_str()));
        files.remove(0);
    }
    assert_eq!(find("/a/", &files).unwrap(), None);
    assert_eq!(find("/", &[("cccp.yml", "job-id: x")]).unwrap().unwrap().file, "cccp.yml");
}

#[test]
fn everything_of_our_own_file_is_read() {
    let text = "job-id: tool\ntest-script: tests/run.sh\nstructure-tests: [a.yaml, b.yaml]\nlint: gate warning\n\
                scan:\n- warn high\n- 'ignore CVE-2026-1 until 2026-12-31: fixed in 3'\nsecrets: [npm-token, a.b]\n";
    let project = read(".cooperage.yml", text).unwrap();
    assert_eq!((project.job_id.as_str(), project.test_skip, project.test_script.as_deref()), ("tool", false, Some("tests/run.sh")));
    assert_eq!(
        (project.structure_tests, project.secrets),
        (vec!["a.yaml".to_owned(), "b.yaml".to_owned()], vec!["npm-token".to_owned(), "a.b".to_owned()])
    );
    assert_eq!((project.policies.lint.mode, project.policies.lint.threshold), (Some(Mode::Gate), Some(Severity::Warning)));
    assert_eq!((project.policies.scan.mode, project.policies.scan.ignore.len()), (Some(Mode::Warn), 1));
    assert!(!project.policies.test.says_something() && project.warnings.is_empty());
}

#[test]
fn the_originals_file_skips_tests_unless_told_and_warns_of_the_rest() {
    let project = read("cccp.yml", "job-id: a\ntest-skip: no\ntest-script: t.sh\n").unwrap();
    assert!(!project.test_skip && project.warnings.is_empty());
    let project = read("cccp.yml", "job-id: a\ntest-script: t.sh\nbuild-script: x\ntest-skp: 1\nscan: off\nother: 1\njob-id: b").unwrap();
    assert!(project.test_skip && project.job_id == "b" && !project.policies.scan.says_something());
    let said: Vec<String> = project.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "2:1: the script does not run: test-skip is true where it is not said; write test-skip: false",
            "3:1: the key build-script is reserved and does nothing",
            "4:1: the key test-skp is not known and does nothing; did you mean test-skip?",
            "5:1: the key scan is not known and does nothing; it is read in .cooperage.yml",
            "6:1: the key other is not known and does nothing",
            "7:1: the key job-id stands here for the second time",
        ]
    );
}

#[test]
fn mistakes_are_told_with_their_places_all_at_once() {
    let text = "test-skip: maybe\ntest-scrpt: x\nscan: gate never\nsecrets: [a, 'b c', a]\nstructure-tests: /etc/passwd\ntest-script: 7\n";
    let said = read(".cooperage.yml", text).unwrap_err();
    let expected = [
        ".cooperage.yml:1:1: job-id is missing; write the job-id of the index entry",
        ".cooperage.yml:1:12: test-skip must be true or false, and there is text",
        ".cooperage.yml:2:1: the key test-scrpt is not known; did you mean test-script?",
        ".cooperage.yml:3:7: scan: \"never\" is none of",
        ".cooperage.yml:4:14: a secret is named with letters, digits, dots, dashes and underscores; write its name, never its value",
        ".cooperage.yml:4:21: the secret a stands here for the second time",
        ".cooperage.yml:5:18: structure-tests must not begin with /",
        ".cooperage.yml:6:14: test-script must be text, and there is a whole number; put quotes around it",
    ];
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{said}");
    for (line, start) in lines.iter().zip(expected) {
        assert!(line.starts_with(start), "{line}\n{start}");
    }
}

#[test]
fn what_is_no_such_file_says_so() {
    for (text, said) in [
        ("", "cccp.yml: the file is empty; it needs a job-id"),
        ("# nothing\n", "cccp.yml: the file is empty; it needs a job-id"),
        ("- a\n", "cccp.yml:1:1: here must be keys, and there is a list"),
        ("job-id: 7\n", "cccp.yml:1:9: job-id must be text, and there is a whole number; put quotes around it"),
        ("job-id: ''\n", "cccp.yml:1:9: job-id must be one line of text"),
    ] {
        let error = read("cccp.yml", text).unwrap_err();
        assert!(error.starts_with(said), "{error}");
    }
    assert!(read("cccp.yml", "job-id: [\n").unwrap_err().starts_with("cccp.yml:"));
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned()
        + &(0..9).map(|n| format!("b{n}: &b{n} [*a,*a,*a,*a]\na: &a [*b{n},*b{n},*b{n}]\n")).collect::<String>();
    assert!(read("cccp.yml", &bomb).is_err());
    let error = Project::read::<Infallible>("x/cccp.yml", b"job-id: a\nb: \xff\n").unwrap_err().to_string();
    assert_eq!(error, "x/cccp.yml:2:4: this is not UTF-8");
}
