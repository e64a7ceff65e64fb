//! A run that is killed while tags move, and the call after it.

use crate::support::catalogue::Catalogue;
use crate::support::daemon::wait_for;
use crate::support::faults::{Action, Faults};
use crate::support::registry::Registry;
use crate::support::registry::image::TinyImage;
use crate::{build, own, publish_to, stage};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

fn published() -> (Registry, Faults, Catalogue) {
    let (registry, faults, catalogue) = stage();
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "one").plain_child("child", "1.0", "tool");
    build(&catalogue, 0, &[]);
    catalogue.write("tool/note", "two").release("tool", "2.0").release("child", "2.0");
    (registry, faults, catalogue)
}

/// Kills a build at its first request of this kind.
fn kill_at(faults: &Faults, catalogue: &Catalogue, method: &'static str, part: &str, passed: usize, more: &[&str]) {
    faults.clear();
    faults.times(passed, method, part, Action::Delay(Duration::ZERO));
    faults.on(method, part, Action::Delay(Duration::from_secs(600)));
    let mut child = catalogue.start(&[&["build"], more].concat());
    wait_for("the move", || faults.count(method, part) > passed);
    child.kill().unwrap();
    child.wait().unwrap();
    faults.clear();
}

fn journals(catalogue: &Catalogue) -> Vec<PathBuf> {
    let state = fs::read_dir(catalogue.home().join(".local/state/cooperage"));
    state.into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

fn follows(registry: &Registry, catalogue: &Catalogue, version: &str) -> bool {
    ["tool", "child"].into_iter().all(|name| {
        let wanted = registry.digest(&catalogue.repository(name), version);
        wanted.is_some() && registry.digest(&catalogue.repository(name), "latest") == wanted
    })
}

#[test]
fn a_run_killed_at_any_step_of_a_move_is_finished_by_resume() {
    for (method, part, passed) in [
        ("PUT", "/tool/manifests/latest", 0),
        ("HEAD", "/tool/manifests/latest", 1),
        ("HEAD", "/tool/manifests/latest", 2),
        ("PUT", "/child/manifests/latest", 0),
        ("HEAD", "/child/manifests/latest", 2),
    ] {
        let (registry, faults, catalogue) = published();
        kill_at(&faults, &catalogue, method, part, passed, &[]);
        assert_eq!(journals(&catalogue).len(), 1, "{method} {part} {passed}");
        let dry = catalogue.expect(0, &["--format", "json", "publish", "--resume", "--dry-run"]).json();
        assert!(!dry["tags"].as_array().unwrap().is_empty(), "{dry}");
        assert!(faults.requests().iter().all(|one| one.method == "HEAD" || one.method == "GET"));
        let done = catalogue.expect(0, &["--format", "json", "publish", "--resume"]).json();
        assert_eq!(done["ok"], true, "{done}");
        assert!(follows(&registry, &catalogue, "2.0"), "{method} {part} {passed}");
        assert!(journals(&catalogue).is_empty());
        assert!(catalogue.expect(0, &["publish", "--resume"]).stdout.contains("nothing to finish"));
    }
}

#[test]
fn the_next_build_finishes_it_whatever_its_reports_are() {
    let (registry, faults, catalogue) = published();
    kill_at(&faults, &catalogue, "PUT", "/tool/manifests/latest", 0, &["--record", "run.json"]);
    assert!(catalogue.work().join("run.json.journal").exists());
    let run = build(&catalogue, 0, &[]);
    assert_eq!((run.outcomes(), run.warnings()), (vec!["child: skipped".into(), "tool: skipped".into()], vec!["resumed".to_owned(); 2]));
    assert!(follows(&registry, &catalogue, "2.0"));
    assert!(!catalogue.work().join("run.json.journal").exists() && journals(&catalogue).is_empty());
}

#[test]
fn a_tag_that_somebody_moved_meanwhile_is_left_and_reported() {
    let (registry, faults, catalogue) = published();
    kill_at(&faults, &catalogue, "PUT", "/tool/manifests/latest", 0, &[]);
    let other = TinyImage::new("somebody else's");
    other.put(&registry.address, None, &catalogue.repository("tool"), "latest");
    let told = catalogue.expect(1, &["publish", "--resume"]);
    assert!(told.stdout.contains("is left alone") && told.stdout.contains(&other.digest.to_string()), "{}", told.stdout);
    assert_eq!(registry.digest(&catalogue.repository("tool"), "latest").unwrap(), other.digest.to_string());
    assert_eq!(registry.digest(&catalogue.repository("child"), "latest"), registry.digest(&catalogue.repository("child"), "2.0"));
    assert!(journals(&catalogue).is_empty());
}

#[test]
fn a_lost_journal_loses_nothing_and_a_damaged_one_is_not_trusted() {
    let (registry, faults, catalogue) = published();
    kill_at(&faults, &catalogue, "PUT", "/tool/manifests/latest", 0, &[]);
    let journal = journals(&catalogue).pop().unwrap();
    fs::remove_file(&journal).unwrap();
    assert_eq!(build(&catalogue, 0, &[]).warnings(), [""; 0]);
    assert!(follows(&registry, &catalogue, "2.0"));

    catalogue.write("tool/note", "three").release("tool", "3.0").release("child", "3.0");
    kill_at(&faults, &catalogue, "PUT", "/tool/manifests/latest", 0, &[]);
    let journal = journals(&catalogue).pop().unwrap();
    let text = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, format!("garbage\n{text}")).unwrap();
    let run = build(&catalogue, 0, &[]);
    assert_eq!(run.warnings(), ["journal_damaged"]);
    assert!(follows(&registry, &catalogue, "3.0"), "the tags are compared with their versions");
    assert_eq!(journals(&catalogue).iter().filter(|path| path.extension().is_some_and(|end| end == "damaged")).count(), 1);
}

