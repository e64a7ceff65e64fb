//! Package URLs. Source: the specification of purl and its definitions of types.

use crate::name::{Digest, Reference};
use crate::scan::{Os, Package, PackageKind};
use std::fmt::Write as _;

/// The package URL of a package of an image with this system.
pub fn purl(package: &Package, os: &Os) -> String {
    let (epoch, version) = split_epoch(package);
    let (namespace, name) = named(package, os);
    let mut text = format!("pkg:{}", package.kind.as_str());
    let segments = namespace.split('/').filter(|segment| !segment.is_empty()).chain([name.as_str()]);
    segments.for_each(|segment| text.extend(["/", &encoded(segment)]));
    if version != "(devel)" {
        text.extend(["@", &encoded(version)]);
    }
    let of_system = matches!(package.kind, PackageKind::Deb | PackageKind::Apk | PackageKind::Rpm);
    let distro = (of_system && !os.id.is_empty()).then(|| [os.id.as_str(), &os.version].map(str::to_owned));
    let distro = distro.map(|[id, version]| if version.is_empty() { id } else { format!("{id}-{version}") });
    // In the order of their names.
    let qualifiers =
        [("arch", package.arch.clone()), ("distro", distro), ("epoch", epoch.map(str::to_owned)), ("upstream", upstream(package))];
    with(text, &qualifiers)
}

/// The package URL of an image.
pub(super) fn image(reference: &Reference, manifest: &Digest) -> String {
    let repository = reference.name().to_lowercase();
    let name = repository.rsplit('/').next().unwrap_or_default();
    let text = format!("pkg:oci/{}@{}", encoded(name), encoded(manifest.as_str()));
    let tag = reference.tag().map(ToString::to_string);
    with(text, &[("repository_url", Some(repository.clone())), ("tag", tag)])
}

fn with(mut text: String, qualifiers: &[(&str, Option<String>)]) -> String {
    let filled = qualifiers.iter().filter_map(|(key, value)| Some((key, value.as_ref().filter(|value| !value.is_empty())?)));
    for (number, (key, value)) in filled.enumerate() {
        let mark = if number == 0 { '?' } else { '&' };
        let _ = write!(text, "{mark}{key}={}", encoded(value)); // Writing to a String cannot fail.
    }
    text
}

/// An RPM's epoch is a qualifier, a Debian package's is part of its version.
fn split_epoch(package: &Package) -> (Option<&str>, &str) {
    match package.version.split_once(':') {
        Some((epoch, version)) if package.kind == PackageKind::Rpm => (Some(epoch).filter(|epoch| *epoch != "0"), version),
        _ => (None, &package.version),
    }
}

/// The namespace, with slashes, and the name, as the type writes them.
fn named(package: &Package, os: &Os) -> (String, String) {
    let split = |mark: char| {
        let (namespace, name) = package.name.rsplit_once(mark).unwrap_or(("", &package.name));
        (namespace.to_owned(), name.to_owned())
    };
    match package.kind {
        PackageKind::Deb => (or(&os.id, "debian"), package.name.to_lowercase()),
        PackageKind::Apk => (or(&os.id, "alpine"), package.name.to_lowercase()),
        PackageKind::Rpm if os.id == "rhel" => ("redhat".to_owned(), package.name.clone()),
        PackageKind::Rpm => (os.id.to_lowercase(), package.name.clone()),
        PackageKind::Pypi => (String::new(), package.name.to_lowercase().replace('_', "-")),
        PackageKind::Npm => split('/'),
        PackageKind::Golang => {
            let (namespace, name) = split('/');
            (namespace.to_lowercase(), name.to_lowercase())
        }
        PackageKind::Maven => split(':'),
        PackageKind::Gem | PackageKind::Cargo => (String::new(), package.name.clone()),
    }
}

fn or(id: &str, other: &str) -> String {
    if id.is_empty() { other.to_owned() } else { id.to_lowercase() }
}

/// The source package, where it says more than the package: scanners map advisories by it.
fn upstream(package: &Package) -> Option<String> {
    let source = package.source.as_ref()?;
    let bare = package.version.split_once(':').map_or(package.version.as_str(), |(_, version)| version);
    match () {
        () if package.kind == PackageKind::Rpm => Some(format!("{}-{}.src.rpm", source.name, source.version)),
        () if source.version != package.version && source.version != bare => Some(format!("{}@{}", source.name, source.version)),
        () => (source.name != package.name).then(|| source.name.clone()),
    }
}

/// Percent-encoded; a colon stays.
fn encoded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => plain.push(char::from(byte)),
            byte => {
                let _ = write!(plain, "%{byte:02X}"); // Writing to a String cannot fail.
            }
        }
    }
    plain
}
