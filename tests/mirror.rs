//! Mirroring: between registries, to and from layouts, by lists; and everything that goes wrong between.

mod support;

use serde_json::Value;
use std::process::Command;
use support::catalogue::{Catalogue, Outcome};
use support::faults::{Action, Faults};
use support::registry::image::{INDEX_TYPE, MANIFEST_TYPE, TinyImage, index_of, put_manifest};
use support::registry::{Registry, RegistryKind};

/// Two registries; the second one is written to through a server that misbehaves.
struct Stage {
    from: Registry,
    to: Registry,
    behind: Faults,
    desk: Catalogue,
}

impl Stage {
    fn set() -> Self {
        let (from, to) = (Registry::start(RegistryKind::Plain), Registry::start(RegistryKind::Plain));
        let behind = Faults::in_front_of(&from);
        Self { from, to, behind, desk: Catalogue::new("") }
    }

    fn put(&self, tag: &str, text: &str) -> TinyImage {
        let image = TinyImage::new(text);
        image.put(&self.from.address, None, "ci/tool", tag);
        image
    }

    fn source(&self, rest: &str) -> String {
        format!("{}/ci/tool{rest}", self.behind.address)
    }

    fn destination(&self, rest: &str) -> String {
        format!("{}/mirror/tool{rest}", self.to.address)
    }

    fn run(&self, code: i32, args: &[&str]) -> Outcome {
        let outcome = Outcome::of(self.desk.command(&[&["--format", "json", "mirror"], args].concat()).output().unwrap());
        assert_eq!(outcome.code, code, "{args:?}: {}", outcome.all());
        outcome
    }

    /// `action` of every image, in order.
    fn actions(&self, code: i32, args: &[&str]) -> Vec<String> {
        let document = self.run(code, args).json();
        document["images"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap().to_owned()).collect()
    }
}

