//! The packages of an image.

use super::{Os, Package, PackageKind};
use std::collections::BTreeMap;

/// The packages of an image, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
