//! Every case of `fixtures/structure` is answered as container-structure-test answers it.

use crate::support::catalogue::{Catalogue, docker};
use crate::support::engine::{busybox, unique, url};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/structure")
}

/// The image that the cases share, removed when dropped.
struct Image(String);

impl Image {
    fn build() -> Self {
        let context = tempfile::tempdir().unwrap();
        fs::copy(root().join("Dockerfile"), context.path().join("Dockerfile")).unwrap();
        fs::copy(busybox(), context.path().join("busybox")).unwrap();
        let name = format!("cooperage-structure-{}:1", unique());
        let mut build = Command::new("docker");
        build.args(["--host", &url(), "build", "--quiet", "--tag", &name]).arg(context.path()).env("DOCKER_BUILDKIT", "0");
        let output = build.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self(name)
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        docker(&["rmi", "--force", &self.0]);
    }
}

/// One line a test, as `expected` holds them.
fn answer(catalogue: &Catalogue, image: &Image, file: &Path) -> String {
    let mut command = catalogue.command(&["--format", "json", "test", "--image", &image.0, "--structure"]);
    let outcome = crate::support::catalogue::Outcome::of(command.arg(file).output().unwrap());
    assert!([0, 1].contains(&outcome.code), "{}: {}", file.display(), outcome.stderr);
    let document = outcome.json();
    let tested = &document["images"][0];
    assert_eq!(document["ok"], outcome.code == 0, "{document}");
    let cases = tested["cases"].as_array().unwrap().iter();
    let cases = cases.filter(|case| !case["errors"].to_string().contains("holds no test"));
    let line = |case: &serde_json::Value| {
        let word = if case["outcome"] == "passed" { "pass" } else { "fail" };
        format!("{word} {}\n", case["name"].as_str().unwrap())
    };
    let lines: String = cases.map(line).collect();
    let bad = lines.is_empty() || lines.contains("fail ");
    assert_eq!(outcome.code, i32::from(bad), "{}", file.display());
    if lines.is_empty() { "refused\n".to_owned() } else { lines }
}

#[test]
fn every_case_is_answered_as_expected() {
    let (catalogue, image) = (Catalogue::new(""), Image::build());
    let mut wrong = Vec::new();
    let mut seen = 0;
    for entry in fs::read_dir(root()).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let file = ["structure.yaml", "structure.json"].map(|name| folder.join(name)).into_iter().find(|file| file.exists()).unwrap();
        let expected = fs::read_to_string(folder.join("expected")).unwrap();
        let found = answer(&catalogue, &image, &file);
        seen += 1;
        if found != expected {
            wrong.push(format!("{}\n--- expected\n{expected}--- found\n{found}", folder.display()));
        }
    }
    assert!(seen > 60, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