fn skopeo(args: &[&str]) -> Value {
    let output = Command::new("skopeo").args(args).output().expect("skopeo is needed (apt install skopeo)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn an_image_is_copied_once_and_the_old_one_stays_alive() {
    let stage = Stage::set();
    let first = stage.put("1", "first");
    let (from, to) = (stage.source(":1"), stage.destination(":1"));
    assert_eq!(stage.actions(0, &["--dry-run", &from, &to]), ["copied"]);
    assert_eq!(stage.to.digest("mirror/tool", "1"), None, "a dry run writes nothing");
    let row = stage.run(0, &["--keep-alive", &from, &to]).json()["images"][0].clone();
    assert_eq!(
        (&row["action"], &row["kept_as"], row["sent_bytes"].as_u64()),
        (&"copied".into(), &Value::Null, Some((first.config.len() + first.layer.len()) as u64))
    );
    assert_eq!(stage.actions(0, &["--keep-alive", &from, &to]), ["same"]);
    let second = stage.put("1", "second");
    let row = stage.run(0, &["--keep-alive", &from, &to]).json()["images"][0].clone();
    let kept = row["kept_as"].as_str().unwrap();
    assert!(kept.len() == 22 && kept.ends_with("_prune_1"), "{kept}");
    assert_eq!(stage.to.digest("mirror/tool", kept).as_deref(), Some(first.digest.as_str()));
    assert_eq!(stage.to.digest("mirror/tool", "1").as_deref(), Some(second.digest.as_str()));
    let seen = skopeo(&["inspect", "--tls-verify=false", &format!("docker://{to}")]);
    assert_eq!(seen["Digest"], second.digest.as_str());
}

#[test]
fn indexes_go_whole_into_a_layout_and_back() {
    let stage = Stage::set();
    let child = stage.put("child", "child");
    let index = index_of(&[(MANIFEST_TYPE, &child.manifest)]);
    put_manifest(&stage.from.address, "ci/tool", "many", INDEX_TYPE, &index);
    let folder = stage.desk.work().join("layout");
    let layout = format!("oci:{}", folder.display());
    stage.run(0, &[&stage.source(":many"), &layout]);
    let raw = skopeo(&["inspect", "--raw", &format!("{layout}:many")]);
    assert_eq!(raw["manifests"][0]["digest"], child.digest.as_str());
    stage.run(0, &[&format!("{layout}:many"), &stage.destination("")]);
    assert_eq!(
        skopeo(&["inspect", "--tls-verify=false", &format!("docker://{}", stage.destination(":many"))])["Layers"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn a_repository_goes_with_the_tags_that_match() {
    let stage = Stage::set();
    for tag in ["4.1", "4.2", "5.0"] {
        stage.put(tag, tag);
    }
    assert_eq!(stage.actions(0, &["--tags", "4.*", &stage.source(""), &stage.destination("")]), ["copied", "copied"]);
    assert_eq!(
        stage.actions(0, &["--select", "*:5.0", "--select", "*:4.1", &stage.source(""), &stage.destination("")]),
        ["same", "copied"]
    );
    assert_eq!(stage.to.tags("mirror/tool"), ["4.1", "4.2", "5.0"]);
    let outcome = stage.run(2, &["--tags", "9*", &stage.source(""), &stage.destination("")]);
    assert!(outcome.stderr.contains("nothing to mirror"), "{}", outcome.stderr);
}

#[test]
fn a_list_says_what_goes_where() {
    let stage = Stage::set();
    stage.put("1", "1");
    let list = |more: &str| {
        stage.desk.configure(&format!(
            "cooperage:\n  mirror:\n    '{}': '{}'\n    '{}': '{}'\n{more}",
            stage.destination(":one"),
            stage.source(":1"),
            stage.destination(":two"),
            stage.source(":missing")
        ));
    };
    list("");
    assert_eq!(stage.actions(1, &["--list"]), ["copied", "missing"]);
    assert_eq!(stage.actions(0, &["--list", "--select", "*:one"]), ["same"]);
    list("    'r.example/debian:12': 'debian:12'\n");
    let outcome = stage.run(2, &["--list"]);
    assert!(outcome.stderr.contains("--docker-hub") && outcome.stderr.contains("r.example/debian:12"), "{}", outcome.stderr);
    stage.desk.configure("");
    stage.run(2, &["--list"]);
}

#[test]
fn what_a_registry_cannot_serve_any_more_is_named_and_nothing_moves() {
    let stage = Stage::set();
    let image = stage.put("1", "1");
    let to = stage.destination(":1");
    for part in ["manifests", "blobs"] {
        stage.behind.clear();
        let gone = if part == "manifests" { &image.digest } else { &cooperage::name::Digest::of(&image.layer) };
        stage.behind.on(if part == "blobs" { "*" } else { "GET" }, &format!("/{part}/{gone}"), Action::error(404, "UNKNOWN"));
        let row = stage.run(1, &[&stage.source(":1"), &to]).json()["images"][0].clone();
        assert_eq!(row["action"], "failed");
        assert!(row["error"].as_str().unwrap().contains(gone.as_str()), "{row}");
        assert_eq!(stage.to.digest("mirror/tool", "1"), None);
    }
    let unknown = cooperage::name::Digest::of(b"nothing");
    let row = stage.run(1, &[&stage.source(&format!("@{unknown}")), &to]).json()["images"][0].clone();
    assert!(row["error"].as_str().unwrap().contains(unknown.as_str()), "{row}");
}

#[test]
fn the_tag_stays_where_the_old_one_cannot_be_kept() {
    let stage = Stage::set();
    let first = stage.put("1", "first");
    let front = Faults::in_front_of(&stage.to);
    let to = format!("{}/mirror/tool:1", front.address);
    stage.run(0, &[&stage.source(":1"), &to]);
    stage.put("1", "second");
    front.on("PUT", "_prune_1", Action::error(403, "DENIED"));
    let row = stage.run(3, &["--keep-alive", &stage.source(":1"), &to]).json()["images"][0].clone();
    assert!(row["error"].as_str().unwrap().contains("_prune_1"), "{row}");
    assert_eq!(stage.to.digest("mirror/tool", "1").as_deref(), Some(first.digest.as_str()));
    let put = format!("/manifests/{}", "1");
    assert_eq!(front.requests().iter().filter(|one| one.method == "PUT" && one.path.ends_with(&put)).count(), 1, "only the first time");
}

#[test]
fn a_copy_that_was_cut_goes_on_where_it_was() {
    let stage = Stage::set();
    let image = TinyImage::of_size(7, 3 << 20);
    image.put(&stage.from.address, None, "ci/tool", "big");
    let layer = cooperage::name::Digest::of(&image.layer);
    stage.behind.times(1, "GET", &format!("/blobs/{layer}"), Action::CutResponse(1 << 20));
    stage.run(0, &[&stage.source(":big"), &stage.destination("")]);
    let ranges: Vec<Option<String>> =
        stage.behind.requests().into_iter().filter(|one| one.path.contains(layer.as_str())).map(|one| one.range).collect();
    assert!(
        ranges.len() == 2 && ranges[1].as_deref().is_some_and(|range| range.starts_with("bytes=") && range != "bytes=0-"),
        "{ranges:?}"
    );
    assert_eq!(stage.to.digest("mirror/tool", "big").as_deref(), Some(image.digest.as_str()));
}

#[test]
fn calls_that_make_no_sense_are_refused() {
    let stage = Stage::set();
    let (from, to) = (stage.source(""), stage.destination(":1"));
    for args in [
        &[from.as_str(), to.as_str()][..],
        &[from.as_str(), from.as_str()],
        &[from.as_str()],
        &[],
        &["--list", &from, &to],
        &["x y", "oci:x"],
    ] {
        stage.run(2, args);
    }
    let outcome = stage.run(3, &["127.0.0.1:1/a:1", "oci:x"]).all();
    assert!(outcome.contains("127.0.0.1:1"), "{outcome}");
}

#[test]
fn an_old_one_is_kept_under_a_name_of_its_own_or_the_tag_stays() {
    let stage = Stage::set();
    let first = stage.put("1", "first");
    let front = Faults::in_front_of(&stage.to);
    let to = format!("{}/mirror/tool:1", front.address);
    stage.run(0, &[&stage.source(":1"), &to]);
    let second = stage.put("1", "second");
    // Somebody has the name of this very second for something else.
    let theirs = TinyImage::new("theirs").digest.to_string();
    let answer = [("Docker-Content-Digest", theirs.as_str()), ("Content-Type", MANIFEST_TYPE)];
    front.times(1, "HEAD", "_prune_1", Action::reply(200, &answer, ""));
    let row = stage.run(0, &["--keep-alive", &stage.source(":1"), &to]).json()["images"][0].clone();
    let name = row["kept_as"].as_str().unwrap().to_owned();
    assert_eq!(stage.to.digest("mirror/tool", &name).as_deref(), Some(first.digest.as_str()));
    let taken: Vec<String> = front.requests().into_iter().filter(|one| one.path.contains("_prune_1")).map(|one| one.path).collect();
    assert!(taken[0] < taken[1] && taken[1].ends_with(&name), "the next second: {taken:?}");
    // What the registry cannot serve any more cannot be kept, so the tag stays where it is.
    stage.put("1", "third");
    front.on("GET", &format!("/manifests/{}", second.digest), Action::error(404, "MANIFEST_UNKNOWN"));
    let row = stage.run(1, &["--keep-alive", &stage.source(":1"), &to]).json()["images"][0].clone();
    assert!(row["error"].as_str().unwrap().contains("delete the tag there"), "{row}");
    assert_eq!(stage.to.digest("mirror/tool", "1").as_deref(), Some(second.digest.as_str()));
}

#[test]
fn nothing_goes_to_an_address_that_only_serves_pulls() {
    let stage = Stage::set();
    stage.put("1", "first");
    let proxy = "quay-proxy.ci.openshift.org/openshift/ci:ci_tool_1";
    let outcome = stage.run(2, &[&stage.source(":1"), proxy]).all();
    assert!(outcome.contains("only serves pulls"), "{outcome}");
    let at = &stage.to.address;
    stage.desk.configure(&format!(
        "cooperage:\n  publish: [{{name: x, to: '{at}/team/{{{{ name }}}}', pull_as: 'pull.example/team/{{{{ name }}}}'}}]\n  promotion: \
         {{to: [{{namespace: a, name: b}}], repository: {at}/all, pull_as: {at}/shown}}\n  mirror: {{'pull.example/a/b:1': '{}'}}\n",
        stage.source(":1")
    ));
    for args in
        [[stage.source(":1").as_str(), "pull.example/other:1"].as_slice(), &[&stage.source(":1"), &format!("{at}/shown:1")], &["--list"]]
    {
        let outcome = stage.run(2, args).all();
        assert!(outcome.contains("only serves pulls"), "{args:?}: {outcome}");
    }
    // The registry behind a pull address of its own takes what goes elsewhere.
    stage.run(0, &[&stage.source(":1"), &format!("{at}/team/tool:1")]);
}
