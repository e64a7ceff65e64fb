//! Runs that meet: one at a time on a catalogue, one push at a time for a reference.

use crate::support::catalogue::Catalogue;
use crate::support::daemon::wait_for;
use crate::{Outcome, plan, publish, stage};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

/// A script that says it is there, then waits for somebody else; not for ever, so that a failure is one.
fn script(says: Option<&Path>, waits_for: Option<&Path>) -> String {
    let mut text = "#!/bin/bash\n".to_owned();
    if let Some(file) = says {
        text += &format!("touch {}\n", file.display());
    }
    if let Some(file) = waits_for {
        text += &format!("for ((i = 0; i < 1200; i++)); do [ -e {} ] && exit 0; sleep 0.05; done\nexit 1\n", file.display());
    }
    text
}

#[test]
fn a_second_run_on_a_catalogue_waits_for_the_first_and_finds_its_work_done() {
    let (_registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    let (begun, go) = (catalogue.home().join("begun"), catalogue.home().join("go"));
    catalogue.script("tool/test.sh", &script(Some(&begun), Some(&go)));
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
    // Each is planned before the other pushes: the second builds only when the first does, whose test waits for the
    // second.
    one.plain("tool", "1.0", "one");
    two.plain("tool", "1.0", "two");
    let reference = one.reference("tool", "1.0");
    let (first_is_there, second_is_there) = (one.home().join("first"), one.home().join("second"));
    one.script("tool/prebuild.sh", &script(Some(&first_is_there), None)).script("tool/test.sh", &script(None, Some(&second_is_there)));
    two.script("tool/prebuild.sh", &script(Some(&second_is_there), Some(&first_is_there)));
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

#[test]
fn a_parent_whose_name_went_to_another_image_meanwhile_is_not_built_upon() {
    let (registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "base").plain("other", "1.0", "other");
    catalogue.plain_child("child", "1.0", "base").depends("child", &["base", "other"]);
    // Somebody gives the parent's name to another image while the child is prepared.
    let (base, other) = (catalogue.reference("base", "1.0"), catalogue.reference("other", "1.0"));
    catalogue.script("child/prebuild.sh", &format!("#!/bin/bash\ndocker tag {other} {base}\n"));
    let run = publish(&catalogue, 1, &[]);
    assert!(run.failure("child", "build").contains("lost_race"), "{}", run.failure("child", "build"));
    assert_eq!(registry.tags(&catalogue.repository("child")), [""; 0]);
}
