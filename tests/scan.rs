//! `scan`, and the scan as a gate of `build`, on a real engine and a real registry, seen as a user sees them.

#[path = "scan/command.rs"]
mod command;
#[path = "scan/debian.rs"]
mod debian;
#[path = "scan/gate.rs"]
mod gate;
#[path = "scan/hostile.rs"]
mod hostile;
#[path = "scan/rootfs.rs"]
mod rootfs;
#[path = "scan/trouble.rs"]
mod trouble;
mod support;

use serde_json::{Value, json};
use support::catalogue::{Catalogue, Outcome};
use support::registry::{Registry, RegistryKind};

/// An open registry, and an empty catalogue that knows one advisory: zlib1g is to be 1.3-1.
fn stage() -> (Registry, Catalogue) {
    let registry = Registry::start(RegistryKind::Plain);
    let catalogue = Catalogue::new(&registry.address);
    advise(&catalogue, "CVE-2026-0001", "zlib1g", "1.3-1");
    catalogue.configure(&configuration("warn"));
    (registry, catalogue)
}

fn configuration(policy: &str) -> String {
    format!("cooperage: {{scan: {policy}, scanners: {{advisories: [advisories], off: [updates, languages, capabilities]}}}}\n")
}

/// Writes an advisory in the OSV form.
fn advise(catalogue: &Catalogue, id: &str, package: &str, fixed: &str) {
    let folder = catalogue.work().join("advisories");
    std::fs::create_dir_all(&folder).unwrap();
    let advisory = json!({
        "id": id,
        "modified": "2026-01-01T00:00:00Z",
        "summary": "It reads what is not there.",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [{
            "package": {"ecosystem": "Debian:12", "name": package},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
        }],
    });
    std::fs::write(folder.join(format!("{id}.json")), advisory.to_string()).unwrap();
}

/// A definition that is nothing but Debian's list of packages, with one of this name and version.
fn packaged(catalogue: &Catalogue, name: &str, version: &str, (package, installed): (&str, &str)) {
    let entry = format!("Package: {package}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {installed}\n\n");
    catalogue.write(&format!("{name}/status"), entry);
    catalogue.write(&format!("{name}/os-release"), "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n");
    let template = "FROM scratch\nCOPY status /var/lib/dpkg/status\nCOPY os-release /etc/os-release\nUSER 1000\nCMD [\"/none\"]\n";
    catalogue.define(name, version, template);
}

/// `scanner: id package` of everything that was found in an image of the document.
fn found(image: &Value) -> Vec<String> {
    let scanners = image["scanners"].as_array().unwrap();
    let all = scanners.iter().flat_map(|one| one["findings"].as_array().unwrap().iter().map(move |finding| (&one["name"], finding)));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all.map(|(name, finding)| format!("{}: {} {}", text(name), text(&finding["id"]), text(&finding["package"]))).collect()
}

/// Runs `scan` without DIRECTORY and expects this exit code.
fn scan(catalogue: &Catalogue, code: i32, args: &[&str]) -> Outcome {
    let outcome = Outcome::of(catalogue.command(&[&["scan"], args].concat()).output().unwrap());
    assert_eq!(outcome.code, code, "scan {args:?}\n--- stdout\n{}\n--- stderr\n{}", outcome.stdout, outcome.stderr);
    outcome
}

fn scan_json(catalogue: &Catalogue, code: i32, args: &[&str]) -> Value {
    scan(catalogue, code, &[args, &["--format", "json"]].concat()).json()
}
