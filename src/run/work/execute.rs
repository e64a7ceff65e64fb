//! Walks a plan: starts what is ready, at most `jobs` at once, and settles how the run ends.

use super::announce::announce;
use super::environment;
use super::prepare::{Prepared, RunError};
use super::shared::{Shared, published_before, stamped_renderer};
use super::steps::Teller;
use super::walk::{Appeared, Walk};
use crate::engine::LocalImage;
use crate::event::{Emitter, EventKind};
use crate::finding::{Mode, Step as Gate};
use crate::name::Digest;
use crate::plan::{Action, PlanOptions, Reason};
use crate::publish::journal::Place;
use crate::publish::{Arrival, Placement};
use crate::registry::StaleLogin;
use crate::run::gates::lint_gate::{LintGate, lint_builds};
use crate::run::image::builder::choose_builders;
use crate::run::publish::floating::{Closing, Settled};
use crate::run::publish::followers;
use crate::run::publish::publication::{Publication, tell_deliveries};
use crate::run::publish::resume::Resumed;
use crate::run::pulling::bases;
use crate::run::pulling::once::Pulls;
use crate::run::scan::{ScanChoice, Scanning, check_advisories, scanning};
use crate::run::session::{Session, SessionError, tell_stale};
use crate::run::survey::inputs::{Inputs, LABEL};
use crate::testing::Verify;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// How a run is to go, beyond its plan.
#[derive(Clone)]
pub struct Course {
    /// The planning options it was planned with.
    pub options: PlanOptions,
    /// Where events go.
    pub emitter: Arc<Emitter>,
    /// Fires when the run is interrupted.
    pub cancel: CancellationToken,
    /// Where the journal of tags goes; nowhere where there is no folder for it.
    pub journal: Option<Place>,
    /// What was done first of an earlier run that was killed.
    pub resumed: Arc<Resumed>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// All was done.
    Good,
    /// Images failed or were blocked.
    Failed,
    /// Engine or registry went away or refused us.
    Stopped,
    /// Ctrl-C.
    Interrupted,
}

/// Runs a plan to its end.
///
/// # Errors
/// When something stands in the way of the whole run before anything is built.
pub async fn execute(session: Session, prepared: Prepared, course: Course) -> Result<RunEnd, RunError> {
    check_sign_ins(&session, &prepared)?;
    let started = Instant::now();
    let scratch = tempfile::Builder::new().prefix("cooperage-").tempdir();
    let scratch = scratch.map_err(|source| RunError::Io { what: "a temporary folder cannot be made".to_owned(), source })?;
    let credentials = session.credentials.clone();
    let today = course.emitter.now().to_zoned(TimeZone::UTC).date();
    let lint = lint_builds(&session, &prepared, today, &course.cancel).await?;
    let shared = Arc::new(share(session, prepared, &course, scratch.path().to_path_buf(), (lint, today))?);
    announce(&shared, &course);
    tell_stale(credentials.as_ref(), &course.emitter);
    let mut walk = Walk::new(shared.clone());
    let result = match refresh_bases(&shared).await {
        Ok(()) => {
            walk.run().await;
            Ok(finish(&shared, &course, &mut walk).await)
        }
        Err(error) => {
            walk.give_up(&error.to_string());
            Err(error)
        }
    };
    let end = match &result {
        Ok(end) => *end,
        Err(RunError::Interrupted) => RunEnd::Interrupted,
        Err(_) => RunEnd::Stopped,
    };
    course.emitter.emit(EventKind::RunFinished { counts: walk.counts, seconds: started.elapsed().as_secs_f64(), exit: end.exit() });
    result
}

/// What can be known to fail at the push is not built first. The look at the registry has shown it.
fn check_sign_ins(session: &Session, prepared: &Prepared) -> Result<(), RunError> {
    let Some(stale) = session.credentials.stale() else { return Ok(()) };
    let sent = prepared.plan.images.iter().filter(|image| image.push || matches!(image.reason, Reason::Partial { .. }));
    let placements = sent.flat_map(|image| prepared.placements().find(&prepared.survey.graph.nodes[image.node].name));
    let references = placements.filter_map(|placement| placement.version.reference());
    for reference in references.filter(|reference| stale.any_for(reference.registry())) {
        let registry = reference.registry().to_owned();
        let found = session.credentials.login_for(&registry, &reference.repository()).map_err(SessionError::from)?;
        if let Some(found) = found.filter(|found| stale.holds(&registry, found)) {
            return Err(RunError::StaleSignIn(Box::new(StaleLogin { registry, found })));
        }
    }
    Ok(())
}

