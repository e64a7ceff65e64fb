//! trivy or grype instead of our own look: run as a program on an archive, a layout or our bill of materials, their JSON
//! read into our findings.

use super::finding::{Told, finding, sort};
use super::json::or_default;
use super::severity::{Rated, word};
use crate::config::VulnerabilityScanner;
use crate::finding::{Finding, Severity};
use crate::sandbox::{Captured, Ended, Program as Command};
use crate::scan::external::{environment, first_line};
use crate::scan::{Found, Subject};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The most bytes that are read of an answer.
const LARGEST: usize = 512 << 20;

/// What such a program looks at.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// A file as `docker save` writes it.
    Archive(&'a Path),
    /// A folder with an OCI layout.
    Layout(&'a Path),
    /// A bill of materials.
    Sbom(&'a Path),
}

impl<'a> Target<'a> {
    fn path(self) -> &'a Path {
        match self {
            Self::Archive(path) | Self::Layout(path) | Self::Sbom(path) => path,
        }
    }
}

/// A program that looks for vulnerabilities.
#[derive(Clone, Debug)]
pub struct Program<'a> {
    /// The name or path.
    pub program: &'a str,
    /// The environment of the call, of which it gets what it needs.
    pub env: &'a BTreeMap<String, String>,
    /// How long it may take.
    pub limit: Duration,
    /// Which one it is: trivy or grype.
    grype: bool,
}

impl<'a> Program<'a> {
    /// The one that the configuration chooses; none for our own.
    pub fn chosen(chosen: VulnerabilityScanner, env: &'a BTreeMap<String, String>, limit: Duration) -> Option<Self> {
        let (program, grype) = match chosen {
            VulnerabilityScanner::Builtin => return None,
            VulnerabilityScanner::Trivy => ("trivy", false),
            VulnerabilityScanner::Grype => ("grype", true),
        };
        Some(Self { program, env, limit, grype })
    }

    /// Has it look.
    pub async fn scan(&self, subject: &Subject<'_>, target: Target<'_>, cancel: &CancellationToken) -> Found {
        let answered = self.run(target, cancel).await.and_then(|answer| self.read(subject, &answer));
        match answered {
            Ok(findings) => Found { findings, errors: Vec::new() },
            Err(error) => {
                let error = format!("{error}; `vulnerabilities: builtin` in cooperage.scanners does without {}", self.program);
                Found { findings: Vec::new(), errors: vec![error] }
            }
        }
    }

