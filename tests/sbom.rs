//! `sbom`: documents of images in layouts, and what is attached to them.

mod support;

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use support::catalogue::{Catalogue, Outcome, read_json};
use support::layout::of_files;

/// A layout with one image under the tag 1.0: a status file of dpkg in one layer, a package of Node in the other.
fn layout(folder: &Path) -> PathBuf {
    let status = b"Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2-1\n";
    let node = b"{\"name\":\"app\",\"version\":\"1.0.0\",\"license\":\"MIT\"}";
    let layers = [of_files(&[(b"var/lib/dpkg/status", 0o644, status)]), of_files(&[(b"app/package.json", 0o644, node)])];
    support::layout::with_config(folder, &layers, &json!({})).0
}

fn sbom(catalogue: &Catalogue, args: &[&str]) -> Outcome {
    Outcome::of(catalogue.command(&[&["sbom"], args].concat()).output().unwrap())
}

#[test]
fn an_image_is_told_with_the_layer_of_each_package_and_always_in_the_same_bytes() {
    let catalogue = Catalogue::new("");
    let image = format!("oci:{}:1.0", layout(&catalogue.work()).display());
    let list = sbom(&catalogue, &["--as", "packages", &image]);
    assert_eq!(list.code, 0, "{}", list.stderr);
    let purls: Vec<_> = list.json().as_array().unwrap().iter().map(|one| one["purl"].as_str().unwrap().to_owned()).collect();
    assert_eq!(purls, ["pkg:deb/debian/bash@5.2-1?arch=amd64", "pkg:npm/app@1.0.0"]);
    assert_ne!(list.json()[0]["layer"], list.json()[1]["layer"]);
    for form in ["spdx", "cyclonedx"] {
        let (one, other) = (sbom(&catalogue, &["--as", form, &image]), sbom(&catalogue, &["--as", form, &image]));
        assert_eq!((one.code, &one.stdout), (0, &other.stdout), "{form}");
        assert!(one.stdout.contains("2024-05-06T07:08:09Z"), "{form}");
    }
    let at = |epoch: &str| {
        let mut command = catalogue.command(&["sbom", "--as", "spdx", &image]);
        Outcome::of(command.env("SOURCE_DATE_EPOCH", epoch).output().unwrap())
    };
    assert!(at("0").stdout.contains("1970-01-01T00:00:00Z"));
    assert_eq!(at("soon").code, 2);
}

#[test]
fn a_document_is_attached_once_for_each_form() {
    let catalogue = Catalogue::new("");
    let layout = layout(&catalogue.work());
    let image = format!("oci:{}:1.0", layout.display());
    for form in ["spdx", "cyclonedx", "spdx"] {
        let sent = sbom(&catalogue, &["--as", form, "--attach", &image]);
        assert_eq!(sent.code, 0, "{}", sent.stderr);
        assert!(sent.stdout.contains("under the tag sha256-"), "{}", sent.stdout);
    }
    let index = read_json(&layout.join("index.json"));
    let named =
        |entry: &&Value| entry["annotations"]["org.opencontainers.image.ref.name"].as_str().is_some_and(|tag| tag.starts_with("sha256-"));
    let tagged: Vec<&Value> = index["manifests"].as_array().unwrap().iter().filter(named).collect();
    assert_eq!(tagged.len(), 1, "{index}");
    let open = |entry: &Value| {
        let hex = entry["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap().to_owned();
        read_json(&layout.join("blobs/sha256").join(hex))
    };
    let referrers = open(tagged[0]);
    let kinds: Vec<_> = referrers["manifests"].as_array().unwrap().iter().map(|one| one["artifactType"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["application/vnd.cyclonedx+json", "application/spdx+json"]);
    let manifest = open(&referrers["manifests"][1]);
    assert_eq!(open(&manifest["layers"][0])["spdxVersion"], "SPDX-2.3");
    assert_eq!(
        manifest["subject"]["digest"].as_str().unwrap().replace(':', "-"),
        tagged[0]["annotations"]["org.opencontainers.image.ref.name"]
    );
    assert_eq!(sbom(&catalogue, &["--as", "packages", "--attach", &image]).code, 2);
}