async fn refresh_bases(shared: &Shared) -> Result<(), RunError> {
    if shared.no_pull {
        return Ok(());
    }
    let (graph, workers) = (&shared.prepared.survey.graph, shared.config.scan_workers);
    let mut plan = shared.lint.let_through(&shared.prepared);
    // What an entry of the index is built on is its own affair: one that names an image nobody has stops nobody else.
    plan.images.retain(|image| shared.prepared.survey.item(image.node).making.is_none());
    bases::refresh(graph, &plan, shared.engine.as_ref(), &shared.pulls, &shared.emitter, workers).await
}

impl RunEnd {
    /// The exit code of CLI.md.
    pub fn exit(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Failed => 1,
            Self::Stopped => 3,
            Self::Interrupted => 130,
        }
    }
}

/// Settles everything that images share.
fn share(
    session: Session,
    prepared: Prepared,
    course: &Course,
    scratch: std::path::PathBuf,
    (lint, today): (LintGate, Date),
) -> Result<Shared, RunError> {
    let boundary = session.boundary();
    let engine = match &session.sides.engine {
        Some(Ok(engine)) => engine.clone(),
        Some(Err(error)) => return Err(error.clone().into()),
        None => return Err(RunError::Refused(vec!["a run needs an engine".to_owned()])),
    };
    let publication = Publication::open(&session, &prepared.survey, course).filter(|_| course.options.publishing);
    let builders = choose_builders(&session, &prepared)?;
    let inputs = inputs_of_builds(&session, &prepared, course)?;
    let program_env = environment::for_programs(&session, &engine.info().address);
    let verify = verify(&session, program_env.clone());
    let choice = ScanChoice { network_for_gates: true, ..ScanChoice::default() };
    let scanning =
        Scanning { engine: Some(engine.clone()), ..scanning(&session.config, &session.env, choice, course.emitter.now(), &course.cancel)? };
    if session.config.policy(Gate::Scan).mode != Mode::Off {
        check_advisories(&scanning)?;
    }
    let builds = (0..prepared.survey.graph.nodes.len()).map(|node| builders.contains_key(&node)).collect();
    Ok(Shared {
        stamped: stamped_renderer(&prepared, &prepared.plan, &session.config),
        published: std::sync::Mutex::new(published_before(&prepared, course.options.no_pull)),
        made: std::sync::Mutex::default(),
        pulls: Pulls::new(engine.clone(), session.credentials.clone(), course.cancel.clone()),
        no_pull: course.options.no_pull,
        emitter: course.emitter.clone(),
        cancel: course.cancel.clone(),
        revision: session.revision,
        config: session.config,
        prepared,
        engine,
        publication,
        scratch,
        locks: lock_folder(&session.env),
        env: session.env,
        boundary,
        builders,
        inputs,
        builds,
        lint,
        today,
        verify,
        scanning,
        program_env,
    })
}

/// How scripts test images; `env` is theirs.
pub(in crate::run) fn verify(session: &Session, env: BTreeMap<String, String>) -> Verify {
    let config = &session.config;
    Verify { command: config.verify_command.clone(), args: config.verify_args.clone(), env, limit: config.cooperage.test_timeout }
}

/// Locks live where every process of this user finds them.
pub fn lock_folder(env: &BTreeMap<String, String>) -> std::path::PathBuf {
    // In containers it is often named and not there.
    let runtime = env.get("XDG_RUNTIME_DIR").map(std::path::PathBuf::from).filter(|folder| folder.is_dir());
    let user = rustix::process::geteuid().as_raw();
    runtime.map_or_else(|| std::env::temp_dir().join(format!("cooperage-{user}")), |folder| folder.join("cooperage"))
}

