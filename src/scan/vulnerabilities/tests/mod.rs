//! Vulnerabilities: advisory sets written for the tests, in folders, zip files and behind a server on loopback.

mod cvss;
mod hostile;
mod matches;
mod programs;
mod ranges;

use super::{Advisories, scan};
use crate::config::ScannerSettings;
use crate::fetch::Fetcher;
use crate::finding::Finding;
use crate::registry::RegistryOptions;
use crate::scan::{Found, Insides, Inventory, Os, Package, PackageKind, Source, Subject};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

/// An image with packages; nothing else of it matters here.
struct Image {
    inside: Insides,
    settings: ScannerSettings,
}

impl Image {
    fn new(id: &str, version: &str, packages: Vec<Package>) -> Self {
        let os = Os { id: id.into(), version: version.into(), ..Os::default() };
        let inventory = Inventory { os, packages, troubles: Vec::new() };
        Self { inside: Insides { inventory, ..Insides::default() }, settings: ScannerSettings::default() }
    }

    fn subject(&self) -> Subject<'_> {
        self.inside.subject("r.example.org/app:1", Some("app"), &self.settings, jiff::Timestamp::UNIX_EPOCH)
    }

    async fn scan(&self, places: &[&Path]) -> Found {
        let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        scan(&self.subject(), &Advisories::new(&places, None, fetcher())).await
    }

    /// Scans with these advisories in a folder.
    async fn with(&self, advisories: &[&str]) -> Found {
        let folder = tempfile::tempdir().unwrap();
        for (at, advisory) in advisories.iter().enumerate() {
            std::fs::write(folder.path().join(format!("{at}.json")), advisory).unwrap();
        }
        self.scan(&[folder.path()]).await
    }
}

fn fetcher() -> Arc<Fetcher> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Arc::new(Fetcher::new(RegistryOptions::default(), None).unwrap())
}

fn package(kind: PackageKind, name: &str, version: &str) -> Package {
    let (arch, source, licenses) = (None, None, Vec::new());
    Package { kind, name: name.into(), version: version.into(), arch, source, licenses, location: "/db".into(), layer: 0 }
}

fn built_from(name: &str, version: &str, of: Package) -> Package {
    Package { source: Some(Source { name: name.into(), version: version.into() }), ..of }
}

/// An advisory about one package, fixed in a version.
fn advisory(id: &str, ecosystem: &str, name: &str, fixed: &str, more: &str) -> String {
    let range = format!(r#"{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]}}"#);
    format!(
        r#"{{"schema_version":"1.6.0","id":"{id}","modified":"2026-01-01T00:00:00Z",{more}
        "affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"{name}"}},"ranges":[{range}]}}]}}"#
    )
}

/// `ID PACKAGE SEVERITY FIXED`, a line each.
fn told(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let affected = finding.affected.as_ref().unwrap();
        format!("{} {} {} {}", finding.id, affected.package, finding.severity.as_str(), affected.fixed.as_deref().unwrap_or("-"))
    };
    findings.iter().map(line).collect()
}

/// A zip file; each entry has a name and bytes, and the size that its list tells, when that is to be a lie.
fn zip(entries: &[(&str, &[u8], Option<u32>)]) -> Vec<u8> {
    let (mut file, mut list) = (Vec::new(), Vec::new());
    for (name, bytes, lie) in entries {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        let packed = encoder.finish().unwrap();
        let size = lie.unwrap_or(bytes.len() as u32);
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let mut middle = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        middle.extend(crc.sum().to_le_bytes());
        middle.extend((packed.len() as u32).to_le_bytes());
        middle.extend(size.to_le_bytes());
        middle.extend((name.len() as u16).to_le_bytes());
        middle.extend([0, 0]);
        list.extend(b"PK\x01\x02\x14\x00");
        list.extend(&middle);
        list.extend([0; 10]);
        list.extend((file.len() as u32).to_le_bytes());
        list.extend(name.as_bytes());
        file.extend(b"PK\x03\x04");
        file.extend(&middle);
        file.extend(name.as_bytes());
        file.extend(packed);
    }
    let start = file.len() as u32;
    file.extend(&list);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend((entries.len() as u16).to_le_bytes());
    file.extend((entries.len() as u16).to_le_bytes());
    file.extend((list.len() as u32).to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0, 0]);
    file
}
