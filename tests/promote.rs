//! `promote`, `rollback` and `yank` with catalogues, records and real registries. The rules of promotions are held by
//! `tests/promote_cases.rs`.

#[path = "promote/journal.rs"]
mod journal;
#[path = "promote/moves.rs"]
mod moves;
#[path = "promote/rollback.rs"]
mod rollback;
mod support;
#[path = "promote/yank.rs"]
mod yank;

use cooperage::event::{Delivery, ImageOutcome};
use cooperage::name::Digest;
use cooperage::report::{ImageRecord, RunRecord, write_atomically};
use serde_json::Value;
use std::fs;
use std::process::{Command, Output};
use support::registry::image::TinyImage;
use support::registry::{Registry, RegistryKind};
use tempfile::TempDir;

const TIME: &str = "20240603235401";

/// A catalogue in `images` and a `config.yaml` beside it.
struct Tree {
    folder: TempDir,
}

impl Tree {
    /// `app`, `base` and `draft`, which is not released, promoted to `ci/tools`.
    fn new(registry: &str) -> Self {
        let tree = Self { folder: tempfile::tempdir().unwrap() };
        for (name, distribution) in [("app", "bookworm"), ("base", "bookworm"), ("draft", "UNRELEASED")] {
            tree.write(&format!("images/{name}/Dockerfile.template"), "FROM scratch\n");
            let entry = format!(
                "{name} (1.0) {distribution}; urgency=low\n\n  * New\n\n -- A B <a@example.org>  Sat, 01 Aug 2026 10:00:00 +0000\n"
            );
            tree.write(&format!("images/{name}/changelog"), &entry);
        }
        let target = "to: [{namespace: ci, name: tools, tag_by_commit: true}]";
        tree.write(
            "config.yaml",
            &format!(
                "registry: '{registry}'\nnamespace: ns\ncooperage:\n  promotion:\n    {target}\n    repository: {}/all\n",
                or(registry)
            ),
        );
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn promote(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cooperage"));
        command.current_dir(self.folder.path()).env_clear().env("PATH", std::env::var("PATH").unwrap());
        command.env("HOME", self.folder.path()).args(["--format", "json", "promote", "--dry-run"]);
        command.args(args).arg("images").output().unwrap()
    }

    /// `kind action reference source` of each move, and the codes of the problems.
    fn plan(&self, exit: i32, args: &[&str]) -> (Vec<String>, Vec<String>) {
        let output = self.promote(&[&["--timestamp", TIME], args].concat());
        assert_eq!(output.status.code(), Some(exit), "{}", String::from_utf8_lossy(&output.stderr));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let row = |row: &Value| ["kind", "action", "reference", "source"].map(|key| row[key].as_str().unwrap().to_owned()).join(" ");
        let codes = |problem: &Value| problem["code"].as_str().unwrap().to_owned();
        let list = |key: &str| document[key].as_array().unwrap().clone();
        (list("moves").iter().map(row).collect(), list("problems").iter().map(codes).collect())
    }

    /// A call that must be refused with this text, before anything is printed.
    fn refused(&self, args: &[&str], text: &str) {
        let output = self.promote(args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(text) && output.stdout.is_empty(), "{args:?}: {stderr}");
    }
}

fn or(registry: &str) -> &str {
    if registry.is_empty() { "h.example" } else { registry }
}

#[test]
fn a_catalogue_is_asked_for_at_its_registry() {
    let registry = Registry::start(RegistryKind::Plain);
    let at = registry.address.as_str();
    let tree = Tree::new(at);
    let (app, base, old) = (TinyImage::new("app"), TinyImage::new("base"), TinyImage::new("old"));
    app.put(at, None, "ns/app", "1.0");
    base.put(at, None, "ns/base", "1.0");
    // The name of `app` is right already, that of `base` stands at something older.
    app.put(at, None, "all", "ci_tools_app");
    old.put(at, None, "all", "ci_tools_base");
    let (moves, problems) = tree.plan(0, &["--commit", "abc"]);
    let (app, base) = (&app.digest, &base.digest);
    assert_eq!(
        moves,
        [
            format!("commit create {at}/all:ci_app_abc {at}/ns/app@{app}"),
            format!("commit create {at}/all:ci_base_abc {at}/ns/base@{base}"),
            format!("commit refuse {at}/all:ci_draft_abc draft"),
            format!("promote keep {at}/all:ci_tools_app {at}/ns/app@{app}"),
            format!("backup create {at}/all:{TIME}_prune_ci_tools_base {at}/all:ci_tools_base"),
            format!("promote move {at}/all:ci_tools_base {at}/ns/base@{base}"),
            format!("promote refuse {at}/all:ci_tools_draft draft"),
        ]
    );
    assert_eq!(problems, ["unreleased"]);
    // A dry run changes nothing.
    assert_eq!(registry.digest("all", "ci_tools_base"), Some(old.digest.to_string()));
    assert_eq!(registry.tags("all"), ["ci_tools_app", "ci_tools_base"]);
}

#[test]
fn what_is_not_published_is_refused_and_the_others_go_on() {
    let registry = Registry::start(RegistryKind::Plain);
    let at = registry.address.as_str();
    let tree = Tree::new(at);
    TinyImage::new("app").put(at, None, "ns/app", "1.0");
    let (moves, problems) = tree.plan(1, &[]);
    let digest = &TinyImage::new("app").digest;
    assert_eq!(
        moves,
        [
            format!("promote create {at}/all:ci_tools_app {at}/ns/app@{digest}"),
            format!("promote refuse {at}/all:ci_tools_base base"),
            format!("promote refuse {at}/all:ci_tools_draft draft"),
        ]
    );
    assert_eq!(problems, ["commit_unknown", "not_passed", "unreleased"]);
}

#[test]
fn a_registry_that_does_not_answer_stops_it_unless_nobody_asks() {
    let tree = Tree::new(&format!("127.0.0.1:{}", support::registry::free_port()));
    tree.write("config.yaml", &(fs::read_to_string(tree.folder.path().join("config.yaml")).unwrap() + "  registry_timeout: 1s\n"));
    let output = tree.promote(&[]);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
    let (moves, _) = tree.plan(0, &["--offline"]);
    assert_eq!(moves.len(), 5, "two names with their backups, and the draft: {moves:?}");
}

#[test]
fn without_a_registry_none_is_asked() {
    let (moves, problems) = Tree::new("").plan(0, &[]);
    assert_eq!(
        moves,
        [
            &format!("backup create h.example/all:{TIME}_prune_ci_tools_app h.example/all:ci_tools_app"),
            "promote create h.example/all:ci_tools_app ns/app:1.0",
            &format!("backup create h.example/all:{TIME}_prune_ci_tools_base h.example/all:ci_tools_base"),
            "promote create h.example/all:ci_tools_base ns/base:1.0",
            "promote refuse h.example/all:ci_tools_draft draft",
        ]
    );
    assert_eq!(problems, ["commit_unknown", "unreleased"]);
}

fn record(tree: &Tree, dirty: bool) -> String {
    let image = |name: &str, outcome: Option<ImageOutcome>, digest: Option<&str>| ImageRecord {
        name: name.into(),
        reference: format!("h.example/ns/{name}:1.0"),
        digest: digest.map(str::to_owned),
        outcome,
        ..ImageRecord::default()
    };
    let digest = Digest::of(b"x").to_string();
    let mut elsewhere = image("elsewhere", Some(ImageOutcome::Published), None);
    elsewhere.destinations.push(Delivery {
        name: "ci".into(),
        reference: "other.example/all:ns_elsewhere_1.0".into(),
        digest: Some(digest.clone()),
        tags: Vec::new(),
    });
    let mut strange = image("strange", Some(ImageOutcome::Published), Some(&digest));
    strange.reference = "NO reference".into();
    let images = vec![
        strange,
        image("built", Some(ImageOutcome::Built), None),
        elsewhere,
        image("failed", Some(ImageOutcome::Failed), Some(&digest)),
        image("published", Some(ImageOutcome::Published), Some(&digest)),
        image("skipped", Some(ImageOutcome::Skipped), Some(&digest)),
        image("stopped", None, None),
    ];
    let record = RunRecord {
        v: 1,
        tool: "cooperage".into(),
        version: "0.1.0".into(),
        run: "r".into(),
        started: "2026-08-01T10:00:00Z".into(),
        seconds: 1.0,
        exit: 1,
        revision: Some("c0ffee".into()),
        dirty: Some(dirty),
        images,
    };
    let path = tree.folder.path().join("run.json");
    write_atomically(&path, &record).unwrap();
    path.display().to_string()
}

#[test]
fn of_a_run_only_what_passed_gets_the_name_by_its_digest() {
    let tree = Tree::new("");
    let file = record(&tree, false);
    let digest = Digest::of(b"x");
    let (moves, problems) = tree.plan(1, &["--from-record", &file]);
    let names: Vec<&String> = moves.iter().filter(|one| one.starts_with("promote ")).collect();
    let at = "h.example/all:ci_tools_";
    assert_eq!(
        names,
        [
            &format!("promote refuse {at}built built"),
            &format!("promote create {at}elsewhere other.example/all@{digest}"),
            &format!("promote refuse {at}failed failed"),
            &format!("promote create {at}published h.example/ns/published@{digest}"),
            &format!("promote create {at}skipped h.example/ns/skipped@{digest}"),
            &format!("promote refuse {at}stopped stopped"),
            &format!("promote refuse {at}strange strange"),
        ]
    );
    assert!(moves.iter().any(|one| one.starts_with("commit create h.example/all:ci_published_c0ffee ")), "the commit of the record");
    assert_eq!(problems, ["not_passed"; 4]);
    let (_, problems) = tree.plan(1, &["--from-record", &record(&tree, true)]);
    assert_eq!(problems, ["commit_unknown", "not_passed", "not_passed", "not_passed", "not_passed"], "a dirty tree has no commit");
}

#[test]
fn calls_that_are_wrong_say_why() {
    let tree = Tree::new("");
    tree.write("images.yaml", "[app]\n");
    let images = ["--images", "images.yaml"];
    tree.refused(&["--timestamp", "yesterday"], "YYYYMMDDhhmmss");
    tree.refused(&["--timestamp", "20240230000000"], "YYYYMMDDhhmmss");
    tree.refused(&["--from-record", "nowhere.json"], "nowhere.json");
    tree.refused(&["--from-record", "config.yaml"], "not a run record");
    tree.refused(&["--images", "nowhere.yaml"], "nowhere.yaml");
    tree.refused(&[images.as_slice(), &["--from-record", "run.json"]].concat(), "cannot be used with");
    fs::remove_dir_all(tree.folder.path().join("images")).unwrap();
    tree.refused(&images, "images is no folder");
    fs::create_dir(tree.folder.path().join("images")).unwrap();
    tree.refused(&[], "images");
}

#[test]
fn a_revision_is_what_git_knows_and_an_id_is_itself() {
    let tree = Tree::new("");
    tree.refused(&["--commit", "HEAD"], "--commit HEAD is no commit id, and images is in no git repository");
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=T", "-c", "user.email=t@example.org"]).args(args).current_dir(tree.folder.path());
        String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_owned()
    };
    git(&["init", "-q"]);
    git(&["commit", "-q", "--allow-empty", "-m", "One"]);
    let id = git(&["rev-parse", "HEAD"]);
    let by_commit = |revision: &str| {
        let (moves, _) = tree.plan(0, &["--commit", revision]);
        moves.into_iter().find(|one| one.starts_with("commit create")).unwrap()
    };
    assert!(by_commit("HEAD").contains(&format!("ci_app_{id} ")));
    assert!(by_commit("c0ffee").contains("ci_app_c0ffee "));
    tree.refused(&["--commit", "nowhere"], "nowhere");
}

