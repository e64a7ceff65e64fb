//! A page by itself: no scripts, nothing from elsewhere, in the light and in the dark.

use super::worst::worst;
use super::{described, off, verdict};
use crate::finding::{Counts, Finding, Severity};
use crate::report::columns::{cut, cut_middle};
use crate::report::{clean, duration};
use crate::scan::{Difference, Report, Scanned};
use std::fmt::Write as _;

const STYLE: &str = include_str!("page.css");
/// So many findings are shown at once; the rest is folded.
const SHOWN: usize = 20;
/// So many findings of an image are on the page at all: browsers are slow with more.
const MOST: usize = 5000;
/// The longest text of others, in columns: more of it is no use to who reads, and JSON has it.
const LONGEST: usize = 600;
/// The longest package or path; its end tells more than its beginning.
const THING: usize = 300;

/// The page; `at` is the time of the scan.
pub fn scan_html(images: &[Scanned], at: &str) -> String {
    let bodies: String = images.iter().map(section).collect();
    let plural = if images.len() == 1 { "" } else { "s" };
    let count = images.len();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Scan of {count} image{plural}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <h1>Scan of {count} image{plural}</h1>\n<p class=\"faint\">{}, cooperage {}</p>\n{bodies}</body>\n</html>\n",
        safe(at),
        env!("CARGO_PKG_VERSION"),
    )
}

fn section(image: &Scanned) -> String {
    let mut text = String::from("<section>\n");
    // Writing to a String cannot fail.
    let _ = writeln!(text, "<h2>{}</h2>", safe(&image.reference));
    let (word, class) = (verdict(image), if verdict(image) == "clean" { "good" } else { "high" });
    let _ = writeln!(text, "<p><span class=\"word {class}\">{word}</span> <span class=\"faint\">{}</span></p>", safe(&described(image)));
    for (who, error) in image.errors() {
        let lines: Vec<String> = clean::lines(error).map(|line| escaped(&cut(&line, LONGEST))).collect();
        let _ = writeln!(text, "<p class=\"error\"><b>{}</b>: {}</p>", safe(who), lines.join("<br>"));
    }
    if image.error.is_none() {
        text.push_str(&tiles(&image.counts()));
        text.push_str(&image.diff.as_ref().map(since).unwrap_or_default());
        text.push_str(&findings(image));
        text.push_str(&scanners(image));
    }
    text + "</section>\n"
}

/// The counts, side by side.
fn tiles(counts: &Counts) -> String {
    let all = super::by_word(counts);
    let shown = all.iter().filter(|(count, word)| *count > 0 || ["critical", "high", "medium", "low"].contains(word));
    let tile = |(count, word): &(usize, &str)| {
        let class = if *count > 0 { *word } else { "faint" };
        format!("<li><b class=\"{class}\">{count}</b> {word}</li>\n")
    };
    format!("<ul class=\"tiles\">\n{}</ul>\n", shown.map(tile).collect::<String>())
}

fn since(diff: &Difference) -> String {
    let mut text = format!("<h3>Since {}</h3>\n", safe(&diff.reference));
    if let Some(error) = &diff.error {
        let _ = writeln!(text, "<p class=\"error\">{}</p>", safe(error));
    }
    if diff.added.is_empty() && diff.fixed.is_empty() {
        return text + if diff.error.is_none() { "<p>Nothing new, nothing gone.</p>\n" } else { "" };
    }
    for (word, list) in [("new", &diff.added), ("gone", &diff.fixed)] {
        let list: Vec<&Finding> = list.iter().collect();
        text.push_str(&folded(&format!("{} {word}", list.len()), &list));
    }
    text
}

fn findings(image: &Scanned) -> String {
    let all = worst(image);
    if all.is_empty() {
        return "<p class=\"good\">Nothing found.</p>\n".to_owned();
    }
    let (first, rest) = all.split_at(all.len().min(SHOWN));
    let rest_shown = &rest[..rest.len().min(MOST)];
    let mut text = format!("<h3>Findings</h3>\n{}", table(first));
    if !rest.is_empty() {
        text.push_str(&folded(&format!("{} more", rest.len()), rest_shown));
    }
    if rest.len() > MOST {
        let _ = writeln!(text, "<p class=\"faint\">and {} more, which --format json has</p>", rest.len() - MOST);
    }
    let accepted: Vec<&Finding> = image.findings().filter(|finding| finding.excepted_until.is_some()).take(MOST).collect();
    if accepted.is_empty() { text } else { text + &folded(&format!("{} accepted", accepted.len()), &accepted) }
}

fn folded(title: &str, findings: &[&Finding]) -> String {
    if findings.is_empty() {
        return format!("<p>{}</p>\n", safe(title));
    }
    format!("<details>\n<summary>{}</summary>\n{}</details>\n", safe(title), table(findings))
}

fn table(findings: &[&Finding]) -> String {
    let rows: String = findings.iter().map(|finding| row(finding)).collect();
    let head = "<tr><th>severity</th><th>finding</th><th>in</th><th>fixed in</th><th>what it is</th></tr>";
    format!("<div class=\"wide\"><table>\n<thead>{head}</thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n")
}

fn row(finding: &Finding) -> String {
    let severity = finding.severity.as_str();
    let fixed = finding.affected.as_ref().and_then(|affected| affected.fixed.as_deref()).unwrap_or_default();
    let until = finding.excepted_until.as_ref().map(|day| format!(" (accepted until {day})")).unwrap_or_default();
    let help = finding.help.as_ref().map(|help| format!("<br><span class=\"faint\">{}</span>", safe(help))).unwrap_or_default();
    format!(
        "<tr><td class=\"word {}\">{severity}</td><td class=\"id\">{}</td><td class=\"thing\"><code>{}</code></td><td class=\"fixed\"><code>{}</code></td><td class=\"what\">{}{}{help}</td></tr>\n",
        class(finding.severity),
        safe(&finding.id),
        safe(&cut_middle(&clean::line(&super::thing(finding)), THING)),
        safe(fixed),
        safe(&finding.message),
        safe(&until),
    )
}

fn class(severity: Severity) -> &'static str {
    if severity.family() == crate::finding::Family::Contents { severity.as_str() } else { "unknown" }
}

fn scanners(image: &Scanned) -> String {
    let packages: Vec<String> = image.packages.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let ran = |report: &&Report| report.status != crate::scan::Status::Off;
    let row = |report: &Report| {
        let errors = if report.error.is_some() { "error" } else { "ok" };
        let (name, time) = (safe(&report.name), duration(report.seconds));
        format!("<tr><td>{name}</td><td>{}</td><td>{errors}</td><td>{time}</td></tr>\n", report.findings.len())
    };
    let rows: String = image.scanners.iter().filter(ran).map(row).collect();
    let off = off(image);
    let off = if off.is_empty() { String::new() } else { format!("<p class=\"faint\">Off: {}</p>\n", safe(&off.join(", "))) };
    let packages = if packages.is_empty() { String::new() } else { format!("<p>Packages: {}</p>\n", safe(&packages.join(", "))) };
    let head = "<tr><th>scanner</th><th>findings</th><th>ended</th><th>took</th></tr>";
    format!(
        "<details>\n<summary>Scanners and packages</summary>\n{packages}<div class=\"wide\"><table>\n<thead>{head}</thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n{off}</details>\n"
    )
}

/// Text from anywhere, which is only text here: without control characters, and nothing in it is HTML.
fn safe(text: &str) -> String {
    escaped(&cut(&clean::line(text), LONGEST))
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            char => safe.push(char),
        }
    }
    safe
}
