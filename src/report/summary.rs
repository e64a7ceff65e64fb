//! `--summary FILE`: Markdown for a pull request or the summary page of a CI run.

use super::clean;
use super::file::{Finish, WriteError, replace};
use super::ledger::{Image, ImageEnd, Ledger, counted};
use super::{amounts, columns};
use crate::event::{Event, ImageOutcome, Sink, Step};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// The order of the table: what needs eyes comes first.
const ORDER: [ImageOutcome; 6] = [
    ImageOutcome::Failed,
    ImageOutcome::Blocked,
    ImageOutcome::Cancelled,
    ImageOutcome::Published,
    ImageOutcome::Built,
    ImageOutcome::Reused,
];

/// The steps that find something.
const GATES: [Step; 3] = [Step::Lint, Step::Test, Step::Scan];

/// Longer log lines are cut: GitHub takes summaries of up to 1 MiB and comments of up to 65,536 characters.
const LONGEST_LINE: usize = 300;

/// Collects events and writes a Markdown summary at the end.
pub struct Summary {
    path: PathBuf,
    ledger: Mutex<Ledger>,
}

impl Summary {
    /// Will write to `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ledger: Mutex::default() }
    }
}

impl Sink for Summary {
    fn take(&self, event: &Event) {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner).take(event);
    }
}

impl Finish for Summary {
    fn finish(&self) -> Result<(), WriteError> {
        let text = markdown(&self.ledger.lock().unwrap_or_else(PoisonError::into_inner));
        replace("the summary", &self.path, text.as_bytes())
    }
}

fn markdown(ledger: &Ledger) -> String {
    let mut text = heading(ledger);
    let rows: Vec<_> = ORDER.into_iter().flat_map(|outcome| ledger.ended(outcome)).collect();
    if !rows.is_empty() {
        text.push('\n');
        text.push_str(&table(&rows));
    }
    let unfinished: Vec<String> = ledger.images().iter().filter(|image| image.end.is_none()).map(|image| escaped(&image.name)).collect();
    if !unfinished.is_empty() {
        text.push_str(&format!("\nNot finished: {}\n", unfinished.join(", ")));
    }
    for (image, end) in ledger.ended(ImageOutcome::Failed) {
        text.push_str(&failure(image, end));
    }
    text.push_str(&findings(ledger));
    if !ledger.moved.is_empty() {
        text.push_str("\nTags moved:\n\n");
        let lines = ledger.moved.iter().map(|moved| format!("- {} → {}\n", code(&moved.reference), code(&moved.digest)));
        text.extend(lines);
    }
    text + &skipped(ledger)
}

fn heading(ledger: &Ledger) -> String {
    let counts = counted(&ledger.counts());
    match ledger.end {
        Some(end) if end.exit <= 1 => format!("## Cooperage: {counts} in {}\n", amounts::duration(end.seconds)),
        Some(end) => format!("## Cooperage: {counts}\n\nThe run stopped before its end (exit code {}).\n", end.exit),
        None => format!("## Cooperage: {counts}\n\nThe run stopped before its end.\n"),
    }
}

fn table(rows: &[(&Image, &ImageEnd)]) -> String {
    let mut text = String::from("| image | outcome | reference | why | seconds |\n| --- | --- | --- | --- | ---: |\n");
    for (image, end) in rows {
        let (name, outcome, seconds) = (escaped(&image.name), end.outcome.as_str(), end.seconds);
        let why = escaped(&columns::cut(&clean::line(&image.why()), 200));
        text.push_str(&format!("| {name} | {outcome} | {} | {why} | {seconds:.1} |\n", code(&image.reference)));
    }
    text
}

/// What gates found and let pass.
fn findings(ledger: &Ledger) -> String {
    let of = |image: &Image, step: Step| {
        let line = |message: &str| format!("- {}, {}: {}\n", escaped(&image.name), step.as_str(), escaped(message));
        image.found(step).map(line).collect::<String>()
    };
    let lines: String = ledger.images().iter().flat_map(|image| GATES.map(|step| of(image, step))).collect();
    if lines.is_empty() { lines } else { format!("\nFound, and stopped nothing:\n\n{lines}") }
}

fn failure(image: &Image, end: &ImageEnd) -> String {
    let tail: Vec<String> = std::iter::once(image.why()).chain(end.log_tail.iter().cloned()).collect();
    let lines = tail.iter().flat_map(|text| clean::lines(text).collect::<Vec<_>>());
    let body = lines.map(|line| columns::cut(&line, LONGEST_LINE)).collect::<Vec<_>>().join("\n");
    let fence = "`".repeat(longest_run(&body).max(2) + 1);
    let name = html(&image.name);
    format!("\n<details><summary>{name} failed: the end of its log</summary>\n\n{fence}text\n{body}\n{fence}\n\n</details>\n")
}

fn skipped(ledger: &Ledger) -> String {
    let rows: Vec<_> = ledger.ended(ImageOutcome::Skipped).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("\n<details><summary>{} skipped</summary>\n\n{}\n</details>\n", rows.len(), table(&rows))
}

/// In a code span; what a reference may not hold would end the span or the field.
pub(super) fn code(text: &str) -> String {
    let text: String = clean::line(text).chars().filter(|char| !matches!(char, '`' | '|')).collect();
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

/// Text in a table, where Markdown, HTML and mentions of people mean nothing.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in clean::line(text).chars() {
        match char {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' => safe.extend(['\\', char]),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            // A zero-width blank behind it keeps GitHub and GitLab from calling somebody of that name.
            '@' => safe.push_str("@\u{200b}"),
            char => safe.push(char),
        }
    }
    safe
}

/// Text in HTML, where Markdown means nothing.
pub(super) fn html(text: &str) -> String {
    clean::line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The longest row of backticks: a fence must be longer than any inside (CommonMark 0.31, 4.5).
fn longest_run(text: &str) -> usize {
    text.split(|char| char != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_stays_text() {
        assert_eq!(escaped("a|b <img> *x* @you"), "a\\|b &lt;img&gt; \\*x\\* @\u{200b}you");
        assert_eq!(code("a`|b"), "`ab`");
        assert_eq!(longest_run("a ``` b ````` c `"), 5);
    }
}
