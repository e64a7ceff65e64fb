//! `index build`: entries from a commit to a published image, like definitions of a catalogue.

use super::base::{Base, Policy, repository};
use super::chosen::{Chosen, choose, to_fetch};
use super::owners::Telling;
use crate::cli::commands::build::{moving, patiently, print_plan, until};
use crate::cli::exit::Trouble;
use crate::cli::interrupt;
use crate::cli::options::Call;
use crate::cli::options::index::IndexBuildOptions;
use crate::cli::reporters::{Reporters, Told};
use crate::cli::rules::wrong;
use crate::cli::surroundings::{Surroundings, flag, publishing};
use crate::config::{Config, Flag};
use crate::event::{Clock, SystemClock};
use crate::index::{Entry, ImageName, IndexFolder, remotes};
use crate::plan::PlanOptions;
use crate::publish::journal::Place;
use crate::run::{
    Causes, Course, EntrySource, IndexSurvey, Judging, Prepared, Revision, RunError, Session, Survey, Trust, Wanted, Why, base_digests,
    causes, execute, gather, lock_catalogue, nothing_selected, prepare, publishes, resume, state_folder, survey,
};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Builds, or says what would be built.
pub async fn run(call: &Call, options: &IndexBuildOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let root = IndexFolder::list(&options.index).map_err(wrong)?.root;
    let repository = repository(&root)?;
    let base = options.base.as_deref().map(|revision| Base::of(repository, &root, revision)).transpose()?;
    let Policy { config, warnings, .. } = Policy::of(call, surroundings, base.as_ref(), flags(options))?;
    super::super::show_config_warnings(surroundings, &config);
    super::super::show(surroundings, &[&warnings]);
    let cancel = interrupt::token()?;
    let chosen = choose(options, root, base.as_ref(), &config)?;
    let plan_options =
        PlanOptions { publishing: chosen.trusted && publishes(&config)?, no_pull: options.no_pull, ..PlanOptions::default() };
    let work = Work { options, surroundings, plan_options, cancel };
    if options.dry_run {
        super::super::show(surroundings, &[&chosen.warnings]);
        let (session, prepared) = work.planned(config, chosen, &aside).await?;
        return print_plan(&session, &prepared, surroundings);
    }
    let revision = Revision::of(&chosen.root).unwrap_or_default();
    let telling = Arc::new(Telling::default());
    let reporters = Reporters::open_with(&options.reports, Told::Build, surroundings, &revision, SystemClock.now(), vec![telling.clone()])?;
    let (settings, trusted) = (config.clone(), chosen.trusted);
    let outcome = work.build(config, chosen, &reporters, &telling).await;
    // Whoever opens a pull request cannot have mail sent to others.
    if trusted {
        telling.tell(&settings, state_folder(&surroundings.env).as_deref(), &reporters, &work.cancel).await;
    }
    reporters.end(outcome, surroundings)
}

struct Work<'a> {
    options: &'a IndexBuildOptions,
    surroundings: &'a Surroundings,
    plan_options: PlanOptions,
    cancel: CancellationToken,
}

/// What was fetched and asked before a plan is made.
struct Opened {
    session: Session,
    survey: Survey,
    selected: Vec<bool>,
    causes: Causes,
}

