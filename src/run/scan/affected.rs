//! Which images a vulnerability or a package is in, said from what was kept of them: no image is read.

use super::examined::Examined;
use super::image::Scanning;
use super::kept::KeptImage;
use crate::finding::Finding;
use crate::scan::{Contents, ImageConfig, Inventory, Package};
use serde::Serialize;
use std::sync::Arc;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suspect {
    /// A vulnerability, by the id of an advisory or another name of it.
    Advisory(String),
    /// A package, by its name or that of its source package; with a type before it where that was said (`pypi/requests`).
    Package(String),
}

/// An image that is touched.
#[derive(Clone, Debug, Serialize)]
pub struct Touched {
    /// The definition, where it is one's.
    pub name: Option<String>,
    /// The image.
    pub reference: String,
    /// The digest of its inventory.
    pub inventory: String,
    /// The packages, for a package.
    pub packages: Vec<TouchedPackage>,
    /// The findings, for a vulnerability.
    pub findings: Vec<Finding>,
}

/// A package that was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TouchedPackage {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What is known of the images.
#[derive(Clone, Debug, Default)]
pub struct Affected {
    /// Those that are touched.
    pub images: Vec<Touched>,
    /// Those of which nothing is kept.
    pub unknown: Vec<String>,
    /// Why the answer may be incomplete.
    pub errors: Vec<String>,
}

impl Suspect {
    /// What somebody wrote: ids of advisories begin with capitals and a dash (`CVE-2026-1`), names of packages do not.
    pub fn parse(text: &str) -> Self {
        let prefix = text.split_once('-').map_or("", |(prefix, _)| prefix);
        let is_id = prefix.len() >= 2 && prefix.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_id { Self::Advisory(text.to_owned()) } else { Self::Package(text.to_owned()) }
    }
}

/// Looks through what is kept of the images.
pub async fn affected(scanning: &Scanning, suspect: &Suspect, images: &[KeptImage]) -> Affected {
    let mut affected = Affected::default();
    for image in images {
        let Some(inventory) = scanning.kept.as_ref().and_then(|kept| kept.inventory(&image.inventory)) else {
            affected.unknown.push(image.reference.clone());
            continue;
        };
        let mut touched = Touched {
            name: image.name.clone(),
            reference: image.reference.clone(),
            inventory: image.inventory.clone(),
            packages: Vec::new(),
            findings: Vec::new(),
        };
        match suspect {
            Suspect::Package(name) => touched.packages = packages(&inventory, name),
            Suspect::Advisory(id) => touched.findings = findings(scanning, image, inventory, id, &mut affected.errors).await,
        }
        if !touched.packages.is_empty() || !touched.findings.is_empty() {
            affected.images.push(touched);
        }
    }
    affected
}

fn packages(inventory: &Inventory, wanted: &str) -> Vec<TouchedPackage> {
    let is = |package: &&Package, name: &str| package.name == name || package.source.as_ref().is_some_and(|source| source.name == name);
    let typed = wanted.split_once('/');
    let matches =
        |package: &&Package| is(package, wanted) || typed.is_some_and(|(kind, name)| package.kind.as_str() == kind && is(package, name));
    let told =
        |package: &Package| TouchedPackage { kind: package.kind.as_str(), name: package.name.clone(), version: package.version.clone() };
    inventory.packages.iter().filter(matches).map(told).collect()
}

async fn findings(scanning: &Scanning, image: &KeptImage, inventory: Inventory, id: &str, errors: &mut Vec<String>) -> Vec<Finding> {
    let examined = Arc::new(Examined {
        reference: image.reference.clone(),
        name: image.name.clone(),
        contents: Contents::default(),
        inventory,
        config: ImageConfig::default(),
        settings: scanning.settings.clone(),
        fetcher: scanning.fetcher.clone(),
        now: scanning.now,
    });
    let found = examined.look("vulnerabilities", None).await;
    errors.extend(found.errors.into_iter().filter(|error| !errors.contains(error)).collect::<Vec<_>>());
    found.findings.into_iter().filter(|finding| is_about(finding, id)).collect()
}

/// By its id, or by another name of it in the message.
fn is_about(finding: &Finding, id: &str) -> bool {
    let word = |text: &str| text.split(|c: char| !(c.is_ascii_alphanumeric() || "-:_".contains(c))).any(|word| word == id);
    finding.id == id || word(&finding.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::{PackageKind, Source};

    fn package(kind: PackageKind, name: &str, source: &str) -> Package {
        let source = Some(Source { name: source.into(), version: "1".into() });
        let (name, version) = (name.to_owned(), "1".to_owned());
        Package { kind, name, version, arch: None, source, licenses: Vec::new(), location: String::new(), layer: 0 }
    }

    #[test]
    fn ids_of_advisories_are_told_from_names_of_packages() {
        for text in ["CVE-2026-1", "GHSA-abcd-efgh-ijkl", "RUSTSEC-2026-0001"] {
            assert_eq!(Suspect::parse(text), Suspect::Advisory(text.to_owned()));
        }
        for text in ["openssl", "libssl-dev", "pypi/requests", "RedCloth", "x-Y", "org.example:a-b"] {
            assert_eq!(Suspect::parse(text), Suspect::Package(text.to_owned()));
        }
    }

    #[test]
    fn packages_are_found_by_name_source_and_type() {
        let list = vec![package(PackageKind::Deb, "libssl3", "openssl"), package(PackageKind::Npm, "@a/b", "x")];
        let inventory = Inventory { packages: list, ..Inventory::default() };
        let found = |wanted: &str| packages(&inventory, wanted).into_iter().map(|package| package.name).collect::<Vec<_>>();
        assert_eq!(found("openssl"), ["libssl3"]);
        assert_eq!(found("deb/libssl3"), ["libssl3"]);
        assert_eq!(found("@a/b"), ["@a/b"]);
        assert!(found("pypi/openssl").is_empty() && found("ssl").is_empty());
    }
}
