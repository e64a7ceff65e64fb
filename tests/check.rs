//! `check` through the real program, on real git repositories.
//!
//! A case is a folder of `fixtures/check`, named like its rule: `bad` breaks it, `good` does not and breaks no other.
//! With `base`, that is committed first (with `base-bad` or `base-good` over it), `bad` or `good` is copied over it on a
//! branch. `args` holds arguments, one a line. `setup` is a script for what git does not keep, run at the end; `registry`
//! names the tag of every image that a registry has, or `nowhere` for one that does not answer.

use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

struct Work {
    folder: tempfile::TempDir,
    registry: Option<String>,
}

impl Work {
    fn new() -> Self {
        let work = Self { folder: tempfile::tempdir().unwrap(), registry: None };
        work.git(&["init", "-q", "-b", "main"]);
        work.git(&["config", "user.name", "Test Person"]);
        work.git(&["config", "user.email", "test@example.org"]);
        work
    }

    /// A repository with `base` and `app`, which is built on it, committed, and a branch checked out.
    fn pair() -> Self {
        let work = Self::new();
        work.overlay(&cases().join("no_new_entry/base"));
        work.commit("base");
        work.git(&["checkout", "-q", "-b", "change"]);
        work
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, arguments: &[&str]) {
        let status = Command::new("git").arg("-C").arg(self.path()).args(arguments).env_remove("GIT_DIR").status().unwrap();
        assert!(status.success(), "{arguments:?}");
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn overlay(&self, from: &Path) {
        let status = Command::new("cp").args(["-a", "--"]).arg(from.join(".")).arg(self.path()).status().unwrap();
        assert!(status.success(), "{}", from.display());
    }

    fn check(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cooperage"));
        command.arg("check").args(args).arg("images").current_dir(self.path()).env_clear();
        command.env("PATH", std::env::var("PATH").unwrap()).env("DOCKER_HOST", "unix:///nowhere/docker.sock");
        command.envs(self.registry.iter().map(|address| ("COOPERAGE_REGISTRY", address)));
        command.output().unwrap()
    }

    /// The document, with the exit code.
    fn document(&self, args: &[&str]) -> (Value, i32) {
        let output = self.check(&[args, &["--format", "json"]].concat());
        let parsed = serde_json::from_slice(&output.stdout);
        let document = parsed.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        (document, output.status.code().unwrap())
    }

    /// The findings as `id subject`, with the exit code.
    fn findings(&self, args: &[&str]) -> (Vec<String>, i32) {
        let (document, code) = self.document(args);
        let list = document["findings"].as_array().unwrap().iter();
        let told = list.map(|one| format!("{} {}", one["id"].as_str().unwrap(), one["subject"].as_str().unwrap_or("-")));
        (told.collect(), code)
    }
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/check")
}

/// Entry `version` of `name`, above what there was.
fn entry(name: &str, version: &str) -> String {
    format!("{name} ({version}) bookworm; urgency=medium\n\n  * New.\n\n -- T <t@example.org>  Wed, 04 Nov 2026 10:00:00 +0000\n\n")
}

impl Work {
    fn add_entry(&self, name: &str, version: &str) {
        let file = format!("images/{name}/changelog");
        let old = fs::read_to_string(self.path().join(&file)).unwrap();
        self.write(&file, &(entry(name, version) + &old));
    }
}

fn arguments(folder: &Path) -> Vec<String> {
    fs::read_to_string(folder.join("args")).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn work_of(case: &Path, side: &str) -> (Work, Vec<String>) {
    let mut work = Work::new();
    if case.join("base").is_dir() {
        for base in ["base".to_owned(), format!("base-{side}")].map(|name| case.join(name)).iter().filter(|base| base.is_dir()) {
            work.overlay(base);
        }
        work.commit("base");
        work.git(&["checkout", "-q", "-b", "change"]);
    }
    work.overlay(&case.join(side));
    let args = [arguments(case), arguments(&case.join(side))].concat();
    let take = |name: &str| {
        let text = fs::read_to_string(work.path().join(name)).ok();
        let _ = fs::remove_file(work.path().join(name));
        text
    };
    take("args");
    let (setup, tag) = (take("setup"), take("registry"));
    work.git(&["add", "-A"]);
    if let Some(script) = setup {
        let status = Command::new("sh").args(["-e", "-c", &script]).current_dir(work.path()).status().unwrap();
        assert!(status.success(), "{}", case.display());
    }
    work.registry = tag.map(|tag| if tag.trim() == "nowhere" { "127.0.0.1:1".to_owned() } else { registry(tag.trim().to_owned()) });
    (work, args)
}

#[test]
fn every_rule_has_a_bad_and_a_good_case() {
    let is_missing = |rule: &&cooperage::finding::Rule| !["bad", "good"].iter().all(|side| cases().join(rule.id).join(side).is_dir());
    let missing: Vec<&str> = cooperage::check::RULES.iter().filter(is_missing).map(|rule| rule.id).collect();
    assert!(missing.is_empty(), "no bad or no good case in fixtures/check: {missing:?}");
}

#[test]
fn every_rule_finds_the_bad_and_leaves_the_good() {
    let mut folders: Vec<PathBuf> = fs::read_dir(cases()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let mut wrong = Vec::new();
    for case in &folders {
        let id = case.file_name().unwrap().to_str().unwrap();
        let rule = cooperage::check::rule(id).unwrap_or_else(|| panic!("{id} is no rule"));
        let (work, args) = work_of(case, "bad");
        let (document, code) = work.document(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let hit = document["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == id);
        let expected = hit.map(|finding| i32::from(finding["severity"] == "error"));
        if expected.is_none_or(|expected| code < expected) {
            wrong.push(format!("{id}: bad is not found: exit {code}, {document:#}"));
        }
        if rule.severity == Some(cooperage::finding::Severity::Warning) && hit.is_some_and(|finding| finding["severity"] != "warning") {
            wrong.push(format!("{id}: is no warning"));
        }
        let (work, args) = work_of(case, "good");
        let (told, code) = work.findings(&args.iter().map(String::as_str).collect::<Vec<_>>());
        if (told.as_slice(), code) != (&[], 0) {
            wrong.push(format!("{id}: good gives {told:?}, exit {code}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_that_reading_a_catalogue_gives_is_a_rule() {
    let rooms = ["catalog", "plan/graph", "run/survey/mod.rs", "run/survey/read.rs", "run/survey/judge.rs", "template/error.rs"];
    let mut codes = Vec::new();
    let mut todo: Vec<PathBuf> = rooms.map(|room| Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room)).to_vec();
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        for start in ["Defect::error(\"", "Defect::warning(\"", "code: \"", "saying(\""] {
            codes.extend(text.split(start).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    assert!(codes.len() > 15, "{codes:?}");
    let strangers: Vec<&String> = codes.iter().filter(|code| cooperage::check::rule(code).is_none()).collect();
    assert!(strangers.is_empty(), "{strangers:?}");
}

#[test]
fn a_change_counts_committed_or_not_and_an_entry_settles_it() {
    let work = Work::pair();
    assert_eq!(work.findings(&["--base", "main"]), (vec![], 0));
    work.write("images/base/extra", "x");
    let missing = (vec!["parent_changed app".to_owned(), "no_new_entry base".to_owned()], 1);
    assert_eq!(work.findings(&["--base", "main"]), missing);
    work.commit("change");
    assert_eq!(work.findings(&["--base", "main"]), missing);
    work.add_entry("base", "1.1");
    assert_eq!(work.findings(&["--base", "main"]), (vec!["parent_changed app".to_owned()], 1));
    work.add_entry("app", "1.1");
    assert_eq!(work.findings(&["--base", "main"]), (vec![], 0));
    // What main did since is not this branch's business.
    work.commit("entries");
    work.git(&["checkout", "-q", "main"]);
    work.write("images/app/later", "x");
    work.commit("main goes on");
    work.git(&["checkout", "-q", "change"]);
    assert_eq!(work.findings(&["--base", "main"]), (vec![], 0));
}

#[test]
fn includes_links_and_the_configuration_count_and_ignored_files_do_not() {
    let work = Work::pair();
    work.git(&["checkout", "-q", "main"]);
    work.write("config.yaml", "flavour: sweet\n");
    work.write("templates/common.j2", "ENV A=1\n");
    work.write("shared/file", "1\n");
    work.write("images/base/Dockerfile.template", "FROM scratch\n{% include 'common.j2' %}\nENV F={{ flavour }}\n");
    work.write("images/base/.dockerignore", "*.md\n");
    std::os::unix::fs::symlink("../../shared/file", work.path().join("images/base/file")).unwrap();
    work.commit("more");
    work.git(&["checkout", "-q", "-B", "change"]);
    let both = (vec!["parent_changed app".to_owned(), "no_new_entry base".to_owned()], 1);
    for (path, text, expected) in [
        ("templates/common.j2", "ENV A=2\n", &both),
        ("shared/file", "2\n", &both),
        ("config.yaml", "flavour: sour\n", &both),
        ("config.yaml", "flavour: sweet\nother: 1\n", &(vec![], 0)),
        ("images/base/notes.md", "x\n", &(vec![], 0)),
        ("elsewhere", "x\n", &(vec![], 0)),
    ] {
        work.write(path, text);
        assert_eq!(&work.findings(&["--base", "main"]), expected, "{path}: {text}");
        work.git(&["checkout", "-q", "."]);
        work.git(&["clean", "-fdq"]);
    }
}

#[test]
fn unreleased_entries_may_change_and_moved_folders_keep_their_history() {
    let work = Work::pair();
    work.git(&["checkout", "-q", "main"]);
    let text = fs::read_to_string(work.path().join("images/app/changelog")).unwrap();
    work.write("images/app/changelog", &text.replace("bookworm", "UNRELEASED"));
    work.commit("not yet");
    work.git(&["checkout", "-q", "-B", "change"]);
    work.write("images/app/changelog", &text.replace("Change", "More"));
    work.write("images/app/file", "x");
    assert_eq!(work.findings(&["--base", "main"]), (vec![], 0));
    work.git(&["checkout", "-q", "."]);
    work.git(&["clean", "-fdq"]);
    work.git(&["mv", "images/base", "images/root"]);
    assert_eq!(work.findings(&["--base", "main"]), (vec!["no_new_entry base".to_owned()], 1));
}

#[test]
fn a_comment_with_a_reason_silences_one_rule_and_the_configuration_switches_it() {
    let work = Work::pair();
    work.write("images/base/file", "x");
    work.write("images/app/control", "# cooperage ignore=parent_changed: rebuilt tomorrow\nBuild-Depends: base\n");
    work.add_entry("base", "1.1");
    let (document, code) = work.document(&["--base", "main"]);
    // The comment itself is a change of app's own file, which is another rule.
    assert_eq!((document["findings"][0]["id"].as_str(), code), (Some("no_new_entry"), 1), "{document:#}");
    work.git(&["checkout", "-q", "images/app/control"]);
    work.write("config.yaml", "cooperage:\n  check_rules: {parent_changed: off}\n");
    assert_eq!(work.findings(&["--base", "main"]), (vec![], 0));
    work.write("config.yaml", "cooperage:\n  check_rules: {parent_changed: warning}\n");
    assert_eq!(work.findings(&["--base", "main"]), (vec!["parent_changed app".to_owned()], 0));
    work.write("config.yaml", "cooperage:\n  check_rules: {parent_change: off}\n");
    let output = work.check(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean parent_changed"));
}

#[test]
fn every_output_names_rule_file_and_line() {
    let work = Work::pair();
    work.write("images/app/list", "\ntimebomb 20200101 100% of it\n");
    work.git(&["add", "-A"]);
    let out = |args: &[&str]| {
        let output = work.check(args);
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(out(&[]).starts_with("app/list:2: error[timebomb]: "));
    let github = out(&["--format", "github", "--summary", "summary.md"]);
    assert!(github.starts_with("::error file=images/app/list,line=2,title=timebomb::") && github.contains("100%25 of it%0A"), "{github}");
    let summary = fs::read_to_string(work.path().join("summary.md")).unwrap();
    assert!(summary.contains("| error | `timebomb` | `app/list:2` |"), "{summary}");
    let sarif: Value = serde_json::from_str(&out(&["--format", "sarif"])).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(
        (sarif["version"].as_str(), result["ruleId"].as_str(), result["level"].as_str()),
        (Some("2.1.0"), Some("timebomb"), Some("error"))
    );
    assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "images/app/list");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 2);
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][index]["id"], "timebomb");
}

#[test]
fn calls_that_cannot_be_answered_say_why() {
    let work = Work::pair();
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir_all(outside.path().join("images/a")).unwrap();
    fs::write(outside.path().join("images/a/changelog"), entry("a", "1")).unwrap();
    fs::write(outside.path().join("images/a/Dockerfile.template"), "FROM scratch\n").unwrap();
    let outside = Work { folder: outside, registry: None };
    for (work, args, code, said) in [
        (&work, &["--base", "nowhere"] as &[&str], 2, "names no commit"),
        (&work, &["--online"], 2, "--base"),
        (&work, &["--base", "main", "--online"], 2, "--online needs a registry"),
        (&work, &["--today", "20261301"], 2, "YYYYMMDD"),
        (&outside, &["--base", "main"], 2, "is not in a git repository"),
        (&outside, &[], 0, ""),
    ] {
        let output = work.check(args);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {told}");
        assert!(told.contains(said), "{args:?}: {told}");
    }
}

#[test]
fn an_outage_of_the_registry_is_never_free() {
    let work = Work::pair();
    // Nobody listens on port 1.
    work.write("config.yaml", "registry: 127.0.0.1:1\ncooperage: {registry_patience: 1s, registry_timeout: 1s}\n");
    work.add_entry("app", "1.1");
    let (told, code) = work.findings(&["--base", "main", "--online"]);
    assert_eq!((told, code), (vec!["registry_unclear app".to_owned()], 3));
}

/// A registry of one connection after the other, where every manifest of this tag is, and no other.
fn registry(tag: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut line = String::new();
            // A TLS greeting is no line of text: the connection ends, and HTTP is tried.
            if reader.read_line(&mut line).is_err() {
                continue;
            }
            let mut rest = String::new();
            while reader.read_line(&mut rest).is_ok_and(|count| count > 2) {
                rest.clear();
            }
            let digest =
                format!("Docker-Content-Digest: sha256:{}\r\nContent-Type: application/vnd.oci.image.manifest.v1+json\r\n", "a".repeat(64));
            let there = line.contains(&format!("/manifests/{tag} "));
            let (status, digest) = if there || line.contains(" /v2/ ") { ("200 OK", digest) } else { ("404 Not Found", String::new()) };
            let answer = format!("HTTP/1.1 {status}\r\n{digest}Content-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = reader.get_mut().write_all(answer.as_bytes());
        }
    });
    host
}

#[test]
fn a_new_version_that_the_registry_has_is_taken() {
    let work = Work::pair();
    work.write("config.yaml", &format!("registry: {}\n", registry("1.1".to_owned())));
    work.add_entry("app", "1.1");
    assert_eq!(work.findings(&["--base", "main", "--online"]), (vec!["already_published app".to_owned()], 1));
    work.git(&["checkout", "-q", "."]);
    work.add_entry("app", "1.2");
    assert_eq!(work.findings(&["--base", "main", "--online"]), (vec![], 0));
}

/// What was broken at the base has nothing to compare with; what is broken now is told as its defect, and nothing else
/// is said about it or what stands on it.
#[test]
fn broken_at_the_base_or_broken_now() {
    let work = Work::pair();
    work.write("images/base/changelog", "no heading\n");
    work.write("images/base/file", "x");
    let (told, code) = work.findings(&["--base", "main"]);
    assert!(told.iter().any(|one| one.starts_with("bad_heading")) && code == 1, "{told:?}");
    assert!(!told.iter().any(|one| one.starts_with("no_new_entry") || one.starts_with("parent_changed")), "{told:?}");
    work.git(&["checkout", "-q", "."]);
    work.write("images/base/Dockerfile.template", "FROM {{ nothing }}\n");
    let (told, code) = work.findings(&["--base", "main"]);
    assert!(told.iter().any(|one| one == "template_undefined base") && code == 1, "{told:?}");

    for (file, broken) in [("changelog", "no heading\n"), ("Dockerfile.template", "FROM {{ nothing }}\n"), ("control", "no field\n")] {
        let work = Work::pair();
        work.git(&["checkout", "-q", "main"]);
        let path = format!("images/base/{file}");
        let sound = fs::read_to_string(work.path().join(&path)).ok();
        work.write(&path, broken);
        work.commit("broken");
        work.git(&["checkout", "-q", "-B", "mend"]);
        match sound {
            Some(text) => work.write(&path, &text),
            None => fs::remove_file(work.path().join(&path)).unwrap(),
        }
        // A mended changelog is a new definition; other files are changes like any other.
        let expected = match file {
            "changelog" => vec!["parent_changed app".to_owned()],
            _ => vec!["parent_changed app".to_owned(), "no_new_entry base".to_owned()],
        };
        assert_eq!(work.findings(&["--base", "main"]), (expected, 1), "{file}");
        work.add_entry("base", "1.1");
        work.add_entry("app", "1.1");
        assert_eq!(work.findings(&["--base", "main"]), (vec![], 0), "{file}");
    }
}

#[test]
fn rules_explain_themselves() {
    let explain = |id: &str| Command::new(env!("CARGO_BIN_EXE_cooperage")).args(["check", "--explain", id]).output().unwrap();
    let one = explain("cycle");
    assert!(one.status.success());
    assert!(String::from_utf8(one.stdout).unwrap().starts_with("cycle (error)\n"));
    let all = String::from_utf8(explain("all").stdout).unwrap();
    assert!(cooperage::check::RULES.iter().all(|rule| all.contains(&format!("{} (", rule.id))));
    assert_eq!(explain("cycel").status.code(), Some(2));
    let elsewhere = Command::new(env!("CARGO_BIN_EXE_cooperage")).args(["list", "--format", "sarif", "."]).output().unwrap();
    assert_eq!(elsewhere.status.code(), Some(2));
}
