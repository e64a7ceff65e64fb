//! What a scanner of the configuration answers.

mod list;
mod sarif;

use super::said::Said;
use super::{first_line, plain};
use crate::config::{ExternalAnswer, ExternalScanner};
use crate::finding::{Affected, Finding, Severity};
use crate::scan::Subject;

/// How many findings of one scanner count, and how long their texts may be, in characters.
const MOST: usize = 10_000;
const TEXT: usize = 2000;
const ID: usize = 200;

/// What it found.
pub struct Answer {
    /// The findings.
    pub findings: Vec<Finding>,
    /// What is not right about the answer, beside them.
    pub trouble: Option<String>,
}

/// A finding as a scanner tells it.
#[derive(Default)]
pub(super) struct Told {
    pub id: String,
    pub severity: Option<Severity>,
    pub message: String,
    pub path: Option<String>,
    pub line: Option<usize>,
    pub help: Option<String>,
    pub package: Option<String>,
    pub version: Option<String>,
    pub fixed: Option<String>,
}

/// Reads it in the form that the configuration says.
///
/// # Errors
/// When it is not in that form.
pub fn read(subject: &Subject<'_>, scanner: &ExternalScanner, said: &Said) -> Result<Answer, String> {
    let code = said.code.clone()?;
    let told = match scanner.answers {
        ExternalAnswer::Exit => return exit(subject, scanner, code, said),
        ExternalAnswer::Json => list::read(&said.stdout),
        ExternalAnswer::Sarif => sarif::read(&said.stdout),
    };
    // Many scanners end with another code when they found something; without an answer the code says why.
    let mut told = told.map_err(|error| match (code, said.stdout.trim_ascii().is_empty()) {
        (0, _) => format!("{error}: {}", first_line(&said.stdout)),
        (code, true) => format!("it gives no answer (exit code {code}): {}", first_line(&said.stderr)),
        (code, false) => format!("{error} (exit code {code}): {}", first_line(&said.stderr)),
    })?;
    let count = told.len();
    told.truncate(MOST);
    let trouble = (count > MOST).then(|| format!("it has {count} findings, of which the first {MOST} count"));
    Ok(Answer { findings: told.into_iter().map(|told| finding(subject, scanner, told)).collect(), trouble })
}

/// The exit code as an answer.
fn exit(subject: &Subject<'_>, scanner: &ExternalScanner, code: i64, said: &Said) -> Result<Answer, String> {
    let line = [&said.stderr, &said.stdout].into_iter().find(|said| !said.trim_ascii().is_empty());
    let line = line.map_or_else(|| "it says nothing".to_owned(), |said| first_line(said));
    match code {
        0 => Ok(Answer { findings: Vec::new(), trouble: None }),
        // Source: POSIX shell, exit status of what cannot be run.
        126 | 127 => Err(format!("it could not be run (exit code {code}): {line}")),
        code => {
            let message = format!("{} ended with exit code {code}: {line}", scanner.name);
            let finding = Finding::new("external-failed", Severity::High, message).about(subject.name);
            Ok(Answer { findings: vec![finding], trouble: None })
        }
    }
}

fn finding(subject: &Subject<'_>, scanner: &ExternalScanner, told: Told) -> Finding {
    let short = |text: &Option<String>| text.as_deref().map(|text| plain(text, TEXT)).filter(|text| !text.is_empty());
    let id = plain(&told.id, ID);
    let id = if id.is_empty() { scanner.name.clone() } else { id };
    let affected = short(&told.package).map(|package| Affected {
        package,
        version: short(&told.version).unwrap_or_default(),
        fixed: short(&told.fixed),
        layer: None,
    });
    let finding = Finding::new(id, told.severity.unwrap_or(Severity::Unknown), plain(&told.message, TEXT)).about(subject.name);
    let finding = finding.at(short(&told.path), told.line.filter(|line| *line > 0), None).help(short(&told.help));
    match affected {
        Some(affected) => finding.of_package(affected),
        None => finding,
    }
}

/// A word of a scanner's: ours, or those of compilers.
pub(super) fn severity(word: &str) -> Option<Severity> {
    crate::scan::vulnerabilities::severity_word(word).or_else(|| match word.trim().to_ascii_lowercase().as_str() {
        "error" => Some(Severity::High),
        "warning" => Some(Severity::Medium),
        "note" | "info" | "style" => Some(Severity::Low),
        _ => None,
    })
}
