//! `registry gc`: decides what nothing needs any more, and removes it.

use super::KeepError;
use super::delete::remove;
use super::estate::{Estate, estate};
use super::look::{Found, look, mark};
use crate::name::Digest;
use crate::publish::Spots;
use crate::publish::retain::{Action, Item, Owners, Policy, Reason, Record, RecordFile, Shelf, Verdict, decide};
use tokio_util::sync::CancellationToken;

/// How gc is called.
pub struct GcOptions<'a> {
    /// What stays in general.
    pub policy: Policy,
    /// The most tags that may go.
    pub max_delete: usize,
    /// Whether anything goes at all.
    pub delete: bool,
    /// Requests at once.
    pub parallel: usize,
    /// Why nothing may be removed, if something forbids it.
    pub forbidden: Option<String>,
    /// Fires when somebody interrupts.
    pub cancel: &'a CancellationToken,
}

/// What becomes of a tag.
#[derive(Clone, Debug)]
pub struct GcRow {
    /// The whole reference.
    pub reference: String,
    /// What it holds, where that was asked.
    pub digest: Option<Digest>,
    /// The definition, where its name is the catalogue's.
    pub name: Option<String>,
    /// And the version.
    pub version: Option<String>,
    /// When it was first seen, in seconds since 1970.
    pub first: i64,
    /// What, and why.
    pub verdict: Verdict,
}

/// What gc has decided and done.
#[derive(Debug, Default)]
pub struct GcReport {
    /// Every tag: what goes first, then by name.
    pub rows: Vec<GcRow>,
    /// Why something did not happen that should.
    pub problems: Vec<String>,
    /// Whether it was interrupted before its end.
    pub interrupted: bool,
}

/// Looks, decides, writes down what it saw, and with `delete` removes. What was removed before an error is removed; the next call
/// goes on.
///
/// # Errors
/// When there is no clear answer, or the record cannot be written. Nothing was removed before the first deletion.
pub async fn gc(
    owners: &Owners,
    spots: &Spots,
    file: &RecordFile,
    record: &mut Record,
    options: &GcOptions<'_>,
) -> Result<GcReport, KeepError> {
    let estates = estate(owners, spots, options.parallel).await?;
    let found = look(&estates, record, &options.policy, options.parallel).await?;
    let homes: Vec<String> = estates.iter().map(|estate| estate.home.name.clone()).collect();
    let shelf = Shelf { homes: &homes, items: &found.items, facts: &found.facts, used: &found.used, is_ours: &|name| owners.knows(name) };
    let mut verdicts = decide(&shelf, &options.policy);
    let mut report = GcReport::default();
    restrain(&mut verdicts, options, &mut report);
    if options.delete {
        note_marks(&estates, &found.items, &verdicts, record, options.policy.now);
    }
    file.write(record)?;
    if options.delete {
        let removed = remove(&estates, &found, &mut verdicts, record, options.cancel).await;
        // What is gone must not be looked for by the next call, whatever ended this one.
        file.write(record)?;
        report.interrupted = removed?;
        report.problems.extend(undeletable(&verdicts));
    }
    report.rows = rows(&homes, found, verdicts);
    Ok(report)
}

/// Lets nothing go where something forbids it.
fn restrain(verdicts: &mut [Verdict], options: &GcOptions<'_>, report: &mut GcReport) {
    let going = verdicts.iter().filter(|verdict| verdict.action == Action::Deleted).count();
    let too_many = || format!("{going} tags would go, and max_delete allows {}; nothing is removed", options.max_delete);
    let forbidden = options.forbidden.clone().or_else(|| (going > options.max_delete).then(too_many));
    let Some(why) = forbidden else { return };
    report.problems.push(why);
    for verdict in verdicts.iter_mut().filter(|verdict| verdict.action == Action::Deleted) {
        *verdict = Verdict { action: Action::Marked, reason: Reason::Held };
    }
}

fn note_marks(estates: &[Estate], items: &[Item], verdicts: &[Verdict], record: &mut Record, now: i64) {
    for (item, verdict) in items.iter().zip(verdicts) {
        let seen = record.tags.get_mut(&estates[item.home].home.name).and_then(|tags| tags.get_mut(&item.tag));
        if let Some(seen) = seen {
            seen.marked = mark(verdict.action, &verdict.reason, now, item.marked);
        }
    }
}

fn undeletable(verdicts: &[Verdict]) -> Option<String> {
    let count = verdicts.iter().filter(|verdict| matches!(verdict.reason, Reason::Undeletable(_))).count();
    (count > 0).then(|| format!("{count} tags could not be removed"))
}

fn rows(homes: &[String], found: Found, verdicts: Vec<Verdict>) -> Vec<GcRow> {
    let row = |(item, verdict): (Item, Verdict)| {
        let (name, version) = item.claim.map(|claim| (claim.name, claim.version)).unzip();
        GcRow { reference: format!("{}:{}", homes[item.home], item.tag), digest: item.digest, name, version, first: item.first, verdict }
    };
    let mut rows: Vec<GcRow> = found.items.into_iter().zip(verdicts).map(row).collect();
    rows.sort_by(|a, b| (a.verdict.action, &a.reference).cmp(&(b.verdict.action, &b.reference)));
    rows
}
