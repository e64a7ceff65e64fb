//! Parents before children, from both sources of edges, and children on the parent of this run.

use crate::{docker, plan, publish, stage};
use serde_json::Value;

/// The names in the order in which their builds began.
fn begun(events: &[Value]) -> Vec<&str> {
    let builds = events.iter().filter(|event| event["kind"] == "step_started" && event["step"] == "build");
    builds.map(|event| event["name"].as_str().unwrap()).collect()
}

#[test]
fn a_chain_is_built_level_by_level() {
    let (_registry, catalogue) = stage();
    catalogue.plain("z-base", "1.0", "base").plain_child("m-middle", "1.0", "z-base").plain_child("a-top", "1.0", "m-middle");
    assert_eq!(plan(&catalogue, &[]), ["z-base: build missing", "m-middle: build missing", "a-top: build missing"]);
    let run = publish(&catalogue, 0, &[]);
    assert_eq!(begun(&run.events()), ["z-base", "m-middle", "a-top"]);
    assert_eq!(run.outcomes(), ["a-top: published", "m-middle: published", "z-base: published"]);
    assert_eq!(catalogue.file("a-top", "1.0", "/m-middle").as_deref(), Some("m-middle"));
    assert_eq!(catalogue.file("a-top", "1.0", "/note").as_deref(), Some("base"));
}

#[test]
fn copies_and_mounts_from_other_images_are_edges() {
    let (_registry, catalogue) = stage();
    catalogue.plain("z-files", "1.0", "copied").plain("y-mounted", "1.0", "mounted");
    let template = "RUN --mount=type=bind,from={{ \"y-mounted\" | image_tag }},target=/m busybox cp /m/note /second\n\
        FROM scratch\nCOPY --from={{ \"z-files\" | image_tag }} /note /first\nCOPY --from=0 /second /second\n";
    catalogue.busybox("all", "1.0", template).depends("all", &["y-mounted", "z-files"]);
    assert_eq!(publish(&catalogue, 0, &[]).outcomes(), ["all: published", "y-mounted: published", "z-files: published"]);
    assert_eq!(catalogue.file("all", "1.0", "/first").as_deref(), Some("copied"));
    assert_eq!(catalogue.file("all", "1.0", "/second").as_deref(), Some("mounted"));
}

#[test]
fn a_parent_that_control_forgets_is_built_first_with_a_warning_that_names_the_line() {
    let (_registry, catalogue) = stage();
    catalogue.plain("z-base", "1.0", "base");
    catalogue.undeclared_child("child", "1.0", "z-base", "CMD [\"x\"]\n");
    catalogue.define("second", "1.0", "# a comment\nFROM scratch\n\nCOPY --from={{ \"z-base\" | image_tag }} /note /n\n");
    let run = catalogue.expect(0, &["build", "--publish"]);
    assert!(run.stderr.contains("child/Dockerfile.template:1"), "{}", run.stderr);
    assert!(run.stderr.contains("second/Dockerfile.template:4"), "{}", run.stderr);
    assert!(run.stdout.contains("Will build the following images:\n* "), "{}", run.stdout);
    let order: Vec<usize> = ["z-base", "child", "second"].iter().map(|name| run.stdout.find(&format!("/{name}:1.0")).unwrap()).collect();
    assert!(order.is_sorted(), "{}", run.stdout);
    let listed = catalogue.expect(0, &["--format", "json", "list", "--offline"]).json();
    assert_eq!(listed["images"][0]["depends"], serde_json::json!(["z-base"]));
    assert_eq!(listed["images"][0]["inferred"], serde_json::json!(["z-base"]));
    assert_eq!(listed["warnings"][0]["code"], "undeclared_parent");
}

#[test]
fn an_image_may_name_its_own_tag_without_needing_itself() {
    let (_registry, catalogue) = stage();
    catalogue.define("own", "1.0", "FROM scratch\nLABEL me={{ \"own\" | image_tag }}\nCOPY changelog /c\n");
    publish(&catalogue, 0, &[]);
    assert_eq!(catalogue.inspect("own", "1.0", ".Config.Labels.me"), catalogue.reference("own", "1.0"));
}

#[test]
fn a_child_sees_the_parent_of_this_run_and_never_an_older_one() {
    let (registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "old").plain_child("child", "1.0", "base");
    publish(&catalogue, 0, &[]);
    catalogue.write("base/note", "new").release("base", "1.1");
    catalogue.release("child", "1.1");
    // An image of another make under the new name, as a mirror or another machine may have left it in the engine.
    docker(&["tag", &catalogue.reference("base", "1.0"), &catalogue.reference("base", "1.1")]);
    assert_eq!(plan(&catalogue, &["--publish"]), ["base: build inputs_changed", "child: build missing"]);
    publish(&catalogue, 0, &[]);
    assert_eq!(catalogue.file("child", "1.1", "/note").as_deref(), Some("new"));
    let parent = registry.digest(&catalogue.repository("base"), "1.1").unwrap();
    let labels = registry.config(&catalogue.repository("child"), "1.1")["config"]["Labels"].clone();
    assert_eq!(labels["org.opencontainers.image.base.digest"], parent);
}

#[test]
fn a_published_parent_is_pulled_when_the_engine_holds_another_one_under_its_name() {
    let (_registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "published").plain("other", "1.0", "something else");
    publish(&catalogue, 0, &[]);
    docker(&["tag", &catalogue.reference("other", "1.0"), &catalogue.reference("base", "1.0")]);
    catalogue.plain_child("child", "1.0", "base");
    let run = publish(&catalogue, 0, &["--select", "*/child:*"]);
    assert_eq!(run.outcomes(), ["child: published"]);
    assert_eq!(catalogue.file("child", "1.0", "/note").as_deref(), Some("published"));
}

#[test]
fn no_more_than_jobs_run_at_once_and_no_fewer() {
    let (_registry, catalogue) = stage();
    // Each waits until it has seen another one at work, so the test ends only if two run at once.
    let meet = catalogue.home().join("meet");
    std::fs::create_dir(&meet).unwrap();
    for name in ["a", "b", "c", "d"] {
        let script = format!(
            "#!/bin/bash\ntouch {0}/$PPID-$$\nfor ((i = 0; i < 1500; i++)); do [ $(ls {0} | wc -l) -ge 2 ] && exit 0; sleep 0.02; done; exit 1\n",
            meet.display()
        );
        catalogue.plain(name, "1.0", name).script(&format!("{name}/test.sh"), &script);
    }
    let run = publish(&catalogue, 0, &["--jobs", "2"]);
    let (mut at_work, mut most) = (std::collections::BTreeSet::new(), 0);
    for event in run.events() {
        let name = event["name"].as_str().unwrap_or_default().to_owned();
        match event["kind"].as_str().unwrap() {
            "step_started" => drop(at_work.insert(name)),
            "image_finished" => drop(at_work.remove(&name)),
            _ => {}
        }
        most = most.max(at_work.len());
    }
    assert_eq!(most, 2);
}
