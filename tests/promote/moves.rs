//! Promotions carried out: real registries, and everything that happens between plan and move.

use super::support::faults::{Action, Faults};
use super::support::registry::image::{INDEX_TYPE, MANIFEST_TYPE, TinyImage, index_of, put_manifest};
use super::support::registry::{Registry, RegistryKind};
use super::{TIME, Tree};
use cooperage::name::Digest;
use serde_json::Value;
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

impl Tree {
    pub fn command(&self, verb: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cooperage"));
        command.current_dir(self.folder.path()).env_clear().env("PATH", std::env::var("PATH").unwrap());
        command.env("HOME", self.folder.path()).args(["--format", "json", verb]).args(args).arg("images");
        command
    }

    /// Runs a command that ends with this code.
    pub fn expect(&self, code: i32, verb: &str, args: &[&str]) -> Output {
        let output = self.command(verb, args).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}:\n{}\n{}", text(&output.stdout), text(&output.stderr));
        output
    }

    /// Copies an image.
    fn mirror(&self, args: &[&str]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cooperage"));
        let output = command.current_dir(self.folder.path()).env("HOME", self.folder.path()).arg("mirror").args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
    }

    /// `outcome kind reference` of each tag of a call.
    pub fn settled(&self, code: i32, verb: &str, args: &[&str]) -> Vec<String> {
        let output = self.expect(code, verb, args);
        tags(&output).iter().map(|tag| ["outcome", "kind", "reference"].map(|key| tag[key].as_str().unwrap()).join(" ")).collect()
    }

    /// Adds to `cooperage:` of the configuration.
    pub fn configure_more(&self, text: &str) {
        let path = self.folder.path().join("config.yaml");
        std::fs::write(&path, std::fs::read_to_string(&path).unwrap() + text).unwrap();
    }
}

