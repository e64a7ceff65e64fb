//! Which images a vulnerability or a package is in, said from what was kept of them: no image is read.

use super::image::Scanning;
use super::kept::KeptImage;
use crate::finding::Finding;
use crate::scan::Insides;
use crate::scan::vulnerabilities;
use serde::Serialize;

/// An image that is touched.
#[derive(Clone, Debug, Serialize)]
pub struct Touched {
    /// The definition, where it is one's.
    pub name: Option<String>,
    /// The image.
    pub reference: String,
    /// The digest of its inventory.
    pub inventory: String,
    /// The vulnerability in each of its packages, or that the package is installed.
    pub findings: Vec<Finding>,
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

/// Whether a text is the id of an advisory: those begin with capitals and a dash (`CVE-2026-1`), names of packages do not.
pub fn is_advisory(text: &str) -> bool {
    let prefix = text.split_once('-').map_or("", |(prefix, _)| prefix);
    prefix.len() >= 2 && prefix.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Looks through what is kept of the images for an advisory's id or the name of a package.
pub async fn affected(scanning: &Scanning, wanted: &str, images: &[KeptImage]) -> Affected {
    let mut affected = Affected::default();
    for image in images {
        let Some(inventory) = scanning.kept.as_ref().and_then(|kept| kept.inventory(&image.inventory)) else {
            affected.unknown.push(image.reference.clone());
            continue;
        };
        let inside = Insides { inventory, ..Insides::default() };
        let subject = inside.subject(&image.reference, image.name.as_deref(), &scanning.tools.settings, scanning.tools.now);
        let found = vulnerabilities::affected(&scanning.tools.advisories, wanted, &subject).await;
        let new: Vec<String> = found.errors.into_iter().filter(|error| !affected.errors.contains(error)).collect();
        affected.errors.extend(new);
        if !found.findings.is_empty() {
            let (name, reference, inventory) = (image.name.clone(), image.reference.clone(), image.inventory.clone());
            affected.images.push(Touched { name, reference, inventory, findings: found.findings });
        }
    }
    affected
}

#[cfg(test)]
mod tests {
    use super::is_advisory;

    #[test]
    fn ids_of_advisories_are_told_from_names_of_packages() {
        assert!(["CVE-2026-1", "GHSA-abcd-efgh-ijkl", "RUSTSEC-2026-0001"].into_iter().all(is_advisory));
        assert!(!["openssl", "libssl-dev", "RedCloth", "x-Y", "org.example:a-b", "-1"].into_iter().any(is_advisory));
    }
}
