//! Where advisories stand for a package: its ecosystem, its release, the name and version there.

use crate::scan::{Inventory, Os, Package, PackageKind};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// How the release of a system stands behind the name of its ecosystem.
#[derive(Clone, Copy, Debug)]
enum Release {
    /// Not at all: the system has no releases.
    None,
    /// `12` of 12.5.
    Major,
    /// `v3.20` of 3.20.1.
    AlpineBranch,
    /// `22.04`, also `22.04:LTS`.
    Ubuntu,
    /// `enterprise_linux:9` before further parts.
    RedHat,
    /// The version as it stands, perhaps behind words: `Leap 15.5`.
    Whole,
}

/// `ID` of os-release, the ecosystem, and how its releases are written. Source: OSV schema, "Defined ecosystems".
const SYSTEMS: &[(&str, &str, Release)] = &[
    ("debian", "Debian", Release::Major),
    ("ubuntu", "Ubuntu", Release::Ubuntu),
    ("alpine", "Alpine", Release::AlpineBranch),
    ("wolfi", "Wolfi", Release::None),
    ("chainguard", "Chainguard", Release::None),
    ("rocky", "Rocky Linux", Release::Major),
    ("almalinux", "AlmaLinux", Release::Major),
    ("rhel", "Red Hat", Release::RedHat),
    ("opensuse-leap", "openSUSE", Release::Whole),
    ("sles", "SUSE", Release::Whole),
    ("mageia", "Mageia", Release::Whole),
    ("photon", "Photon OS", Release::Whole),
    ("openEuler", "openEuler", Release::Whole),
    ("azurelinux", "Azure Linux", Release::Major),
];

/// Debian's releases by name, for images of testing, which have no number.
const DEBIAN: &[(&str, &str)] = &[("bookworm", "12"), ("trixie", "13"), ("forky", "14"), ("duke", "15")];

/// A name under which advisories may stand for a package, and the version they compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    /// The ecosystem without its release.
    pub ecosystem: &'static str,
    /// The name there.
    pub name: Cow<'a, str>,
    /// The version.
    pub version: Cow<'a, str>,
}

/// The ecosystem of a package; none where nobody writes advisories for its system.
pub fn of(package: PackageKind, os: &Os) -> Option<&'static str> {
    Some(match package {
        PackageKind::Pypi => "PyPI",
        PackageKind::Npm => "npm",
        PackageKind::Gem => "RubyGems",
        PackageKind::Golang => "Go",
        PackageKind::Cargo => "crates.io",
        PackageKind::Maven => "Maven",
        PackageKind::Deb | PackageKind::Apk | PackageKind::Rpm => system(os)?.1,
    })
}

/// All ecosystems of an image.
pub fn of_inventory(inventory: &Inventory) -> Vec<&'static str> {
    let all: BTreeSet<&'static str> = inventory.packages.iter().filter_map(|package| of(package.kind, &inventory.os)).collect();
    all.into_iter().collect()
}

/// The names under which advisories may stand for a package: systems name the source package, some the package itself.
pub fn keys<'a>(package: &'a Package, os: &Os) -> Vec<Key<'a>> {
    let Some(ecosystem) = of(package.kind, os) else { return Vec::new() };
    let own = Key { ecosystem, name: normal(ecosystem, &package.name), version: Cow::Borrowed(package.version.as_str()) };
    let Some(source) = package.source.as_ref().filter(|_| !is_language(package.kind)) else { return vec![own] };
    let version = if source.version.is_empty() { &package.version } else { &source.version };
    let version = with_epoch(package, version);
    let of_source = Key { ecosystem, name: Cow::Borrowed(source.name.as_str()), version };
    match package.kind {
        PackageKind::Rpm if of_source.name != own.name => vec![own, of_source],
        PackageKind::Rpm => vec![own],
        _ => vec![of_source],
    }
}

/// The name of a source RPM has no epoch, so that of the package counts.
fn with_epoch<'a>(package: &Package, version: &'a str) -> Cow<'a, str> {
    match package.version.split_once(':') {
        Some((epoch, _)) if package.kind == PackageKind::Rpm && !version.contains(':') => Cow::Owned(format!("{epoch}:{version}")),
        _ => Cow::Borrowed(version),
    }
}

fn is_language(kind: PackageKind) -> bool {
    !matches!(kind, PackageKind::Deb | PackageKind::Apk | PackageKind::Rpm)
}

/// A name as it is compared. Source: PEP 503 for Python.
pub fn normal<'a>(ecosystem: &str, name: &'a str) -> Cow<'a, str> {
    if ecosystem != "PyPI" || !name.bytes().any(|byte| byte.is_ascii_uppercase() || matches!(byte, b'.' | b'_')) {
        return Cow::Borrowed(name);
    }
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    Cow::Owned(parts.collect::<Vec<_>>().join("-").to_ascii_lowercase())
}

/// The name of an ecosystem without a release, as it stands in advisories.
pub fn base(ecosystem: &str) -> &str {
    ecosystem.split_once(':').map_or(ecosystem, |(base, _)| base)
}

/// Whether what an advisory says of an ecosystem is about this system; one that names no release is about all.
pub fn concerns(ecosystem: &str, os: &Os) -> bool {
    let Some((base, release)) = ecosystem.split_once(':') else { return true };
    let Some((_, _, form)) = SYSTEMS.iter().find(|(_, name, _)| *name == base) else { return true };
    match form {
        Release::None => true,
        Release::Major => release == major(os),
        Release::AlpineBranch => release == branch(&os.version),
        // `Pro:22.04:LTS` is what only customers get.
        Release::Ubuntu => release.split(':').next() == Some(os.version.as_str()),
        Release::RedHat => red_hat(release, &os.version),
        Release::Whole => release == os.version || release.rsplit(' ').next() == Some(os.version.as_str()),
    }
}

/// The system that writes advisories for an image; relatives that share its packages do not count.
fn system(os: &Os) -> Option<&'static (&'static str, &'static str, Release)> {
    SYSTEMS.iter().find(|(id, ..)| os.id.eq_ignore_ascii_case(id))
}

fn major(os: &Os) -> &str {
    let number = os.version.split('.').next().unwrap_or_default();
    if number.is_empty() && os.id == "debian" {
        return DEBIAN.iter().find(|(name, _)| os.codename == *name).map_or("", |(_, number)| number);
    }
    number
}

fn branch(version: &str) -> String {
    let digits = |part: &str| part.bytes().take_while(u8::is_ascii_digit).map(char::from).collect::<String>();
    let mut parts = version.split('.').map(digits);
    format!("v{}.{}", parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

fn red_hat(release: &str, version: &str) -> bool {
    let mut parts = release.split(':');
    let (product, number) = (parts.next(), parts.next().unwrap_or_default());
    let major = |text: &'_ str| text.split('.').next().unwrap_or_default().to_owned();
    product == Some("enterprise_linux") && !number.is_empty() && major(number) == major(version)
}
