//! The orders of versions, one for each kind of package: which of two versions is the newer one.
//!
//! Debian's order is [`crate::name::Version`]'s. Nothing here knows what is installed or what it is compared for.

mod alpine;
mod gem;
mod maven;
mod pep440;
mod rpm;
mod semver;
#[cfg(test)]
mod tests;

use super::PackageKind;
use crate::name::Version;
use std::cmp::Ordering;

/// How versions of a kind of packages are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// deb-version(7).
    Debian,
    /// RPM's, with epoch, `~` and `^`.
    Rpm,
    /// Alpine's.
    Alpine,
    /// Python's, PEP 440.
    Pep440,
    /// Semantic Versioning 2.0: Node, Rust and Go, whose versions may begin with `v`. Missing numbers are 0.
    SemVer,
    /// Maven's.
    Maven,
    /// RubyGems'.
    Gem,
}

impl Order {
    /// The order of a kind of packages.
    pub fn of(kind: PackageKind) -> Self {
        match kind {
            PackageKind::Deb => Self::Debian,
            PackageKind::Rpm => Self::Rpm,
            PackageKind::Apk => Self::Alpine,
            PackageKind::Pypi => Self::Pep440,
            PackageKind::Npm | PackageKind::Golang | PackageKind::Cargo => Self::SemVer,
            PackageKind::Maven => Self::Maven,
            PackageKind::Gem => Self::Gem,
        }
    }

    /// Compares two versions. None: one of them is no version in this order, as Go's `(devel)` is none. Debian, RPM and
    /// Maven compare any text. Equal does not mean the same text.
    pub fn compare(self, left: &str, right: &str) -> Option<Ordering> {
        match self {
            Self::Debian => Some(Version::new(left).debian_cmp(&Version::new(right))),
            Self::Rpm => Some(rpm::compare(left, right)),
            Self::Alpine => alpine::compare(left, right),
            Self::Pep440 => pep440::compare(left, right),
            Self::SemVer => semver::compare(left, right),
            Self::Maven => Some(maven::compare(left, right)),
            Self::Gem => gem::compare(left, right),
        }
    }

    /// Whether a version is newer than another; what cannot be compared is not.
    pub fn newer(self, version: &str, than: &str) -> bool {
        self.compare(version, than) == Some(Ordering::Greater)
    }
}

/// Compares digits of any length by value.
fn by_value(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

/// Splits off the digits that a text begins with; none when there are none.
fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}
