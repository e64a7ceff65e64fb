//! `registry gc`: removes what nothing needs any more, or says what that would be.

use super::{Catalogue, Desk};
use crate::cli::exit::{self, FAILED, INTERRUPTED, Trouble, WRONG};
use crate::cli::options::registries::GcOptions as Options;
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::event::{Clock as _, SystemClock};
use crate::name::{Digest, Pattern};
use crate::publish::retain::{Action, Policy, RecordFile};
use crate::report::{Cell, MarkdownTable, Paint, Table, check_writable, json, markdown, replace, text};
use crate::run::{GcOptions, GcReport, GcRow, KeepError, gc, lock_catalogue, record_place};
use jiff::Timestamp;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// How long to wait between two looks at a record that another gc holds.
const PAUSE: Duration = Duration::from_millis(200);

const ACTIONS: [Action; 4] = [Action::Deleted, Action::Marked, Action::Kept, Action::Foreign];

#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    ok: bool,
    dry_run: bool,
    problems: &'a [String],
    counts: Counts,
    tags: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Counts {
    deleted: usize,
    marked: usize,
    kept: usize,
    foreign: usize,
}

#[derive(Serialize)]
struct Row<'a> {
    reference: &'a str,
    digest: Option<&'a Digest>,
    name: Option<&'a str>,
    version: Option<&'a str>,
    first_seen: Option<String>,
    action: Action,
    reason: Told,
}

#[derive(Serialize)]
struct Told {
    code: &'static str,
    text: String,
}

/// Decides, and removes where that was asked for.
pub async fn run(call: &Call, options: &Options, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let desk = Desk::open(call, surroundings)?;
    if let Some(path) = &options.summary {
        check_writable("the summary", path)?;
    }
    let place = options.state.clone().or_else(|| record_place(&options.directory, &surroundings.env)).ok_or(KeepError::NoState)?;
    // Nothing may be published while things go; a dry run is in nobody's way.
    let waiting = || exit::note(surroundings, "another run works on this catalogue; waiting for it to end");
    let locks = options.delete && options.directory.is_dir();
    let _lock = if locks { Some(lock_catalogue(&options.directory, &desk.cancel, waiting).await?) } else { None };
    let catalogue = desk.catalogue(&options.directory, &options.keep_from, surroundings)?;
    let file = lock(&desk, &place, surroundings).await?;
    let report = collect(&desk, &catalogue, &file, options, surroundings).await?;
    desk.tell_stale(surroundings);
    if let Some(path) = &options.summary {
        replace("the summary", path, summary(&report, options.delete).as_bytes())?;
    }
    print(&report, options, surroundings)?;
    for problem in &report.problems {
        exit::note(surroundings, problem);
    }
    Ok(match (&report, catalogue.is_sound) {
        (GcReport { interrupted: true, .. }, _) => INTERRUPTED,
        (_, false) if options.delete => WRONG,
        (GcReport { problems, .. }, true) if problems.is_empty() => 0,
        _ => FAILED,
    })
}

async fn lock(desk: &Desk, place: &Path, surroundings: &Surroundings) -> Result<RecordFile, Trouble> {
    let mut told = false;
    loop {
        if let Some(file) = RecordFile::try_lock(place).map_err(KeepError::from)? {
            return Ok(file);
        }
        if !told {
            exit::note(surroundings, "another gc works with this record; waiting for it to end");
            told = true;
        }
        desk.until(async {
            tokio::time::sleep(PAUSE).await;
            Ok(())
        })
        .await?;
    }
}

