//! The documents of reading commands, key by key.

use crate::support::catalogue::Catalogue;
use crate::{publish, stage};
use serde_json::{Value, json};

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap_or_else(|| panic!("{value}")).keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

const DEFECT: [&str; 8] = ["code", "column", "help", "line", "message", "name", "path", "severity"];

#[test]
fn list() {
    let (registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "base").plain_child("a-child", "1.0", "base").write("lonely/changelog", "");
    publish(&catalogue, 0, &["--select", "*/base:*"]);
    let document = catalogue.expect(0, &["list", "--format", "json"]).json();
    assert_eq!(keys(&document), ["defects", "images", "v", "warnings"]);
    assert_eq!((&document["v"], &document["defects"]), (&json!(1), &json!([])));
    assert_eq!(keys(&document["warnings"][0]), DEFECT);
    let digest = registry.digest(&catalogue.repository("base"), "1.0").unwrap();
    let id = catalogue.image_id("base", "1.0").unwrap();
    let expected = json!([
        {
            "name": "a-child", "version": "1.0", "tag": "1.0", "reference": catalogue.reference("a-child", "1.0"), "path": "a-child",
            "depends": ["base"], "inferred": [], "presence": "missing", "image_id": null, "digest": null,
            "destinations": [{"name": "registry", "reference": catalogue.reference("a-child", "1.0"), "presence": "missing", "digest": null}],
            "reason": {"code": "missing", "text": "neither in the registry nor in the engine"}
        },
        {
            "name": "base", "version": "1.0", "tag": "1.0", "reference": catalogue.reference("base", "1.0"), "path": "base",
            "depends": [], "inferred": [], "presence": "published", "image_id": id, "digest": digest,
            "destinations": [{"name": "registry", "reference": catalogue.reference("base", "1.0"), "presence": "published", "digest": digest}],
            "reason": {"code": "published", "text": "this version is published"}
        }
    ]);
    assert_eq!(document["images"], expected);
    let offline = catalogue.expect(0, &["--format", "json", "list", "--offline"]).json();
    assert_eq!(keys(&offline["images"][0]), keys(&document["images"][0]));
    for key in ["presence", "image_id", "digest", "reason"] {
        assert_eq!(offline["images"][1][key], Value::Null, "{key}");
    }
}

#[test]
fn list_that_gets_no_answer_says_unknown() {
    let (mut registry, catalogue) = stage();
    catalogue.plain("tool", "1.0", "tool");
    registry.stop();
    let outcome = catalogue.expect(3, &["--format", "json", "list"]);
    let document = outcome.json();
    assert_eq!(document["images"][0]["presence"], "unknown");
    assert_eq!(document["images"][0]["reason"], Value::Null);
    assert!(outcome.stderr.contains(&registry.address), "{}", outcome.stderr);
}

