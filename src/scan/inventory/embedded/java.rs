//! What a Java archive says of itself: `pom.properties` of Maven, else its manifest and its name.
//!
//! Source: the description of the plugin maven-archiver; the JAR file specification, "JAR Manifest"; OSGi's headers.

use super::package;
use crate::scan::{Package, PackageKind};

/// Where the manifest stands.
pub(super) const MANIFEST: &str = "META-INF/MANIFEST.MF";

/// What Maven says of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pom {
    group: String,
    artifact: String,
    version: String,
}

/// Whether an entry is what Maven leaves in an archive.
pub(super) fn is_pom(entry: &str) -> bool {
    entry.starts_with("META-INF/maven/") && entry.ends_with("/pom.properties")
}

/// Reads `pom.properties`. None: it does not name all three.
pub(super) fn pom(text: &str) -> Option<Pom> {
    let field = |name: &str| {
        let lines = text.lines().map(str::trim_start).filter(|line| !line.starts_with(['#', '!']));
        let value = lines.filter_map(|line| line.split_once(['=', ':'])).find(|(key, _)| key.trim() == name)?.1.trim();
        (!value.is_empty() && !value.contains("${")).then(|| value.to_owned())
    };
    Some(Pom { group: field("groupId")?, artifact: field("artifactId")?, version: field("version")? })
}

/// The packages of an archive: what Maven says, and the archive itself where Maven does not speak of it.
pub(super) fn packages(path: &str, name: &str, poms: &[Pom], manifest: &str) -> Vec<Package> {
    let of = |group: &str, artifact: &str, version: &str| {
        let name = if group.is_empty() { artifact.to_owned() } else { format!("{group}:{artifact}") };
        package(PackageKind::Maven, &name, version, path)
    };
    let mut found: Vec<Package> = poms.iter().map(|pom| of(&pom.group, &pom.artifact, &pom.version)).collect();
    let (artifact, version) = split(stem(name));
    let itself = |pom: &Pom| poms.len() == 1 || pom.artifact == artifact || pom.artifact == stem(name);
    if !poms.iter().any(itself)
        && let Some(version) = version.map(str::to_owned).or_else(|| told(manifest, &VERSIONS))
    {
        let artifact = if artifact.is_empty() { told(manifest, &NAMES).unwrap_or_default() } else { artifact.to_owned() };
        let group = told(manifest, &GROUPS).unwrap_or_default();
        let mut main = of(&group, &artifact, &version);
        main.licenses.extend(told(manifest, &["Bundle-License"]));
        found.push(main);
    }
    found
}

const VERSIONS: [&str; 4] = ["Implementation-Version", "Specification-Version", "Plugin-Version", "Bundle-Version"];
const NAMES: [&str; 3] = ["Implementation-Title", "Specification-Title", "Bundle-Name"];
const GROUPS: [&str; 2] = ["Implementation-Vendor-Id", "Group-Id"];

/// The first of these headers that is there, in the main part of a manifest. A line that begins with a blank goes on with the
/// one before.
fn told(manifest: &str, headers: &[&str]) -> Option<String> {
    let whole = manifest.replace("\r\n", "\n").replace("\n ", "");
    let main = whole.split("\n\n").next().unwrap_or_default();
    headers.iter().find_map(|header| {
        let value = main.lines().filter_map(|line| line.split_once(':')).find(|(key, _)| key.eq_ignore_ascii_case(header))?.1.trim();
        (!value.is_empty()).then(|| value.to_owned())
    })
}

/// The name of a file without folders and ending.
fn stem(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// `ARTIFACT-VERSION`; a version begins with a digit.
fn split(stem: &str) -> (&str, Option<&str>) {
    let at = stem.match_indices('-').map(|(at, _)| at).find(|at| stem[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    at.map_or((stem, None), |at| (&stem[..at], Some(&stem[at + 1..])))
}
