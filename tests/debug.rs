//! `debug` and `try` through the real program on a real engine, with and without a terminal.

mod support;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use support::catalogue::{Catalogue, Outcome, docker};
use support::daemon::wait_for;
use support::engine::unique;
use support::registry::{Registry, RegistryKind};
use support::terminal::Terminal;

/// A catalogue with one image whose user is nobody and whose entry point shows what it is given.
fn catalogue() -> Catalogue {
    let catalogue = Catalogue::new("");
    // An image of its own: the engine finds containers by it.
    let label = format!("LABEL test={}\n", unique());
    catalogue.busybox("tool", "1.0", &format!("{label}USER 65534\nENTRYPOINT [\"/bin/echo\", \"entry\"]\nCMD [\"default\"]\n"));
    catalogue
}

/// `verb tool DIRECTORY -- args`, not started.
fn call(catalogue: &Catalogue, before: &[&str], after: &[&str]) -> Command {
    let mut command = catalogue.command(before);
    command.arg("tool").arg(catalogue.root());
    if !after.is_empty() {
        command.arg("--").args(after);
    }
    command
}

fn run(catalogue: &Catalogue, before: &[&str], after: &[&str]) -> Outcome {
    Outcome::of(call(catalogue, before, after).output().unwrap())
}

fn shell(catalogue: &Catalogue, script: &str) -> Outcome {
    run(catalogue, &["debug"], &["sh", "-c", script])
}

/// The containers of an image, running or not.
fn containers(catalogue: &Catalogue) -> String {
    docker(&["ps", "--all", "--quiet", "--filter", &format!("ancestor={}", catalogue.reference("tool", "1.0"))])
}

#[test]
fn a_missing_image_is_built_and_not_a_word_of_that_is_on_stdout() {
    let catalogue = catalogue();
    let first = run(&catalogue, &["try"], &[]);
    assert_eq!((first.code, first.stdout.as_str()), (0, "entry default\n"), "{}", first.stderr);
    assert!(first.stderr.contains("Built image"), "{}", first.stderr);
    let second = run(&catalogue, &["try"], &["a", "b c"]);
    assert_eq!((second.code, second.stdout.as_str(), second.stderr.as_str()), (0, "entry a b c\n", ""));
    assert_eq!(containers(&catalogue), "");
}

#[test]
fn the_exit_code_is_that_of_the_container() {
    let catalogue = catalogue();
    for (script, code) in [("true", 0), ("exit 3", 3), ("exit 125", 125), ("exit 255", 255), ("sh -c 'kill -9 $$'; exit $?", 137)] {
        let outcome = shell(&catalogue, script);
        assert_eq!(outcome.code, code, "{script}: {outcome:?}");
    }
    assert_eq!(containers(&catalogue), "");
}

#[test]
fn both_outputs_and_the_input_are_passed_on() {
    let catalogue = catalogue();
    shell(&catalogue, "true");
    let mut child = call(&catalogue, &["debug"], &[]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // The shell that stands in for the entry point reads a script and its end.
    input.write_all(b"echo out; echo err >&2; id -u; head -c 300000 /dev/zero | tr '\\0' x; exit 7\n").unwrap();
    drop(input);
    let outcome = Outcome::of(child.wait_with_output().unwrap());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (7, "err\n"));
    assert!(outcome.stdout.starts_with("out\n65534\nxxx") && outcome.stdout.len() == 10 + 300_000, "{}", outcome.stdout.len());
}

