//! What every side holds, and what follows from it.

use crate::Stage;
use crate::support::registry::image::TinyImage;
use serde_json::{Value, json};

fn listed(stage: &Stage, code: i32) -> Value {
    stage.catalogue.expect(code, &["--format", "json", "list"]).json()["images"][0].clone()
}

fn plan(stage: &Stage, more: &[&str]) -> Vec<String> {
    stage.catalogue.expect(0, &[&["--format", "json", "build", "--dry-run"], more].concat()).actions()
}

/// Name and presence of each destination.
fn sides(image: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    image["destinations"].as_array().unwrap().iter().map(|side| format!("{} {}", word(&side["name"]), word(&side["presence"]))).collect()
}

#[test]
fn an_image_that_some_destinations_lack_is_partial_and_never_built() {
    let stage = Stage::new();
    stage.catalogue.plain("tool", "1.0", "tool");
    assert_eq!(plan(&stage, &[]), ["tool: build missing"]);
    assert_eq!(
        (listed(&stage, 0)["presence"].as_str(), sides(&listed(&stage, 0))),
        (Some("missing"), vec!["main missing".into(), "ci missing".into()])
    );
    let image = TinyImage::new("tool");
    stage.put_main("tool", "1.0", &image);
    let found = listed(&stage, 0);
    assert_eq!((&found["presence"], &found["digest"]), (&json!("partial"), &json!(image.digest.as_str())));
    assert_eq!(found["reason"], json!({"code": "partial", "text": "published elsewhere, not at ci; it is copied from there"}));
    let main = json!({"name": "main", "reference": stage.catalogue.reference("tool", "1.0"), "presence": "published", "digest": image.digest.as_str()});
    let ci = json!({"name": "ci", "reference": format!("{}/one:{}", stage.ci.address, stage.joined("tool", "1.0")), "presence": "missing", "digest": null});
    assert_eq!(found["destinations"], json!([main, ci]));
    assert_eq!(plan(&stage, &[]), ["tool: publish partial"]);
    assert_eq!(plan(&stage, &["--no-publish"]), ["tool: skip published"]);
    let told = stage.catalogue.expect(0, &["explain", "tool"]);
    assert!(told.stdout.contains("at ci: missing") && told.stdout.contains("publish: published elsewhere"), "{}", told.stdout);
    stage.put_ci("tool", "1.0", &image);
    assert_eq!((listed(&stage, 0)["presence"].as_str(), plan(&stage, &[])), (Some("published"), vec!["tool: skip published".to_owned()]));
    let shown = stage.catalogue.expect(0, &["list"]);
    assert!(shown.stdout.contains("main ci"), "{}", shown.stdout);
}

#[test]
fn an_image_goes_only_where_it_is_taken() {
    let stage = Stage::new();
    stage.catalogue.plain("tool-dev", "1.0", "dev");
    stage.put_main("tool-dev", "1.0", &TinyImage::new("dev"));
    let found = listed(&stage, 0);
    assert_eq!((found["presence"].as_str(), sides(&found)), (Some("published"), vec!["main published".to_owned()]));
}

#[test]
fn two_digests_of_one_version_stop_everything() {
    let stage = Stage::new();
    stage.catalogue.plain("tool", "1.0", "tool").plain("other", "1.0", "other");
    let (one, other) = (TinyImage::new("one"), TinyImage::new("other"));
    stage.put_main("tool", "1.0", &one);
    stage.put_ci("tool", "1.0", &other);
    for call in [["build"].as_slice(), &["build", "--dry-run"], &["list"], &["explain", "tool"]] {
        let told = stage.catalogue.expect(3, call);
        assert!(told.stderr.contains(one.digest.as_str()) && told.stderr.contains(other.digest.as_str()), "{call:?}: {}", told.stderr);
    }
    assert_eq!(stage.catalogue.image_id("other", "1.0"), None);
    let document = stage.catalogue.expect(3, &["--format", "json", "list", "--select", "*/tool:*"]).json();
    assert_eq!(
        (document["images"][0]["presence"].as_str(), sides(&document["images"][0])),
        (Some("unknown"), vec!["main published".into(), "ci published".into()])
    );
    assert_eq!(
        stage.catalogue.expect(0, &["--format", "json", "build", "--dry-run", "--select", "*/other:*"]).actions(),
        ["other: build missing"]
    );
}

