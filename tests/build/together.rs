//! Runs that meet: one at a time on a catalogue, one push at a time for a reference.

use crate::support::catalogue::Catalogue;
use crate::support::daemon::wait_for;
use crate::{Outcome, plan, stage};
use std::io::{BufRead as _, BufReader, Read as _};

#[test]
fn a_second_run_on_a_catalogue_waits_for_the_first_and_finds_its_work_done() {
    let (_registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    let (begun, go) = (catalogue.home().join("begun"), catalogue.home().join("go"));
    let script = format!("#!/bin/bash\ntouch {}\nwhile [ ! -e {} ]; do sleep 0.05; done\n", begun.display(), go.display());
    catalogue.script("tool/test.sh", &script);
    let first = catalogue.start(&["--format", "json", "build", "--publish"]);
    wait_for("the test of the first run", || begun.exists());
    let mut second = catalogue.start(&["--format", "json", "build", "--publish"]);
    let mut stderr = BufReader::new(second.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("another run works on this catalogue") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "the second run did not wait");
    }
    // Reading needs no lock.
    assert_eq!(plan(&catalogue, &[]), ["tool: test not_published"]);
    std::fs::write(&go, "").unwrap();
    let first = Outcome::of(first.wait_with_output().unwrap());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let second = Outcome::of(second.wait_with_output().unwrap());
    assert_eq!((first.code, first.outcomes()), (0, vec!["tool: published".to_owned()]));
    assert_eq!((second.code, second.outcomes()), (0, vec!["tool: skipped".to_owned()]));
}

#[test]
fn of_two_catalogues_that_push_one_reference_one_wins_and_the_other_says_so() {
    let (registry, one) = stage();
    let mut two = Catalogue::new(&registry.address);
    let namespace = one.namespace.clone();
    two.set("COOPERAGE_NAMESPACE", &namespace);
    // Both are planned before either pushes: the test of the first waits for the second's `prebuild.sh`.
    one.plain("tool", "1.0", "one");
    two.plain("tool", "1.0", "two");
    let reference = one.reference("tool", "1.0");
    let planned = one.home().join("planned");
    one.script("tool/test.sh", &format!("#!/bin/bash\nwhile [ ! -e {} ]; do sleep 0.05; done\n", planned.display()));
    two.script("tool/prebuild.sh", &format!("#!/bin/bash\ntouch {}\n", planned.display()));
    let args = ["--format", "json", "build", "--publish"];
    let (first, second) = (one.start(&args), two.start(&args));
    let ends = [first, second].map(|child| Outcome::of(child.wait_with_output().unwrap()));
    let mut codes: Vec<i32> = ends.iter().map(|end| end.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 1], "{ends:?}");
    let loser = ends.iter().find(|end| end.code == 1).unwrap();
    let why = loser.failure("tool", "publish");
    assert!(why.contains("lost_race") || why.contains("published already with another image"), "{why}");
    let winner = ends.iter().find(|end| end.code == 0).unwrap();
    assert_eq!(winner.finished("tool")["digest"], registry.digest(&one.repository("tool"), "1.0").unwrap());
    assert_eq!(winner.finished("tool")["reference"], reference);
}
