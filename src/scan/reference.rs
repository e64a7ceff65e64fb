//! `docs/scan.md`: the tables of scanners and of their rules for people.

use super::{RULES, SCANNERS};
use crate::finding::{Rule, Severity};
use std::fmt::Write as _;

const HEAD: &str = include_str!("reference.md");

/// The page, in Markdown.
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("\n## The scanners\n\n| scanner | looks for | asks the network |\n| --- | --- | --- |\n");
    for scanner in SCANNERS {
        let network = if scanner.network { "yes" } else { "no" };
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| `{}` | {} | {network} |", scanner.name, cell(scanner.text));
    }
    let mut before = "";
    for (name, rules) in RULES {
        if *name != before {
            before = name;
            let _ =
                write!(page, "\n### {name}\n\n| finding | severity | what it is | found in | not in |\n| --- | --- | --- | --- | --- |\n");
        }
        rules.iter().for_each(|rule| row(&mut page, rule));
    }
    page
}

fn row(page: &mut String, rule: &Rule) {
    let severity = rule.severity.map_or("off", Severity::as_str);
    let (text, bad, good) = (cell(rule.text), cell(rule.bad), cell(rule.good));
    // Writing to a String cannot fail.
    let _ = writeln!(page, "| `{}` | {severity} | {text} | {bad} | {good} |", rule.id);
}

fn cell(text: &str) -> String {
    // A row of a table is one line, and some examples are files of several.
    text.trim_end().replace('|', "\\|").replace('<', "&lt;").replace('\n', "<br>")
}