#[test]
fn render() {
    let catalogue = Catalogue::new("registry.example.org");
    catalogue.plain("base", "1.0", "base").plain_child("child", "1.0", "base");
    let document = catalogue.expect(0, &["--format", "json", "render", "--select", "*/child:*"]).json();
    assert_eq!(keys(&document), ["defects", "images", "v", "warnings"]);
    let text = format!("FROM {}\nCOPY note /child\n", catalogue.reference("base", "1.0"));
    let image = &document["images"][0];
    assert_eq!(keys(image), ["dockerfile", "name", "path", "reference", "sha256"]);
    assert_eq!((&image["dockerfile"], &image["path"]), (&json!(text.trim_end()), &json!("child")));
    let sum = cooperage::name::Digest::of(image["dockerfile"].as_str().unwrap().as_bytes()).to_string();
    assert_eq!(format!("sha256:{}", image["sha256"].as_str().unwrap()), sum);
    let out = catalogue.work().join("rendered");
    catalogue.expect(0, &["render", "--output", out.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(out.join("child/Dockerfile")).unwrap().trim_end(), text.trim_end());
    assert!(out.join("base/Dockerfile").exists());
    catalogue.define("broken", "1.0", "{{ nothing }}\n");
    let broken = catalogue.expect(1, &["--format", "json", "render"]).json();
    assert_eq!((broken["images"].as_array().unwrap().len(), keys(&broken["defects"][0])), (2, DEFECT.to_vec()));
    let defect = &broken["defects"][0];
    assert_eq!((&defect["path"], &defect["line"], &defect["name"]), (&json!("broken/Dockerfile.template"), &json!(1), &json!("broken")));
}

#[test]
fn dry_run() {
    let (registry, catalogue) = stage();
    catalogue.plain("z-base", "1.0", "base").plain_child("child", "1.0", "z-base").plain("b-other", "1.0", "other");
    let document = catalogue.expect(0, &["--format", "json", "build", "--dry-run", "--publish"]).json();
    assert_eq!(keys(&document), ["actions", "v"]);
    let first = &document["actions"][0];
    assert_eq!(keys(first), ["action", "builder", "name", "parents", "reason", "reference"]);
    let names: Vec<&str> = document["actions"].as_array().unwrap().iter().map(|action| action["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["b-other", "z-base", "child"]);
    assert_eq!(document["actions"][2]["parents"], json!(["z-base"]));
    assert_eq!(registry.tags(&catalogue.repository("b-other")), [""; 0]);
    assert_eq!(catalogue.image_id("b-other", "1.0"), None);
    publish(&catalogue, 0, &[]);
    let document = catalogue.expect(0, &["--format", "json", "build", "--dry-run"]).json();
    assert_eq!((&document["actions"][0]["action"], &document["actions"][0]["builder"]), (&json!("skip"), &Value::Null));
    let human = catalogue.expect(0, &["build", "--dry-run"]);
    assert!(human.stdout.contains("skip") && human.stdout.contains(&catalogue.reference("child", "1.0")), "{}", human.stdout);
}

#[test]
fn explain() {
    let (_registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "base").plain_child("child", "1.0", "base");
    let document = catalogue.expect(0, &["explain", "--format", "json", "child"]).json();
    let expected = ["action", "bases", "engine", "inputs", "name", "parents", "path", "policies", "reason", "reference", "registry", "v"];
    assert_eq!(keys(&document), expected);
    assert_eq!((&document["action"], &document["reason"]["code"]), (&json!("build"), &json!("missing")));
    let parent = &document["parents"][0];
    assert_eq!((&parent["name"], &parent["from"], &parent["line"]), (&json!("base"), &json!(["control", "dockerfile"]), &json!(1)));
    assert_eq!(parent["reason"]["code"], "needed_by_child");
    assert_eq!(document["inputs"]["version_from"], "child/changelog:1");
    let human = catalogue.expect(0, &["explain", "child"]);
    for part in ["[missing]", "child/changelog:1", "from control and dockerfile, line 1"] {
        assert!(human.stdout.contains(part), "{part}: {}", human.stdout);
    }
    let unknown = catalogue.expect(2, &["explain", "chil"]);
    assert!(unknown.stderr.contains("child"), "{}", unknown.stderr);
}

#[test]
fn config_show() {
    let mut catalogue = Catalogue::new("registry.example.org");
    catalogue.configure("namespace: other\nusername: me\npassword: hunter2\n");
    catalogue.set("COOPERAGE_JOBS", "3");
    let show = |args: &[&str]| crate::Outcome::of(catalogue.command(args).output().unwrap());
    let outcome = show(&["--format", "json", "config", "show"]);
    let document = outcome.json();
    assert_eq!((keys(&document), &document["v"]), (vec!["v", "values"], &json!(1)));
    let values = document["values"].as_array().unwrap();
    let find = |key: &str| values.iter().find(|value| value["key"] == key).unwrap_or_else(|| panic!("{key}: {document}"));
    assert_eq!(keys(find("registry")), ["key", "origin", "value"]);
    assert_eq!(keys(&find("registry")["origin"]), ["layer", "line", "path"]);
    assert_eq!((&find("password")["value"], &find("password")["origin"]["line"]), (&json!("***"), &json!(3)));
    assert_eq!((&find("username")["value"], &find("username")["origin"]["path"]), (&json!("***"), &json!("config.yaml")));
    assert_eq!((&find("cooperage.jobs")["value"], &find("cooperage.jobs")["origin"]["layer"]), (&json!(3), &json!("environment")));
    assert_eq!((&find("scan_workers")["origin"]["layer"], &find("scan_workers")["origin"]["path"]), (&json!("default"), &Value::Null));
    assert!(!outcome.all().contains("hunter2") && !show(&["--debug", "config", "show"]).all().contains("hunter2"));
}
