//! trivy or grype instead of our own look: run as a program on an archive, a layout or our bill of materials, their JSON
//! read into our findings.

mod grype;
mod trivy;

use super::finding::sort;
use super::severity::{Rated, word};
use crate::config::VulnerabilityScanner;
use crate::finding::{Finding, Severity};
use crate::sandbox::{Captured, Ended, Program as Command};
use crate::scan::external::{environment, first_line};
use crate::scan::{Found, Subject};
use std::collections::BTreeMap;
use std::path::Path;
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
            args: if self.grype { grype::args(target) } else { trivy::args(target) },
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
            true => grype::findings(subject, serde_json::from_slice(answer).map_err(wrong)?),
            false => trivy::findings(subject, serde_json::from_slice(answer).map_err(wrong)?)?,
        };
        findings.retain(|finding| subject.settings.unfixed || finding.affected.as_ref().is_some_and(|affected| affected.fixed.is_some()));
        sort(&mut findings);
        Ok(findings)
    }
}

fn said(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// How severe they call it.
fn rated(severity: &str) -> Rated {
    Rated { severity: word(severity).unwrap_or(Severity::Unknown), score: None }
}
