//! Checks 13 to 17 and their strict counterparts, on real repositories.

use super::work::{Work, entry};
use std::fs;

const SOUND: [(&str, &str); 2] = [("cccp.yml", "job-id: b\n"), ("Dockerfile", "FROM scratch\n")];

/// One entry for a repository of these files, with some lines of the entry replaced.
fn work(files: &[(&str, &str)], replaced: &[(&str, &str)]) -> Work {
    let work = Work::new();
    let url = work.repository("b", files);
    let text = replaced.iter().fold(entry(1, "a", "b", &url), |text, (from, to)| text.replace(from, to));
    work.write("index.d/a.yaml", format!("Projects:\n{text}"));
    work
}

/// Checks that fail in the original's way, and rules that fail in the strict way.
fn both(files: &[(&str, &str)], replaced: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let work = work(files, replaced);
    let short = |told: Vec<String>, word: usize| told.iter().map(|line| line.split(' ').nth(word).unwrap().to_owned()).collect();
    (short(work.failing(&["--compatible"]).0, 1), short(work.failing(&[]).0, 2))
}

const PREBUILD: (&str, &str) = ("  depends-on", "  prebuild-script: a.sh\n  prebuild-context: hooks\n  depends-on");

#[test]
fn a_sound_repository_passes() {
    let work = work(&SOUND, &[]);
    assert_eq!((work.failing(&["--compatible"]), work.failing(&[])), ((vec![], 0), (vec![], 0)));
}

/// Files, what is replaced in the entry, the checks and the rules that fail.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)], &'a [&'a str], &'a [&'a str]);

#[test]
fn what_a_repository_lacks_fails_its_checks() {
    let [project, target] = SOUND;
    let none: [&str; 0] = [];
    let cases: [Case<'_>; 12] = [
        (&[project], &[], &["TargetFileExistsValidator"], &["no_target_file"]),
        (&[target], &[], &["CCCPYamlExistsValidator", "JobIDMatchesIndex"], &["no_project_file"]),
        (&[target, ("cccp.yml", "")], &[], &["CCCPYamlExistsValidator", "JobIDMatchesIndex"], &["bad_project_file"]),
        (&[target, ("cccp.yml", "[")], &[], &["CCCPYamlExistsValidator", "JobIDMatchesIndex"], &["bad_project_file"]),
        (&[target, ("cccp.yml", "job-id: c")], &[], &["JobIDMatchesIndex"], &["other_job_id"]),
        (&[target, ("cccp.yml", "other: c")], &[], &["JobIDMatchesIndex"], &["bad_project_file"]),
        (&[target, (".cccp.yaml", "job-id: b"), ("cccp.yaml", "job-id: c")], &[], &["JobIDMatchesIndex"], &["other_job_id"]),
        (&[target, (".cccp.yaml", "job-id: b")], &[], &none, &none),
        (&[("hooks/a.sh", "true\n")], &[PREBUILD], &none, &none),
        (&[target], &[PREBUILD], &["PreBuildExistsValidator"], &["no_prebuild_file"]),
        (&[project, ("x/Dockerfile", "")], &[("git-path: /", "git-path: x/..")], &["TargetFileExistsValidator"], &["no_target_file"]),
        (
            &SOUND,
            &[("git-path: /", "git-path: gone")],
            &["CCCPYamlExistsValidator", "TargetFileExistsValidator", "JobIDMatchesIndex"],
            &["no_folder"],
        ),
    ];
    for (files, replaced, compatible, strict) in cases {
        let (told, strictly) = both(files, replaced);
        assert_eq!(told, compatible, "{files:?} {replaced:?}");
        let mut strictly = strictly;
        strictly.dedup();
        assert_eq!(strictly, strict, "{files:?} {replaced:?}");
    }
}

#[test]
fn only_branches_count_for_the_original() {
    let work = Work::new();
    let url = work.repository("b", &SOUND);
    work.git("repositories/b", &["tag", "v1"]);
    work.git("repositories/b", &["branch", "next"]);
    for (revision, fails) in [("v1", true), ("next", false), ("HEAD", false), ("gone", true)] {
        let text = entry(1, "a", "b", &url).replace("git-branch: main", &format!("git-branch: {revision}"));
        work.write("index.d/a.yaml", format!("Projects:\n{text}"));
        let (told, code) = work.failing(&["--compatible"]);
        assert_eq!((told.len(), code), (if fails { 4 } else { 0 }, i32::from(fails)), "{revision}: {told:?}");
        let strict = work.failing(&[]);
        assert_eq!(strict.0, if revision == "gone" { vec!["1 GitCloneValidator no_revision"] } else { vec![] }, "{revision}");
    }
}

