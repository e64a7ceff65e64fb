//! `build`: the main job.

use crate::catalog::{Defect, Severity};
use crate::check::labels;
use crate::cli::documents::{PlanDocument, PlannedAction, ReasonDocument};
use crate::cli::exit::Trouble;
use crate::cli::interrupt;
use crate::cli::options::{BuildOptions, Call, Format, Moving};
use crate::cli::reporters::{Reporters, Told};
use crate::cli::surroundings::{Surroundings, flag, publishing};
use crate::config::{Config, Flag};
use crate::event::{Clock, SystemClock};
use crate::name::Stamp;
use crate::plan::{Action, Note, PlanOptions};
use crate::publish::journal::Place;
use crate::report::{Cell, Paint, Table, json, text};
use crate::run::{
    Course, Prepared, Revision, RunError, Session, Survey, Wanted, builder_of, choose, choose_builders, execute, lock_catalogue,
    nothing_selected, prepare, publishes, resume,
};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long presence may take before a word is said about it.
const SILENCE: Duration = Duration::from_secs(1);
/// And between that word and the next.
const LATER: Duration = Duration::from_secs(15);

/// Builds, or says what would be built.
pub async fn run(call: &Call, options: &BuildOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    if options.dry_run {
        let (session, prepared) = planned(call, options, surroundings).await?;
        return print_plan(&session, &prepared, surroundings);
    }
    let config = surroundings.configure(call, flags(options))?;
    super::show_config_warnings(surroundings, &config);
    let cancel = interrupt::token()?;
    let now = SystemClock.now();
    let plan_options = plan_options(options, &config, now)?;
    let revision = Revision::of(&options.directory).unwrap_or_default();
    let reporters = Reporters::open(&options.reports, Told::Build, surroundings, &revision, now)?;
    let outcome = build(config, options, surroundings, plan_options, &reporters, &cancel).await;
    reporters.end(outcome, surroundings)
}

async fn build(
    config: Config,
    options: &BuildOptions,
    surroundings: &Surroundings,
    plan_options: PlanOptions,
    reporters: &Reporters,
    cancel: &CancellationToken,
) -> Result<u8, Trouble> {
    let directory = &options.directory;
    reporters.scanning(directory);
    // A directory that is none cannot be locked; reading it says best what is wrong.
    let _lock = match directory.is_dir() {
        true => {
            Some(lock_catalogue(directory, cancel, || reporters.aside("another run works on this catalogue; waiting for it to end")).await?)
        }
        false => None,
    };
    let chosen = read(&config, options)?;
    reporters.defects(&chosen.survey.warnings);
    reporters.defects(&chosen.survey.defects);
    let journal = Place::of(directory, &surroundings.env, options.reports.record.as_deref());
    let emitter = reporters.emitter.clone();
    let mut course = Course { options: plan_options, emitter, cancel: cancel.clone(), journal, resumed: Default::default() };
    if !chosen.selected.contains(&true) {
        return Ok(nothing_selected(&chosen.survey, &course).exit());
    }
    let images = chosen.selected.iter().filter(|selected| **selected).count();
    let opening = open(config, options, surroundings, chosen, &course.options);
    let (session, survey, selected) = until(cancel, opening).await?;
    if let Some(place) = course.journal.as_ref().filter(|_| course.options.publishing) {
        let resuming = async { Ok(resume(&session, &survey, place, course.emitter.run(), course.emitter.now()).await?) };
        course.resumed = Arc::new(until(cancel, resuming).await?);
    }
    let planning = async { Ok(prepare(&session, survey, selected, &course.options, cancel).await?) };
    let prepared = until(cancel, patiently(reporters, images, planning)).await?;
    reporters.images(&prepared);
    Ok(execute(session, prepared, course).await?.exit())
}

/// A catalogue that has been read, and what is selected of it.
struct Chosen {
    survey: Survey,
    selected: Vec<bool>,
    revision: Revision,
}

fn read(config: &Config, options: &BuildOptions) -> Result<Chosen, Trouble> {
    let selection = super::selection(&options.choice, &options.directory)?;
    let larger = super::hint_of_larger_catalogue(&options.directory);
    let chosen = choose(&options.directory, config, &selection).map_err(|error| Trouble::from(error).with(larger.clone()));
    let (mut survey, selected) = chosen?;
    let revision = super::revision(&options.directory, &mut survey.warnings);
    survey.warnings.extend(larger);
    let (wrong, odd): (Vec<Defect>, Vec<Defect>) =
        labels(&survey, &options.skip_label).into_iter().partition(|told| told.severity == Severity::Error);
    if !wrong.is_empty() {
        return Err(RunError::Defects(wrong).into());
    }
    survey.warnings.extend(odd);
    Ok(Chosen { survey, selected, revision })
}

async fn open(
    config: Config,
    options: &BuildOptions,
    surroundings: &Surroundings,
    chosen: Chosen,
    plan_options: &PlanOptions,
) -> Result<(Session, Survey, Vec<bool>), Trouble> {
    let Chosen { survey, selected, revision } = chosen;
    // Offline work asks no registry: nothing is pulled and nothing is pushed.
    let registry = plan_options.publishing || !plan_options.no_pull;
    let wanted = Wanted { engine: true, registry };
    let session = Session::open(config, surroundings.env.clone(), options.directory.clone(), revision, wanted).await?;
    Ok((session, survey, selected))
}

