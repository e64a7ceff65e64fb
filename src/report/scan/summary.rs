//! What somebody reads in ten seconds.

use super::worst::worst;
use super::{ERROR, FIELD, counted, described, off, remedy, thing, verdict};
use crate::finding::{Counts, Finding, Severity};
use crate::report::clean;
use crate::report::columns::{cut, cut_middle};
use crate::report::screen::{Paint, Screen};
use crate::report::table::{Cell, Table};
use crate::scan::{Difference, Scanned};

/// So many findings are shown of an image.
const SHOWN: usize = 5;
/// So many names are shown of what is new or gone.
const NAMED: usize = 3;
const INDENT: &str = "    ";

/// All images; `off` of the catalogue were left out by policy.
pub fn scan_summary(images: &[Scanned], off: usize, screen: &Screen) -> String {
    let mut text: String = images.iter().map(|image| one(image, screen)).collect();
    let all = images.iter().map(Scanned::counts).fold(Counts::default(), sum);
    let stopped = images.iter().filter(|image| image.gated).count();
    let broken = images.iter().filter(|image| image.errors().next().is_some()).count();
    let mut parts = vec![format!("{} image{}: {}", images.len(), plural(images.len()), counted(&all))];
    parts.extend((stopped > 0).then(|| format!("{stopped} stopped by policy")));
    parts.extend((broken > 0).then(|| format!("{broken} not completely scanned")));
    parts.extend((off > 0).then(|| format!("the scan is off for {off}")));
    text.push_str(&format!("{}\n", parts.join("; ")));
    text
}

fn sum(mut all: Counts, one: Counts) -> Counts {
    all.critical += one.critical;
    all.high += one.high;
    all.medium += one.medium;
    all.low += one.low;
    all.unknown += one.unknown;
    all.excepted += one.excepted;
    all
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn one(image: &Scanned, screen: &Screen) -> String {
    let word = verdict(image);
    let paint = match word {
        "clean" => Paint::Good,
        "findings" => Paint::Caution,
        _ => Paint::Bad,
    };
    let reference = Paint::Strong.on(screen, &clean::line(&image.reference));
    let mut text = format!("{} {reference}", paint.on(screen, word));
    if image.error.is_none() {
        text.push_str(&format!(" ({})\n  {}\n", cut(&clean::line(&described(image)), FIELD), counted(&image.counts())));
        text.push_str(&listed(&worst(image), screen));
    } else {
        text.push('\n');
    }
    text.push_str(&image.diff.as_ref().map(|diff| since(diff, screen)).unwrap_or_default());
    for (who, error) in image.errors() {
        let lines: Vec<String> = clean::lines(error).map(|line| cut(&line, ERROR)).collect();
        text.push_str(&format!("  {} {who}: {}\n", Paint::Bad.on(screen, "error:"), lines.join("\n    ")));
    }
    let off = off(image);
    if !off.is_empty() {
        text.push_str(&format!("  {}\n", Paint::Faint.on(screen, &format!("off: {}", off.join(", ")))));
    }
    text
}

/// The worst, in columns.
fn listed(findings: &[&Finding], screen: &Screen) -> String {
    let mut table = Table::new(&["", "", "", ""]);
    for finding in findings.iter().take(SHOWN) {
        let fixed = finding.affected.as_ref().is_some_and(|affected| affected.fixed.is_some());
        let remedy = if fixed { format!("→ {}", remedy(finding)) } else { remedy(finding) };
        let severity = Cell::new(finding.severity.as_str(), paint(finding.severity));
        let thing = cut_middle(&clean::line(&thing(finding)), FIELD);
        table.row([severity, Cell::from(&finding.id), thing.into(), cut(&clean::line(&remedy), FIELD).into()]);
    }
    let narrower = Screen { width: screen.width.saturating_sub(INDENT.len()), ..*screen };
    // The first line holds headings, and these have none.
    let mut text: String = table.render(&narrower).lines().skip(1).map(|line| format!("{INDENT}{line}\n")).collect();
    if findings.len() > SHOWN {
        let more = format!("and {} more: --html FILE or --format json shows them", findings.len() - SHOWN);
        text.push_str(&format!("{INDENT}{}\n", Paint::Faint.on(screen, &more)));
    }
    text
}

fn paint(severity: Severity) -> Paint {
    match severity {
        Severity::Critical | Severity::High | Severity::Error => Paint::Bad,
        Severity::Medium | Severity::Warning => Paint::Caution,
        _ => Paint::Faint,
    }
}

/// `since app:1.1: 2 new (CVE-1 critical, CVE-2 low), 1 gone (CVE-3)`.
fn since(diff: &Difference, screen: &Screen) -> String {
    let names = |list: &[Finding], worded: bool| {
        let name =
            |finding: &Finding| if worded { format!("{} {}", finding.id, finding.severity.as_str()) } else { finding.id.to_string() };
        // One vulnerability is often in several packages of one source; the list is sorted.
        let mut names: Vec<String> = list.iter().map(name).collect();
        names.dedup();
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        names.extend((more > 0).then(|| format!("{more} more")));
        if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
    };
    let (added, fixed) = (&diff.added, &diff.fixed);
    let new = format!("{} new{}", added.len(), names(added, true));
    let paint = if added.is_empty() { Paint::None } else { Paint::Caution };
    let gone = format!("{} gone{}", fixed.len(), names(fixed, false));
    let told = match &diff.error {
        Some(error) if added.is_empty() && fixed.is_empty() => format!("not compared: {error}"),
        Some(error) => format!("{}, {gone}; {error}", paint.on(screen, &clean::line(&new))),
        None if added.is_empty() && fixed.is_empty() => "nothing new, nothing gone".to_owned(),
        None => format!("{}, {}", paint.on(screen, &clean::line(&new)), clean::line(&gone)),
    };
    let told = if screen.color { told } else { clean::line(&told) };
    format!("  since {}: {told}\n", clean::line(&diff.reference))
}