    async fn run(&self, target: Target<'_>, cancel: &CancellationToken) -> Result<Vec<u8>, String> {
        let command = Command {
            program: self.program.to_owned(),
            args: if self.grype { grype_args(target) } else { trivy_args(target) },
            env: environment(
                self.env,
                &["TRIVY_", "GRYPE_", "XDG_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
            ),
            dir: std::env::temp_dir(),
            limit: Some(self.limit),
        };
        let captured = command.capture(LARGEST, cancel).await.map_err(|error| format!("{}; is it installed?", error.without_folder()))?;
        let Captured { end, stdout, stderr, flooded } = captured;
        match end {
            _ if flooded => Err(format!("{} was stopped: it wrote more than {LARGEST} bytes", self.program)),
            Ended::Code(0) => Ok(stdout),
            end => {
                let said = first_line(&stderr).replace(&target.path().display().to_string(), "the image");
                Err(format!("{} gives no answer ({end}): {said}", self.program))
            }
        }
    }

    fn read(&self, subject: &Subject<'_>, answer: &[u8]) -> Result<Vec<Finding>, String> {
        let wrong = |error: serde_json::Error| {
            format!("the answer of {} is not the JSON that its current versions write ({error}): {}", self.program, first_line(answer))
        };
        let mut findings = match self.grype {
            true => of_grype(subject, serde_json::from_slice(answer).map_err(wrong)?),
            false => of_trivy(subject, serde_json::from_slice(answer).map_err(wrong)?)?,
        };
        findings.retain(|finding| subject.settings.unfixed || finding.affected.as_ref().is_some_and(|affected| affected.fixed.is_some()));
        sort(&mut findings);
        Ok(findings)
    }
}

fn trivy_args(target: Target<'_>) -> Vec<String> {
    let text = |path: &Path| path.display().to_string();
    let (verb, last) = match target {
        Target::Archive(path) | Target::Layout(path) => ("image", vec!["--input".to_owned(), text(path)]),
        Target::Sbom(path) => ("sbom", vec![text(path)]),
    };
    let first = [verb, "--format", "json", "--quiet"].map(str::to_owned);
    let scanners = if verb == "image" { vec!["--scanners".to_owned(), "vuln".to_owned()] } else { Vec::new() };
    first.into_iter().chain(scanners).chain(last).collect()
}

fn grype_args(target: Target<'_>) -> Vec<String> {
    let (scheme, path): (&str, PathBuf) = match target {
        Target::Archive(path) => ("docker-archive", path.into()),
        Target::Layout(path) => ("oci-dir", path.into()),
        Target::Sbom(path) => ("sbom", path.into()),
    };
    vec![format!("{scheme}:{}", path.display()), "--output".into(), "json".into(), "--quiet".into()]
}

/// What trivy writes. Source: trivy's documentation, "Reporting", schema version 2.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Trivy {
    schema_version: u64,
    #[serde(default, deserialize_with = "or_default")]
    results: Vec<TrivyResult>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TrivyResult {
    #[serde(default, deserialize_with = "or_default")]
    vulnerabilities: Vec<TrivyFound>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TrivyFound {
    #[serde(rename = "VulnerabilityID")]
    id: String,
    pkg_name: String,
    installed_version: String,
    #[serde(default)]
    fixed_version: String,
    #[serde(default)]
    pkg_path: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    layer: TrivyLayer,
}

#[derive(Default, Deserialize)]
struct TrivyLayer {
    #[serde(default, rename = "DiffID")]
    diff_id: String,
}

fn of_trivy(subject: &Subject<'_>, answer: Trivy) -> Result<Vec<Finding>, String> {
    if answer.schema_version != 2 {
        return Err(format!(
            "the answer of trivy has the schema version {}, and 2 is read: another version of trivy is needed",
            answer.schema_version
        ));
    }
    let all = answer.results.iter().flat_map(|result| &result.vulnerabilities);
    Ok(all
        .map(|one| {
            let told = Told {
                id: &one.id,
                aliases: &[],
                summary: &one.title,
                rated: Rated { severity: word(&one.severity).unwrap_or(Severity::Unknown), score: None },
                package: &one.pkg_name,
                version: &one.installed_version,
                fixed: said(&one.fixed_version),
                path: said(&one.pkg_path),
                layer: said(&one.layer.diff_id),
            };
            finding(subject.name, &told)
        })
        .collect())
}

/// What grype writes. Source: grype's JSON schema, 1.0 and later.
#[derive(Deserialize)]
struct Grype {
    matches: Vec<GrypeMatch>,
    /// Not there in the first versions, whose matches had another form.
    #[serde(rename = "descriptor")]
    _descriptor: serde::de::IgnoredAny,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GrypeMatch {
    vulnerability: GrypeFound,
    #[serde(default, deserialize_with = "or_default")]
    related_vulnerabilities: Vec<GrypeFound>,
    artifact: Artifact,
}

#[derive(Deserialize)]
struct GrypeFound {
    id: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    fix: GrypeFix,
}

#[derive(Default, Deserialize)]
struct GrypeFix {
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

fn of_grype(subject: &Subject<'_>, answer: Grype) -> Vec<Finding> {
    let one = |found: &GrypeMatch| {
        let own = &found.vulnerability;
        // Of a GitHub advisory the CVE is what others call it.
        let cve =
            found.related_vulnerabilities.iter().map(|other| &other.id).find(|id| id.starts_with("CVE-") && !own.id.starts_with("CVE-"));
        let alias: Vec<String> = cve.map(|_| own.id.clone()).into_iter().collect();
        let place = found.artifact.locations.first();
        let fixed = own.fix.versions.join(", ");
        let told = Told {
            id: cve.unwrap_or(&own.id),
            aliases: &alias,
            summary: &own.description,
            rated: Rated { severity: word(&own.severity).unwrap_or(Severity::Unknown), score: None },
            package: &found.artifact.name,
            version: &found.artifact.version,
            fixed: said(&fixed),
            path: place.and_then(|place| said(&place.path)),
            layer: place.and_then(|place| said(&place.layer)),
        };
        finding(subject.name, &told)
    };
    answer.matches.iter().map(one).collect()
}

fn said(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