/// Runs `work`, unless Ctrl-C comes first.
pub(super) async fn until<T>(cancel: &CancellationToken, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    tokio::select! {
        result = work => result,
        () = cancel.cancelled() => Err(RunError::Interrupted.into()),
    }
}

/// Runs `work` and says now and then that it goes on.
pub(super) async fn patiently<T>(reporters: &Reporters, images: usize, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let mut pause = SILENCE;
    loop {
        if let Ok(result) = tokio::time::timeout(pause, &mut work).await {
            return result;
        }
        pause = LATER;
        reporters.aside(&format!("asking engine and registry about {images} image{} …", if images == 1 { "" } else { "s" }));
    }
}

/// The plan of a call that does nothing. What a run would refuse is refused here too.
pub(super) async fn planned(call: &Call, options: &BuildOptions, surroundings: &Surroundings) -> Result<(Session, Prepared), Trouble> {
    let config = surroundings.configure(call, flags(options))?;
    super::show_config_warnings(surroundings, &config);
    let cancel = interrupt::token()?;
    let plan_options = plan_options(options, &config, SystemClock.now())?;
    let chosen = read(&config, options)?;
    let planning = async {
        let (session, survey, selected) = open(config, options, surroundings, chosen, &plan_options).await?;
        let prepared = prepare(&session, survey, selected, &plan_options, &cancel).await?;
        Ok((session, prepared))
    };
    let (session, prepared) = until(&cancel, planning).await?;
    choose_builders(&session, &prepared)?;
    Ok((session, prepared))
}

fn plan_options(options: &BuildOptions, config: &Config, now: jiff::Timestamp) -> Result<PlanOptions, Trouble> {
    let stamp = match (options.nightly, options.snapshot) {
        (true, _) => Some(Stamp::nightly(now)),
        (_, true) => Some(Stamp::snapshot(now)),
        _ => None,
    };
    let skip = options.skip_label.iter().filter_map(|label| label.strip_prefix("no_").map(str::to_owned)).collect();
    Ok(PlanOptions { publishing: publishes(config)?, no_pull: options.no_pull, stamp, skip })
}

fn flags(options: &BuildOptions) -> Vec<Flag> {
    let text = |value: &Option<String>| value.as_deref().map(serde_json::Value::from);
    let yes = |given: bool| given.then_some(serde_json::Value::from(true));
    [
        ("cooperage.use_cache", yes(options.use_cache), "--use-cache"),
        ("cooperage.jobs", options.jobs.map(serde_json::Value::from), "--jobs"),
        ("cooperage.fail_fast", yes(options.fail_fast), "--fail-fast"),
        ("cooperage.builder", text(&options.builder), "--builder"),
        ("cooperage.platform", text(&options.platform), "--platform"),
    ]
    .into_iter()
    .filter_map(|(key, value, name)| Some(flag(key, value?, name)))
    .chain(moving(&options.moving))
    .chain(publishing(options.publish, options.no_publish))
    .collect()
}

/// The settings of how tags move.
pub(super) fn moving(options: &Moving) -> Vec<Flag> {
    let text = |value: &Option<String>| value.as_deref().map(serde_json::Value::from);
    [
        ("cooperage.latest", text(&options.latest), "--latest"),
        ("cooperage.atomic", text(&options.atomic), "--atomic"),
        ("cooperage.drop_platforms", options.drop_platforms.then_some(true.into()), "--drop-platforms"),
    ]
    .into_iter()
    .filter_map(|(key, value, name)| Some(flag(key, value?, name)))
    .collect()
}

/// The dry run.
pub(super) fn print_plan(session: &Session, prepared: &Prepared, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let actions: Vec<PlannedAction> = prepared.plan.images.iter().map(|image| action(session, prepared, image)).collect();
    let mut out = std::io::stdout().lock();
    super::show(surroundings, &[&session.stale_sign_ins()]);
    if surroundings.format == Format::Json {
        json(&mut out, &PlanDocument { v: 1, actions })?;
        return Ok(0);
    }
    let mut table = Table::new(&["action", "image", "why"]);
    for action in &actions {
        let paint = if action.action == "skip" { Paint::Faint } else { Paint::Good };
        let tag = action.reference.rsplit(':').next().unwrap_or_default();
        let shown = super::shown(&action.reference, &action.name, tag, &surroundings.out);
        table.row([Cell::new(action.action, paint), Cell::from(shown), Cell::from(action.reason.text.as_str())]);
    }
    text(&mut out, &table.render(&surroundings.out))?;
    let graph = &prepared.survey.graph;
    let note = |note: &Note| Defect::warning(note.code, format!("{}: {}", graph.nodes[note.node].name, note.text));
    let notes: Vec<Defect> = prepared.plan.notes.iter().map(note).collect();
    super::show(surroundings, &[&prepared.survey.warnings, &notes, &prepared.survey.defects]);
    Ok(0)
}

fn action(session: &Session, prepared: &Prepared, image: &crate::plan::Planned) -> PlannedAction {
    let graph = &prepared.survey.graph;
    let node = &graph.nodes[image.node];
    PlannedAction {
        name: node.name.clone(),
        reference: image.reference.to_string(),
        action: image.action.as_str(),
        reason: ReasonDocument::from(&image.reason),
        parents: node.parents.iter().map(|edge| graph.nodes[edge.parent].name.clone()).collect(),
        builder: if image.action == Action::Build { builder_of(session, prepared, image.node) } else { None },
    }
}
