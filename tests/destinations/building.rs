//! Children of images that stand at several destinations.

use crate::Stage;
use crate::support::catalogue::{Catalogue, docker};
use crate::support::engine;
use crate::support::registry::image::TinyImage;
use serde_json::json;

#[test]
fn a_from_line_may_name_a_parent_as_it_is_pulled() {
    let stage = Stage::new();
    let catalogue = &stage.catalogue;
    let pulled = format!("{}/one:{}", stage.proxy.address, stage.joined("parent", "1.0"));
    catalogue.plain("parent", "1.0", &format!("parent {}", engine::unique()));
    catalogue.define("child", "1.0", &format!("FROM {pulled}\nCOPY note /child\n")).write("child/note", "child");
    let edges = catalogue.expect(0, &["--format", "json", "graph"]).json()["edges"].clone();
    assert_eq!(edges, json!([{"parent": "parent", "child": "child", "from": ["dockerfile"]}]));
    let run = catalogue.expect(0, &["--format", "json", "build", "--no-publish"]);
    assert_eq!(run.outcomes(), ["child: built", "parent: built"]);
    let id = catalogue.image_id("parent", "1.0").unwrap();
    assert_eq!(docker(&["images", "--no-trunc", "--quiet", &pulled]), id);
    assert!(catalogue.file("child", "1.0", "/note").is_some_and(|text| text.starts_with("parent")));
    assert_eq!(stage.proxy.count("GET", "/blobs/"), 0);
    // What the parent is made from counts for the child.
    catalogue.write("parent/note", "other");
    let plan = catalogue.expect(0, &["--format", "json", "build", "--dry-run", "--no-publish"]);
    assert_eq!(plan.actions(), ["parent: build inputs_changed", "child: build inputs_changed"]);
    docker(&["rmi", "--force", &pulled]);
}

#[test]
fn a_parent_that_one_destination_has_is_pulled_from_there() {
    let stage = Stage::new();
    let catalogue = &stage.catalogue;
    catalogue.plain("parent", "1.0", "parent").plain_child("child", "1.0", "parent");
    let image = TinyImage::new(&engine::unique());
    stage.put_ci("parent", "1.0", &image);
    assert_eq!(catalogue.expect(0, &["--format", "json", "build", "--no-publish"]).outcomes(), ["child: built", "parent: skipped"]);
    assert!(stage.proxy.count("GET", "/manifests/") > 0, "it comes the way that consumers take");
    assert!(stage.proxy.requests().iter().all(|request| ["GET", "HEAD"].contains(&request.method.as_str())));
    assert!(catalogue.image_id("parent", "1.0").is_some(), "it has its own name in the engine");
    let bases = catalogue.inspect("child", "1.0", ".Config.Labels");
    assert_eq!(bases["org.opencontainers.image.base.digest"], image.digest.as_str());
    catalogue.forget("parent", "1.0");
    assert_eq!(catalogue.expect(0, &["--format", "json", "pull", "--select", "*/parent:*"]).finished("parent")["reason"]["code"], "pulled");
    assert!(catalogue.image_id("parent", "1.0").is_some());
    docker(&["rmi", "--force", &format!("{}/one:{}", stage.proxy.address, stage.joined("parent", "1.0"))]);
}

#[test]
fn without_a_registry_key_names_in_the_engine_have_none() {
    let stage = Stage::new();
    let mut catalogue = Catalogue::new("");
    let text = std::fs::read_to_string(stage.catalogue.work().join("config.yaml")).unwrap();
    catalogue.configure(&text.replace(&stage.catalogue.namespace, &catalogue.namespace));
    catalogue.set("COOPERAGE_PUBLISH", "false");
    catalogue.plain("tool", "1.0", "tool").release("tool", "1.1");
    let document = catalogue.expect(0, &["--format", "json", "list"]).json();
    assert_eq!(document["images"][0]["reference"], format!("{}/tool:1.1", catalogue.namespace));
    assert_eq!(document["images"][0]["destinations"][0]["reference"], format!("{}/{}/tool:1.1", stage.main.address, catalogue.namespace));
    assert_eq!(catalogue.expect(0, &["--format", "json", "build"]).outcomes(), ["tool: built"]);
    assert_eq!(stage.main.tags(&catalogue.repository("tool")), [""; 0], "a later layer says no");
    catalogue.expect(0, &["prune", "--dry-run"]);
}
