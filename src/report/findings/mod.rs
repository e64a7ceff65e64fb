//! Findings of a check: for people, for GitHub, as SARIF and as a table in Markdown.

mod fold;
mod sarif;

pub use sarif::sarif;

use self::fold::Folds;
use super::clean;
use super::screen::{Paint, Screen};
use crate::finding::{Counts, Finding, Severity};
use std::fmt::Write as _;

/// `path:line: error[id]: message` for each, what to do about it on a line below, and the count at the end.
pub fn findings(findings: &[Finding], counts: &Counts, screen: &Screen) -> String {
    findings_with_lines(findings, counts, screen, &|_| None)
}

/// The same, with the line that each is about below it, where `line_of` gives one.
pub fn findings_with_lines(
    findings: &[Finding],
    counts: &Counts,
    screen: &Screen,
    line_of: &dyn for<'a> Fn(&'a Finding) -> Option<String>,
) -> String {
    let mut text = String::new();
    let mut folds = Folds::of(findings);
    for (at, finding) in findings.iter().enumerate() {
        if folds.hides(at) {
            continue;
        }
        let paint = if finding.severity == Severity::Error { Paint::Bad } else { Paint::Caution };
        let word = paint.on(screen, &format!("{}[{}]", finding.severity.as_str(), finding.id));
        let until = finding.excepted_until.as_ref().map(|day| format!(" (accepted until {day})")).unwrap_or_default();
        // Writing to a String cannot fail.
        let line = line_of(finding);
        // What an expression of the template made, its line shows.
        let near = finding.approximate && line.as_ref().is_none_or(|line| !line.contains("{{"));
        let near = if near { " (near this line)" } else { "" };
        let _ = writeln!(text, "{}{word}: {}{near}{until}", place(finding), set_in(&finding.message));
        text.push_str(&line.and_then(|line| snippet(finding, &line)).unwrap_or_default());
        if let Some(help) = &finding.help {
            let _ = writeln!(text, "  {} {}", Paint::Strong.on(screen, "help:"), set_in(help));
        }
        text.push_str(&folds.below(at));
    }
    text + &counted(counts) + "\n"
}

/// How many characters of a line are shown.
const SHOWN: usize = 100;

/// The line with its number, and a mark under the column where that is known.
fn snippet(finding: &Finding, line: &str) -> Option<String> {
    let number = finding.line?.to_string();
    let start = line.chars().take_while(|c| c.is_whitespace()).count();
    let shown: String = clean::line(line.trim()).chars().take(SHOWN).collect();
    let mark = finding.column.and_then(|column| column.checked_sub(start + 1)).filter(|column| *column < SHOWN);
    let mark = mark.map(|column| format!("  {} | {}^\n", " ".repeat(number.len()), " ".repeat(column))).unwrap_or_default();
    (!shown.is_empty()).then(|| format!("  {number} | {shown}\n{mark}"))
}

fn place(finding: &Finding) -> String {
    let Some(path) = &finding.path else { return String::new() };
    let numbers = [finding.line, finding.line.and(finding.column)].into_iter().flatten();
    numbers.fold(clean::line(path), |place, number| format!("{place}:{number}")) + ": "
}

fn set_in(text: &str) -> String {
    clean::lines(text).collect::<Vec<_>>().join("\n    ")
}

fn counted(counts: &Counts) -> String {
    let many = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let further = [(counts.info, "info"), (counts.style, "style"), (counts.excepted, "accepted"), (counts.silenced, "silenced")];
    let further: String = further.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!(", {count} {word}")).collect();
    format!("{}, {}{further}", many(counts.error, "error"), many(counts.warning, "warning"))
}

