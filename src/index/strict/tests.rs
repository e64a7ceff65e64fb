use super::*;
use crate::finding::Severity;

const GOOD: &str = "id: 1
    app-id: web
    job-id: app
    git-url: https://git.example.org/team/app.git
    git-path: docker/web
    git-branch: master
    target-file: Dockerfile
    desired-tag: latest
    notify-email: team@example.org
    build-context: ./
    depends-on: null
";

/// A file with entries that are the good one but for some lines: `key: value` replaces or adds, `-key` removes.
fn file(entries: &[&[&str]]) -> String {
    let mut text = "Projects:\n".to_owned();
    for (at, changes) in entries.iter().enumerate() {
        let mut lines: Vec<String> = GOOD.lines().map(|line| line.trim().to_owned()).collect();
        lines[0] = format!("id: {}", at + 1);
        for change in *changes {
            let key = change.trim_start_matches('-').split(':').next().unwrap_or_default();
            let place = lines.iter().position(|line| line.split(':').next() == Some(key));
            match (change.starts_with('-'), place) {
                (true, Some(place)) => drop(lines.remove(place)),
                (false, Some(place)) => lines[place] = (*change).to_owned(),
                _ => lines.push((*change).to_owned()),
            }
        }
        text += &format!("  - {}\n", lines.join("\n    "));
    }
    text
}

fn run(files: &[(&str, &str)], known: &[&str], bases: &[&str]) -> (Vec<Finding>, Loaded) {
    let files: Vec<(IndexFile, String)> = files
        .iter()
        .map(|(name, text)| (IndexFile { path: format!("index.d/{name}"), at: std::path::PathBuf::new() }, (*text).to_owned()))
        .collect();
    let known = known.iter().map(|name| (*name).to_owned()).collect();
    let bases: Vec<String> = bases.iter().map(|name| (*name).to_owned()).collect();
    check(&StrictInput { files: &files, known: &known, bases: &bases, allow_file: false })
}

/// The findings of `web.yaml` as `id line:column`.
fn told(text: &str) -> Vec<String> {
    let (found, _) = run(&[("web.yaml", text)], &[], &[]);
    found.iter().map(|one| format!("{} {}:{}", one.id, one.line.unwrap_or_default(), one.column.unwrap_or_default())).collect()
}

fn entry(changes: &[&str]) -> Vec<String> {
    told(&file(&[changes]))
}

#[test]
fn a_good_entry_is_read_and_nothing_is_told() {
    let (found, loaded) = run(&[("web.yaml", &file(&[&[]]))], &[], &[]);
    assert!(found.is_empty() && loaded.unusable.is_empty(), "{found:?} {loaded:?}");
    assert_eq!(loaded.entries[0].image().image(), "web/app:latest");
    assert_eq!(entry(&["prebuild-script: a/b.sh", "prebuild-context: /"]), [""; 0]);
    assert_eq!(entry(&["depends-on:"]), [""; 0]);
    assert_eq!(entry(&["depends-on: []"]), [""; 0]);
}

#[test]
fn files_that_are_no_index_are_told_with_their_place() {
    for (text, expected) in [
        ("", "empty_file 1:1"),
        ("# nothing\n", "empty_file 1:1"),
        ("Projects: [\n", "bad_yaml 1:11"),
        ("- a\n", "no_projects 1:1"),
        ("text\n", "no_projects 1:1"),
        ("Projects: []\n", "no_projects 1:11"),
        ("Projects:\n", "no_projects 1:9"),
        ("Projects: {a: 1}\n", "no_projects 1:11"),
        ("Projects:\n- text\n", "bad_entry 2:3"),
    ] {
        assert_eq!(told(text), [expected], "{text:?}");
    }
    assert_eq!(told("projects: []\n"), ["no_projects 1:1", "unknown_key 1:1"]);
    let (_, loaded) = run(&[("web.yaml", "Projects:\n- text\n"), ("x.yaml", "")], &[], &[]);
    assert_eq!(loaded.unusable.len(), 2);
}

