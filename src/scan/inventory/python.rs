//! Python's packages: `*.dist-info/METADATA`, `*.egg-info/PKG-INFO` and `*.egg-info` files.
//!
//! Source: the Python packaging guide, "Core metadata specifications" and "Recording installed projects".

use super::cataloguer::{Cataloguer, Evidence, Reading, alone, package};
use crate::scan::paragraphs::paragraphs;
use crate::scan::{Package, PackageKind};

pub(super) const CATALOGUER: Cataloguer = Cataloguer { kind: PackageKind::Pypi, wants, beside: alone, database: false, read };

fn wants(path: &str) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    let ends = |text: &str, end: &str| text.to_ascii_lowercase().ends_with(end);
    match name {
        "METADATA" => ends(folder, ".dist-info"),
        "PKG-INFO" => ends(folder, ".egg-info") || ends(folder, "/egg-info"),
        name => ends(name, ".egg-info"),
    }
}

fn read(evidence: &Evidence<'_>) -> Reading {
    Reading::of_text(evidence, |text, reading| match described(text, evidence.path) {
        Ok(package) => reading.packages.push(package),
        Err(error) => reading.trouble(evidence, error),
    })
}

/// The package that metadata describes.
pub(super) fn described(text: &str, location: &str) -> Result<Package, &'static str> {
    let head = paragraphs(text).next().ok_or("there is no metadata in it")?;
    let filled = |name| head.get(name).filter(|value: &&str| !value.is_empty() && *value != "UNKNOWN");
    let (Some(name), Some(version)) = (filled("Name"), filled("Version")) else { return Err("it says no Name or no Version") };
    let mut package = package(PackageKind::Pypi, name, version, location);
    // A license that goes on is the text of one, not its name.
    let short = filled("License").filter(|_| head.further("License").is_empty());
    package.licenses.extend(filled("License-Expression").or(short).map(str::to_owned));
    if package.licenses.is_empty() {
        let classified = head.all("Classifier").filter(|text| text.starts_with("License ::"));
        package.licenses.extend(classified.filter_map(|text| text.rsplit(" :: ").next()).map(str::to_owned));
    }
    Ok(package)
}
