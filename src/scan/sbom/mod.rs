//! An inventory as a document: SPDX, CycloneDX, or a bare list of packages.
//!
//! The same image always gives the same bytes: nothing in them is drawn by chance or taken from the clock.

mod cyclonedx;
mod license;
mod purl;
mod spdx;

#[cfg(test)]
mod tests;

use super::{Inventory, Package};
use crate::name::{Digest, Reference};
use jiff::Timestamp;
pub use purl::purl;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What forms there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// SPDX 2.3 as JSON.
    Spdx,
    /// CycloneDX 1.6 as JSON.
    CycloneDx,
    /// A list of packages.
    Packages,
}

impl Form {
    /// What a registry calls it, and what it is in HTTP.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Spdx => "application/spdx+json",
            Self::CycloneDx => "application/vnd.cyclonedx+json",
            Self::Packages => "application/json",
        }
    }
}

/// What a document is about.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a> {
    /// How people name the image.
    pub reference: &'a str,
    /// The digest of its config.
    pub id: &'a Digest,
    /// Of its manifest, where it stands in a registry.
    pub manifest: Option<&'a Digest>,
    /// Of its layers' plain tars, from the lowest.
    pub layers: &'a [Digest],
    /// Its packages.
    pub inventory: &'a Inventory,
    /// The time that the document tells as its own.
    pub created: Timestamp,
}

/// A package in the bare list.
#[derive(Serialize)]
struct Row<'a> {
    r#type: &'static str,
    name: &'a str,
    version: &'a str,
    arch: Option<&'a str>,
    purl: String,
    layer: Option<&'a Digest>,
}

/// The document, with a line end.
pub fn document(form: Form, described: &Described<'_>) -> String {
    let document = match form {
        Form::Spdx => spdx::document(described),
        Form::CycloneDx => cyclonedx::document(described),
        Form::Packages => rows(described),
    };
    format!("{document:#}\n")
}

fn rows(described: &Described<'_>) -> Value {
    let row = |package: &Package| {
        let Package { kind, name, version, arch, .. } = package;
        let (arch, layer) = (arch.as_deref(), described.layer(package));
        json!(Row { r#type: kind.as_str(), name, version, arch, purl: purl(package, &described.inventory.os), layer })
    };
    described.inventory.packages.iter().map(row).collect()
}

impl<'a> Described<'a> {
    fn layer(&self, package: &Package) -> Option<&'a Digest> {
        self.layers.get(package.layer)
    }

    /// The image's manifest, else its config.
    fn digest(&self) -> &'a Digest {
        self.manifest.unwrap_or(self.id)
    }

    /// The image as a package URL, where it is known by a manifest.
    fn purl(&self) -> Option<String> {
        let reference = Reference::parse(self.reference).ok()?;
        Some(purl::image(&reference, self.manifest?))
    }

    /// A name of its own for a package of this document.
    fn identity(&self, package: &Package) -> String {
        let Package { kind, name, version, arch, location, layer, .. } = package;
        let whole = json!([kind, name, version, arch, location, layer]).to_string();
        self::hex(&Sha256::digest(whole.as_bytes())[..8])
    }

    /// A UUID that this image alone has, in this form of document. Source: RFC 9562, "UUID Version 8".
    fn uuid(&self, form: &str) -> String {
        let mut bytes = Sha256::digest(format!("cooperage {form} {} {}", self.id, self.created).as_bytes())[..16].to_vec();
        bytes[6] = (bytes[6] & 0x0f) | 0x80;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let text = hex(&bytes);
        format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // Writing to a String cannot fail.
        text
    })
}
