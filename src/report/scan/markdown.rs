//! A summary in Markdown, for a pull request or a CI summary.

use super::worst::worst;
use super::{counted, described, off, remedy, thing, verdict};
use crate::finding::Finding;
use crate::report::markdown::{MarkdownTable, markdown};
use crate::scan::Scanned;

/// So many findings are shown at once; the rest is folded.
const SHOWN: usize = 5;

/// All images: a table of them, and a table of findings for each.
pub fn scan_markdown(images: &[Scanned]) -> String {
    let overview = MarkdownTable {
        title: "Images".to_owned(),
        folded: false,
        headings: vec!["image", "result", "holds", "findings", "compared with"],
        rows: images.iter().map(row).collect(),
    };
    let tables: Vec<MarkdownTable> = std::iter::once(overview).chain(images.iter().flat_map(of_image)).collect();
    markdown("Scan", &sentences(images), &tables)
}

fn row(image: &Scanned) -> Vec<String> {
    let since = image.diff.as_ref().map(|diff| match &diff.error {
        Some(error) if diff.added.is_empty() && diff.fixed.is_empty() => format!("{}: not compared: {error}", diff.reference),
        _ => format!("{}: {} new, {} gone", diff.reference, diff.added.len(), diff.fixed.len()),
    });
    let counted = if image.error.is_some() { String::new() } else { counted(&image.counts()) };
    vec![image.reference.clone(), verdict(image).to_owned(), described(image), counted, since.unwrap_or_default()]
}

/// Errors, and who did not run.
fn sentences(images: &[Scanned]) -> Vec<String> {
    let mut list = Vec::new();
    for image in images {
        list.extend(image.errors().map(|(who, error)| format!("{}: {who}: {}", image.reference, error.replace('\n', "; "))));
        let off = off(image);
        list.extend((!off.is_empty()).then(|| format!("{}: off: {}", image.reference, off.join(", "))));
    }
    list
}

fn of_image(image: &Scanned) -> Vec<MarkdownTable> {
    let findings = worst(image);
    let (first, rest) = findings.split_at(findings.len().min(SHOWN));
    let table = |title: String, folded: bool, findings: &[&Finding]| MarkdownTable {
        title,
        folded,
        headings: vec!["finding", "severity", "in", "fixed in, or what it is"],
        rows: findings.iter().map(|finding| finding_row(finding)).collect(),
    };
    let mut tables = vec![table(image.reference.clone(), false, first)];
    tables.push(table(format!("{} more of {}", rest.len(), image.reference), true, rest));
    if let Some(diff) = &image.diff {
        let all = |list: &[Finding]| list.iter().map(finding_row).collect::<Vec<_>>();
        for (word, list) in [("New", &diff.added), ("Gone", &diff.fixed)] {
            let title = format!("{word} in {} since {}: {}", image.reference, diff.reference, list.len());
            let headings = vec!["finding", "severity", "in", "fixed in, or what it is"];
            tables.push(MarkdownTable { title, folded: true, headings, rows: all(list) });
        }
    }
    tables
}

fn finding_row(finding: &Finding) -> Vec<String> {
    vec![finding.id.to_string(), finding.severity.as_str().to_owned(), thing(finding), remedy(finding)]
}