#[test]
fn a_repository_that_is_not_there_fails_four_checks() {
    let work = Work::with("a.yaml", &format!("Projects:\n{}", entry(1, "a", "b", "file:///nowhere/at/all")));
    let checks = ["GitCloneValidator", "CCCPYamlExistsValidator", "TargetFileExistsValidator", "JobIDMatchesIndex"];
    let (told, code) = work.failing(&["--compatible"]);
    assert_eq!((told.iter().map(|line| line.split(' ').nth(1).unwrap()).collect::<Vec<_>>(), code), (checks.to_vec(), 1));
    assert_eq!(work.failing(&[]), (vec!["1 GitCloneValidator not_fetched".to_owned()], 1));
}

#[test]
fn a_server_that_does_not_answer_is_no_verdict_on_the_entry() {
    // A port that was free a moment ago refuses connections.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let work = Work::with("a.yaml", &format!("Projects:\n{}", entry(1, "a", "b", &format!("git://127.0.0.1:{port}/b"))));
    assert_eq!(work.failing(&[]), (vec!["1 GitCloneValidator repository_unclear".to_owned()], 3));
    assert_eq!(work.failing(&["--compatible"]).1, 1);
}

#[test]
fn the_original_ends_where_it_has_no_address_or_a_project_file_is_a_list() {
    let broken = entry(2, "a", "c", "x").replace("  git-url: x\n", "");
    let work = Work::new();
    let url = work.repository("b", &SOUND);
    work.write("index.d/a.yaml", format!("Projects:\n{}{broken}", entry(1, "a", "b", &url)));
    let (document, code) = work.document(&["--compatible"]);
    assert_eq!(
        (code, &document["aborted"], &document["files"][0]["error"]),
        (1, &true.into(), &"index.d/a.yaml: an entry has no git-url".into())
    );
    let listed = [("cccp.yml", "- job-id"), SOUND[1]];
    let (document, code) = super::repositories::work(&listed, &[]).document(&["--compatible"]);
    assert_eq!((code, &document["aborted"]), (1, &true.into()));
}

#[test]
fn some_entries_may_differ_from_their_project() {
    for (app, job, excepted) in
        [("centos", "centos", true), ("library", "nginx-110-centos7", true), ("fabric8", "x", true), ("centos", "x", false)]
    {
        let work = Work::new();
        let url = work.repository("b", &SOUND);
        work.write(&format!("index.d/{app}.yaml"), format!("Projects:\n{}", entry(1, app, job, &url)));
        let expected = if excepted { vec![] } else { vec!["1 JobIDMatchesIndex other_job_id".to_owned()] };
        assert_eq!(work.failing(&["--compatible"]).0, expected, "{app}/{job}");
    }
}

#[test]
fn links_out_of_the_clone_lead_nowhere() {
    let work = Work::new();
    let url = work.repository("b", &SOUND[..1]);
    std::os::unix::fs::symlink("/etc/hostname", work.path().join("repositories/b/Dockerfile")).unwrap();
    work.git("repositories/b", &["add", "-A"]);
    work.git("repositories/b", &["commit", "-q", "-m", "link"]);
    work.write("index.d/a.yaml", format!("Projects:\n{}", entry(1, "a", "b", &url)));
    assert_eq!(work.failing(&["--compatible"]).0, ["1 TargetFileExistsValidator no_target"]);
    assert_eq!(work.failing(&[]).0, ["1 TargetFileExistsValidator no_target_file"]);
}

#[test]
fn a_repository_of_many_entries_is_fetched_once() {
    let work = Work::new();
    let url = work.repository("b", &SOUND);
    let entries: String =
        (1..=40).map(|id| entry(id, "a", "b", &url).replace("desired-tag: latest", &format!("desired-tag: t{id}"))).collect();
    work.write("index.d/a.yaml", format!("Projects:\n{entries}"));
    assert_eq!(work.failing(&[]), (vec![], 0));
    let kept = fs::read_dir(work.path().join("home/.cache/cooperage/index")).unwrap();
    let folders = kept.filter(|item| item.as_ref().unwrap().path().is_dir()).count();
    assert_eq!(folders, 1);
}
