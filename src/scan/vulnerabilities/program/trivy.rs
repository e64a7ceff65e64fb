//! What trivy is told, and what it writes. Source: its documentation, "Reporting", schema version 2, and the types
//! `Result`, `DetectedVulnerability` and `Layer` of its packages `types` and `fanal/types`.

use super::{Target, rated, said};
use crate::finding::Finding;
use crate::scan::Subject;
use crate::scan::vulnerabilities::finding::{Told, finding};
use crate::scan::vulnerabilities::json::or_default;
use serde::Deserialize;
use std::path::Path;

/// The words behind `trivy`.
pub fn args(target: Target<'_>) -> Vec<String> {
    let text = |path: &Path| path.display().to_string();
    let (verb, last) = match target {
        Target::Archive(path) | Target::Layout(path) => ("image", vec!["--input".to_owned(), text(path)]),
        Target::Sbom(path) => ("sbom", vec![text(path)]),
    };
    let first = [verb, "--format", "json", "--quiet"].map(str::to_owned);
    let scanners = if verb == "image" { vec!["--scanners".to_owned(), "vuln".to_owned()] } else { Vec::new() };
    first.into_iter().chain(scanners).chain(last).collect()
}

/// An answer.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Answer {
    schema_version: u64,
    #[serde(default, deserialize_with = "or_default")]
    results: Vec<Results>,
}

/// What was found in one place: the system, the packages of a language, or one program.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Results {
    #[serde(default)]
    target: String,
    #[serde(default, rename = "Type")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Vulnerability {
    #[serde(rename = "VulnerabilityID")]
    id: String,
    pkg_name: String,
    installed_version: String,
    #[serde(default)]
    fixed_version: String,
    #[serde(default)]
    pkg_path: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    severity: String,
    #[serde(default, deserialize_with = "or_default")]
    layer: Layer,
}

#[derive(Default, Deserialize)]
struct Layer {
    #[serde(default, rename = "DiffID")]
    diff_id: String,
}

/// Its findings; without those that a vendor's statement (VEX) says not to count, which trivy lists elsewhere or marks.
///
/// # Errors
/// When another version of trivy wrote it.
pub fn findings(subject: &Subject<'_>, answer: Answer) -> Result<Vec<Finding>, String> {
    if answer.schema_version != 2 {
        return Err(format!(
            "the answer of trivy has the schema version {}, and 2 is read: another version of trivy is needed",
            answer.schema_version
        ));
    }
    let all = answer.results.iter().flat_map(|results| results.vulnerabilities.iter().map(move |one| (results, one)));
    Ok(all.filter(|(_, one)| one.status != "not_affected").map(|(results, one)| told(subject, results, one)).collect())
}

fn told(subject: &Subject<'_>, results: &Results, one: &Vulnerability) -> Finding {
    // Of programs the place is the file itself.
    let program = said(&results.target).filter(|_| results.kind.ends_with("binary"));
    let told = Told {
        id: &one.id,
        aliases: &[],
        summary: said(&one.title).unwrap_or(&one.description),
        rated: rated(&one.severity),
        package: &one.pkg_name,
        version: &one.installed_version,
        fixed: said(&one.fixed_version),
        path: said(&one.pkg_path).or(program),
        layer: said(&one.layer.diff_id),
    };
    finding(subject.name, &told)
}
