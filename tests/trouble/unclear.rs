//! Answers that do not say what is published: nothing is built, nothing is overwritten.

use crate::support::faults::Action;
use crate::support::registry::free_port;
use crate::{build, says, stage};
use std::time::Duration;

fn page(status: u16) -> Action {
    Action::reply(status, &[("Content-Type", "text/html")], "<html>please sign in</html>")
}

/// What may come instead of an answer, and what must be said of it.
fn outages() -> Vec<(&'static str, Action, &'static [&'static str])> {
    let busy = |seconds| Action::reply(429, &[("Retry-After", seconds)], "{}");
    vec![
        ("*", Action::error(401, "UNAUTHORIZED"), &["401", "no sign-in"]),
        ("*", Action::error(403, "DENIED"), &["403", "no sign-in"]),
        ("*", busy("7200"), &["429", "7200 s", "run again later"]),
        ("*", Action::status(429), &["429", "run again later"]),
        ("*", Action::error(500, "UNKNOWN"), &["500"]),
        ("*", Action::status(503), &["503"]),
        ("*", Action::Close, &["cannot be reached"]),
        ("*", Action::Delay(Duration::from_secs(5)), &["no answer in time"]),
        ("*", page(200), &["no manifest"]),
        ("*", page(404), &["404"]),
        ("*", Action::status(418), &["418"]),
        ("*", Action::reply(302, &[("Location", "http://example.org/")], ""), &["redirects to example.org without TLS"]),
        ("*", Action::CutResponse(20), &["cannot be reached"]),
    ]
}

#[test]
fn an_outage_starts_nothing_and_overwrites_nothing() {
    let (registry, faults, mut catalogue) = stage();
    catalogue.set("COOPERAGE_REGISTRY_PATIENCE", "1");
    catalogue.plain("tool", "1.0", "old").plain("other", "1.0", "other");
    build(&catalogue, 0);
    let repository = catalogue.repository("tool");
    let before = registry.digest(&repository, "1.0");
    catalogue.forget("tool", "1.0");
    catalogue.write("tool/note", "new").plain("fresh", "1.0", "fresh");
    for (method, action, parts) in outages() {
        faults.clear();
        let what = format!("{action:?}");
        if parts.contains(&"404") {
            // A page instead of a registry answers so everywhere.
            faults.on(method, "/v2/", action);
        } else {
            faults.on(method, "/manifests/", action);
        }
        let run = build(&catalogue, 3);
        says(&run, parts);
        says(&run, &["nothing was started"]);
        assert_eq!(run.outcomes(), [""; 0], "{what}");
        assert_eq!(faults.count("POST", "/blobs/uploads/") + faults.count("PUT", ""), 0, "{what}");
        assert_eq!(catalogue.image_id("tool", "1.0"), None, "{what}");
        assert_eq!(catalogue.image_id("fresh", "1.0"), None, "{what}");
        assert_eq!(registry.digest(&repository, "1.0"), before, "{what}");
    }
    faults.clear();
    assert_eq!(build(&catalogue, 0).outcomes(), ["fresh: published", "other: skipped", "tool: skipped"]);
    assert_eq!(registry.digest(&repository, "1.0"), before);
}

#[test]
fn one_unclear_answer_is_enough() {
    let (registry, faults, catalogue) = stage();
    catalogue.plain("a", "1.0", "a").plain("b", "1.0", "b").plain("c", "1.0", "c");
    faults.on("*", "/b/manifests/", Action::status(500));
    let run = build(&catalogue, 3);
    says(&run, &["/b:1.0", "500"]);
    assert_eq!(run.outcomes(), [""; 0]);
    assert_eq!(registry.tags(&catalogue.repository("a")), [""; 0]);
    let listed = catalogue.expect(3, &["--format", "json", "list"]).json();
    let presence: Vec<&str> = listed["images"].as_array().unwrap().iter().map(|image| image["presence"].as_str().unwrap()).collect();
    assert_eq!(presence, ["missing", "unknown", "missing"]);
}

#[test]
fn nobody_there_is_known_before_anything_is_built() {
    let catalogue = crate::Catalogue::new(&format!("127.0.0.1:{}", free_port()));
    catalogue.plain("tool", "1.0", "tool");
    let run = catalogue.expect(3, &["build", "--publish"]);
    says(&run, &[&catalogue.registry, "cannot be reached", "nothing was started"]);
    assert_eq!(catalogue.image_id("tool", "1.0"), None);
    let offline = catalogue.expect(0, &["--format", "json", "build", "--no-publish", "--no-pull"]);
    assert_eq!(offline.outcomes(), ["tool: built"]);
}

#[test]
fn a_registry_that_is_busy_at_first_is_waited_for() {
    let (registry, faults, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    faults.times(2, "HEAD", "/manifests/", Action::reply(429, &[("Retry-After", "1")], "{}"));
    faults.times(1, "HEAD", "/manifests/", Action::status(429));
    faults.times(2, "HEAD", "/manifests/", Action::status(503));
    assert_eq!(build(&catalogue, 0).outcomes(), ["tool: published"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0", "latest"]);
}

#[test]
fn refusals_mean_absent_only_when_told_so() {
    let (registry, faults, mut catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    for code in [(401, "UNAUTHORIZED"), (403, "DENIED")] {
        faults.clear();
        faults.on("HEAD", "/manifests/", Action::error(code.0, code.1));
        build(&catalogue, 3);
    }
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
    catalogue.set("COOPERAGE_DENIED_MEANS_ABSENT", "true");
    assert_eq!(build(&catalogue, 0).outcomes(), ["tool: published"]);
    // It may only say so of refusals.
    faults.clear();
    faults.on("HEAD", "/manifests/", Action::status(500));
    catalogue.release("tool", "1.1");
    build(&catalogue, 3);
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0", "latest"]);
}