/// The inputs of what is built, for its label.
fn inputs_of_builds(session: &Session, prepared: &Prepared, course: &Course) -> Result<BTreeMap<usize, Digest>, RunError> {
    let graph = &prepared.survey.graph;
    let mut marked = vec![false; graph.nodes.len()];
    for image in prepared.plan.images.iter().filter(|image| image.action == Action::Build) {
        marked[image.node] = true;
    }
    let used_as_they_are = if course.options.no_pull { copies_in_engine(prepared, &marked) } else { BTreeMap::new() };
    let inputs = Inputs::new(&prepared.survey, &session.config, session.boundary())
        .given(used_as_they_are)
        .with_contexts(prepared.presence.contexts.clone())
        .of(&marked, &|| course.cancel.is_cancelled())
        .inputs;
    if course.cancel.is_cancelled() {
        return Err(RunError::Interrupted);
    }
    let mut known = BTreeMap::new();
    let mut defects = Vec::new();
    for (node, inputs) in inputs.into_iter().filter(|(node, _)| marked[*node]) {
        match inputs {
            Ok(inputs) => {
                known.insert(node, inputs);
            }
            Err(error) => defects.push(error.to_defect(&graph.nodes[node])),
        }
    }
    if defects.is_empty() { Ok(known) } else { Err(RunError::Defects(defects)) }
}

/// What the engine's copies say they were made from, for those that are not built. With `--no-pull` children
/// start from them even if the tree has changed since; a label that hid this would get the child published as
/// if it were up to date. A copy without label is only itself.
fn copies_in_engine(prepared: &Prepared, built: &[bool]) -> BTreeMap<usize, Digest> {
    let nodes = prepared.survey.graph.nodes.iter().enumerate().filter(|(node, _)| !built[*node]);
    let copies = nodes.filter_map(|(node, found)| Some((node, prepared.presence.local.get(&found.reference.canonical())?)));
    let said = |image: &LocalImage| image.labels.get(LABEL).and_then(|label| Digest::parse(label));
    copies.map(|(node, image)| (node, said(image).unwrap_or_else(|| image.id.clone()))).collect()
}

/// Moves tags and says how the run ended.
async fn finish(shared: &Shared, course: &Course, walk: &mut Walk) -> RunEnd {
    let end = if course.cancel.is_cancelled() {
        RunEnd::Interrupted
    } else if walk.stopped {
        RunEnd::Stopped
    } else {
        tokio::select! {
            end = close(shared, course, walk) => end,
            () = course.cancel.cancelled() => RunEnd::Interrupted,
        }
    };
    let why = match end {
        RunEnd::Interrupted => "interrupted before its names appeared; the next run goes on from there",
        _ => "the run stopped before its names appeared; the next run goes on from there",
    };
    walk.waiting_ends(|_| Appeared::Not("not_shown", why));
    end
}

/// What is to be done at the end of a run that came to its end.
async fn close(shared: &Shared, course: &Course, walk: &mut Walk) -> RunEnd {
    let good = walk.counts.failed + walk.counts.blocked + walk.counts.cancelled == 0;
    let Some(publication) = &shared.publication else { return ended(good) };
    let stamped = course.options.stamp.is_some();
    let followers = if stamped { Vec::new() } else { followers::of_build(shared, &walk.failed) };
    let survey = &shared.prepared.survey;
    let levels = survey.graph.levels(&vec![true; survey.graph.nodes.len()]);
    let closing = Closing { publication, destinations: &survey.destinations, config: &shared.config, emitter: &course.emitter };
    match closing.settle(good, &followers, &|node| levels[node]).await {
        Settled::Done(closed) => {
            tell_staged(shared, publication);
            walk.waiting_ends(|node| if closed.hidden.contains(&node) { Appeared::Lost } else { Appeared::Shown });
            ended(good && !closed.bad)
        }
        Settled::Withheld => {
            walk.waiting_ends(|_| Appeared::Not("atomic_run", "good, but the run was not, and atomic is run; its names do not appear"));
            RunEnd::Failed
        }
        Settled::Broken => RunEnd::Stopped,
    }
}

fn ended(good: bool) -> RunEnd {
    if good { RunEnd::Good } else { RunEnd::Failed }
}

/// Tells the record where staged images stand, now that they do.
fn tell_staged(shared: &Shared, publication: &Publication) {
    let survey = &shared.prepared.survey;
    for image in shared.prepared.plan.work() {
        let stood: Vec<_> = publication.stood().into_iter().filter(|stood| stood.node == image.node).collect();
        let Some(digest) = stood.iter().find(|one| one.arrival == Arrival::Waiting).map(|one| one.digest.clone()) else { continue };
        let name = &survey.graph.nodes[image.node].name;
        let placements: Vec<&Placement> = shared.prepared.placements().find(name).iter().collect();
        tell_deliveries(&Teller::new(name, shared.emitter.clone()), &survey.destinations, &placements, &digest);
    }
}
