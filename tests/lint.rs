//! `lint` through the real program, with the built-in rules and with a program that stands in for hadolint.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

struct Work {
    folder: tempfile::TempDir,
}

impl Work {
    /// A catalogue with one definition, whose template is this.
    fn new(template: &str) -> Self {
        let work = Self { folder: tempfile::tempdir().unwrap() };
        let entry = "app (1.0) bookworm; urgency=medium\n\n  * New.\n\n -- T <t@example.org>  Wed, 04 Nov 2026 10:00:00 +0000\n";
        work.write("images/app/changelog", entry);
        work.write("images/app/Dockerfile.template", template);
        work.write("config.yaml", "registry: r.example\nbase_images: ['debian:12']\n");
        work
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A script named hadolint in `bin`, which is on the PATH of every call.
    fn hadolint(&self, script: &str) {
        self.write("bin/hadolint", format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(self.path().join("bin/hadolint"), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        self.verb("lint", args)
    }

    fn verb(&self, verb: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cooperage"));
        let path = format!("{}:/usr/bin:/bin", self.path().join("bin").display());
        command.arg(verb).args(args).current_dir(self.path()).env_clear().env("PATH", path);
        command.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
        command
    }

    /// The document, with the exit code.
    fn document(&self, args: &[&str]) -> (Value, i32) {
        let output = self.run(&[args, &["--format", "json"]].concat());
        let parsed = serde_json::from_slice(&output.stdout);
        let document = parsed.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        (document, output.status.code().unwrap())
    }

    /// The findings as `path:line id`, with the exit code.
    fn told(&self, args: &[&str]) -> (Vec<String>, i32) {
        let (document, code) = self.document(args);
        let shown = |one: &Value| {
            let line = one["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
            format!("{}{line} {}", one["path"].as_str().unwrap_or("-"), one["id"].as_str().unwrap())
        };
        (document["findings"].as_array().unwrap().iter().map(shown).collect(), code)
    }
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

const SUDO: &str = "FROM debian:12\nRUN sudo a\n";

#[test]
fn a_catalogue_is_judged_at_the_lines_of_its_templates() {
    let work = Work::new("{% set x = 'debian:12' %}\nFROM {{ x }}\nRUN {{ \"curl\" | apt_install }}\nRUN sudo a\n");
    let (document, code) = work.document(&["images"]);
    assert_eq!((code, &document["ok"], &document["engine"], &document["base"]), (1, &false.into(), &"builtin".into(), &Value::Null));
    let finding = &document["findings"][1];
    assert_eq!((finding["id"].as_str(), finding["line"].as_u64(), finding["column"].as_u64()), (Some("DL3004"), Some(4), Some(5)));
    assert_eq!((finding["path"].as_str(), finding["subject"].as_str()), (Some("app/Dockerfile.template"), Some("app")));
    assert_eq!(document["findings"][0]["approximate"], true);
    assert_eq!((document["counts"]["error"].as_u64(), document["counts"]["warning"].as_u64()), (Some(1), Some(1)));
}

#[test]
fn people_see_the_line_and_who_judged() {
    let work = Work::new(SUDO);
    let output = work.run(&["images"]);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(out.starts_with("app/Dockerfile.template:2:5: error[DL3004]: "), "{out}");
    assert!(out.contains("\n  2 | RUN sudo a\n    |     ^\n  help: ") && out.ends_with("1 error, 0 warnings\n"), "{out}");
    assert!(err.starts_with("lint: the built-in rules judge; hadolint alone has "), "{err}");
}

#[test]
fn credentials_are_told_and_shown_nowhere() {
    let work = Work::new("FROM debian:12\nENV A=b DB_PASSWORD=hunter2 C=$A\n");
    for format in ["human", "json", "sarif", "github"] {
        let output = work.run(&["images", "--format", format]);
        let out = String::from_utf8(output.stdout).unwrap();
        assert!(out.contains("credentials") && out.contains("DL3044") && !out.contains("hunter2"), "{out}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn files_by_themselves_are_judged_fragments_and_broken_ones_too() {
    let work = Work::new(SUDO);
    work.write("a", "RUN sudo b\n");
    work.write("b", "FROM debian:12\nRNU x\n");
    work.write("c", b"FROM x\nRUN \xff\n");
    work.write("d", b"\0\0");
    work.write("e", "FROM debian:12\n");
    let expected = ["a:1 DL3061", "a:1 DL3004", "b:2 DL1000", "c:2 DL1000", "d:1 DL1000"];
    assert_eq!(work.told(&["--file", "a", "b", "c", "d", "e"]), (texts(&expected), 1));
    assert_eq!(work.told(&["--file", "e"]), (vec![], 0));
}

#[test]
fn policy_threshold_and_exceptions_decide() {
    let base = "registry: r.example\nbase_images: ['debian:12']\ncooperage:\n";
    let work = Work::new("FROM debian:12\nRUN apt-get install -y --no-install-recommends a\n");
    let found = "app/Dockerfile.template:2 DL3008";
    let exception = |until: &str, image: &str| {
        format!("  lint: {{threshold: warning, ignore: [{{id: DL3008, image: '{image}', until: {until}, reason: x}}]}}\n")
    };
    for (config, list, code) in [
        (String::from("  jobs: 1\n"), vec![found, "app/Dockerfile.template:2 apt_by_hand"], 0),
        ("  lint: {threshold: warning}\n".into(), vec![found, "app/Dockerfile.template:2 apt_by_hand"], 1),
        ("  lint_rules: {DL3008: error, apt_by_hand: off}\n".into(), vec![found], 1),
        ("  lint: off\n".into(), vec![], 0),
        (exception("2026-11-21", "*/app:*"), vec![found, "app/Dockerfile.template:2 apt_by_hand"], 0),
        (exception("2026-11-21", "*/web:*"), vec![found, "app/Dockerfile.template:2 apt_by_hand"], 1),
        (exception("2026-11-20", "*"), vec!["- expired_exception", found, "app/Dockerfile.template:2 apt_by_hand"], 1),
    ] {
        work.write("config.yaml", format!("{base}{config}"));
        assert_eq!(work.told(&["--today", "20261121", "images"]), (texts(&list), code), "{config}");
    }
    work.write("config.yaml", format!("{base}{}", exception("2026-12-01", "*")));
    work.write("images/app/control", "Lint: error\n ignore apt_by_hand until 2026-11-20: y\n");
    let (document, code) = work.document(&["--today", "20261121", "images"]);
    assert_eq!(
        (document["counts"]["excepted"].as_u64(), document["findings"][1]["excepted_until"].as_str(), code),
        (Some(1), Some("2026-12-01"), 0)
    );
    assert_eq!(document["findings"][0]["id"], "expired_exception");
    work.write("images/app/control", "Lint: off\n");
    assert_eq!(work.told(&["images"]), (vec![], 0));
}

#[test]
fn explain_shows_what_findings_on_an_image_lead_to() {
    let work = Work::new(SUDO);
    work.write(
        "config.yaml",
        "cooperage: {lint: {threshold: warning, ignore: [{id: '*', image: '*/web:*', until: 2026-12-01, reason: x}]}}\n",
    );
    work.write("images/app/control", "Package: app\nLint: gate\n ignore DL3004 until 2026-12-31: soon\nTest: off\n");
    let out = |args: &[&str]| String::from_utf8(work.verb("explain", args).output().unwrap().stdout).unwrap();
    let text = out(&["--offline", "app", "images"]);
    assert!(
        text.contains("\n  lint      gate from warning on, by control; DL3004 accepted until 2026-12-31\n  test      off, by control\n"),
        "{text}"
    );
    let document: Value = serde_json::from_str(&out(&["--offline", "--format", "json", "app", "images"])).unwrap();
    let policies = document["policies"].as_array().unwrap();
    assert_eq!(policies[0]["ignore"].as_array().unwrap().len(), 1, "{document}");
    assert_eq!((&policies[1]["policy"], &policies[2]["control"]), (&"off".into(), &false.into()), "{document}");
}

#[test]
fn what_is_wrong_in_the_policy_is_told_with_its_place() {
    let work = Work::new(SUDO);
    for (config, said) in [
        ("cooperage: {lint: maybe}", "must be gate, warn or off, or a map"),
        ("cooperage: {lint: {treshold: error}}", "did you mean threshold?"),
        ("cooperage: {lint: {threshold: high}}", "one of error, warning, info, style"),
        ("cooperage: {scan: {threshold: error}}", "one of critical, high, medium, low, unknown"),
        ("cooperage: {lint: {ignore: [{id: a, until: 2026-12-31}]}}", "a reason"),
        ("cooperage: {lint: {ignore: [{id: a, until: soon, reason: b}]}}", "\"soon\" is no day"),
        ("cooperage: {lint: {ignore: [a]}}", "item 1 of cooperage.lint.ignore"),
        ("cooperage: {lint_rules: {DL3008: loud}}", "one of error, warning, info, style, off"),
        ("cooperage: {lint_rules: {credential: off}}", "did you mean credentials?"),
    ] {
        work.write("config.yaml", config);
        let output = work.run(&["images"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && told.contains(said), "{config}: {told}");
    }
    work.write("config.yaml", "");
    work.write("images/app/control", "Lint: gates\n");
    let output = work.run(&["images"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) || output.status.code() == Some(1), "{told}");
    assert!(told.contains("Lint in line 1: \"gates\" is none of"), "{told}");
}

#[test]
fn hadolint_judges_where_it_is_and_our_own_rules_beside_it() {
    let work = Work::new("FROM debian:12\nUSER root\nENV TOKEN=hunter2\n");
    // Answers for the first file it is given, and writes down how often it was called.
    work.hadolint(
        "echo called >> calls\nfor file; do case $file in *.Dockerfile) break;; esac; done\n\
         printf '[{\"code\":\"SC2046\",\"column\":1,\"file\":\"%s\",\"level\":\"info\",\"line\":2,\"message\":\"from outside\"}]' \"$file\"",
    );
    work.write("images/web/changelog", fs::read_to_string(work.path().join("images/app/changelog")).unwrap().replace("app", "web"));
    work.write("images/web/Dockerfile.template", "FROM debian:12\n");
    let (document, code) = work.document(&["images"]);
    assert_eq!((document["engine"].as_str(), code), (Some("hadolint"), 1));
    assert_eq!((document["findings"][0]["message"].as_str(), document["findings"][0]["line"].as_u64()), (Some("from outside"), Some(2)));
    assert_eq!(document["findings"][1]["id"], "credentials");
    assert_eq!(document["findings"].as_array().unwrap().len(), 2);
    assert_eq!(fs::read_to_string(work.path().join("calls")).unwrap(), "called\n");
    let (document, _) = work.document(&["images", "--engine", "builtin"]);
    assert_eq!(document["engine"], "builtin");
    let (document, _) = work.document(&["--engine", "hadolint", "--file", "images/web/Dockerfile.template"]);
    assert_eq!(document["engine"], "hadolint");
    work.write("config.yaml", "cooperage: {lint_rules: {SC2046: error}}\n");
    let (document, _) = work.document(&["images"]);
    assert_eq!(document["findings"][0]["severity"], "error");
}

#[test]
fn a_hadolint_that_fails_is_an_error() {
    let work = Work::new(SUDO);
    for (script, said) in [
        ("echo 'no such rule' >&2; exit 1", "gives no answer (exit status: 1): no such rule"),
        ("echo '[]'; exit 3", "exit status: 3"),
        ("echo 'not JSON'", "not JSON"),
        ("true", "it says nothing"),
        ("printf '\\033[2Jx' >&2; exit 1", "(exit status: 1): [2Jx; the built-in rules do without it"),
        // What is not told of one of our files must not be lost.
        (
            "echo '[{\"code\":\"DL3020\",\"file\":\"x\",\"level\":\"error\",\"line\":1,\"message\":\"m\"}]'",
            "of x, which is no file of ours",
        ),
        (
            "for f; do :; done; echo '[{\"code\":\"\",\"file\":\"'$f'\",\"level\":\"error\",\"line\":1,\"message\":\"m\"}]'",
            "no file of ours",
        ),
        ("kill -9 $$", "signal: 9"),
    ] {
        work.hadolint(script);
        let output = work.run(&["images"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(3) && told.contains(said) && output.stdout.is_empty(), "{script}: {told}");
    }
    work.write("config.yaml", "cooperage: {hadolint: /nowhere/hadolint}\n");
    let output = work.run(&["images"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && told.contains("/nowhere/hadolint cannot be started"), "{told}");
}

#[test]
fn lines_that_are_not_there_are_the_nearest_ones() {
    let work = Work::new(SUDO);
    let one = |line: &str| format!("{{\"code\":\"DL9998\",\"file\":\"'$f'\",\"level\":\"loud\",\"line\":{line},\"message\":\"m\"}}");
    work.hadolint(&format!("for f; do :; done; echo '[{},{}]'", one("0"), one("99999999999")));
    work.write("d", SUDO);
    assert_eq!(work.told(&["--file", "d"]), (texts(&["d:1 DL9998", "d:2 DL9998"]), 0));
}

#[test]
fn a_hadolint_that_hangs_ends_with_the_call() {
    let work = Work::new(SUDO);
    work.hadolint("trap '' TERM INT; sleep 3000 & echo $! > sleeper; wait");
    let mut child = work.command(&["images"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let sleeper = || fs::read_to_string(work.path().join("sleeper")).unwrap_or_default();
    while !sleeper().ends_with('\n') {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(20));
    }
    kill_process(Pid::from_raw(child.id().cast_signed()).unwrap(), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    let stat = || fs::read_to_string(format!("/proc/{}/stat", sleeper().trim()));
    while stat().is_ok_and(|stat| !stat.contains(") Z ")) {
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_configuration_may_choose_the_built_in_rules() {
    let work = Work::new(SUDO);
    work.hadolint("exit 9");
    work.write("config.yaml", "base_images: ['debian:12']\ncooperage: {hadolint: builtin}\n");
    let (document, code) = work.document(&["images"]);
    assert_eq!((document["engine"].as_str(), document["ok"].as_bool(), code), (Some("builtin"), Some(false), 1));
    assert_eq!(work.run(&["images", "--engine", "hadolint"]).status.code(), Some(3));
    // A definition that cannot be read makes nothing good.
    work.write("images/app/Dockerfile.template", "FROM {{ x\n");
    let (document, code) = work.document(&["images"]);
    assert_eq!((document["findings"].as_array().unwrap().len(), document["ok"].as_bool(), code), (0, Some(false), 1));
}

#[test]
fn sarif_and_annotations_have_the_levels_of_their_readers() {
    let work = Work::new("FROM debian:12\nRUN a\nRUN b\nRUN sudo c\n");
    assert!(Command::new("git").args(["init", "-q"]).current_dir(work.path()).status().unwrap().success());
    let out = |format: &str| String::from_utf8(work.run(&["images", "--format", format]).stdout).unwrap();
    let github = out("github");
    assert!(github.contains("::notice file=images/app/Dockerfile.template,line=3,col=1,title=DL3059::"), "{github}");
    assert!(github.contains("::error file=images/app/Dockerfile.template,line=4,col=5,title=DL3004::"), "{github}");
    let sarif: Value = serde_json::from_str(&out("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let levels: Vec<&str> = results.iter().map(|result| result["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["note", "note", "error"]);
    let index = usize::try_from(results[0]["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][index]["id"], "DL3059");
}

#[test]
fn calls_that_cannot_be_answered_say_why() {
    let work = Work::new(SUDO);
    for (args, said) in [
        (&["--engine", "hadolint", "images"] as &[&str], "there is no hadolint on the PATH"),
        (&["--engine", "unix:///x", "images"], "builtin or hadolint"),
        (&["--file", "nowhere"], "nowhere cannot be read"),
        (&["--file", "images"], "images cannot be read"),
        (&["--file", "/dev/zero"], "/dev/zero is larger than 16 MiB"),
        (&["--today", "tomorrow", "images"], "YYYYMMDD"),
        (&["--explain", "DL9999"], "there is no rule \"DL9999\""),
        (&["--select", "nothing", "images"], "nothing"),
        (&["nowhere"], "nowhere"),
        (&[], "DIRECTORY"),
    ] {
        let output = work.run(args);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && told.contains(said), "{args:?}: {:?} {told}", output.status.code());
    }
    let output = work.run(&["--explain", "DL3004"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("bad:  RUN sudo make install"));
}

#[test]
fn what_is_chosen_is_judged_and_broken_definitions_fail() {
    let work = Work::new(SUDO);
    work.write(
        "images/web/changelog",
        "web (1.0) bookworm; urgency=medium\n\n  * N.\n\n -- T <t@example.org>  Wed, 04 Nov 2026 10:00:00 +0000\n",
    );
    work.write("images/web/Dockerfile.template", "FROM debian:12\n");
    assert_eq!(work.told(&["--select", "*/web:*", "images"]), (vec![], 0));
    work.write("images/web/Dockerfile.template", "FROM {{ x\n");
    let output = work.run(&["--select", "*/app:*", "images", "--engine", "builtin"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("template_syntax"));
}
