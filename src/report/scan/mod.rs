//! What scans found: for people, as SARIF, in Markdown, and as a page of its own.

mod html;
mod markdown;
mod sarif;
mod summary;
#[cfg(test)]
mod tests;
mod worst;

pub use html::scan_html;
pub use markdown::scan_markdown;
pub use sarif::scan_sarif;
pub use summary::scan_summary;

use crate::finding::{Counts, Finding};
use crate::scan::{Scanned, Status};

/// How many there are of each severity, worst first, and of what is accepted.
fn by_word(counts: &Counts) -> [(usize, &'static str); 6] {
    [
        (counts.critical, "critical"),
        (counts.high, "high"),
        (counts.medium, "medium"),
        (counts.low, "low"),
        (counts.unknown, "unknown"),
        (counts.excepted, "accepted"),
    ]
}

/// The severities that there are, worst first: `2 critical, 5 high`.
fn counted(counts: &Counts) -> String {
    let words = by_word(counts);
    let there: Vec<String> = words.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if there.is_empty() { "nothing found".to_owned() } else { there.join(", ") }
}

/// What an image is: `debian 12, 312 packages`.
fn described(image: &Scanned) -> String {
    let os = image.os.as_ref().map(|os| format!("{} {}", os.id, os.version).trim().to_owned());
    let count: usize = image.packages.values().sum();
    let packages = if count == 1 { "1 package".to_owned() } else { format!("{count} packages") };
    [os, Some(packages)].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The longest text of others in a field that people read, in columns.
const FIELD: usize = 120;
/// The longest error, in columns.
const ERROR: usize = 2000;

/// What a finding is in: package and version, else a path.
fn thing(finding: &Finding) -> String {
    match (&finding.affected, &finding.path) {
        (Some(affected), _) if !affected.package.is_empty() => format!("{} {}", affected.package, affected.version).trim().to_owned(),
        (_, Some(path)) => finding.line.map_or_else(|| path.clone(), |line| format!("{path}:{line}")),
        _ => String::new(),
    }
}

/// What repairs it: the fixed version, else what the finding says.
fn remedy(finding: &Finding) -> String {
    let fixed = finding.affected.as_ref().and_then(|affected| affected.fixed.clone());
    fixed.unwrap_or_else(|| said_beside(finding, &thing(finding)).to_owned())
}

/// The message of a finding where what it is in stands beside it, and need not be said twice.
fn said_beside<'a>(finding: &'a Finding, thing: &str) -> &'a str {
    let thing = finding.path.as_deref().filter(|path| !path.is_empty() && thing.starts_with(path)).unwrap_or(thing);
    let line = finding.line.map(|line| format!(", line {line}:")).unwrap_or_default();
    match finding.message.strip_prefix(thing).filter(|_| !thing.is_empty()).map(|rest| rest.strip_prefix(&line).unwrap_or(rest)) {
        Some("") => "no fixed version is known",
        Some(rest) if rest.starts_with([':', ' ', ',']) => rest.trim_start_matches([':', ' ', ',']),
        _ => &finding.message,
    }
}

/// Scanners that did not run.
fn off(image: &Scanned) -> Vec<&str> {
    image.scanners.iter().filter(|report| report.status == Status::Off).map(|report| report.name.as_str()).collect()
}

/// The word for how an image ended.
fn verdict(image: &Scanned) -> &'static str {
    match () {
        () if image.error.is_some() => "unread",
        () if image.gated => "stopped",
        () if !image.is_good() => "incomplete",
        () if image.findings().any(|finding| finding.excepted_until.is_none()) => "findings",
        () => "clean",
    }
}