#[test]
fn each_key_is_judged_by_itself() {
    for (change, expected) in [
        ("-depends-on", "missing_key 2:5"),
        ("-git-branch", "missing_key 2:5"),
        ("-build-context", "missing_key 2:5"),
        ("-id", "missing_key 2:5"),
        ("id: 0", "bad_id 2:9"),
        ("id: \"1\"", "bad_id 2:9"),
        ("git-branch:", "empty_value 7:15"),
        ("git-branch: '  '", "empty_value 7:17"),
        ("git-branch: 5.10", "not_text 7:17"),
        ("git-branch: on", "not_text 7:17"),
        ("git-branch: 2016-11-02", "not_text 7:17"),
        ("git-branch: [a]", "not_text 7:17"),
        ("git-branch: --upload-pack=x", "bad_git_branch 7:17"),
        ("app-id: other", "app_id_file 3:13"),
        ("job-id: App", "bad_name 4:13"),
        ("job-id: a_", "bad_name 4:13"),
        ("job-id: \"\\xe4\"", "bad_name 4:13"),
        ("desired-tag: a+b", "bad_tag 9:18"),
        ("desired-tag: 7", "unquoted_tag 9:18"),
        ("desired-tag: 2016-11-02", "unquoted_tag 9:18"),
        ("desired-tag: 8.10", "tag_changes 9:18"),
        ("desired-tag: on", "tag_changes 9:18"),
        ("notify-email: team", "bad_email 10:19"),
        ("git-url: ext::sh", "bad_git_url 5:14"),
        ("git-url: /srv/a", "local_git_url 5:14"),
        ("git-url: https://a:b@h/c", "git_url_credentials 5:14"),
        ("git-path: ../x", "outside_clone 6:15"),
        ("build-context: ../../../", "outside_clone 11:20"),
        ("target-file: ../../../x", "outside_clone 8:18"),
        ("prebuild-context: a", "lonely_prebuild_context 13:23"),
        ("prebuild-script: a", "missing_key 2:5"),
        ("build_context: ./", "unknown_key 13:5"),
        ("depends-on: \"a/b:1, a/c:1\"", "bad_parent 12:17"),
        ("depends-on: None", "bad_parent 12:17"),
        ("depends-on: b:1", "bad_parent 12:17"),
        ("depends-on: a/b:1", "unknown_parent 12:17"),
        ("depends-on: web/app:latest", "self_reference 12:17"),
        ("depends-on: web/app", "self_reference 12:17"),
    ] {
        assert_eq!(entry(&[change]), [expected], "{change}");
    }
    assert_eq!(entry(&["prebuild-context: a", "prebuild-script: ../../x"]), ["outside_clone 14:22"]);
    let doubled = file(&[&[]]).replace("    job-id: app\n", "    job-id: app\n    job-id: other\n");
    assert_eq!(told(&doubled), ["duplicate_key 5:5"]);
}

#[test]
fn help_says_what_was_meant_and_no_message_repeats_a_secret() {
    let (found, _) = run(&[("web.yaml", &file(&[&["build_context: ./", "git-url: https://user:hunter2@h/c"]]))], &[], &[]);
    assert!(found.iter().any(|one| one.help.as_deref() == Some("did you mean build-context?")), "{found:?}");
    assert!(!format!("{found:?}").contains("hunter2"));
}

#[test]
fn merged_keys_are_not_told_as_doubled() {
    let text = file(&[&[], &["desired-tag: next"]]).replacen("  - id: 1\n", "  - &one\n    id: 1\n", 1).replacen(
        "  - id: 2\n",
        "  - <<: *one\n    id: 2\n",
        1,
    );
    assert_eq!(told(&text), [""; 0]);
}

#[test]
fn images_are_unique_over_all_files() {
    let (found, loaded) = run(&[("web.yaml", &file(&[&[]])), ("web.yml", &file(&[&[]]))], &[], &[]);
    assert_eq!((found[0].id.as_ref(), found[0].path.as_deref()), ("duplicate_image", Some("index.d/web.yml")));
    assert_eq!((loaded.entries.len(), loaded.unusable.len()), (1, 1));
    for (one, other, expected) in [
        (&["job-id: a.b"], &["job-id: a-b"], vec!["duplicate_image 20:18"]),
        (&["desired-tag: \"7\""], &["desired-tag: 7"], vec!["duplicate_image 20:18", "unquoted_tag 20:18"]),
        (&["desired-tag: 8.1"], &["desired-tag: 8.10"], vec!["unquoted_tag 9:18", "duplicate_image 20:18", "tag_changes 20:18"]),
        (&["desired-tag: \"8.1\""], &["desired-tag: \"8.10\""], vec![]),
        (&["desired-tag: Final"], &["desired-tag: final"], vec!["same_pipeline 20:18"]),
    ] {
        assert_eq!(told(&file(&[one, other])), expected, "{one:?} {other:?}");
    }
    let ids = file(&[&[], &["desired-tag: next", "id: 1"]]);
    assert_eq!(told(&ids), ["duplicate_id 13:9"]);
}

