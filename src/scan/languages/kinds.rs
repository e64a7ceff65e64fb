//! The table of indexes: where a package stands in each, and how its answer is read.

use super::{cargo, gem, npm, pypi};
use crate::scan::PackageKind;

/// A version that an index offers: released, not withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offered {
    /// The version.
    pub version: String,
    /// The versions of Python that it is for, as the index says it.
    pub python: Option<String>,
}

impl Offered {
    pub(super) fn new(version: &str) -> Self {
        Self { version: version.to_owned(), python: None }
    }
}

/// An index of one language.
pub(super) struct Index {
    /// Its packages.
    pub kind: PackageKind,
    /// The path of a package below the address; none where the name cannot be one of this kind.
    pub path: fn(&str) -> Option<String>,
    /// What kind of answer is asked for.
    pub accept: &'static str,
    /// Reads an answer: package, bytes.
    pub read: fn(&str, &[u8]) -> Result<Vec<Offered>, String>,
}

/// All indexes.
pub(super) static INDEXES: [Index; 4] = [
    Index { kind: PackageKind::Pypi, path: pypi::path, accept: pypi::ACCEPT, read: pypi::read },
    Index { kind: PackageKind::Npm, path: npm::path, accept: npm::ACCEPT, read: npm::read },
    Index { kind: PackageKind::Gem, path: gem::path, accept: "application/json", read: gem::read },
    Index { kind: PackageKind::Cargo, path: cargo::path, accept: "text/plain, */*", read: cargo::read },
];

/// Whether a name holds nothing but letters, digits and these marks, so that it cannot lead to another place.
pub(super) fn is_plain(name: &str, marks: &str) -> bool {
    let plain = |one: char| one.is_ascii_alphanumeric() || marks.contains(one);
    !name.is_empty() && name.len() <= 214 && name.chars().all(plain) && name.chars().any(|one| one.is_ascii_alphanumeric())
}

/// Whether a version of Semantic Versioning is one before a release.
pub(super) fn is_before_release(version: &str) -> bool {
    version.split('+').next().is_some_and(|version| version.contains('-'))
}