#[test]
fn a_file_of_images_tells_everything_that_is_wrong_with_its_place() {
    let tree = Tree::new("");
    for (text, expected) in [
        ("just text\n", "images.yaml:1:1: a file of images must be a list"),
        ("[a, a]\n", "images.yaml:1:5: the image a stands twice"),
        ("[4.7]\n", "images.yaml:1:2: images[0] must be a name or a map"),
        ("items:\n  - {to: a, name: b}\n", "images.yaml:2:5: items[0] must have exactly one of name and to"),
        ("['']\n", "images.yaml:1:2: images[0] is an empty name"),
        ("- {to: ''}\n", "images.yaml:1:3: images[0] has an empty name"),
        ("- {optional: true}\n", "images.yaml:1:3: images[0] must have exactly one"),
        ("- {name: a, optinal: true}\n", "images.yaml:1:13: images[0] has no key optinal"),
        ("- {name: a, optional: 'true'}\n", "images.yaml:1:23: images[0].optional must be true or false"),
        ("- {name: a, digest: 'sha256:1'}\n", "images.yaml:1:21: \"sha256:1\" is not a digest"),
        ("- {name: a, source: 'A//b'}\n", "images.yaml:1:21: "),
        ("images: {items: a}\n", "images.yaml:1:17: items must be a list"),
        ("{items: [], build_if_affected: 1}\n", "images.yaml:1:32: build_if_affected must be true or false"),
        ("{items: [], other: 1}\n", "images.yaml:1:13: a file of images has no key other"),
        ("- [\n", "images.yaml:"),
    ] {
        tree.write("images.yaml", text);
        tree.refused(&["--images", "images.yaml"], expected);
    }
    tree.write("images.yaml", "- {name: a, digest: x}\n- {name: b, digest: y}\n");
    tree.refused(&["--images", "images.yaml"], "images.yaml:1:21");
    tree.refused(&["--images", "images.yaml"], "images.yaml:2:21");
}

