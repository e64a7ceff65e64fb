//! What was judged, for people and programs.

use super::Subject;
use crate::cli::exit::Trouble;
use crate::cli::options::Format;
use crate::finding::{Counts, Finding, Rule};
use crate::index::compatible::{FileVerdict, Record};
use crate::report::{findings as for_people, findings_for_github, json, sarif, text};
use serde::Serialize;

/// How strict the verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Strict,
    Compatible,
}

/// Everything that is told.
pub struct Told<'a> {
    pub mode: Mode,
    pub base: Option<&'a str>,
    pub ok: bool,
    pub aborted: bool,
    pub files: &'a [FileVerdict],
    pub records: &'a [Record],
    pub findings: &'a [Finding],
    pub rules: &'a [Rule],
}

/// The document of `index validate`.
#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    mode: Mode,
    ok: bool,
    aborted: bool,
    base: Option<&'a str>,
    files: &'a [FileVerdict],
    results: &'a [Record],
    counts: Amounts,
}

#[derive(Serialize)]
struct Amounts {
    files: usize,
    entries: usize,
    results: usize,
    error: usize,
    warning: usize,
}

impl Told<'_> {
    /// Prints it in the form that was asked for; people and GitHub get the findings that `is_shown`.
    pub fn print(&self, subject: &Subject<'_>, is_shown: &dyn Fn(&Finding) -> bool) -> Result<(), Trouble> {
        let prefix = crate::cli::commands::prefix_of(&subject.folder.root);
        let shown = || self.findings.iter().filter(|finding| is_shown(finding)).cloned().collect::<Vec<_>>();
        let mut out = std::io::stdout().lock();
        match subject.surroundings.format {
            Format::Json => json(&mut out, &self.document())?,
            Format::Sarif => json(&mut out, &sarif(self.findings, self.rules, &prefix))?,
            Format::Github => text(&mut out, &findings_for_github(&shown(), &prefix))?,
            Format::Human => {
                let counts = Counts::of(self.findings);
                let told = for_people(&shown(), &counts, &subject.surroundings.out);
                text(&mut out, &(told + &self.counted()))?;
            }
        }
        Ok(())
    }

    fn document(&self) -> Document<'_> {
        let sum = |of: fn(&Record) -> usize| self.records.iter().map(of).sum();
        let counts = Amounts {
            files: self.files.len(),
            entries: self.entries(),
            results: self.records.len(),
            error: sum(|record| record.errors.len()),
            warning: sum(|record| record.warnings.len()),
        };
        let Self { mode, ok, aborted, base, files, records, .. } = *self;
        Document { v: 1, mode, ok, aborted, base, files, results: records, counts }
    }

    fn entries(&self) -> usize {
        self.files.iter().map(|file| file.entries).sum()
    }

    /// The last line.
    fn counted(&self) -> String {
        let many = |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
        let failed = self.files.iter().filter(|file| !file.ok).count();
        let files = many(self.files.len(), "file", "files");
        let entries = many(self.entries(), "entry", "entries");
        let mode = if self.mode == Mode::Compatible { ", as the original validator judges" } else { "" };
        let end = match (self.aborted, failed) {
            (true, _) => "the run ended early".to_owned(),
            (_, 0) => "all pass".to_owned(),
            (_, failed) => format!("{} not pass", many(failed, "file does", "files do")),
        };
        format!("{files} with {entries}{mode}: {end}\n")
    }
}
