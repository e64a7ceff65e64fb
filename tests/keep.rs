//! What registries hold of a catalogue and what goes: real registries, one that misbehaves, and skopeo as the witness.

#[path = "keep/attached.rs"]
mod attached;
#[path = "keep/gc.rs"]
mod gc;
#[path = "keep/refusals.rs"]
mod refusals;
#[path = "keep/stamps.rs"]
mod stamps;
mod support;
#[path = "keep/views.rs"]
mod views;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::catalogue::{Catalogue, Outcome, read_json};
use support::faults::{Action, Faults};
use support::registry::image::{INDEX_TYPE, MANIFEST_TYPE, TinyImage, index_of, put_manifest};
use support::registry::{Registry, RegistryKind};

/// More than the month that tags stay, in seconds.
const LONG: i64 = 40 * 86_400;

/// A catalogue with `tool` 1.0, 1.1 and 2.0 in its changelog, and a registry that has them all and `latest`.
struct Shop {
    registry: Registry,
    catalogue: Catalogue,
}

impl Shop {
    fn open() -> Self {
        let registry = Registry::start(RegistryKind::Plain);
        let catalogue = Catalogue::new(&registry.address);
        catalogue.define("tool", "1.0", "FROM scratch\n").release("tool", "1.1").release("tool", "2.0");
        let shop = Self { registry, catalogue };
        for tag in ["1.0", "1.1", "2.0"] {
            shop.put("tool", tag, tag);
        }
        shop.put("tool", "latest", "2.0");
        shop
    }

    /// Puts an image that is made of a text.
    fn put(&self, name: &str, tag: &str, text: &str) -> TinyImage {
        self.put_labelled(name, tag, text, &[])
    }

    fn put_labelled(&self, name: &str, tag: &str, text: &str, labels: &[(&str, &str)]) -> TinyImage {
        let image = TinyImage::with_labels(text, labels);
        image.put(&self.registry.address, None, &self.catalogue.repository(name), tag);
        image
    }

    /// What another tool reads under a tag of `tool`.
    fn raw(&self, tag: &str) -> Value {
        let reference = format!("docker://{}", self.catalogue.reference("tool", tag));
        skopeo(&["inspect", "--raw", "--tls-verify=false", &reference]).unwrap()
    }

    /// The references that `registry list` tells.
    fn listed(&self) -> Vec<String> {
        let document = self.catalogue.expect(0, &["--format", "json", "registry", "list"]).json();
        document["tags"].as_array().unwrap().iter().map(|row| row["reference"].as_str().unwrap().to_owned()).collect()
    }

    fn tags(&self, name: &str) -> Vec<String> {
        self.registry.tags(&self.catalogue.repository(name))
    }

    /// Where the tests keep the record of gc.
    fn state(&self) -> PathBuf {
        self.catalogue.work().join("gc.json")
    }

    fn run(&self, code: i32, more: &[&str]) -> Outcome {
        let state = self.state();
        self.catalogue.expect(code, &[&["--format", "json", "registry", "gc", "--state", state.to_str().unwrap()], more].concat())
    }

    /// `tag: action code` of every tag, sorted by tag.
    fn gc(&self, code: i32, more: &[&str]) -> Vec<String> {
        verdicts(&self.run(code, more))
    }

    /// Lets time pass: everything was seen, and marked, so many seconds earlier.
    fn wait(&self, seconds: i64) {
        age(&self.state(), seconds);
    }
}

fn verdicts(outcome: &Outcome) -> Vec<String> {
    let document = outcome.json();
    let told = |row: &Value| {
        let reference = row["reference"].as_str().unwrap();
        let tag = reference.rsplit(['/']).next().unwrap();
        format!("{tag}: {} {}", row["action"].as_str().unwrap(), row["reason"]["code"].as_str().unwrap())
    };
    let mut found: Vec<String> = document["tags"].as_array().unwrap().iter().map(told).collect();
    found.sort();
    found
}

fn age(state: &Path, seconds: i64) {
    let mut record = read_json(state);
    for tags in record["tags"].as_object_mut().unwrap().values_mut() {
        for seen in tags.as_object_mut().unwrap().values_mut() {
            for key in ["first", "marked"] {
                if let Some(at) = seen.get(key).and_then(Value::as_i64) {
                    seen[key] = (at - seconds).into();
                }
            }
        }
    }
    std::fs::write(state, record.to_string()).unwrap();
}

/// What skopeo says of a reference; none where it is not there.
fn skopeo(args: &[&str]) -> Option<Value> {
    let output = Command::new("skopeo").args(args).output().expect("skopeo is needed (apt install skopeo)");
    output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap())
}