/// Workflow commands that GitHub turns into annotations; `prefix` stands between the top of the repository and the paths.
/// Source: GitHub Docs, "Workflow commands for GitHub Actions".
pub fn findings_for_github(findings: &[Finding], prefix: &str) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut text = String::new();
    for finding in findings {
        let mut properties = Vec::new();
        properties.extend(finding.path.as_ref().map(|path| format!("file={}", property(&format!("{prefix}{path}")))));
        properties.extend(finding.line.filter(|_| finding.path.is_some()).map(|line| format!("line={line}")));
        properties.extend(finding.line.and(finding.column).map(|column| format!("col={column}")));
        properties.push(format!("title={}", finding.id));
        let help = finding.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
        let message = data(&format!("{}{help}", finding.message));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "::{} {}::{message}", annotation(finding.severity), properties.join(","));
    }
    text
}

/// GitHub has three kinds of annotations.
fn annotation(severity: Severity) -> &'static str {
    match severity {
        Severity::Error | Severity::Critical | Severity::High => "error",
        Severity::Warning | Severity::Medium => "warning",
        Severity::Info | Severity::Style | Severity::Low | Severity::Unknown => "notice",
    }
}

/// A table in Markdown, for a pull request or a CI summary.
pub fn findings_summary(findings: &[Finding], counts: &Counts) -> String {
    let mut text = format!("### Check: {}\n", counted(counts));
    if !findings.is_empty() {
        text.push_str("\n| severity | rule | where | what |\n| --- | --- | --- | --- |\n");
    }
    let cell = |text: &str| clean::line(&text.replace('\n', " ")).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;");
    for finding in findings {
        let place = place(finding);
        let place = place.trim_end_matches(": ");
        let place = if place.is_empty() { String::new() } else { format!("`{}`", place.replace('|', "\\|").replace('`', "'")) };
        let help = finding.help.as_ref().map(|help| format!("; {}", cell(help))).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {} | `{}` | {place} | {}{help} |", finding.severity.as_str(), finding.id, cell(&finding.message));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding() -> Finding {
        Finding::new("cycle", Severity::Error, "50% of\na | b, c")
            .about(Some("a"))
            .at(Some("a,b/control".into()), Some(3), None)
            .help(Some("cut: it"))
    }

    #[test]
    fn annotations_escape_what_would_end_them() {
        let text = findings_for_github(&[finding()], "images/");
        assert_eq!(text, "::error file=images/a%2Cb/control,line=3,title=cycle::50%25 of%0Aa | b, c%0Acut: it\n");
        let bare = Finding { path: None, help: None, ..finding() };
        assert_eq!(findings_for_github(&[bare], ""), "::error title=cycle::50%25 of%0Aa | b, c\n");
    }

    #[test]
    fn tables_keep_their_columns() {
        let text = findings_summary(&[finding()], &Counts { error: 1, silenced: 2, ..Counts::default() });
        assert!(text.starts_with("### Check: 1 error, 0 warnings, 2 silenced\n"), "{text}");
        assert!(text.ends_with("| error | `cycle` | `a,b/control:3` | 50% of a \\| b, c; cut: it |\n"), "{text}");
    }

    #[test]
    fn the_line_is_shown_with_a_mark_under_the_column() {
        let here = Finding { column: Some(7), help: None, message: "m".into(), severity: Severity::Info, ..finding() };
        let accepted = Finding { column: None, excepted_until: Some("2026-12-31".into()), ..here.clone() };
        let counts = Counts { info: 1, excepted: 1, ..Counts::default() };
        let text = findings_with_lines(&[here, accepted], &counts, &Screen::plain(), &|_| Some("  RUN apt\u{1b}[31m".into()));
        let expected = "a,b/control:3:7: info[cycle]: m\n  3 | RUN apt\n    |     ^\n\
            a,b/control:3: info[cycle]: m (accepted until 2026-12-31)\n  3 | RUN apt\n0 errors, 0 warnings, 1 info, 1 accepted\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn people_see_place_rule_and_help() {
        let text = findings(&[finding()], &Counts { error: 1, ..Counts::default() }, &Screen::plain());
        assert_eq!(text, "a,b/control:3: error[cycle]: 50% of\n    a | b, c\n  help: cut: it\n1 error, 0 warnings\n");
    }
}
