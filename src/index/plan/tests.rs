use super::*;
use crate::index::strict::{StrictInput, check};
use crate::index::{IndexFile, order};
use std::collections::BTreeSet;
use std::path::PathBuf;

fn entry(job: &str, more: &str) -> String {
    let usual = [
        ("git-branch", "main"),
        ("git-path", "/"),
        ("target-file", "Dockerfile"),
        ("desired-tag", "latest"),
        ("notify-email", "a@example.org"),
        ("build-context", "./"),
        ("depends-on", "null"),
    ];
    let rest: Vec<String> =
        usual.iter().filter(|(key, _)| !more.contains(&format!("  {key}:"))).map(|(key, value)| format!("  {key}: {value}\n")).collect();
    let number: u32 = job.bytes().map(u32::from).sum();
    format!("- id: {number}\n  app-id: web\n  job-id: {job}\n  git-url: https://git.example.org/web/{job}\n{more}{}", rest.concat())
}

fn loaded(files: &[(&str, &[String])]) -> Loaded {
    let files: Vec<(IndexFile, String)> = files
        .iter()
        .map(|(name, entries)| {
            (IndexFile { path: format!("index.d/{name}"), at: PathBuf::new() }, format!("Projects:\n{}", entries.concat()))
        })
        .collect();
    check(&StrictInput { files: &files, known: &BTreeSet::new(), bases: &[], allow_file: false }).1
}

fn told(plan: &Plan) -> Vec<String> {
    plan.entries
        .iter()
        .chain(&plan.removed)
        .map(|planned| format!("{} {}: {}", planned.change.as_str(), planned.entry.image().image(), planned.reason))
        .collect()
}

#[test]
fn text_that_says_the_same_is_no_change() {
    let base = loaded(&[("web.yaml", &[entry("a", "  git-path: /docker\n"), entry("b", "  depends-on: [web/a:latest, x/y:1]\n")])]);
    let head = loaded(&[(
        "web.yml",
        &[
            entry("b", "  # moved\n  depends-on: [x/y:1, \"web/a\"]\n  build-context: .\n").replace("id: 98", "id: 1"),
            entry("a", "  git-path: docker/./x/../\n  target-file: './Dockerfile'\n"),
        ],
    )]);
    assert_eq!(plan(&base, &head), Plan::default());
}

#[test]
fn each_change_is_named_and_dependents_follow_in_order() {
    let base = loaded(&[(
        "web.yaml",
        &[
            entry("a", ""),
            entry("b", "  depends-on: web/a:latest\n"),
            entry("c", "  depends-on: web/b:latest\n"),
            entry("d", ""),
            entry("e", ""),
        ],
    )]);
    let head = loaded(&[(
        "web.yaml",
        &[
            entry("c", "  depends-on: web/b:latest\n  notify-email: b@example.org\n"),
            entry("b", "  depends-on: web/a:latest\n"),
            entry("a", "  git-branch: next\n  prebuild-script: x\n  prebuild-context: /\n"),
            entry("d", "  notify-email: b@example.org\n"),
            entry("n", "  depends-on: web/n:latest\n"),
        ],
    )]);
    assert_eq!((&base.unusable, &head.unusable), (&vec![], &vec![]));
    let plan = plan(&base, &head);
    assert_eq!(
        told(&plan),
        [
            "changed web/a:latest: git-branch, prebuild-script and prebuild-context changed",
            "parent web/b:latest: its parent web/a:latest changed",
            "parent web/c:latest: its parent web/b:latest is built again, and notify-email changed",
            "changed web/d:latest: notify-email changed",
            "added web/n:latest: new in the index",
            "removed web/e:latest: not in the index any more",
        ]
    );
    assert_eq!(plan.groups(), [vec![0, 1, 2], vec![3], vec![4]]);
    assert_eq!((plan.entries[2].parents(), plan.entries[4].parents()), (vec!["web/b:latest".to_owned()], vec![]));
}

#[test]
fn who_is_told_moves_no_dependent() {
    let base = loaded(&[("web.yaml", &[entry("a", ""), entry("b", "  depends-on: web/a:latest\n")])]);
    let head = loaded(&[("web.yaml", &[entry("a", "  notify-email: b@example.org\n"), entry("b", "  depends-on: web/a:latest\n")])]);
    assert_eq!(told(&plan(&base, &head)), ["changed web/a:latest: notify-email changed"]);
}

#[test]
fn an_index_that_cannot_be_read_whole_removes_nothing() {
    let whole = loaded(&[("web.yaml", &[entry("a", ""), entry("b", "")])]);
    let broken = loaded(&[("web.yaml", &[entry("a", ""), entry("b", "").replace("job-id: b", "job-id:")])]);
    let gone = loaded(&[("web.yaml", &[entry("a", "")])]);
    let after = plan(&whole, &broken);
    assert!(after.removed.is_empty());
    assert_eq!(after.withheld.iter().map(|entry| entry.job_id.as_str()).collect::<Vec<_>>(), ["b"]);
    let back = plan(&broken, &gone);
    assert!(back.removed.is_empty() && back.withheld.is_empty());
    assert_eq!(told(&plan(&broken, &whole)), ["added web/b:latest: new in the index, or broken at the base"]);
    assert_eq!(told(&plan(&whole, &gone)), ["removed web/b:latest: not in the index any more"]);
}

#[test]
fn without_a_base_everything_is_planned() {
    let head = loaded(&[("web.yaml", &[entry("b", ""), entry("a", "  depends-on: web/b:latest\n")])]);
    let whole = Plan::whole(&head);
    let jobs: Vec<&str> = whole.entries.iter().map(|planned| planned.entry.job_id.as_str()).collect();
    assert_eq!((jobs, order(&head.entries)), (vec!["b", "a"], vec![0, 1]));
}
