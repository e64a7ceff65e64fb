//! Vulnerabilities as findings.

use super::matching::Match;
use crate::finding::{Affected, Finding};
use crate::scan::Subject;
use crate::scan::external::plain;

/// The longest summary in a message, and the longest list of other names, in characters.
const SUMMARY: usize = 200;
const ALIASES: usize = 1000;

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
    // Others wrote all of this, and a terminal would obey control characters.
    let short = |text: &str| plain(text.lines().next().unwrap_or_default(), SUMMARY);
    let mut message = format!("{} {}", short(told.package), short(told.version));
    let summary = short(told.summary);
    if !summary.is_empty() {
        message.push_str(": ");
        message.push_str(&summary);
    }
    let score = told.rated.score.map(|score| format!("CVSS {score:.1}"));
    let aliases = (!told.aliases.is_empty()).then(|| format!("also {}", plain(&told.aliases.join(", "), ALIASES)));
    let beside: Vec<String> = score.into_iter().chain(aliases).collect();
    if !beside.is_empty() {
        message.push_str(&format!(" ({})", beside.join("; ")));
    }
    let help = match told.fixed {
        Some(fixed) => format!("install {} {} or later", short(told.package), short(fixed)),
        None => "no version without it is known; remove the package, or grant an exception with a last day".to_owned(),
    };
    let affected = Affected {
        package: short(told.package),
        version: short(told.version),
        fixed: told.fixed.map(short),
        layer: told.layer.map(str::to_owned),
    };
    let finding = Finding::new(plain(told.id, SUMMARY), told.rated.severity, message).about(name).help(Some(help));
    finding.of_package(affected).at(told.path.map(str::to_owned), None, None)
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
