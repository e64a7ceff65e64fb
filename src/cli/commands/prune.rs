//! `prune`: takes other versions out of the engine.

use crate::cli::documents::{PruneDocument, PruneRow, ReasonDocument};
use crate::cli::exit::{FAILED, INTERRUPTED, Trouble, UNREACHABLE};
use crate::cli::interrupt;
use crate::cli::options::housekeeping::PruneOptions;
use crate::cli::options::{Call, Choice, Format};
use crate::cli::surroundings::Surroundings;
use crate::plan;
use crate::report::{Cell, Paint, Table, bytes, json, text};
use crate::run::{Left, Pruned, Revision, RunError, Session, Wanted, choose, execute_prune, lock_catalogue, plan_prune};
use std::io::Write as _;

/// Removes, or says what would be removed.
pub async fn run(call: &Call, options: &PruneOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let settled = settled(options)?;
    let cancel = interrupt::token()?;
    let aside = || say(surroundings, "another run works on this catalogue; waiting for it to end");
    let _lock = match options.directory.is_dir() && !options.dry_run {
        true => Some(lock_catalogue(&options.directory, &cancel, aside).await?),
        false => None,
    };
    let choice = Choice { select: options.select.clone(), exclude: options.exclude.clone(), ..Choice::default() };
    let (survey, selected) = choose(&options.directory, &config, &super::selection(&choice, &options.directory)?)?;
    super::show(surroundings, &[&survey.warnings, &survey.defects]);
    let wanted = Wanted { engine: true, registry: !options.unpublished };
    let session = Session::open(config, surroundings.env.clone(), options.directory.clone(), Revision::default(), wanted).await?;
    let plan = tokio::select! {
        plan = plan_prune(&session, &survey, &selected, &settled) => plan?,
        () = cancel.cancelled() => return Err(RunError::Interrupted.into()),
    };
    super::show(surroundings, &[&session.stale_sign_ins()]);
    let pruned = match (&session.sides.engine, options.dry_run) {
        (Some(Ok(engine)), false) => execute_prune(engine.as_ref(), plan, &cancel).await,
        _ => plan.actions.into_iter().map(|action| Pruned { planned: action.bytes, at_most: action.remove, action, left: None }).collect(),
    };
    print(&pruned, options, surroundings)?;
    say_what_is_wrong(&pruned, options, surroundings);
    Ok(code(&pruned))
}

fn settled(options: &PruneOptions) -> Result<plan::PruneOptions, Trouble> {
    if options.nightly.as_deref().is_some_and(|stamp| stamp.trim_matches('-').is_empty()) {
        return Err(Trouble::call("--nightly needs a stamp, such as 20261120"));
    }
    let nightly = options.nightly.as_deref().map(|stamp| stamp.trim_start_matches('-').to_owned());
    Ok(plan::PruneOptions { nightly, keep: options.keep, unpublished: options.unpublished })
}

/// 130 before 3 before 1.
fn code(pruned: &[Pruned]) -> u8 {
    let left = |wanted: fn(&Left) -> bool| pruned.iter().filter_map(|one| one.left.as_ref()).any(wanted);
    if left(|left| matches!(left, Left::Interrupted { .. })) {
        INTERRUPTED
    } else if left(|left| matches!(left, Left::Lost(_))) || pruned.iter().any(Pruned::is_unclear) {
        UNREACHABLE
    } else if left(|left| matches!(left, Left::Refused(_) | Left::Moved)) {
        FAILED
    } else {
        0
    }
}

fn reason(one: &Pruned) -> ReasonDocument {
    let (code, text) = match &one.left {
        None => (one.action.reason.code(), one.action.reason.text()),
        Some(Left::Refused(why)) => ("refused", why.clone()),
        Some(Left::Moved) => ("moved", "it became another image's name in the meantime".to_owned()),
        Some(Left::Lost(why)) => ("engine_lost", why.clone()),
        Some(Left::Interrupted { begun: false }) => ("interrupted", "interrupted before its turn".to_owned()),
        Some(Left::Interrupted { begun: true }) => {
            ("interrupted", "interrupted while the engine was asked to remove it; it may still do so".to_owned())
        }
    };
    ReasonDocument { code, text }
}

