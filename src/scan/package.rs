//! One package of an image.

use serde::{Deserialize, Serialize};

/// What kind a package is; the words are the types of package URLs (purl).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackageKind {
    /// Debian's and its relatives'.
    Deb,
    /// Alpine's.
    Apk,
    /// RPM.
    Rpm,
    /// Python.
    Pypi,
    /// Node.
    Npm,
    /// Ruby.
    Gem,
    /// A module of a Go program.
    Golang,
    /// A crate of a Rust program.
    Cargo,
    /// A Java archive.
    Maven,
}

/// The source package that a package was built from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A package of an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Package {
    /// What kind it is.
    pub kind: PackageKind,
    /// Its name as its own tools write it; of Java `GROUP:ARTIFACT`, of Node with the scope.
    pub name: String,
    /// Its whole version: epoch and release included where there are such (`1:2.3-4`).
    pub version: String,
    /// The architecture, where its kind has one.
    pub arch: Option<String>,
    /// The source package, where its kind has one; it may be of the same name and version.
    pub source: Option<Source>,
    /// Licenses as the package's own data writes them.
    pub licenses: Vec<String>,
    /// The file that says so: a clean path.
    pub location: String,
    /// The number of the layer that brought that file, from the lowest.
    pub layer: usize,
}

impl PackageKind {
    /// All of them.
    pub const ALL: [Self; 9] = [Self::Deb, Self::Apk, Self::Rpm, Self::Pypi, Self::Npm, Self::Gem, Self::Golang, Self::Cargo, Self::Maven];

    /// The type in a package URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Apk => "apk",
            Self::Rpm => "rpm",
            Self::Pypi => "pypi",
            Self::Npm => "npm",
            Self::Gem => "gem",
            Self::Golang => "golang",
            Self::Cargo => "cargo",
            Self::Maven => "maven",
        }
    }
}