#[test]
fn folders_are_mounted_as_ci_has_them() {
    let catalogue = catalogue();
    catalogue.busybox("tool", "1.0", "USER 65534\nENTRYPOINT [\"/bin/sh\", \"-c\"]\n");
    let work = catalogue.work();
    fs::set_permissions(&work, fs::Permissions::from_mode(0o777)).unwrap();
    fs::write(work.join("here"), "content").unwrap();
    let run_script = |before: &[&str], script: &str| run(&catalogue, before, &[script]);
    let outcome = run_script(&["try"], "cat /src/here && echo l > /log/l && echo c > /cache/c && ! touch /src/new");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "content"), "{}", outcome.stderr);
    for folder in ["log", "cache"] {
        assert_eq!(fs::metadata(work.join(folder)).unwrap().permissions().mode() & 0o7777, 0o777);
    }
    assert_eq!(fs::read_to_string(work.join("log/l")).unwrap(), "l\n");
    assert!(!work.join("new").exists());
    assert_eq!(run_script(&["try", "--writable", "--log", "a/b", "--src", "."], "touch /src/new /log/x").code, 0);
    assert!(work.join("new").exists() && work.join("a/b/x").exists());
    // A folder that is there keeps its mode.
    fs::set_permissions(work.join("log"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_ne!(run_script(&["try"], "touch /log/y").code, 0);
    let missing = run_script(&["try", "--src", "nowhere"], "true");
    assert_eq!(missing.code, 125);
    assert!(missing.stderr.contains("--src nowhere"), "{}", missing.stderr);
}

#[test]
fn variables_come_from_a_file() {
    let mut catalogue = catalogue();
    catalogue.set("OURS", "from us");
    catalogue.busybox("tool", "1.0", "ENTRYPOINT [\"/bin/sh\", \"-c\"]\n");
    let file = catalogue.work().join("ci.env");
    fs::write(&file, "# one\nA=a = b\nOURS\nNOT_SET\n").unwrap();
    let outcome = run(&catalogue, &["try", "--env-file", "ci.env"], &["echo $A; echo $OURS; echo ${NOT_SET-unset} ${HOME-none}"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stdout.starts_with("a = b\nfrom us\nunset"), "{}", outcome.stdout);
    fs::write(&file, "A=1\nsecret words\n").unwrap();
    let wrong = run(&catalogue, &["try", "--env-file", "ci.env"], &["true"]);
    assert_eq!(wrong.code, 125);
    assert!(wrong.stderr.contains("ci.env:2") && !wrong.stderr.contains("secret"), "{}", wrong.stderr);
}

#[test]
fn what_cannot_be_run_is_125() {
    let catalogue = catalogue();
    let says = |outcome: &Outcome, parts: &[&str]| {
        assert_eq!((outcome.code, outcome.stdout.as_str()), (125, ""), "{outcome:?}");
        assert!(parts.iter().all(|part| outcome.stderr.contains(part)), "{}", outcome.stderr);
    };
    shell(&catalogue, "true");
    says(&run(&catalogue, &["debug"], &["/nothing/here"]), &["/nothing/here"]);
    for verb in ["debug", "try"] {
        says(&Outcome::of(catalogue.command(&[verb, "tol"]).arg(catalogue.root()).output().unwrap()), &["tol", "did you mean tool?"]);
        says(&run(&catalogue, &["--engine", "unix:///nowhere/e.sock", verb], &[]), &["unix:///nowhere/e.sock", "no such socket"]);
        says(&run(&catalogue, &[verb, "--bogus"], &[]), &["--bogus"]);
        says(&run(&catalogue, &[verb, "--tag", "9"], &[]), &["tool:9", "no registry is configured"]);
        says(&run(&catalogue, &[verb, "--tag", "a b"], &[]), &["--tag"]);
        says(&Outcome::of(catalogue.command(&[verb, "tool", "nowhere"]).output().unwrap()), &["nowhere"]);
    }
    catalogue.busybox("bad", "1.0", "RUN [\"/bin/false\"]\n");
    says(&Outcome::of(catalogue.command(&["debug", "bad"]).arg(catalogue.root()).output().unwrap()), &["bad:1.0", "could not be built"]);
    assert_eq!(containers(&catalogue), "");
}

#[test]
fn another_tag_that_the_engine_holds() {
    let catalogue = catalogue();
    assert_eq!(shell(&catalogue, "true").code, 0);
    docker(&["tag", &catalogue.reference("tool", "1.0"), &catalogue.reference("tool", "0.9")]);
    catalogue.release("tool", "2.0");
    let outcome = run(&catalogue, &["try", "--tag", "0.9"], &[]);
    assert_eq!((outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()), (0, "entry default\n", ""));
}

#[test]
fn a_published_version_is_pulled_and_not_built() {
    let registry = Registry::start(RegistryKind::Plain);
    let catalogue = Catalogue::new(&registry.address);
    let label = format!("LABEL test={}\n", unique());
    catalogue.busybox("tool", "1.0", &format!("{label}ENTRYPOINT [\"/bin/echo\", \"entry\"]\n"));
    catalogue.expect(0, &["build", "--publish"]);
    catalogue.release("tool", "2.0");
    // Not published, so built; and never published by this.
    assert_eq!(run(&catalogue, &["try"], &["new"]).stdout, "entry new\n");
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0", "latest"]);
    catalogue.forget("tool", "1.0");
    let old = run(&catalogue, &["try", "--tag", "1.0"], &["old"]);
    assert_eq!((old.code, old.stdout.as_str()), (0, "entry old\n"));
    assert!(old.stderr.starts_with("✔ pulled tool ") && old.stderr.lines().count() == 1, "{}", old.stderr);
    let missing = run(&catalogue, &["try", "--tag", "0.1"], &[]);
    assert_eq!(missing.code, 125);
    assert!(missing.stderr.contains("tool:0.1") && missing.stderr.contains("cannot be pulled"), "{}", missing.stderr);
    catalogue.expect(0, &["build", "--publish"]);
    catalogue.forget("tool", "2.0");
    let current = run(&catalogue, &["try"], &["again"]);
    assert_eq!((current.code, current.stdout.as_str()), (0, "entry again\n"));
    assert!(current.stderr.starts_with("✔ pulled tool "), "{}", current.stderr);
    let held = run(&catalogue, &["try"], &["held"]);
    assert_eq!((held.stdout.as_str(), held.stderr.as_str()), ("entry held\n", ""));
}

#[test]
fn a_copy_of_other_inputs_is_used_with_a_warning_that_says_how_to_make_it_again() {
    let catalogue = catalogue();
    assert_eq!(run(&catalogue, &["try"], &[]).code, 0);
    catalogue.write("tool/more", "changed");
    for verb in [["try"].as_slice(), &["debug"]] {
        let stale = run(&catalogue, verb, &["/bin/echo", "run"]);
        assert_eq!(stale.code, 0, "{}", stale.stderr);
        assert!(stale.stderr.contains("warning[inputs_changed]"), "{}", stale.stderr);
    }
    let told = run(&catalogue, &["try"], &[]).stderr;
    let advice = told.split('`').nth(1).unwrap().strip_prefix("cooperage ").unwrap().replace('\'', "");
    let words: Vec<&str> = advice.split(' ').collect();
    assert_eq!(Outcome::of(catalogue.command(&words).output().unwrap()).code, 0, "{advice}");
    assert_eq!(run(&catalogue, &["try"], &[]).stderr, "", "the advice makes it again");
    // Another tag was made from what the folder held then.
    docker(&["tag", &catalogue.reference("tool", "1.0"), &catalogue.reference("tool", "0.9")]);
    catalogue.write("tool/more", "changed again");
    assert_eq!(run(&catalogue, &["try", "--tag", "0.9"], &[]).stderr, "");
}

#[test]
fn an_image_without_a_shell_is_told_with_what_to_do() {
    let catalogue = Catalogue::new("");
    catalogue.plain("tool", "1.0", &unique());
    let without = run(&catalogue, &["debug"], &[]);
    assert_eq!((without.code, without.stdout.as_str()), (125, ""), "{}", without.stderr);
    for part in ["no program \"sh\"", "it has no shell", "cooperage debug tool ", "-- PROGRAM", "cooperage try tool "] {
        assert!(without.stderr.contains(part), "{part}: {}", without.stderr);
    }
    let named = run(&catalogue, &["debug"], &["nothing"]);
    assert_eq!(named.code, 125);
    assert!(named.stderr.contains("no program \"nothing\"") && named.stderr.contains("-- PROGRAM"), "{}", named.stderr);
    let started = run(&catalogue, &["try"], &["nothing"]);
    assert_eq!(started.code, 125);
    assert!(started.stderr.contains("no program \"nothing\"") && started.stderr.contains("ENTRYPOINT"), "{}", started.stderr);
    assert_eq!(containers(&catalogue), "");
}

#[test]
fn a_reader_that_goes_away_ends_the_container() {
    let catalogue = catalogue();
    shell(&catalogue, "true");
    let mut child = call(&catalogue, &["debug"], &["yes"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 2];
    std::io::Read::read_exact(&mut child.stdout.take().unwrap(), &mut first).unwrap();
    let outcome = Outcome::of(child.wait_with_output().unwrap());
    assert_eq!((first, outcome.code), (*b"y\n", 125), "{outcome:?}");
    assert!(outcome.stderr.contains("output"), "{}", outcome.stderr);
    assert_eq!(containers(&catalogue), "");
}

/// Starts a container that would run for an hour, and waits until it does.
fn started(catalogue: &Catalogue, marker: &str) -> Child {
    let script = format!("trap '' TERM INT; echo {marker}; sleep 3600");
    let mut command = call(catalogue, &["debug"], &["sh", "-c", &script]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for("the container", || docker(&["ps", "--no-trunc"]).contains(marker));
    child
}

fn signal(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn signals_leave_no_container() {
    let catalogue = catalogue();
    shell(&catalogue, "true");
    for name in ["-INT", "-TERM", "-HUP"] {
        let child = started(&catalogue, &format!("marker-{}", unique()));
        signal(&child, name);
        let outcome = Outcome::of(child.wait_with_output().unwrap());
        assert_eq!(outcome.code, 130, "{name}: {outcome:?}");
        assert_eq!(containers(&catalogue), "", "{name}");
    }
}

#[test]
fn a_shell_on_a_terminal() {
    let catalogue = catalogue();
    shell(&catalogue, "true");
    let terminal = Terminal::new(30, 100);
    let before = terminal.settings();
    let mut child = terminal.start(&call(&catalogue, &["debug"], &[]));
    terminal.write("stty size; echo type=$((40+2)); tty\n");
    terminal.wait_for("type=42");
    terminal.wait_for("/dev/pts/");
    assert_ne!(terminal.settings(), before, "the terminal is not in raw mode");
    terminal.write("for i in 1 2 3 4 5 6 7 8 9; do stty size; sleep 1; done\n");
    terminal.wait_for("30 100");
    terminal.resize(41, 123);
    terminal.wait_for("41 123");
    // Ctrl-C ends the loop in the container and not the call.
    terminal.write("\u{3}");
    terminal.wait_for("^C");
    // What detaches from an engine by its own settings are keys like any other here.
    terminal.write("\u{10}\u{11}\u{15}");
    terminal.write("echo sum=$((50+5))\n");
    terminal.wait_for("sum=55");
    terminal.write("exit 3\n");
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert_eq!(terminal.settings(), before, "the terminal is not as it was");
    assert_eq!(containers(&catalogue), "");
}

#[test]
fn a_terminal_is_restored_after_a_signal() {
    let catalogue = catalogue();
    shell(&catalogue, "true");
    let terminal = Terminal::new(24, 80);
    let before = terminal.settings();
    let mut child = terminal.start(&call(&catalogue, &["debug"], &[]));
    terminal.write("echo ready=$((60+6))\n");
    terminal.wait_for("ready=66");
    signal(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(terminal.settings(), before, "the terminal is not as it was");
    assert_eq!(containers(&catalogue), "");
    // A container that cannot start leaves the terminal alone.
    let mut child = terminal.start(&call(&catalogue, &["debug"], &["/nothing/here"]));
    assert_eq!(child.wait().unwrap().code(), Some(125));
    assert_eq!(terminal.settings(), before);
}