#[test]
fn parents_are_in_the_index_the_catalogue_or_the_bases() {
    let with = |parent: &str| file(&[&["desired-tag: \"1.8\""], &[&format!("depends-on: {parent}"), "job-id: child"]]);
    let ids = |text: &str, known: &[&str], bases: &[&str]| {
        let (found, _) = run(&[("web.yaml", text)], known, bases);
        found.iter().map(|one| format!("{}: {}", one.id, one.help.clone().unwrap_or_default())).collect::<Vec<_>>()
    };
    assert_eq!(ids(&with("web/app:1.8"), &[], &[]), [""; 0]);
    assert_eq!(ids(&with("web/app:1-8"), &[], &[]), ["unknown_parent: the index has web/app:1.8; capitals and dots count"]);
    assert!(ids(&with("web/appp:1.8"), &[], &[])[0].contains("did you mean web/app:1.8"));
    for (parent, known, bases) in [
        ("library/tools:1", vec!["tools"], vec![]),
        ("releng/tools:1", vec!["releng/tools"], vec![]),
        ("tools:1", vec!["tools"], vec![]),
        ("library/centos:7", vec![], vec!["centos:7"]),
        ("library/centos:7", vec![], vec!["docker.io/library/centos"]),
        ("centos/centos:7", vec![], vec!["centos/*"]),
    ] {
        assert_eq!(ids(&with(parent), &known, &bases), [""; 0], "{parent}");
        assert_eq!(ids(&with(parent), &[], &[]).len(), 1, "{parent}");
    }
}

#[test]
fn a_circle_is_told_once_and_nobody_in_it_is_used() {
    let text = file(&[
        &["job-id: a", "depends-on: web/b:latest"],
        &["job-id: b", "depends-on: [\"web/a:latest\"]"],
        &["job-id: c", "depends-on: web/a:latest"],
        &["job-id: d", "depends-on: web/d:latest"],
    ]);
    let (found, loaded) = run(&[("web.yaml", &text)], &[], &[]);
    let told: Vec<(&str, Option<usize>)> = found.iter().map(|one| (one.id.as_ref(), one.line)).collect();
    assert_eq!(told, [("parent_cycle", Some(23)), ("self_reference", Some(45))]);
    assert!(found[0].message.ends_with("web/a:latest needs web/b:latest needs web/a:latest"), "{}", found[0].message);
    let usable: Vec<&str> = loaded.entries.iter().map(|entry| entry.job_id.as_str()).collect();
    assert_eq!(usable, ["c", "d"]);
}

#[test]
fn every_rule_is_told_by_some_test_and_its_examples_differ() {
    let tests = include_str!("tests.rs");
    for rule in RULES {
        assert!(tests.contains(rule.id) && rule.bad != rule.good, "{}", rule.id);
        assert!(matches!(rule.severity, Some(Severity::Error | Severity::Warning)));
    }
    assert_eq!(unreadable("index.d/a.yaml", "no").line, None);
    assert_eq!(entry(&["depends-on: [x/y:1, x/y:1]"]), ["unknown_parent 12:18", "duplicate_parent 12:25", "unknown_parent 12:25"]);
}

/// As many entries, chains and kinds of tags as the original's own index had, without its mistakes.
#[test]
fn an_index_like_the_originals_has_no_error() {
    let mut files: Vec<(String, String)> = Vec::new();
    for (at, count) in [72, 24, 11, 11, 9].into_iter().chain([3; 15]).chain([2; 10]).chain([1; 13]).enumerate() {
        let one = |number: usize| {
            let tag = ["latest", "7", "3.1", "V1.2-rc1", "7.2.1511"][number % 5];
            let parent = match (at, number) {
                (0, 0) => "null".to_owned(),
                (_, 0) => "team0/image0:latest".to_owned(),
                (_, number) => {
                    format!("[\"team{at}/image{}:{}\"]", number - 1, ["latest", "7", "3.1", "V1.2-rc1", "7.2.1511"][(number - 1) % 5])
                }
            };
            format!(
                "- id: {id}\n  app-id: team{at}\n  job-id: image{number}\n  git-url: https://github.com/Team{at}/image_{number}\n  git-path: /a/b\n  git-branch: 6.{number}.x\n  target-file: Dockerfile.centos7\n  desired-tag: {tag}\n  notify-email: the-team@example.org\n  build-context: ../../\n  depends-on: {parent}\n",
                id = number * 2 + 1
            )
        };
        let entries: String = (0..count).map(one).collect();
        files.push((format!("team{at}.yaml"), format!("Projects:\n{entries}")));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (found, loaded) = run(&files, &[], &[]);
    assert_eq!((loaded.entries.len(), loaded.unusable.as_slice()), (205, &[][..]));
    assert!(found.iter().all(|one| one.id == "unquoted_tag" && one.severity == Severity::Warning), "{found:?}");
}
