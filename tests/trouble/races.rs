//! Somebody else publishes, or tags, at the same moment.

use crate::support::catalogue::{Catalogue, Outcome, docker};
use crate::support::faults::Action;
use crate::support::registry::image::TinyImage;
use crate::{build, in_the_test, stage, waiting_test};

#[test]
fn what_somebody_published_meanwhile_is_left_alone() {
    let (registry, _faults, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").plain_child("child", "1.0", "tool");
    waiting_test(&catalogue, "tool");
    let other = TinyImage::new("somebody else's");
    let repository = catalogue.repository("tool");
    let run = in_the_test(&catalogue, || other.put(&registry.address, None, &repository, "1.0"));
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(run.outcomes(), ["child: blocked", "tool: failed"]);
    let failure = run.failure("tool", "publish");
    for part in [catalogue.reference("tool", "1.0").as_str(), "is published already", &other.digest.to_string(), "new changelog entry"] {
        assert!(failure.contains(part), "{part}: {failure}");
    }
    assert_eq!(registry.digest(&repository, "1.0").unwrap(), other.digest.to_string());
    assert_eq!(registry.digest(&repository, "latest"), None);
}

#[test]
fn what_somebody_publishes_right_after_our_push_is_a_lost_race() {
    let (registry, faults, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    let other = TinyImage::new("faster");
    let (address, repository) = (registry.address.clone(), catalogue.repository("tool"));
    let digest = other.digest.to_string();
    faults.times(1, "GET", "/tool/manifests/1.0", Action::first(move || other.put(&address, None, &repository, "1.0")));
    let run = build(&catalogue, 1);
    assert!(run.failure("tool", "publish").contains("lost_race"), "{}", run.stdout);
    let repository = catalogue.repository("tool");
    assert_eq!(registry.digest(&repository, "1.0").unwrap(), digest);
    assert_eq!(registry.digest(&repository, "latest"), None);
}

#[test]
fn an_image_that_takes_the_name_in_the_engine_is_not_published() {
    let (registry, _faults, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").plain("other", "1.0", "other");
    catalogue.expect(0, &["build", "--no-publish", "--select", "*other:*"]);
    waiting_test(&catalogue, "tool");
    let (from, to) = (catalogue.reference("other", "1.0"), catalogue.reference("tool", "1.0"));
    let run = in_the_test(&catalogue, || drop(docker(&["tag", &from, &to])));
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.failure("tool", "publish").contains("lost_race"), "{}", run.stdout);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
}

/// Two catalogues that build different images of one reference.
fn rivals(registry: &str) -> (Catalogue, Catalogue) {
    let (mut one, mut two) = (Catalogue::new(registry), Catalogue::new(registry));
    two.namespace.clone_from(&one.namespace);
    for catalogue in [&mut one, &mut two] {
        catalogue.set("COOPERAGE_PUBLISH", "true");
    }
    one.plain("tool", "1.0", "one");
    two.plain("tool", "1.0", "two");
    (one, two)
}

#[test]
fn two_catalogues_that_publish_one_reference_at_once_publish_one_of_them() {
    let (registry, _faults, catalogue) = stage();
    let (one, two) = rivals(&catalogue.registry);
    let started = [&one, &two].map(|catalogue| catalogue.start(&["--format", "json", "build"]));
    let ended = started.map(|child| Outcome::of(child.wait_with_output().unwrap()));
    let mut outcomes: Vec<String> = ended.iter().flat_map(Outcome::outcomes).collect();
    outcomes.sort();
    assert_eq!(outcomes, ["tool: failed", "tool: published"], "{ended:?}");
    let winner = ended.iter().find(|run| run.code == 0).unwrap();
    let loser = ended.iter().find(|run| run.code == 1).unwrap();
    assert!(loser.failure("tool", "publish").contains("is published already"), "{}", loser.stdout);
    assert_eq!(winner.finished("tool")["digest"].as_str(), registry.digest(&one.repository("tool"), "1.0").as_deref());
}

#[test]
fn a_run_that_publishes_nothing_does_not_take_the_name_of_one_that_tests() {
    let (registry, _faults, catalogue) = stage();
    let (one, two) = rivals(&catalogue.registry);
    waiting_test(&one, "tool");
    let started = one.start(&["--format", "json", "build"]);
    crate::support::daemon::wait_for("the test", || one.work().join("testing").exists());
    let tested = one.image_id("tool", "1.0");
    let rival = two.start(&["--format", "json", "build", "--no-publish", "--no-pull"]);
    // Long enough for the rival to build and, if it may, to take the name.
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(one.image_id("tool", "1.0"), tested);
    std::fs::write(one.work().join("go"), "").unwrap();
    let run = Outcome::of(started.wait_with_output().unwrap());
    assert_eq!((run.code, run.outcomes()), (0, vec!["tool: published".to_owned()]), "{run:?}");
    assert_eq!(run.log("tool", "test"), [""; 0]);
    assert_eq!(Outcome::of(rival.wait_with_output().unwrap()).outcomes(), ["tool: built"]);
    let config = registry.config(&one.repository("tool"), "1.0");
    assert_eq!(config["config"]["Labels"]["org.opencontainers.image.title"], "tool");
}