#[test]
fn a_side_that_does_not_answer_leaves_it_open() {
    let mut stage = Stage::new();
    stage.catalogue.plain("tool", "1.0", "tool").plain("zoo", "1.0", "zoo");
    stage.put_main("tool", "1.0", &TinyImage::new("tool"));
    stage.ci.stop();
    let outcome = stage.catalogue.expect(3, &["--format", "json", "list"]);
    let document = outcome.json();
    assert_eq!(
        (document["images"][0]["presence"].as_str(), sides(&document["images"][0])),
        (Some("unknown"), vec!["main published".into(), "ci unknown".into()])
    );
    assert_eq!(outcome.stderr.matches("cannot be reached").count(), 1, "one text for all images: {}", outcome.stderr);
    let refused = stage.catalogue.expect(3, &["build"]);
    assert!(refused.stderr.contains("nothing was started"), "{}", refused.stderr);
}

#[test]
fn one_question_for_each_image_and_destination() {
    let stage = Stage::new();
    let direct = crate::Faults::in_front_of(&stage.main);
    let text = std::fs::read_to_string(stage.catalogue.work().join("config.yaml")).unwrap();
    // Both sides through servers that count.
    stage.catalogue.configure(
        &text
            .replace(&stage.main.address, &direct.address)
            .replace(&format!("to: {}", stage.ci.address), &format!("to: {}", stage.proxy.address))
            .replace(&format!("pull_as: {}/one", stage.proxy.address), "pull_as: pull.example/one"),
    );
    let image = TinyImage::new("same");
    for name in ["a", "b", "c"] {
        stage.catalogue.plain(name, "1.0", name);
        stage.put_main(name, "1.0", &image);
        stage.put_ci(name, "1.0", &image);
    }
    assert_eq!(plan(&stage, &[]), ["a: skip published", "b: skip published", "c: skip published"]);
    assert_eq!((direct.count("HEAD", "/manifests/"), stage.proxy.count("HEAD", "/manifests/")), (3, 3));
    assert_eq!((direct.count("GET", "/manifests/"), stage.proxy.count("GET", "/manifests/")), (0, 0));
}

#[test]
fn a_layout_on_disk_is_a_side_as_well() {
    let stage = Stage::new();
    stage.catalogue.plain("tool", "1.0", "tool");
    stage.catalogue.configure(&format!(
        "cooperage:\n  publish:\n    - {{name: main, to: '{}'}}\n    - {{name: disk, to: 'oci:out', tags: ['{{{{ name }}}}-{{{{ tag }}}}']}}\n",
        stage.catalogue.reference("tool", "1.0").trim_end_matches(":1.0")
    ));
    let image = TinyImage::new("tool");
    stage.put_main("tool", "1.0", &image);
    assert_eq!(sides(&listed(&stage, 0)), ["main published", "disk missing"]);
    let index = json!({"manifests": [{"digest": image.digest.as_str(), "annotations": {"org.opencontainers.image.ref.name": "tool-1.0"}}]});
    let folder = stage.catalogue.work().join("out");
    std::fs::create_dir_all(folder.join("blobs/sha256")).unwrap();
    std::fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    std::fs::write(folder.join("index.json"), index.to_string()).unwrap();
    assert_eq!(sides(&listed(&stage, 3)), ["main published", "disk unknown"], "a name of what is not there");
    std::fs::write(folder.join("blobs/sha256").join(&image.digest.as_str()[7..]), &image.manifest).unwrap();
    assert_eq!(
        (listed(&stage, 0)["presence"].as_str(), sides(&listed(&stage, 0))),
        (Some("published"), vec!["main published".into(), "disk published".into()])
    );
    std::fs::write(folder.join("index.json"), "{").unwrap();
    assert_eq!(sides(&listed(&stage, 3)), ["main published", "disk unknown"]);
}