/// The events of a call.
pub fn events(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The tags that a call settled.
pub fn tags(output: &Output) -> Vec<Value> {
    let events = events(output);
    let last = events.iter().rev().find(|event| event["kind"] == "tags_settled").expect("tags_settled");
    last["tags"].as_array().unwrap().clone()
}

pub fn codes(output: &Output) -> Vec<String> {
    let events = events(output);
    events.iter().filter(|event| event["kind"] == "warning").map(|event| event["code"].as_str().unwrap().to_owned()).collect()
}

/// `app` and `base` at their version, in front of which something may misbehave.
pub fn stage() -> (Registry, Faults, Tree) {
    let registry = Registry::start(RegistryKind::Plain);
    let faults = Faults::in_front_of(&registry);
    let tree = Tree::new(&faults.address);
    std::fs::remove_dir_all(tree.folder.path().join("images/draft")).unwrap();
    for name in ["app", "base"] {
        TinyImage::new(name).put(&registry.address, None, &format!("ns/{name}"), "1.0");
    }
    (registry, faults, tree)
}

fn skopeo(image: &str) -> String {
    let output = Command::new("skopeo").args(["inspect", "--tls-verify=false", "--format", "{{.Digest}}", image]).output();
    let output = output.expect("skopeo is needed (apt install skopeo)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn what_passed_gets_the_names_and_what_stood_there_is_kept() {
    let (registry, faults, tree) = stage();
    let (at, old) = (faults.address.as_str(), TinyImage::new("old"));
    old.put(&registry.address, None, "all", "ci_tools_base");
    faults.clear();
    let record = tree.folder.path().join("promotion.json");
    let output = tree.expect(0, "promote", &["--commit", "abc", "--timestamp", TIME, "--record", record.to_str().unwrap()]);
    let (app, base) = (TinyImage::new("app").digest.to_string(), TinyImage::new("base").digest.to_string());
    for (tag, digest) in [("ci_tools_app", &app), ("ci_app_abc", &app), ("ci_tools_base", &base), ("ci_base_abc", &base)] {
        assert_eq!(&skopeo(&format!("docker://{}/all:{tag}", registry.address)), digest, "{tag}");
    }
    assert_eq!(registry.digest("all", &format!("{TIME}_prune_ci_tools_base")), Some(old.digest.to_string()));
    let moved = tags(&output).into_iter().find(|tag| tag["reference"] == format!("{at}/all:ci_tools_base")).unwrap();
    assert_eq!((moved["outcome"].as_str(), moved["from"].as_str()), (Some("moved"), Some(old.digest.as_str())));
    assert_eq!(moved["kept_as"], format!("{at}/all:{TIME}_prune_ci_tools_base"));
    let sent: Vec<_> = faults.requests().into_iter().filter(|one| one.path.contains("/blobs/uploads/") && one.length > Some(0)).collect();
    assert!(sent.is_empty(), "blobs are mounted, not sent: {sent:?}");
    assert!(registry.tags("all").iter().all(|tag| !tag.contains("_incoming") && !tag.contains("__")));
    let record: Value = serde_json::from_slice(&std::fs::read(record).unwrap()).unwrap();
    assert_eq!((record["images"][0]["name"].as_str(), record["images"][0]["outcome"].as_str()), (Some("app"), Some("published")));
    assert_eq!(record["images"][0]["destinations"].as_array().unwrap().len(), 2);
    // Once more: all of it stands where it should, and nothing is written.
    faults.clear();
    let again = tree.settled(0, "promote", &["--commit", "abc"]);
    assert_eq!(again.iter().filter(|tag| tag.starts_with("there ")).count(), 4, "{again:?}");
    assert_eq!(faults.count("PUT", ""), 0);
}

#[test]
fn indexes_are_promoted_whole() {
    let registry = Registry::start(RegistryKind::Plain);
    let tree = Tree::new(&registry.address);
    let (one, other) = (TinyImage::new("one"), TinyImage::new("other"));
    one.put(&registry.address, None, "ns/app", "1.0-one");
    other.put(&registry.address, None, "ns/app", "1.0-other");
    let index = index_of(&[(MANIFEST_TYPE, &one.manifest), (MANIFEST_TYPE, &other.manifest)]);
    put_manifest(&registry.address, "ns/app", "1.0", INDEX_TYPE, &index);
    TinyImage::new("base").put(&registry.address, None, "ns/base", "1.0");
    tree.expect(0, "promote", &[]);
    let raw = Command::new("skopeo")
        .args(["inspect", "--raw", "--tls-verify=false", &format!("docker://{}/all:ci_tools_app", registry.address)])
        .output()
        .expect("skopeo is needed (apt install skopeo)");
    assert_eq!(Digest::of(&raw.stdout), Digest::of(&index));
    for child in [&one, &other] {
        assert_eq!(registry.digest("all", child.digest.as_str()), Some(child.digest.to_string()), "children come along");
    }
}

/// `count` images in the repository of their names.
pub fn many(count: usize) -> (Registry, Faults, Tree) {
    let (registry, faults, tree) = stage();
    std::fs::remove_dir_all(tree.folder.path().join("images")).unwrap();
    let mut file = String::new();
    for at in 0..count {
        let (image, tag) = (TinyImage::new(&format!("image{at}")), format!("job_image{at}"));
        image.put(&registry.address, None, "all", &tag);
        file += &format!("- {{name: image{at}, source: '{}/all:{tag}'}}\n", faults.address);
    }
    tree.write("images.yaml", &file);
    tree.write("images/README", "no catalogue\n");
    faults.clear();
    (registry, faults, tree)
}

#[test]
fn in_one_repository_an_image_takes_three_requests() {
    let (registry, faults, tree) = many(30);
    tree.expect(0, "promote", &["--images", "images.yaml"]);
    assert_eq!(registry.digest("all", "ci_tools_image7"), Some(TinyImage::new("image7").digest.to_string()));
    let requests = faults.requests().into_iter().filter(|one| one.path != "/v2/").count();
    assert!(requests <= 3 * 30 + 1, "{requests} requests: one for the list of tags, three for each image");
    assert_eq!(faults.count("*", "/blobs/"), 0);
}

#[test]
fn a_list_of_tags_that_leaves_something_out_loses_nothing() {
    let (registry, faults, tree) = many(5);
    let old = TinyImage::new("old");
    old.put(&registry.address, None, "all", "ci_tools_image3");
    faults.on("GET", "/v2/all/tags/list", Action::reply(200, &[("Content-Type", "application/json")], r#"{"name":"all","tags":[]}"#));
    tree.expect(0, "promote", &["--images", "images.yaml", "--timestamp", TIME]);
    assert_eq!(registry.digest("all", "ci_tools_image3"), Some(TinyImage::new("image3").digest.to_string()));
    assert_eq!(registry.digest("all", &format!("{TIME}_prune_ci_tools_image3")), Some(old.digest.to_string()));
}

#[test]
fn a_list_without_end_is_not_read_to_its_end() {
    let (registry, faults, tree) = many(5);
    TinyImage::new("old").put(&registry.address, None, "all", "ci_tools_image3");
    let headers = [("Content-Type", "application/json"), ("Link", "</v2/all/tags/list?last=1>; rel=\"next\"")];
    faults.on("GET", "/v2/all/tags/list", Action::reply(200, &headers, "{\"tags\":[]}"));
    tree.expect(0, "promote", &["--images", "images.yaml", "--timestamp", TIME]);
    assert_eq!(faults.count("GET", "/tags/list"), 1);
    let old = TinyImage::new("old").digest.to_string();
    assert_eq!(registry.digest("all", &format!("{TIME}_prune_ci_tools_image3")), Some(old), "each name was asked for");
}

#[test]
fn a_source_that_vanished_fails_alone() {
    let (registry, faults, tree) = stage();
    faults.on("GET", "/v2/ns/app/manifests/sha256:", Action::error(404, "MANIFEST_UNKNOWN"));
    let output = tree.expect(1, "promote", &[]);
    let outcome = |name: &str| tags(&output).into_iter().find(|tag| tag["name"] == name).unwrap();
    assert_eq!(outcome("app")["outcome"], "gone");
    let why = outcome("app")["reason"].as_str().unwrap().to_owned();
    assert!(why.contains("/ns/app@sha256:") && why.contains("it was there when this promotion was planned"), "{why}");
    assert_eq!(outcome("base")["outcome"], "moved");
    assert_eq!((registry.digest("all", "ci_tools_app"), registry.digest("all", "ci_tools_base").is_some()), (None, true));
}

#[test]
fn a_source_in_the_same_repository_may_vanish_too() {
    let (registry, faults, tree) = many(2);
    let gone = TinyImage::new("image0").digest;
    let file = format!(
        "- {{name: image0, source: '{0}/all', digest: '{gone}'}}\n- {{name: image1, source: '{0}/all:job_image1'}}\n",
        faults.address
    );
    tree.write("images.yaml", &file);
    faults.on("GET", &format!("/v2/all/manifests/{gone}"), Action::error(404, "MANIFEST_UNKNOWN"));
    let output = tree.expect(1, "promote", &["--images", "images.yaml"]);
    assert!(codes(&output).contains(&"source_gone".to_owned()), "{:?}", codes(&output));
    assert_eq!((registry.digest("all", "ci_tools_image0"), registry.digest("all", "ci_tools_image1").is_some()), (None, true));
}

#[test]
fn a_name_that_somebody_else_moved_meanwhile_is_left_alone() {
    let (registry, faults, tree) = stage();
    let (old, theirs) = (TinyImage::new("old"), TinyImage::new("theirs"));
    old.put(&registry.address, None, "all", "ci_tools_base");
    let address = registry.address.clone();
    faults.times(1, "HEAD", "/v2/all/manifests/ci_tools_base", Action::Delay(Duration::ZERO));
    faults.times(
        1,
        "HEAD",
        "/v2/all/manifests/ci_tools_base",
        Action::first(move || TinyImage::new("theirs").put(&address, None, "all", "ci_tools_base")),
    );
    let output = tree.expect(1, "promote", &[]);
    assert_eq!(registry.digest("all", "ci_tools_base"), Some(theirs.digest.to_string()));
    assert!(codes(&output).contains(&"lost_race".to_owned()));
    assert!(registry.digest("all", "ci_tools_app").is_some(), "the others go on");
    // A name that nobody had, too.
    let address = registry.address.clone();
    registry_without(&registry, "ci_tools_app");
    faults.times(1, "HEAD", "/v2/all/manifests/ci_tools_app", Action::Delay(Duration::ZERO));
    faults.times(
        1,
        "HEAD",
        "/v2/all/manifests/ci_tools_app",
        Action::first(move || TinyImage::new("theirs").put(&address, None, "all", "ci_tools_app")),
    );
    let left = tree.settled(1, "promote", &[]);
    assert!(left.iter().any(|tag| tag.starts_with("left ") && tag.ends_with("ci_tools_app")), "{left:?}");
    assert_eq!(registry.digest("all", "ci_tools_app"), Some(theirs.digest.to_string()));
}

fn registry_without(registry: &Registry, tag: &str) {
    let digest = registry.digest("all", tag).unwrap();
    let path = format!("/v2/all/manifests/{digest}");
    super::support::registry::plain::request(&registry.address, "DELETE", &path, None, None);
}

#[test]
fn somebody_who_moves_a_name_right_after_us_is_told() {
    let (registry, faults, tree) = stage();
    TinyImage::new("old").put(&registry.address, None, "all", "ci_tools_base");
    let address = registry.address.clone();
    // The plan looks, and the move twice: before it keeps the old one and right before it writes.
    faults.times(3, "HEAD", "/v2/all/manifests/ci_tools_base", Action::Delay(Duration::ZERO));
    faults.times(
        1,
        "HEAD",
        "/v2/all/manifests/ci_tools_base",
        Action::first(move || TinyImage::new("theirs").put(&address, None, "all", "ci_tools_base")),
    );
    let settled = tree.settled(1, "promote", &[]);
    assert!(settled.iter().any(|tag| tag.starts_with("lost ") && tag.ends_with("ci_tools_base")), "{settled:?}");
}

pub fn wait_for(child: &mut Child, what: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !what() {
        assert!(Instant::now() < end && child.try_wait().unwrap().is_none(), "it ended, or never came so far");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn with_a_wrong_configuration_nothing_is_promoted() {
    let (_registry, faults, tree) = stage();
    let path = tree.folder.path().join("config.yaml");
    let text = std::fs::read_to_string(&path).unwrap().replace("to: [", "to: [{namespace: kube-system, name: x}, ");
    std::fs::write(path, text).unwrap();
    faults.clear();
    let output = tree.expect(2, "promote", &[]);
    assert_eq!(codes(&output).first().map(String::as_str), Some("namespace_reserved"));
    assert_eq!(faults.count("PUT", ""), 0);
}

#[test]
fn names_alone_are_refused_and_streams_are_left_to_the_caller() {
    let (registry, faults, tree) = many(2);
    let path = tree.folder.path().join("config.yaml");
    let text = std::fs::read_to_string(&path).unwrap().replace("namespace: ci,", "namespace: ocp,");
    std::fs::write(path, text).unwrap();
    tree.write("images.yaml", &format!("- {{name: image0, source: '{}/all:job_image0'}}\n- image1\n", faults.address));
    let at = faults.address.as_str();
    let settled = tree.settled(1, "promote", &["--images", "images.yaml"]);
    assert_eq!(
        settled,
        [
            format!("moved promote {at}/all:ocp_tools_image0"),
            format!("refused promote {at}/all:ocp_tools_image1"),
            "to_set stream ocp/tools:image0".to_owned(),
            "refused stream ocp/tools:image1".to_owned(),
        ]
    );
    assert_eq!(registry.digest("all", "ocp_tools_image1"), None);
    // People read what is left to do.
    let mut command = tree.command("promote", &["--images", "images.yaml"]);
    let output = command.env("COOPERAGE_COLOR", "never").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let mut human = Command::new(env!("CARGO_BIN_EXE_cooperage"));
    human.current_dir(tree.folder.path()).env_clear().env("HOME", tree.folder.path());
    let output = human.args(["promote", "--images", "images.yaml", "images"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let digest = TinyImage::new("image0").digest;
    assert!(text.contains(&format!("  ocp/tools:image0 -> {at}/all@{digest}\n")), "{text}");
}

#[test]
fn sources_come_from_any_destination_that_has_them() {
    let (registry, faults, tree) = stage();
    let at = &faults.address;
    tree.configure_more(&format!(
        "  publish:\n    - {{name: first, to: '{at}/first/{{{{ name }}}}'}}\n    - {{name: second, to: '{at}/ns/{{{{ name }}}}'}}\n"
    ));
    let output = tree.expect(0, "promote", &[]);
    assert!(tags(&output).iter().all(|tag| tag["outcome"] == "moved" && tag["source"].as_str().unwrap().contains("/ns/")));
    // One version under two digests is nobody's to promote.
    TinyImage::new("another").put(&registry.address, None, "first/app", "1.0");
    let output = tree.expect(1, "promote", &[]);
    let app = tags(&output).into_iter().find(|tag| tag["name"] == "app").unwrap();
    assert_eq!(app["outcome"], "refused");
}

#[test]
fn an_empty_override_is_none_and_what_stood_there_is_kept() {
    let (registry, _faults, tree) = stage();
    tree.configure_more("    registry_override: ''\n");
    let old = TinyImage::new("old");
    old.put(&registry.address, None, "all", "ci_tools_base");
    tree.expect(0, "promote", &["--timestamp", TIME]);
    assert_eq!(registry.digest("all", &format!("{TIME}_prune_ci_tools_base")), Some(old.digest.to_string()));
}

#[test]
fn a_backup_whose_name_is_taken_is_told_by_the_name_it_got() {
    let (registry, faults, tree) = stage();
    let (old, older) = (TinyImage::new("old"), TinyImage::new("older"));
    old.put(&registry.address, None, "all", "ci_tools_base");
    older.put(&registry.address, None, "all", &format!("{TIME}_prune_ci_tools_base"));
    let output = tree.expect(0, "promote", &["--timestamp", TIME]);
    let base = tags(&output).into_iter().find(|tag| tag["name"] == "base").unwrap();
    assert_eq!(base["kept_as"], format!("{}/all:20240603235402_prune_ci_tools_base", faults.address));
    assert_eq!(registry.digest("all", "20240603235402_prune_ci_tools_base"), Some(old.digest.to_string()));
    assert_eq!(registry.digest("all", &format!("{TIME}_prune_ci_tools_base")), Some(older.digest.to_string()));
}

#[test]
fn a_name_whose_old_image_cannot_be_kept_stays_and_the_others_go_on() {
    let (registry, faults, tree) = stage();
    let old = TinyImage::new("old");
    old.put(&registry.address, None, "all", "ci_tools_base");
    faults.on("GET", &format!("/v2/all/manifests/{}", old.digest), Action::error(404, "MANIFEST_UNKNOWN"));
    let output = tree.expect(1, "promote", &[]);
    let outcome = |name: &str| tags(&output).into_iter().find(|tag| tag["name"] == name).unwrap();
    let why = outcome("base")["reason"].as_str().unwrap().to_owned();
    assert!(why.contains("delete the tag there") && !why.contains("planned"), "{why}");
    assert_eq!((outcome("base")["outcome"].as_str(), outcome("app")["outcome"].as_str()), (Some("gone"), Some("moved")));
    assert_eq!(registry.digest("all", "ci_tools_base"), Some(old.digest.to_string()));
}

#[test]
fn what_stands_on_disk_alone_is_refused_with_the_way_to_a_registry() {
    let (registry, faults, tree) = stage();
    let at = faults.address.as_str();
    tree.configure_more("  publish: [{name: disk, to: 'oci:disk/{{ name }}'}]\n");
    let output = tree.expect(1, "promote", &[]);
    assert!(tags(&output).iter().all(|tag| tag["outcome"] == "refused"), "{:?}", tags(&output));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("`cooperage mirror` copies it to one, and --images names it there"), "{stderr}");
    // That way leads there.
    let image = TinyImage::new("app");
    tree.mirror(&[&format!("{at}/ns/app:1.0"), "oci:disk/app"]);
    tree.mirror(&["oci:disk/app:1.0", &format!("{at}/brought/app")]);
    tree.write("images.yaml", &format!("- {{name: app, source: '{at}/brought/app:1.0'}}\n"));
    tree.expect(0, "promote", &["--images", "images.yaml"]);
    assert_eq!(registry.digest("all", "ci_tools_app"), Some(image.digest.to_string()));
}
