//! `update --stale` from end to end: what the real program built on a real engine and published to a real registry, after
//! an image from outside has moved there.

mod support;

use cooperage::name::Digest;
use serde_json::Value;
use std::fs;
use support::catalogue::{Catalogue, Outcome, docker};
use support::registry::{Registry, RegistryKind};

/// Sat, 15 Aug 2026 22:30:05 +0000.
const EPOCH: &str = "1786833005";

/// Builds an image with Docker's own client, pushes it and takes it out of the engine, so that a build has to pull it.
/// Returns its digest in the registry.
fn push_from_outside(registry: &Registry, repository: &str, text: &str) -> Digest {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), "FROM scratch\nCOPY release /release\n").unwrap();
    fs::write(folder.path().join("release"), text).unwrap();
    let reference = format!("{}/{repository}:12", registry.address);
    docker(&["build", "--quiet", "--tag", &reference, folder.path().to_str().unwrap()]);
    docker(&["push", &reference]);
    docker(&["rmi", "--force", &reference]);
    Digest::parse(&registry.digest(repository, "12").unwrap_or_else(|| panic!("{reference} was not pushed"))).unwrap()
}

struct Stage {
    registry: Registry,
    catalogue: Catalogue,
}

impl Stage {
    /// `base` on debian and `app` on it, `web` on alpine, `own` on nothing: built and published by the real program.
    fn published() -> Self {
        let registry = Registry::start(RegistryKind::Plain);
        let mut catalogue = Catalogue::new(&registry.address);
        catalogue.set("SOURCE_DATE_EPOCH", EPOCH).set("TZ", "UTC").set("DEBFULLNAME", "T").set("DEBEMAIL", "t@example.org");
        let stage = Self { registry, catalogue };
        for (name, outside) in [("base", "debian"), ("web", "alpine")] {
            push_from_outside(&stage.registry, &stage.outside(outside), &format!("{outside} of last week"));
            let template = format!("FROM {}/{}:12\nCMD [\"/release\"]\n", stage.registry.address, stage.outside(outside));
            stage.catalogue.define(name, "1.0", &template);
        }
        stage.catalogue.plain_child("app", "2.0", "base").plain("own", "3.0", "own");
        assert_eq!(stage.publish().outcomes(), ["app: published", "base: published", "own: published", "web: published"]);
        stage
    }

    /// The repository of an image that is not the catalogue's.
    fn outside(&self, name: &str) -> String {
        format!("{}/outside/{name}", self.catalogue.namespace)
    }

    fn publish(&self) -> Outcome {
        self.catalogue.expect(0, &["--format", "json", "build", "--publish"])
    }

    /// `name to cause` of what `--stale` would write.
    fn stale(&self) -> Vec<String> {
        let document = self.catalogue.expect(0, &["--format", "json", "update", "--stale", "--dry-run"]).json();
        assert_eq!(document["warnings"], Value::Array(Vec::new()));
        let text = |change: &Value, key: &str| change[key].as_str().unwrap().to_owned();
        document["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| ["name", "to", "cause"].map(|key| text(change, key)).join(" "))
            .collect()
    }

    fn changelog(&self, name: &str) -> String {
        fs::read_to_string(self.catalogue.root().join(name).join("changelog")).unwrap()
    }
}

#[test]
fn exactly_what_stands_on_a_moved_image_or_has_other_inputs_is_updated_and_built_again() {
    let stage = Stage::published();
    let (registry, catalogue) = (&stage.registry, &stage.catalogue);
    assert_eq!(stage.stale(), [""; 0]);
    let web = stage.changelog("web");
    let moved = push_from_outside(registry, &stage.outside("debian"), "debian with fixes");
    assert_eq!(stage.stale(), ["app 2.0-20260815 parent", "base 1.0-20260815 requested"]);
    catalogue.write("own/note", "own, changed");
    catalogue.write("base/new-file", "both reasons at once");
    assert_eq!(stage.stale(), ["app 2.0-20260815 requested", "base 1.0-20260815 requested", "own 3.0-20260815 requested"]);
    catalogue.expect(0, &["update", "--stale"]);
    let reasons = |name: &str| stage.changelog(name).lines().skip(2).take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("|");
    let base = format!(
        "   The base image {}/{}:12 has moved.|   The inputs changed since 1.0 was published.",
        registry.address,
        stage.outside("debian")
    );
    assert_eq!(reasons("base"), base);
    assert_eq!(reasons("own"), "   The inputs changed since 3.0 was published.");
    assert_eq!(stage.changelog("web"), web);

    let built = stage.publish().outcomes();
    assert_eq!(built, ["app: published", "base: published", "own: published", "web: skipped"]);
    let config = registry.config(&catalogue.repository("base"), "1.0-20260815");
    assert_eq!(config["config"]["Labels"]["org.opencontainers.image.base.digest"], moved.as_str());
    assert_eq!(catalogue.file("app", "2.0-20260815", "/release").as_deref(), Some("debian with fixes"));
    assert_eq!(stage.stale(), [""; 0]);
}

/// What an earlier stage starts from is in the image, too.
#[test]
fn the_base_image_of_an_earlier_stage_counts() {
    let stage = Stage::published();
    let [debian, alpine] = ["debian", "alpine"].map(|name| format!("{}/{}:12", stage.registry.address, stage.outside(name)));
    let template = format!("FROM {debian} AS builder\nFROM {alpine}\nCOPY --from=builder /release /built\nCMD [\"/built\"]\n");
    stage.catalogue.define("staged", "4.0", &template);
    assert!(stage.publish().outcomes().contains(&"staged: published".to_owned()));
    assert_eq!(stage.stale(), [""; 0]);
    push_from_outside(&stage.registry, &stage.outside("debian"), "debian with fixes");
    assert_eq!(stage.stale(), ["app 2.0-20260815 parent", "base 1.0-20260815 requested", "staged 4.0-20260815 requested"]);
}

/// The commit of a weekly job says why, although nobody gave a reason.
#[test]
fn the_commit_says_what_moved() {
    let mut stage = Stage::published();
    stage.catalogue.commit();
    for role in ["AUTHOR", "COMMITTER"] {
        stage.catalogue.set(&format!("GIT_{role}_NAME"), "T").set(&format!("GIT_{role}_EMAIL"), "t@example.org");
    }
    push_from_outside(&stage.registry, &stage.outside("alpine"), "alpine with fixes");
    stage.catalogue.expect(0, &["update", "--stale", "--commit"]);
    let reason = format!("The base image {}/{}:12 has moved.", stage.registry.address, stage.outside("alpine"));
    assert_eq!(stage.catalogue.git(&["log", "-1", "--format=%B"]), format!("Update web\n\n{reason}\n\nweb 1.0 -> 1.0-20260815"));
}
