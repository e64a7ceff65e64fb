//! Commands that misbehave: they are stopped, nothing of them stays, and the case says why.

use crate::support::catalogue::{Catalogue, Outcome, docker};
use crate::support::daemon::wait_for;
use crate::support::engine::{TestEngine, raw_context, request, runs, unique};
use crate::{built, cases, containers, errors, test};
use cooperage::engine::{BuildRequest, Builder, Engine as _};
use std::process::{Command, Stdio};

#[test]
fn a_command_that_does_not_end_is_stopped_also_if_it_ignores_sigterm() {
    let catalogue = built("");
    let run = test(
        &catalogue,
        1,
        "sandbox: {timeout: 1s}\ncommandTests:\n\
         - {name: deaf, command: sh, args: [-c, \"trap '' TERM; echo begun; sleep 3600\"]}\n\
         - {name: setup, setup: [[sleep, '3600']], command: 'true'}",
    );
    let cases = cases(&run);
    assert_eq!((&cases[0]["outcome"], &cases[1]["outcome"]), (&"timeout".into(), &"timeout".into()), "{cases:?}");
    assert!(errors(&cases[0]).contains("time limit of 1 s") && errors(&cases[1]).contains("a setup command"), "{cases:?}");
    assert_eq!(containers(&catalogue), "");
}

#[test]
fn a_flood_fills_neither_memory_nor_disk() {
    let catalogue = built("");
    let yaml = "commandTests: [{name: flood, command: dd, args: [if=/dev/zero, bs=1048576, count=1024]}]";
    catalogue.write("tool/structure.yaml", format!("schemaVersion: 2.0.0\n{yaml}\n"));
    let mut child = catalogue.command(&["--format", "json", "test"]).arg(catalogue.root()).stdout(Stdio::piped()).spawn().unwrap();
    let mut most = 0;
    wait_for("the flood to end", || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        most = most.max(resident.unwrap_or(0));
        child.try_wait().unwrap().is_some()
    });
    let run = Outcome::of(child.wait_with_output().unwrap());
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(errors(&cases(&run)[0]).contains("wrote more than 8 MiB"), "{}", run.stdout);
    assert!(most < 256 * 1024, "{most} kB");
    assert_eq!(containers(&catalogue), "");
}

#[test]
fn children_end_with_their_container() {
    let catalogue = built("");
    let marker = format!("77{}", unique().replace('-', ""));
    let run = test(&catalogue, 0, &format!("commandTests: [{{name: parent, command: sh, args: [-c, 'sleep {marker} & echo left']}}]"));
    assert_eq!(cases(&run)[0]["stdout"], "left\n");
    assert_eq!(containers(&catalogue), "");
    wait_for("the child to end", || !runs(&marker));
}

#[test]
fn there_is_no_network_and_no_terminal_unless_asked_for() {
    let catalogue = built("");
    let yaml = "commandTests:\n- {name: net, command: ls, args: [/sys/class/net], expectedOutput: ['^lo\\n$']}\n\
                - {name: tty, command: sh, args: [-c, 'test -t 1'], exitCode: 1}";
    test(&catalogue, 0, yaml);
    let yaml = "sandbox: {network: true}\ncontainerRunOptions: {allocateTty: true}\ncommandTests:\n\
                - {name: net, command: ls, args: [/sys/class/net], expectedOutput: [eth0]}\n\
                - {name: tty, command: sh, args: [-c, 'test -t 1 && echo yes'], expectedOutput: [yes]}";
    test(&catalogue, 0, yaml);
}

#[test]
fn memory_and_processes_are_limited() {
    let catalogue = built("");
    let run = test(
        &catalogue,
        1,
        "sandbox: {memory: 32m, processes: 8}\ncommandTests:\n\
         - {name: memory, command: sh, args: [-c, 'x=$(head -c 200000000 /dev/zero | tr \"\\\\0\" x); echo done']}\n\
         - {name: processes, command: sh, args: [-c, 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done; echo done'], expectedOutput: [done]}\n\
         - {name: good, command: echo}",
    );
    let outcomes: Vec<String> = cases(&run).iter().map(|case| case["outcome"].as_str().unwrap().to_owned()).collect();
    assert_eq!(outcomes, ["failed", "failed", "passed"], "{}", run.stdout);
}

#[test]
fn an_interrupted_test_leaves_nothing() {
    let catalogue = built("");
    let marker = format!("88{}", unique().replace('-', ""));
    let yaml = format!("commandTests: [{{name: long, setup: [['true']], command: sleep, args: ['{marker}']}}]");
    catalogue.write("tool/structure.yaml", format!("schemaVersion: 2.0.0\n{yaml}\n"));
    for signal in ["-INT", "-TERM"] {
        let mut child = catalogue.start(&["test"]);
        wait_for("the command to run", || runs(&marker));
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        wait_for("the end of the call", || child.try_wait().unwrap().is_some());
        let outcome = Outcome::of(child.wait_with_output().unwrap());
        assert_eq!(outcome.code, 130, "{}", outcome.all());
        assert_eq!(containers(&catalogue), "");
        assert!(!runs(&marker));
    }
}

#[test]
fn what_a_killed_test_left_is_swept_away_once_its_time_is_over() {
    let catalogue = built("");
    let image = catalogue.reference("tool", "1.0");
    let old = docker(&["run", "--detach", "--label", "io.cooperage.test=1000", &image, "/bin/sleep", "3600"]);
    let young = docker(&["run", "--detach", "--label", "io.cooperage.test=99999999999", &image, "/bin/sleep", "3600"]);
    test(&catalogue, 0, "fileExistenceTests: [{name: sh, path: /bin/sh}]");
    let left = docker(&["ps", "--all", "--quiet", "--no-trunc"]);
    assert!(!left.contains(&old) && left.contains(&young), "{left}");
    docker(&["rm", "--force", &young]);
}

#[tokio::test]
async fn an_image_for_another_machine_is_said_to_be_one() {
    let catalogue = Catalogue::new("");
    let engine = TestEngine::shared().await;
    let context = raw_context("FROM scratch\nCOPY --chmod=755 Dockerfile /bin/sh\n");
    let foreign = BuildRequest { platform: Some("linux/s390x".to_owned()), ..request(&context, Builder::BuildKit) };
    let (id, _) = engine.must_build(foreign).await;
    let name = engine.name("foreign");
    engine.engine.tag(&id, &name).await.unwrap();
    let file = catalogue.work().join("structure.yaml");
    let yaml = "schemaVersion: 2.0.0\ncommandTests: [{name: run, command: /bin/sh}]\nfileExistenceTests: [{name: there, path: /bin/sh}]\n";
    std::fs::write(&file, yaml).unwrap();
    let mut command = catalogue.command(&["--format", "json", "test", "--image", &name.to_string(), "--structure"]);
    let run = Outcome::of(command.arg(&file).output().unwrap());
    let cases = cases(&run);
    assert!(run.code == 1 && errors(&cases[0]).contains("the image is for linux/s390x"), "{}", run.all());
    assert_eq!(cases[1]["outcome"], "passed");
}