#[test]
fn staged_versions_of_a_killed_run_appear_with_the_next_call() {
    let (registry, faults, catalogue) = stage();
    let staging = format!("  staging: {}/{}/staging\n", faults.address, catalogue.namespace);
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace)], &staging);
    catalogue.plain("tool", "1.0", "one").plain_child("child", "1.0", "tool");
    kill_at(&faults, &catalogue, "PUT", "/child/manifests/1.0", 0, &[]);
    assert_eq!(registry.tags(&catalogue.repository("child")), [""; 0]);
    assert_eq!(catalogue.expect(0, &["--format", "json", "publish", "--resume"]).json()["ok"], true);
    assert!(follows(&registry, &catalogue, "1.0"));
}

/// The journal of a run that was killed before it moved `tool:latest` from 1.0 to 2.0, with other words in it.
fn doctored(registry: &Registry, faults: &Faults, catalogue: &Catalogue, edit: impl Fn(&str) -> String) {
    kill_at(faults, catalogue, "PUT", "/tool/manifests/latest", 0, &[]);
    let journal = journals(catalogue).pop().unwrap();
    let lines = fs::read_to_string(&journal).unwrap();
    assert!(registry.digest(&catalogue.repository("tool"), "2.0").is_some());
    fs::write(&journal, edit(lines.lines().find(|line| line.contains("/tool:latest")).unwrap()) + "\n").unwrap();
    faults.clear();
}

fn nothing_was_written(faults: &Faults) {
    let sent: Vec<_> = faults.requests().into_iter().filter(|one| one.method != "HEAD" && one.method != "GET").collect();
    assert!(sent.is_empty(), "{sent:?}");
}

#[test]
fn a_journal_counts_only_for_names_and_digests_of_its_catalogue() {
    let other = TinyImage::new("somebody else's");
    let wanted = other.digest.to_string();
    for case in ["another repository", "another image", "another tag"] {
        let (registry, faults, catalogue) = published();
        let namespace = catalogue.namespace.clone();
        other.put(&registry.address, None, &catalogue.repository("tool"), "odd");
        other.put(&registry.address, None, &format!("{namespace}/victim"), "latest");
        let version = registry.digest(&catalogue.repository("tool"), "1.0").unwrap();
        doctored(&registry, &faults, &catalogue, |line| match case {
            "another repository" => {
                line.replace(&version, &wanted).replace(&format!("{namespace}/tool:latest"), &format!("{namespace}/victim:latest"))
            }
            "another image" => {
                let to = line.split("\"to\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
                line.replace(&to, &wanted)
            }
            _ => line.replace("/tool:latest", "/tool:stable").replace(&format!("\"{version}\""), "null"),
        });
        let told = catalogue.expect(1, &["--format", "json", "publish", "--resume"]).json();
        assert_eq!((&told["ok"], &told["tags"][0]["outcome"]), (&false.into(), &"unfounded".into()), "{case}: {told}");
        nothing_was_written(&faults);
        assert!(journals(&catalogue).is_empty());
        assert!(build(&catalogue, 0, &[]).warnings().is_empty());
        assert!(follows(&registry, &catalogue, "2.0"));
    }
}

#[test]
fn a_journal_never_gives_a_version_to_another_image() {
    let (registry, faults, catalogue) = published();
    doctored(&registry, &faults, &catalogue, |line| line.replace("/tool:latest", "/tool:1.0").replace("floating", "version"));
    let before = registry.digest(&catalogue.repository("tool"), "1.0");
    assert!(catalogue.expect(1, &["publish", "--resume"]).stdout.contains("never moves"));
    nothing_was_written(&faults);
    assert_eq!(registry.digest(&catalogue.repository("tool"), "1.0"), before);
}

#[test]
fn what_the_catalogue_has_left_behind_is_not_moved_any_more() {
    let (registry, faults, catalogue) = published();
    kill_at(&faults, &catalogue, "PUT", "/tool/manifests/latest", 0, &[]);
    // The version was taken back.
    TinyImage::new("taken back").put(&registry.address, None, &catalogue.repository("tool"), "2.0");
    let first = registry.digest(&catalogue.repository("tool"), "1.0");
    catalogue.expect(1, &["publish", "--resume"]);
    assert_eq!(registry.digest(&catalogue.repository("tool"), "latest"), first);

    catalogue.write("tool/note", "three").release("tool", "3.0").release("child", "3.0");
    kill_at(&faults, &catalogue, "PUT", "/tool/manifests/latest", 0, &[]);
    catalogue.write("tool/note", "four").release("tool", "4.0").release("child", "4.0");
    let told = catalogue.expect(1, &["publish", "--resume"]).stdout;
    assert!(told.contains("left alone"), "{told}");
    assert_eq!(registry.digest(&catalogue.repository("tool"), "latest"), first);
    build(&catalogue, 0, &[]);
    assert!(follows(&registry, &catalogue, "4.0"));
}
