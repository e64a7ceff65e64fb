//! Images and repositories that are not as anybody would like them.

use crate::support::catalogue::{Catalogue, Outcome};
use crate::support::faults::Action;
use crate::support::layout;
use crate::support::site::Site;
use crate::{advise, found, scan_json, stage};
use cooperage::name::Digest;
use serde_json::{Value, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

const STATUS: &str = "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.2-1\n\n";
const OS: &str = "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n";

/// A catalogue without a registry, with an advisory and these further settings of scanners.
fn desk(more: &str) -> Catalogue {
    let catalogue = Catalogue::new("");
    advise(&catalogue, "CVE-2026-0001", "zlib1g", "1.3-1");
    catalogue.configure(&format!("cooperage: {{scan: warn, scanners: {{advisories: [advisories], {more}}}}}\n"));
    catalogue
}

fn image(catalogue: &Catalogue) -> String {
    format!("oci:{}:1", catalogue.work().join("layout").display())
}

/// Scans a layout with layers of these entries.
fn scanned(catalogue: &Catalogue, code: i32, layers: &[&[layout::Entry<'_>]]) -> Value {
    layout::of_entries(&catalogue.work().join("layout"), layers);
    scan_json(catalogue, code, &["--image", &image(catalogue)])["images"][0].clone()
}

fn error<'a>(image: &'a Value, scanner: &str) -> &'a str {
    let one = image["scanners"].as_array().unwrap().iter().find(|one| one["name"] == scanner).unwrap();
    one["error"].as_str().unwrap_or_else(|| panic!("{scanner} has no error: {image}"))
}

#[test]
fn what_only_links_lead_to_is_read() {
    let catalogue = desk("off: [updates, languages, capabilities]");
    let below: &[layout::Entry<'_>] = &[("data/status", '-', STATUS), ("opt/system", '-', OS)];
    for links in [
        &[("var/lib/dpkg/status", 'l', "../../../data/status"), ("etc/os-release", 'l', "/opt/system")][..],
        &[("var/lib/dpkg", 'l', "/data"), ("etc/os-release", 'l', "../opt/system")],
    ] {
        let image = scanned(&catalogue, 0, &[below, links]);
        assert_eq!(found(&image), ["vulnerabilities: CVE-2026-0001 zlib1g"], "{links:?}");
        assert_eq!((&image["packages"], &image["os"]["id"]), (&json!({"deb": 1}), &json!("debian")), "{links:?}");
    }
    let hard: &[layout::Entry<'_>] = &[("var/lib/dpkg/status", 'h', "data/status"), ("etc/os-release", 'h', "opt/system")];
    let image = scanned(&catalogue, 0, &[&[below, hard].concat()]);
    assert_eq!((found(&image).len(), &image["os"]["version"]), (1, &json!("12")));
}

#[test]
fn what_only_links_lead_to_is_read_from_an_engine() {
    let (_registry, catalogue) = stage();
    let steps = "COPY status /data/status\nCOPY system /opt/system\n\
                 RUN mkdir -p /var/lib /etc && ln -s ../../data /var/lib/dpkg && ln -s /opt/system /etc/os-release\n";
    catalogue.write("app/status", STATUS).write("app/system", OS).busybox("app", "1.0", steps);
    catalogue.expect(0, &["build", "--no-publish"]);
    for _ in 0..2 {
        let image = &scan_json(&catalogue, 0, &["--image", &catalogue.reference("app", "1.0")])["images"][0];
        assert_eq!((found(image).len(), &image["os"]["id"]), (1, &json!("debian")), "{image}");
    }
}

#[test]
fn a_database_that_is_too_large_is_an_error_and_the_other_scanners_go_on() {
    let catalogue = desk("off: [updates, languages]");
    let image = scanned(&catalogue, 1, &[&[("var/lib/dpkg/status", '0', "70000000"), ("etc/os-release", '-', OS)]]);
    assert!(error(&image, "inventory").contains("/var/lib/dpkg/status: it has more than"), "{image}");
    assert!(found(&image).iter().any(|one| one.starts_with("capabilities: root-user")), "{image}");
}

#[test]
fn names_without_end_are_an_error_of_that_image() {
    let catalogue = desk("off: [updates, languages]");
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(0);
    tar.append_data(&mut header, "x".repeat(1 << 19), std::io::empty()).unwrap();
    let long = tar.into_inner().unwrap();
    layout::layout(&catalogue.work().join("layout"), &[(&long, Digest::of(&long))]);
    let document = scan_json(&catalogue, 1, &["--image", &image(&catalogue)]);
    let error = document["images"][0]["error"].as_str().unwrap();
    assert!(error.contains("longer than 4096 bytes") && error.len() < 500, "{error}");
}

#[test]
fn a_layer_of_a_gigabyte_keeps_memory_flat() {
    let catalogue = desk("off: [updates, languages]");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut plain = Hashing { to: &mut packed, hasher: sha2::Sha256::default() };
    let head = layout::entry(tar::EntryType::Regular, "zeros", 1 << 30);
    plain.write_all(head.as_bytes()).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(1 << 30), &mut plain).unwrap();
    plain.write_all(&[0; 1024]).unwrap();
    let digest = Digest::from_hasher(plain.hasher);
    layout::layout(&catalogue.work().join("layout"), &[(&packed.finish().unwrap(), digest)]);
    let mut command = catalogue.command(&["scan", "--image", &image(&catalogue), "--format", "json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (status, mut most) = (format!("/proc/{}/status", child.id()), 0);
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        most = most.max(peak.unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    }
    let outcome = Outcome::of(child.wait_with_output().unwrap());
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(outcome.json()["images"][0]["error"], Value::Null);
    assert!(most > 0 && most < 200 << 10, "{most} KiB");
}

/// Hashes what passes.
struct Hashing<W> {
    to: W,
    hasher: sha2::Sha256,
}

impl<W: std::io::Write> std::io::Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        sha2::Digest::update(&mut self.hasher, bytes);
        self.to.write_all(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

#[test]
fn a_repository_in_trouble_takes_nobody_s_results_with_it() {
    let release = format!("Suite: stable\nCodename: stable\nSHA256:\n {} 12 main/binary-amd64/Packages\n", "0".repeat(64));
    let site = Site::start();
    let sources = format!("deb {} stable main\n", site.url("debian"));
    let layer: &[layout::Entry<'_>] =
        &[("var/lib/dpkg/status", '-', STATUS), ("etc/os-release", '-', OS), ("etc/apt/sources.list", '-', &sources)];
    let told = |limit: &str, said: &str| {
        let catalogue = desk(&format!("off: [languages, capabilities], private: [127.0.0.1], timeout: {limit}"));
        let image = scanned(&catalogue, 1, &[layer]);
        assert_eq!(found(&image), ["vulnerabilities: CVE-2026-0001 zlib1g"], "{said}");
        let error = error(&image, "updates");
        assert!(error.contains(&site.faults.address) && error.contains(said), "{said}: {error}");
        site.faults.clear();
    };
    told("5m", "is not there (404)");
    site.faults.on("GET", "Release", Action::Close);
    told("5m", "cannot be read");
    site.faults.on("GET", "Release", Action::Delay(Duration::from_secs(3600)));
    told("20s", "did not answer in time");
    site.put("debian/dists/stable/Release", &release);
    site.faults.on("GET", "Packages", Action::Slow(1, Duration::from_secs(3600)));
    site.put("debian/dists/stable/main/binary-amd64/Packages", "Package: x\n\n");
    told("20s", "did not answer in time");
    told("5m", "should be sha256:0000");
}
