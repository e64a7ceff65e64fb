//! What grype is told, and what it writes. Source: its JSON schema, 1.0 and later.

use super::{Target, rated, said};
use crate::finding::Finding;
use crate::scan::Subject;
use crate::scan::vulnerabilities::finding::{Told, finding};
use crate::scan::vulnerabilities::json::or_default;
use serde::Deserialize;
use std::path::PathBuf;

/// The words behind `grype`.
pub fn args(target: Target<'_>) -> Vec<String> {
    let (scheme, path): (&str, PathBuf) = match target {
        Target::Archive(path) => ("docker-archive", path.into()),
        Target::Layout(path) => ("oci-dir", path.into()),
        Target::Sbom(path) => ("sbom", path.into()),
    };
    vec![format!("{scheme}:{}", path.display()), "--output".into(), "json".into(), "--quiet".into()]
}

/// An answer. What its rules and vendors' statements (VEX) say not to count stands in `ignoredMatches`, which is not read.
#[derive(Deserialize)]
pub struct Answer {
    #[serde(deserialize_with = "or_default")]
    matches: Vec<Match>,
    /// Not there in the first versions, whose matches had another form.
    #[serde(rename = "descriptor")]
    _descriptor: serde::de::IgnoredAny,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Match {
    vulnerability: Vulnerability,
    #[serde(default, deserialize_with = "or_default")]
    related_vulnerabilities: Vec<Vulnerability>,
    artifact: Artifact,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    severity: String,
    #[serde(default, deserialize_with = "or_default")]
    description: String,
    #[serde(default, deserialize_with = "or_default")]
    fix: Fix,
}

#[derive(Default, Deserialize)]
struct Fix {
    #[serde(default, deserialize_with = "or_default")]
    versions: Vec<String>,
}

#[derive(Deserialize)]
struct Artifact {
    name: String,
    version: String,
    #[serde(default, deserialize_with = "or_default")]
    locations: Vec<Location>,
}

#[derive(Deserialize)]
struct Location {
    path: String,
    #[serde(default, rename = "layerID")]
    layer: String,
}

/// Its findings.
pub fn findings(subject: &Subject<'_>, answer: Answer) -> Vec<Finding> {
    answer.matches.iter().map(|one| told(subject, one)).collect()
}

fn told(subject: &Subject<'_>, found: &Match) -> Finding {
    let (own, related) = (&found.vulnerability, &found.related_vulnerabilities);
    let (id, aliases) = names(own, related);
    let place = found.artifact.locations.first();
    let fixed = own.fix.versions.join(", ");
    // Those of a distribution often have no text of their own.
    let summary = [own].into_iter().chain(related).find_map(|one| said(&one.description));
    let told = Told {
        id,
        aliases: &aliases,
        summary: summary.unwrap_or_default(),
        rated: rated(&own.severity),
        package: &found.artifact.name,
        version: &found.artifact.version,
        fixed: said(&fixed),
        path: place.and_then(|place| said(&place.path)),
        layer: place.and_then(|place| said(&place.layer)),
    };
    finding(subject.name, &told)
}

/// Of an advisory about one CVE that is what others call it; one about many keeps its own name.
fn names<'a>(own: &'a Vulnerability, related: &'a [Vulnerability]) -> (&'a str, Vec<String>) {
    let others: Vec<&str> = related.iter().map(|other| other.id.as_str()).filter(|id| *id != own.id).collect();
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    match others.as_slice() {
        [cve] if cve.starts_with("CVE-") && !own.id.starts_with("CVE-") => (cve, owned(&[&own.id])),
        all => (&own.id, owned(all)),
    }
}
