//! From a Dockerfile to findings: rules, comments that silence them, places in the template.

use super::context::Context;
use super::place::{Lines, Sure};
use super::rules::secrets;
use super::subject::Subject;
use super::table::{self, Row, rows};
use super::told::Told;
use crate::dockerfile::{Dockerfile, ParseError, parse_all};
use crate::finding::{Finding, Levels, Severity, silence};
use std::collections::BTreeSet;

/// Which rules look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All of the table.
    All,
    /// Those that hadolint has not.
    Own,
}

/// What came of a Dockerfile.
#[derive(Clone, Debug, Default)]
pub struct Linted {
    /// What breaks a rule, by line.
    pub findings: Vec<Finding>,
    /// How many findings comments silence.
    pub silenced: usize,
    /// The lines of the file that people edit, from 1, that must not be shown: they hold credentials.
    pub hidden: BTreeSet<usize>,
}

/// Something that breaks a rule, by whoever found it, in the rendered Dockerfile.
pub(super) struct Raw<'a> {
    pub id: String,
    pub severity: Option<Severity>,
    pub line: usize,
    pub byte: Option<usize>,
    pub message: String,
    pub help: Option<&'a str>,
}

/// With more instructions than this a file is no Dockerfile; rules compare instructions with each other.
const MOST: usize = 5000;

/// Lints one Dockerfile. What cannot be read as one has the finding DL1000 for each mistake, and no other.
pub fn lint(subject: &Subject<'_>, levels: &Levels, which: Which) -> Linted {
    let (read, errors);
    let file: &Dockerfile = match subject.parsed {
        Some(file) => {
            errors = Vec::<ParseError>::new();
            file
        }
        None => {
            let all;
            (read, all) = parse_all(subject.text);
            // What stands before the first FROM is told by DL3061.
            let is_read = |line: usize| read.instructions.iter().any(|one| one.line == line && one.keyword != "FROM");
            errors = all.into_iter().filter(|error| !is_read(error.line)).collect::<Vec<_>>();
            &read
        }
    };
    let places = Places::new(subject);
    let context = Context::new(file, subject.text, &subject.facts, places.lines.as_ref());
    let mut found: Vec<Raw<'_>> = Vec::new();
    if let Some((line, message)) = &subject.broken {
        found.push(unreadable(*line, message.clone()));
    } else if file.instructions.len() > MOST {
        let message = format!("the file has {} instructions; no image has more than 127 layers", file.instructions.len());
        return finish(subject, levels, vec![unreadable(1, message)], &places, &[]);
    } else if which == Which::All && !errors.is_empty() {
        let whole = |error: ParseError| match error.help {
            Some(help) => unreadable(error.line, format!("{}; {help}", error.message)),
            None => unreadable(error.line, error.message),
        };
        found.extend(errors.into_iter().map(whole));
    } else {
        let meant = |row: &&Row| which == Which::All || !row.is_hadolints();
        let switched = |row: &&Row| levels.of(row.rule.id).is_some();
        found.extend(rows().filter(meant).filter(switched).flat_map(|row| hits(row, &context)));
    }
    let hidden = secrets::lines(&context);
    finish(subject, levels, found, &places, &hidden)
}

fn unreadable(line: usize, message: String) -> Raw<'static> {
    let help = table::find("DL1000").map(|row| row.help);
    Raw { id: "DL1000".to_owned(), severity: Some(Severity::Error), line, byte: None, message, help }
}

/// What one rule finds, without what comments to hadolint leave out.
fn hits(row: &'static Row, context: &Context<'_>) -> Vec<Raw<'static>> {
    let mut told = Told::default();
    (row.check)(context, &mut told);
    let id = row.rule.id;
    // A comment cannot switch off the rule about such comments.
    let counts = |start: usize| id == "DL1001" || !context.pragmas.ignores(id, start);
    let hits = told.0.into_iter().filter(|hit| counts(hit.start));
    let raw = hits.map(|hit| Raw {
        id: id.to_owned(),
        severity: row.rule.severity,
        line: hit.line,
        byte: hit.byte,
        message: hit.message,
        help: Some(row.help),
    });
    raw.collect()
}

/// Gives what was found its severity and place, leaving out what is switched off or silenced. `hidden` are rendered lines.
pub(super) fn finish(subject: &Subject<'_>, levels: &Levels, found: Vec<Raw<'_>>, places: &Places<'_>, hidden: &[usize]) -> Linted {
    let silent = silenced(subject);
    let mut linted = Linted { hidden: hidden.iter().map(|line| places.of(*line, None).line).collect(), ..Linted::default() };
    for raw in found {
        let Some(severity) = levels.told_or(&raw.id, raw.severity) else { continue };
        if silent.contains(&raw.id) {
            linted.silenced += 1;
            continue;
        }
        let place = places.of(raw.line, raw.byte);
        let finding = Finding::new(raw.id, severity, raw.message)
            .about(subject.name)
            .at(Some(subject.path.clone()), Some(place.line), place.column)
            .roughly(place.approximate)
            .help(raw.help);
        linted.findings.push(finding);
    }
    linted.findings.sort_by(|a, b| (a.line, a.column, &a.id, &a.message).cmp(&(b.line, b.column, &b.id, &b.message)));
    linted.findings.dedup();
    linted
}

/// The rules that `# cooperage ignore=` comments of the template, or of the Dockerfile, name with a reason.
fn silenced(subject: &Subject<'_>) -> BTreeSet<String> {
    let lines = subject.template.unwrap_or_default().lines().chain(subject.text.lines());
    let told = lines.filter_map(silence).filter(|told| !told.reason.is_empty());
    told.flat_map(|told| told.ids).map(str::to_owned).collect()
}

/// Places in the file that people edit.
pub(super) struct Places<'a> {
    text: &'a str,
    starts: Vec<usize>,
    pub lines: Option<Lines>,
}

/// One place.
pub(super) struct Place {
    pub line: usize,
    pub column: Option<usize>,
    pub approximate: bool,
}

impl<'a> Places<'a> {
    pub fn new(subject: &Subject<'a>) -> Self {
        let starts = std::iter::once(0).chain(subject.text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text: subject.text, starts, lines: subject.template.map(|template| Lines::new(template, subject.text)) }
    }

    /// Of a line of the Dockerfile, from 1, and a byte of it.
    pub fn of(&self, line: usize, byte: Option<usize>) -> Place {
        let column = byte.and_then(|byte| {
            let start = *self.starts.get(line.checked_sub(1)?)?;
            // A very long line is not counted through for every finding.
            let before = self.text.get(start..byte).filter(|before| before.len() <= LONG)?;
            Some(before.chars().count() + 1)
        });
        match self.lines.as_ref().map(|lines| lines.of(line)) {
            None => Place { line, column, approximate: false },
            Some((line, Sure::Same)) => Place { line, column, approximate: false },
            Some((line, sure)) => Place { line, column: None, approximate: sure == Sure::Near },
        }
    }
}

/// Columns beyond this many bytes are not told.
const LONG: usize = 4096;
