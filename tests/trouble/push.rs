//! Pushes that break: tried again, told, and never taken for good.

use crate::support::faults::Action;
use crate::{build, in_the_test, says, stage, waiting_test};

#[test]
fn a_push_that_is_cut_once_is_tried_again() {
    let (registry, faults, catalogue) = stage();
    catalogue.plain("manifest", "1.0", "manifest").plain("layer", "1.0", "layer");
    faults.times(1, "PUT", "/manifest/manifests/1.0", Action::Close);
    faults.times(1, "PATCH", "/layer/blobs/uploads/", Action::CutRequest(50));
    assert_eq!(build(&catalogue, 0).outcomes(), ["layer: published", "manifest: published"]);
    for name in ["manifest", "layer"] {
        let repository = catalogue.repository(name);
        assert_eq!(registry.digest(&repository, "1.0"), registry.digest(&repository, "latest"));
        assert!(registry.digest(&repository, "1.0").is_some());
    }
}

#[test]
fn a_push_that_is_always_cut_fails_and_the_next_run_finishes() {
    let (registry, faults, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").plain_child("child", "1.0", "tool").plain("good", "1.0", "good");
    faults.on("PUT", "/tool/manifests/1.0", Action::Close);
    let run = build(&catalogue, 1);
    assert_eq!(run.outcomes(), ["child: blocked", "good: published", "tool: failed"]);
    assert!(run.failure("tool", "publish").contains("tried 3 times"), "{}", run.stdout);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
    faults.clear();
    let id = catalogue.image_id("tool", "1.0");
    let run = build(&catalogue, 0);
    assert_eq!(run.outcomes(), ["child: published", "good: skipped", "tool: published"]);
    assert_eq!(catalogue.image_id("tool", "1.0"), id, "what was built is not built again");
}

#[test]
fn errors_inside_the_reply_are_failures() {
    for (action, code) in [
        (Action::error(400, "MANIFEST_INVALID"), 1),
        (Action::error(413, "SIZE_INVALID"), 1),
        (Action::error(401, "UNAUTHORIZED"), 3),
        (Action::error(403, "DENIED"), 3),
    ] {
        let (registry, faults, catalogue) = stage();
        catalogue.plain("tool", "1.0", "tool").plain("good", "1.0", "good");
        faults.on("PUT", "/tool/manifests/", action.clone());
        let run = build(&catalogue, code);
        assert_eq!(run.finished("tool")["outcome"], "failed", "{action:?}");
        assert!(run.failure("tool", "publish").contains("/tool:1.0"), "{}", run.stdout);
        assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0], "{action:?}");
    }
}

#[test]
fn a_push_that_seems_good_but_left_nothing_is_a_failure() {
    let (_registry, faults, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    // The engine is told 201, the registry never hears of it.
    faults.on(
        "PUT",
        "/tool/manifests/1.0",
        Action::reply(201, &[("Docker-Content-Digest", &cooperage::name::Digest::of(b"x").to_string())], ""),
    );
    let run = build(&catalogue, 1);
    assert_eq!(run.outcomes(), ["tool: failed"]);
    assert!(run.failure("tool", "publish").contains("does not have"), "{}", run.stdout);
}

#[test]
fn a_registry_that_goes_away_between_looking_and_pushing_stops_the_run() {
    let (registry, faults, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool").plain_child("child", "1.0", "tool");
    waiting_test(&catalogue, "tool");
    let run = in_the_test(&catalogue, || faults.on("*", "/manifests/", Action::Close));
    assert_eq!(run.code, 3, "{run:?}");
    assert_eq!(run.finished("tool")["outcome"], "failed");
    assert_ne!(run.finished("child")["outcome"], "published");
    assert!(run.failure("tool", "publish").contains("cannot be reached"), "{}", run.stdout);
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
    faults.clear();
    let id = catalogue.image_id("tool", "1.0");
    assert_eq!(build(&catalogue, 0).outcomes(), ["child: published", "tool: published"]);
    assert_eq!(catalogue.image_id("tool", "1.0"), id);
}

#[test]
fn latest_that_cannot_be_moved_is_moved_by_the_next_run() {
    let (registry, faults, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    faults.on("PUT", "/manifests/latest", Action::status(500));
    let run = build(&catalogue, 3);
    assert_eq!(run.warnings(), ["latest_not_moved"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0"]);
    faults.clear();
    build(&catalogue, 0);
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0", "latest"]);
}

#[test]
fn a_wrong_digest_is_no_success() {
    let (registry, faults, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    faults.on("GET", "/tool/manifests/1.0", Action::WrongDigestHeader);
    let run = build(&catalogue, 1);
    let failure = run.failure("tool", "publish");
    assert!(failure.contains("returned") && failure.contains("expected sha256:"), "{failure}");
    assert_eq!(registry.digest(&catalogue.repository("tool"), "latest"), None);
    let shown = catalogue.expect(0, &["list"]);
    says(&shown, &[]);
}
