//! Vulnerabilities as findings.

use super::matching::Match;
use crate::finding::{Affected, Finding};
use crate::scan::Subject;

/// The longest summary in a message, in characters.
const SUMMARY: usize = 200;

/// One vulnerability as a finding.
pub fn of(subject: &Subject<'_>, found: &Match<'_>) -> Finding {
    let package = found.package;
    let layer = subject.contents.layers().get(package.layer).and_then(|layer| layer.diff_id.as_ref());
    finding(
        subject.name,
        &Told {
            id: &found.id,
            aliases: &found.aliases,
            summary: &found.summary,
            rated: found.rated,
            package: &package.name,
            version: &package.version,
            fixed: found.fixed.as_deref(),
            path: Some(&package.location),
            layer: layer.map(|digest| digest.as_str()),
        },
    )
}

/// What is told of a vulnerability, whoever found it.
pub struct Told<'a> {
    /// The id.
    pub id: &'a str,
    /// Other names of it.
    pub aliases: &'a [String],
    /// One line.
    pub summary: &'a str,
    /// How severe it is.
    pub rated: super::severity::Rated,
    /// The package.
    pub package: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The version that has it no more.
    pub fixed: Option<&'a str>,
    /// The file that says that it is installed.
    pub path: Option<&'a str>,
    /// The layer that brought it.
    pub layer: Option<&'a str>,
}

/// The finding.
pub fn finding(name: Option<&str>, told: &Told<'_>) -> Finding {
    let mut message = format!("{} {}", told.package, told.version);
    let summary: String = told.summary.lines().next().unwrap_or_default().trim().chars().take(SUMMARY).collect();
    if !summary.is_empty() {
        message.push_str(": ");
        message.push_str(&summary);
    }
    let score = told.rated.score.map(|score| format!("CVSS {score:.1}"));
    let aliases = (!told.aliases.is_empty()).then(|| format!("also {}", told.aliases.join(", ")));
    let beside: Vec<String> = score.into_iter().chain(aliases).collect();
    if !beside.is_empty() {
        message.push_str(&format!(" ({})", beside.join("; ")));
    }
    let help = match told.fixed {
        Some(fixed) => format!("install {} {fixed} or later", told.package),
        None => "no version without it is known; remove the package, or grant an exception with a last day".to_owned(),
    };
    let affected = Affected {
        package: told.package.to_owned(),
        version: told.version.to_owned(),
        fixed: told.fixed.map(str::to_owned),
        layer: told.layer.map(str::to_owned),
    };
    let finding = Finding::new(told.id.to_owned(), told.rated.severity, message).about(name).help(Some(help));
    Finding { affected: Some(affected), ..finding.at(told.path.map(str::to_owned), None, None) }
}

/// The worst first, then those with a fixed version, then by id and package.
pub fn sort(findings: &mut [Finding]) {
    let key = |finding: &Finding| {
        let affected = finding.affected.as_ref();
        (
            finding.severity,
            affected.is_none_or(|affected| affected.fixed.is_none()),
            finding.id.clone(),
            affected.map(|affected| (affected.package.clone(), affected.version.clone())),
        )
    };
    findings.sort_by_cached_key(key);
}
