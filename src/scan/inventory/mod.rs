//! The packages of an image: one cataloguer for each kind of package, all of one shape.
//!
//! Some read files that tell of packages (`Cataloguer`, see [`take`]); some look into programs and archives while their
//! layer is read ([`examine`]). No cataloguer runs anything, and what one cannot read is a trouble beside the packages of the
//! others.

mod alpine;
mod cataloguer;
mod debian;
mod embedded;
mod node;
mod python;
mod rpm;
mod ruby;
mod taking;

#[cfg(test)]
mod tests;

use super::{Os, Package, PackageKind};
use cataloguer::{Cataloguer, Evidence, Reading};
pub use embedded::{HEAD, examine, examines};
use std::collections::BTreeMap;
pub use taking::take;

/// Every cataloguer of files.
const CATALOGUERS: &[Cataloguer] =
    &[debian::CATALOGUER, debian::DISTROLESS, alpine::CATALOGUER, rpm::CATALOGUER, python::CATALOGUER, node::CATALOGUER, ruby::CATALOGUER];

/// The packages of an image, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Inventory {
    /// The operating system.
    pub os: Os,
    /// The packages.
    pub packages: Vec<Package>,
    /// What could not be read, each with its file: the rest is there all the same.
    pub troubles: Vec<String>,
}

impl Inventory {
    /// Packages of one kind.
    pub fn of(&self, kind: PackageKind) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(move |package| package.kind == kind)
    }

    /// How many there are of each kind.
    pub fn counts(&self) -> BTreeMap<PackageKind, usize> {
        let mut counts = BTreeMap::new();
        self.packages.iter().for_each(|package| *counts.entry(package.kind).or_default() += 1);
        counts
    }
}

/// Whether [`take`] needs the bytes of the file at this clean path.
pub fn wants(path: &str) -> bool {
    Os::PATHS.contains(&path) || CATALOGUERS.iter().any(|cataloguer| (cataloguer.wants)(path) || (cataloguer.beside)(path))
}

/// The same of a file that stands there only because one of its folders is a link: a database of packages, or what names the
/// system. Other files are read where they stand.
pub fn wants_through_links(path: &str) -> bool {
    let wanted = |cataloguer: &Cataloguer| (cataloguer.wants)(path) || (cataloguer.beside)(path);
    Os::PATHS.contains(&path) || CATALOGUERS.iter().filter(|cataloguer| cataloguer.database).any(wanted)
}
