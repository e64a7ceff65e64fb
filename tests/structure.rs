//! Structure tests on a real engine, seen as a user sees them.

#[path = "structure/agreement.rs"]
mod agreement;
#[path = "structure/calls.rs"]
mod calls;
#[path = "structure/cages.rs"]
mod cages;
#[path = "structure/health.rs"]
mod health;
#[path = "structure/lost.rs"]
mod lost;
mod support;

use serde_json::Value;
use support::catalogue::{Catalogue, Outcome, docker};
use support::engine::unique;

/// A catalogue with one built image, `tool`, made of busybox and `more`.
fn built(more: &str) -> Catalogue {
    let catalogue = Catalogue::new("");
    // An image of its own: containers are counted by it.
    catalogue.busybox("tool", "1.0", &format!("{more}LABEL test={}\n", unique()));
    catalogue.expect(0, &["build"]);
    catalogue
}

/// Tests the image with this file beside its template.
fn test(catalogue: &Catalogue, code: i32, yaml: &str) -> Outcome {
    catalogue.write("tool/structure.yaml", format!("schemaVersion: 2.0.0\n{yaml}\n"));
    catalogue.expect(code, &["--format", "json", "test"])
}

/// The cases of the only image.
fn cases(outcome: &Outcome) -> Vec<Value> {
    outcome.json()["images"][0]["cases"].as_array().unwrap().clone()
}

/// Everything that a case says.
fn errors(case: &Value) -> String {
    case["errors"].as_array().unwrap().iter().map(|error| error.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Containers of tests in the shared engine that were made of this catalogue's image.
fn containers(catalogue: &Catalogue) -> String {
    let image = catalogue.image_id("tool", "1.0").unwrap();
    docker(&["ps", "--all", "--quiet", "--filter", &format!("ancestor={image}")])
}