#[test]
fn a_configuration_of_a_wrong_form_tells_where() {
    let tree = Tree::new("");
    for (text, expected) in [
        ("to: {namespace: a}", "config.yaml:3:9: cooperage.promotion.to must be a list"),
        ("to: [{namespace: a, nmae: b}]", "cooperage.promotion.to[0] has no key nmae"),
        ("to: [{namespace: a, name: 4.20}]", "cooperage.promotion.to[0].name must be text, found the number 4.2"),
        ("to: [null]", "cooperage.promotion.to[0] must be a map"),
        ("to: [{additional_images: {x: a, x: b}}]", "cooperage.promotion.to[0].additional_images.x stands here and in line 3"),
        ("to: [{additional_images: {x: null}}]", "cooperage.promotion.to[0].additional_images.x must be text"),
        ("name: b", "cooperage.promotion has no key name"),
    ] {
        tree.write("config.yaml", &format!("cooperage:\n  promotion:\n    {text}\n"));
        tree.refused(&[], expected);
    }
}

#[test]
fn a_catalogue_that_cannot_be_read_is_not_promoted() {
    let tree = Tree::new("");
    tree.write("images/app/changelog", "no changelog\n");
    tree.refused(&[], "app");
}

#[test]
fn the_example_of_the_documentation_is_what_the_program_prints() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/promote.md")).unwrap();
    let block = |kind: &str, number: usize| page.split(&format!("```{kind}\n")).nth(number + 1).unwrap().split("```").next().unwrap();
    let tree = Tree::new("");
    tree.write("config.yaml", block("yaml", 0));
    tree.write("built.yaml", block("yaml", 1));
    let (call, expected) = block("console", 0).split_once('\n').unwrap();
    let args = call.strip_prefix("$ cooperage ").unwrap().split(' ');
    let output = Command::new(env!("CARGO_BIN_EXE_cooperage")).args(args).current_dir(tree.folder.path()).env_clear().output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    assert!(output.status.success() && output.stderr.is_empty());
}
