//! Publishing to destinations: real registries, a real engine, layouts on disk, and everything that goes wrong between.

#[path = "publish/copies.rs"]
mod copies;
#[path = "publish/existing.rs"]
mod existing;
#[path = "publish/journal.rs"]
mod journal;
#[path = "publish/moves.rs"]
mod moves;
#[path = "publish/records.rs"]
mod records;
#[path = "publish/staging.rs"]
mod staging;
mod support;

use support::catalogue::{Catalogue, Outcome};
use support::faults::Faults;
use support::registry::{Registry, RegistryKind};

/// A registry behind a server that misbehaves on request, and a catalogue that is published there.
fn stage() -> (Registry, Faults, Catalogue) {
    let registry = Registry::start(RegistryKind::Plain);
    let faults = Faults::in_front_of(&registry);
    let catalogue = Catalogue::new(&faults.address);
    (registry, faults, catalogue)
}

/// A destination with one repository an image.
fn own(name: &str, host: &str, namespace: &str) -> String {
    format!("    - name: {name}\n      to: {host}/{namespace}/{{{{ name }}}}\n")
}

/// A destination with one repository for everything, `namespace_name_tag`.
fn shared(name: &str, host: &str, namespace: &str) -> String {
    format!(
        "    - name: {name}\n      to: {host}/{namespace}/all\n      tags: [\"{{{{ namespace }}}}_{{{{ name }}}}_{{{{ tag }}}}\", \"{{{{ namespace }}}}_{{{{ name }}}}_latest\"]\n"
    )
}

/// An OCI layout.
fn layout(name: &str, folder: &str) -> String {
    format!("    - name: {name}\n      to: oci:{folder}\n      tags: [\"{{{{ name }}}}-{{{{ tag }}}}\", \"{{{{ name }}}}-latest\"]\n")
}

/// Publishes to these from now on.
fn publish_to(catalogue: &Catalogue, destinations: &[String], more: &str) {
    catalogue.configure(&format!("cooperage:\n{more}  publish:\n{}", destinations.concat()));
}

/// A build with events on stdout.
fn build(catalogue: &Catalogue, code: i32, more: &[&str]) -> Outcome {
    catalogue.expect(code, &[&["--format", "json", "build"], more].concat())
}

/// `publish` with events on stdout.
fn publish(catalogue: &Catalogue, code: i32, more: &[&str]) -> Outcome {
    catalogue.expect(code, &[&["--format", "json", "publish"], more].concat())
}

/// The repository that all images share.
fn all(catalogue: &Catalogue) -> String {
    catalogue.repository("all")
}

/// The shared name of an image.
fn joined(catalogue: &Catalogue, name: &str, tag: &str) -> String {
    format!("{}_{name}_{tag}", catalogue.namespace)
}