async fn collect(
    desk: &Desk,
    catalogue: &Catalogue,
    file: &RecordFile,
    options: &Options,
    surroundings: &Surroundings,
) -> Result<GcReport, Trouble> {
    let (mut record, aside) = file.read().map_err(KeepError::from)?;
    if let Some(aside) = aside {
        let message = format!("the record of gc was damaged and is {} now; every tag counts as new", aside.display());
        exit::note(surroundings, &message);
    }
    let keep = &desk.config.cooperage.keep;
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    // The configuration has been checked: every pattern can be read.
    let patterns = keep.tags.iter().filter_map(|text| Pattern::parse(text).ok()).collect();
    let now = SystemClock.now().as_second();
    let how = GcOptions {
        policy: Policy { keep: patterns, min_age: seconds(keep.min_age), grace: seconds(keep.grace), now },
        max_delete: keep.max_delete,
        delete: options.delete,
        parallel: desk.config.registry_parallel(),
        forbidden: (!catalogue.is_sound).then(|| "the catalogue has defects; nothing is removed".to_owned()),
        cancel: &desk.cancel,
    };
    let work = async { Ok(gc(&catalogue.owners, &desk.spots, file, &mut record, &how).await?) };
    // With --delete it ends by itself, between two removals, and says what it did.
    if options.delete { work.await } else { desk.until(work).await }
}

fn count(report: &GcReport, action: Action) -> usize {
    report.rows.iter().filter(|row| row.verdict.action == action).count()
}

fn sentence(report: &GcReport, delete: bool) -> String {
    let counts = ACTIONS.map(|action| format!("{} {}", count(report, action), action.as_str())).join(", ");
    if delete { counts } else { format!("{counts} (dry run: nothing was removed or marked)") }
}

fn print(report: &GcReport, options: &Options, surroundings: &Surroundings) -> Result<(), Trouble> {
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        let [deleted, marked, kept, foreign] = ACTIONS.map(|action| count(report, action));
        let counts = Counts { deleted, marked, kept, foreign };
        let tags = report.rows.iter().map(row).collect();
        let ok = report.problems.is_empty() && !report.interrupted;
        return Ok(json(&mut out, &Document { v: 1, ok, dry_run: !options.delete, problems: &report.problems, counts, tags })?);
    }
    let mut table = Table::new(&["action", "reference", "digest", "why"]).references(1);
    for row in &report.rows {
        let paint = match row.verdict.action {
            Action::Deleted => Paint::Bad,
            Action::Marked => Paint::Caution,
            Action::Kept => Paint::None,
            Action::Foreign => Paint::Faint,
        };
        let digest = row.digest.as_ref().map_or("-", Digest::short);
        let why = row.verdict.reason.text();
        table.row([Cell::new(row.verdict.action.as_str(), paint), Cell::from(&row.reference), Cell::from(digest), Cell::from(why)]);
    }
    let shown = if report.rows.is_empty() { String::new() } else { table.render(&surroundings.out) };
    Ok(text(&mut out, &format!("{shown}{}\n", sentence(report, options.delete)))?)
}

fn row(row: &GcRow) -> Row<'_> {
    Row {
        reference: &row.reference,
        digest: row.digest.as_ref(),
        name: row.name.as_deref(),
        version: row.version.as_deref(),
        first_seen: Timestamp::from_second(row.first).ok().map(|at| at.to_string()),
        action: row.verdict.action,
        reason: Told { code: row.verdict.reason.code(), text: row.verdict.reason.text() },
    }
}

fn summary(report: &GcReport, delete: bool) -> String {
    let tables = ACTIONS.map(|action| MarkdownTable {
        title: format!("{} {}", count(report, action), action.as_str()),
        folded: matches!(action, Action::Kept | Action::Foreign),
        headings: vec!["reference", "digest", "why"],
        rows: report
            .rows
            .iter()
            .filter(|row| row.verdict.action == action)
            .map(|row| {
                let digest = row.digest.as_ref().map_or("-", Digest::short).to_owned();
                vec![row.reference.clone(), digest, row.verdict.reason.text()]
            })
            .collect(),
    });
    let sentences: Vec<String> = std::iter::once(sentence(report, delete)).chain(report.problems.iter().cloned()).collect();
    markdown("Registry gc", &sentences, &tables)
}