impl Work<'_> {
    async fn build(&self, config: Config, chosen: Chosen, reporters: &Reporters, telling: &Telling) -> Result<u8, Trouble> {
        let (options, cancel) = (self.options, &self.cancel);
        let _lock =
            lock_catalogue(&chosen.root, cancel, || reporters.aside("another run works on this index; waiting for it to end")).await?;
        reporters.defects(&chosen.warnings);
        let unusable = !chosen.loaded.unusable.is_empty() && options.base.is_none() && options.select.is_empty();
        let (root, changed) = (chosen.root.clone(), chosen.changed.clone());
        let opened = self.open(config, chosen, &|text| reporters.aside(text)).await?;
        reporters.defects(&opened.survey.warnings);
        reporters.defects(&opened.survey.defects);
        let broken = unusable || !opened.survey.defects.is_empty();
        let journal = Place::of(&root, &self.surroundings.env, options.reports.record.as_deref());
        let emitter = reporters.emitter.clone();
        let mut course =
            Course { options: self.plan_options.clone(), emitter, cancel: cancel.clone(), journal, resumed: Default::default() };
        let Opened { session, survey, selected, causes } = opened;
        telling.address(&survey, &selected, &causes, &changed);
        if !selected.contains(&true) {
            return Ok(nothing_selected(&survey, &course).exit());
        }
        if let Some(place) = course.journal.as_ref().filter(|_| course.options.publishing) {
            let resuming = async { Ok(resume(&session, &survey, place, course.emitter.run(), course.emitter.now()).await?) };
            course.resumed = Arc::new(until(cancel, resuming).await?);
        }
        let images = selected.iter().filter(|selected| **selected).count();
        let planning = async { Ok(prepare(&session, survey, selected, &course.options, cancel).await?) };
        let prepared = until(cancel, patiently(reporters, images, planning)).await?;
        reporters.images(&prepared);
        let code = execute(session, prepared, course).await?.exit();
        Ok(if code == 0 && broken { crate::cli::exit::FAILED } else { code })
    }

    async fn planned(&self, config: Config, chosen: Chosen, aside: &dyn Fn(&str)) -> Result<(Session, Prepared), Trouble> {
        let Opened { session, survey, selected, .. } = self.open(config, chosen, aside).await?;
        let planning = async {
            let prepared = prepare(&session, survey, selected, &self.plan_options, &self.cancel).await?;
            Ok((session, prepared))
        };
        until(&self.cancel, planning).await
    }

    /// Fetches, and asks what images from outside are now.
    async fn open(&self, config: Config, chosen: Chosen, aside: &dyn Fn(&str)) -> Result<Opened, Trouble> {
        let (options, cancel) = (self.options, &self.cancel);
        let catalogue = options.catalogue.as_ref().map(|folder| survey(folder, &config, Judging::Strict)).transpose()?;
        let draft = until(cancel, self.fetch(&config, &chosen, catalogue, aside)).await?;
        let registry = self.plan_options.publishing || !options.no_pull;
        let directory = options.catalogue.clone().unwrap_or_else(|| chosen.root.clone());
        let mut revision = Revision::of(&directory).unwrap_or_default();
        revision.top = revision.top.filter(|_| options.catalogue.is_some());
        let wanted = Wanted { engine: true, registry };
        let session = Session::open(config, self.surroundings.env.clone(), directory, revision, wanted).await?;
        let asking = async {
            let bases = base_digests(&session, &draft.bases(), options.no_pull).await;
            let survey = draft.finish(&chosen.root, &bases, &session.config);
            let mut selected: Vec<bool> = survey.graph.nodes.iter().map(|node| is_wanted(&survey, &node.name, &chosen.wanted)).collect();
            let causes = causes(&session, &survey, &selected, &bases).await.map_err(RunError::from)?;
            if options.stale {
                for (node, selected) in survey.graph.nodes.iter().zip(&mut selected) {
                    *selected &= matches!(causes.get(&node.name), Some(Why::Base { .. } | Why::Parent(_)));
                }
            }
            Ok((survey, selected, causes))
        };
        let (survey, selected, causes) = until(cancel, asking).await?;
        Ok(Opened { session, survey, selected, causes })
    }

    /// Fetches the chosen entries and everything they are built on; what only a Dockerfile names, in a further round.
    async fn fetch(
        &self,
        config: &Config,
        chosen: &Chosen,
        catalogue: Option<Survey>,
        aside: &dyn Fn(&str),
    ) -> Result<IndexSurvey, Trouble> {
        let remotes = remotes(config, &self.surroundings.env).map_err(wrong)?;
        let trust = Trust { secrets: chosen.trusted, host: self.options.allow_host_scripts };
        let mut sources: Vec<EntrySource> = Vec::new();
        let mut wanted = chosen.wanted.clone();
        loop {
            let known: BTreeSet<ImageName> = sources.iter().map(|source| source.image.clone()).collect();
            let entries: Vec<Entry> =
                to_fetch(&wanted, &chosen.loaded.entries).into_iter().filter(|entry| !known.contains(&entry.image())).collect();
            if !entries.is_empty() {
                aside(&format!("fetching the repositories of {} entr{} …", entries.len(), if entries.len() == 1 { "y" } else { "ies" }));
            }
            sources.extend(gather(entries, &remotes, config, trust, &self.cancel).await);
            let here: BTreeSet<ImageName> = sources.iter().map(|source| source.image.clone()).collect();
            let more = IndexSurvey::used(&sources, chosen.loaded.entries.iter().map(Entry::image), config)?;
            wanted = more.into_iter().filter(|image| !here.contains(image)).collect();
            if wanted.is_empty() {
                return Ok(IndexSurvey::new(sources, catalogue, config)?);
            }
        }
    }
}

fn is_wanted(survey: &Survey, name: &str, wanted: &BTreeSet<ImageName>) -> bool {
    let node = survey.graph.find(name);
    let making = node.and_then(|node| survey.item(node).making.as_ref());
    making.is_some_and(|making| wanted.contains(&making.image))
}

/// Says something where no run does.
fn aside(text: &str) {
    // There is nobody left to tell when stderr is gone.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

fn flags(options: &IndexBuildOptions) -> Vec<Flag> {
    let yes = |given: bool| given.then_some(serde_json::Value::from(true));
    [
        ("cooperage.jobs", options.jobs.map(serde_json::Value::from), "--jobs"),
        ("cooperage.fail_fast", yes(options.fail_fast), "--fail-fast"),
        ("cooperage.builder", options.builder.as_deref().map(serde_json::Value::from), "--builder"),
    ]
    .into_iter()
    .filter_map(|(key, value, name)| Some(flag(key, value?, name)))
    .chain(moving(&options.moving))
    .chain(publishing(options.publish, options.no_publish))
    .collect()
}
