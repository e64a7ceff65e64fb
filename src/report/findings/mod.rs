//! Findings of a check: for people, for GitHub, as SARIF and as a table in Markdown.

mod sarif;

pub use sarif::sarif;

use super::clean;
use super::screen::{Paint, Screen};
use crate::finding::{Counts, Finding, Severity};
use std::fmt::Write as _;

/// `path:line: error[id]: message` for each, what to do about it on a line below, and the count at the end.
pub fn findings(findings: &[Finding], counts: &Counts, screen: &Screen) -> String {
    let mut text = String::new();
    for finding in findings {
        let paint = if finding.severity == Severity::Error { Paint::Bad } else { Paint::Caution };
        let word = paint.on(screen, &format!("{}[{}]", finding.severity.as_str(), finding.id));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}{word}: {}", place(finding), set_in(&finding.message));
        if let Some(help) = &finding.help {
            let _ = writeln!(text, "  {} {}", Paint::Strong.on(screen, "help:"), set_in(help));
        }
    }
    text + &counted(counts) + "\n"
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
    let silenced = if counts.silenced == 0 { String::new() } else { format!(", {} silenced", counts.silenced) };
    let many = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    format!("{}, {}{silenced}", many(counts.error, "error"), many(counts.warning, "warning"))
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
        let _ = writeln!(text, "::{} {}::{message}", finding.severity.as_str(), properties.join(","));
    }
    text
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
        Finding {
            id: "cycle".into(),
            severity: Severity::Error,
            subject: Some("a".into()),
            message: "50% of\na | b, c".into(),
            path: Some("a,b/control".into()),
            line: Some(3),
            column: None,
            approximate: false,
            help: Some("cut: it".into()),
            excepted_until: None,
            affected: None,
        }
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
    fn people_see_place_rule_and_help() {
        let text = findings(&[finding()], &Counts { error: 1, ..Counts::default() }, &Screen::plain());
        assert_eq!(text, "a,b/control:3: error[cycle]: 50% of\n    a | b, c\n  help: cut: it\n1 error, 0 warnings\n");
    }
}