fn row(one: &Pruned) -> PruneRow {
    let action = if one.is_gone() { "remove" } else { "keep" };
    let (reference, image_id) = (one.action.reference.clone(), one.action.id.to_string());
    let bytes = if one.is_gone() { one.action.bytes } else { 0 };
    PruneRow { reference, image_id, action, reason: reason(one), bytes, at_most: one.at_most && one.is_gone() }
}

fn print(pruned: &[Pruned], options: &PruneOptions, surroundings: &Surroundings) -> Result<(), Trouble> {
    let mut out = std::io::stdout().lock();
    let rows: Vec<PruneRow> = pruned.iter().map(row).collect();
    if surroundings.format == Format::Json {
        return Ok(json(&mut out, &PruneDocument { v: 1, actions: rows })?);
    }
    let mut table = Table::new(&["action", "image", "frees", "why"]).right(2).references(1);
    for (row, one) in rows.iter().zip(pruned) {
        let paint = match (row.action, &one.left) {
            ("remove", _) => Paint::Good,
            (_, Some(_)) => Paint::Bad,
            _ => Paint::Faint,
        };
        let frees = if row.action == "remove" { amount(row.bytes, row.at_most) } else { String::new() };
        table.row([Cell::new(row.action, paint), Cell::from(row.reference.as_str()), frees.into(), row.reason.text.as_str().into()]);
    }
    let removed = rows.iter().filter(|row| row.action == "remove");
    let freed = bytes(removed.clone().map(|row| row.bytes).sum());
    let at_most = if removed.clone().any(|row| row.at_most && row.bytes > 0) { "at most " } else { "" };
    let sum = match (removed.count(), options.dry_run) {
        (0, _) => "nothing to remove".to_owned(),
        (count, true) => format!("would remove {count} and free {at_most}{freed}"),
        (count, false) => format!("removed {count}, {at_most}{freed} freed"),
    };
    let table = if rows.is_empty() { String::new() } else { table.render(&surroundings.out) };
    Ok(text(&mut out, &format!("{table}{sum}\n"))?)
}

fn amount(count: u64, at_most: bool) -> String {
    if at_most && count > 0 { format!("≤ {}", bytes(count)) } else { bytes(count) }
}

fn say(surroundings: &Surroundings, message: &str) {
    // There is nobody left to tell when stderr is gone.
    let _ = writeln!(std::io::stderr().lock(), "{} {message}", Paint::Caution.on(&surroundings.err, "cooperage:"));
}

/// What the table says in one of many lines.
fn say_what_is_wrong(pruned: &[Pruned], options: &PruneOptions, surroundings: &Surroundings) {
    let stays = pruned.iter().any(|one| matches!(one.action.reason, plan::PruneReason::Current));
    if let (Some(stamp), false, false) = (&options.nightly, stays, pruned.is_empty()) {
        say(surroundings, &format!("the engine has no tag that ends in -{stamp}"));
    }
    for one in pruned.iter().filter(|one| one.left.is_some()) {
        say(surroundings, &format!("{} was not removed: {}", one.action.reference, reason(one).text));
    }
    let gone = pruned.iter().filter(|one| one.is_gone() && !one.at_most);
    let held: u64 = gone.map(|one| one.planned.saturating_sub(one.action.bytes)).sum();
    if held > 0 {
        let held = bytes(held);
        say(surroundings, &format!("{held} stay: other images or the engine's build cache hold these layers (`docker builder prune`)"));
    }
    let unclear = pruned.iter().filter(|one| one.is_unclear()).count();
    if unclear > 0 {
        say(surroundings, &format!("the registry gave no clear answer about {unclear} of the engine's names, so they stay"));
    }
}
