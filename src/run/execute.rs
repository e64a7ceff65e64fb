//! Walks a plan: starts what is ready, at most `jobs` at once, and settles how the run ends.

use super::bases;
use super::builder;
use super::environment;
use super::failure::{Failure, Scope};
use super::floating;
use super::image::{Done, ImageWork};
use super::inputs::Inputs;
use super::prepare::{Prepared, RunError};
use super::pulls::Pulls;
use super::queue::Queue;
use super::session::Session;
use super::shared::{Shared, published_before, stamped_renderer};
use super::steps::Teller;
use crate::engine::{Builder, LocalImage};
use crate::event::{Counts, Emitter, EventKind, ImageOutcome, ReasonText};
use crate::name::Digest;
use crate::plan::{Action, PlanOptions, Planned, RegistrySide};
use crate::publish::Publisher;
use crate::testing::Verify;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How a run is to go, beyond its plan.
#[derive(Clone)]
pub struct Course {
    /// The run's id.
    pub run: String,
    /// The planning options it was planned with.
    pub options: PlanOptions,
    /// Where events go.
    pub emitter: Arc<Emitter>,
    /// Fires when the run is interrupted.
    pub cancel: CancellationToken,
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
    let started = Instant::now();
    let scratch = tempfile::Builder::new().prefix("cooperage-").tempdir();
    let scratch = scratch.map_err(|source| RunError::Io { what: "a temporary folder cannot be made".to_owned(), source })?;
    let shared = Arc::new(share(session, prepared, &course, scratch.path().to_path_buf())?);
    announce(&shared, &course);
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
    let exit = match &result {
        Ok(end) => *end,
        Err(RunError::Interrupted) => RunEnd::Interrupted,
        Err(_) => RunEnd::Stopped,
    };
    course.emitter.emit(EventKind::RunFinished { counts: walk.counts, seconds: started.elapsed().as_secs_f64(), exit: exit.exit() });
    result
}

async fn refresh_bases(shared: &Shared) -> Result<(), RunError> {
    if shared.no_pull {
        return Ok(());
    }
    let (graph, workers) = (&shared.prepared.survey.graph, shared.config.scan_workers);
    bases::refresh(graph, &shared.prepared.plan, shared.engine.as_ref(), &shared.pulls, &shared.emitter, workers).await
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
fn share(session: Session, prepared: Prepared, course: &Course, scratch: std::path::PathBuf) -> Result<Shared, RunError> {
    let boundary = session.boundary();
    let engine = match &session.sides.engine {
        Some(Ok(engine)) => engine.clone(),
        Some(Err(error)) => return Err(error.clone().into()),
        None => return Err(RunError::Refused(vec!["a run needs an engine".to_owned()])),
    };
    let publisher = session.sides.registry.clone().filter(|_| course.options.publishing).map(|registry| Publisher {
        engine: engine.clone(),
        registry,
        credentials: session.credentials.clone(),
        locks: lock_folder(&session.env),
    });
    let builders = choose_builders(&session, &prepared, engine.info())?;
    let inputs = inputs_of_builds(&session, &prepared, course.options.no_pull)?;
    let program_env = environment::for_programs(&session, &engine.info().address);
    let verify = Verify {
        command: session.config.verify_command.clone(),
        args: session.config.verify_args.clone(),
        env: program_env.clone(),
        limit: session.config.cooperage.test_timeout,
    };
    let builds = (0..prepared.survey.graph.nodes.len()).map(|node| builders.contains_key(&node)).collect();
    Ok(Shared {
        stamped: stamped_renderer(&prepared, &prepared.plan, &session.config),
        published: std::sync::Mutex::new(published_before(&prepared, course.options.no_pull)),
        pulls: Pulls::new(engine.clone(), session.credentials.clone(), course.cancel.clone()),
        no_pull: course.options.no_pull,
        run: course.run.clone(),
        emitter: course.emitter.clone(),
        cancel: course.cancel.clone(),
        revision: session.revision,
        config: session.config,
        prepared,
        engine,
        publisher,
        scratch,
        boundary,
        builders,
        inputs,
        builds,
        verify,
        program_env,
    })
}

/// Locks live where every process of this user finds them.
fn lock_folder(env: &BTreeMap<String, String>) -> std::path::PathBuf {
    let runtime = env.get("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty()).map(std::path::PathBuf::from);
    let user = rustix::process::getuid().as_raw();
    runtime.map_or_else(|| std::env::temp_dir().join(format!("cooperage-{user}")), |folder| folder.join("cooperage"))
}

fn choose_builders(session: &Session, prepared: &Prepared, info: &crate::engine::EngineInfo) -> Result<BTreeMap<usize, Builder>, RunError> {
    let mut chosen = BTreeMap::new();
    let mut refused = Vec::new();
    for image in prepared.plan.images.iter().filter(|image| image.action == Action::Build) {
        let item = prepared.survey.item(image.node);
        let Some(parsed) = &item.parsed else { continue };
        match builder::choose(&session.config, info, parsed) {
            Ok(builder) => {
                chosen.insert(image.node, builder);
            }
            Err(why) => refused.push(format!("{}: {why}", item.definition.name)),
        }
        for (id, line) in parsed.secret_ids() {
            if let Err(error) = session.config.build_secret(&id) {
                refused.push(format!("{} (line {line}): {error}", item.definition.name));
            }
        }
    }
    if refused.is_empty() { Ok(chosen) } else { Err(RunError::Refused(refused)) }
}

fn inputs_of_builds(session: &Session, prepared: &Prepared, no_pull: bool) -> Result<BTreeMap<usize, Digest>, RunError> {
    let graph = &prepared.survey.graph;
    let mut marked = vec![false; graph.nodes.len()];
    for image in prepared.plan.images.iter().filter(|image| image.action == Action::Build) {
        marked[image.node] = true;
    }
    let used_as_they_are = if no_pull { copies_in_engine(prepared, &marked) } else { BTreeMap::new() };
    let inputs = Inputs::new(&prepared.survey, &session.config, session.boundary()).given(used_as_they_are).of(&marked);
    let wanted = inputs.into_iter().filter(|(node, _)| marked[*node]);
    wanted
        .map(|(node, inputs)| match inputs {
            Ok(inputs) => Ok((node, inputs)),
            Err(source) => Err(RunError::Inputs { name: graph.nodes[node].name.clone(), source }),
        })
        .collect()
}

/// What the engine's copies say they were made from, for those that are not built. With `--no-pull` children
/// start from them even if the tree has changed since; a label that hid this would get the child published as
/// if it were up to date. A copy without label is only itself.
fn copies_in_engine(prepared: &Prepared, built: &[bool]) -> BTreeMap<usize, Digest> {
    let nodes = prepared.survey.graph.nodes.iter().enumerate().filter(|(node, _)| !built[*node]);
    let copies = nodes.filter_map(|(node, found)| Some((node, prepared.presence.local.get(&found.reference.canonical())?)));
    let said = |image: &LocalImage| image.labels.get(super::inputs::LABEL).and_then(|label| Digest::parse(label));
    copies.map(|(node, image)| (node, said(image).unwrap_or_else(|| image.id.clone()))).collect()
}

/// Tells the run, what will be done, and what somebody should know.
fn announce(shared: &Shared, course: &Course) {
    let prepared = &shared.prepared;
    let name = |node: usize| prepared.survey.graph.nodes[node].name.clone();
    course.emitter.emit(EventKind::RunStarted {
        directory: prepared.survey.root.display().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        images: prepared.plan.work().count(),
        publishing: shared.publisher.is_some(),
    });
    for image in prepared.plan.work() {
        course.emitter.emit(EventKind::ImageQueued {
            name: name(image.node),
            reference: image.reference.to_string(),
            action: image.action.as_str().to_owned(),
            reason: reason(image),
        });
    }
    for (node, note) in &prepared.plan.notes {
        course.emitter.emit(EventKind::Warning { code: "no_inputs_label".to_owned(), name: Some(name(*node)), message: note.clone() });
    }
    for image in prepared.plan.images.iter().filter(|image| image.action == Action::Skip) {
        let digest = match &prepared.presence.facts[image.node] {
            facts if course.options.stamp.is_some() => published(&facts.stamped),
            facts => published(&facts.registry),
        };
        course.emitter.emit(EventKind::ImageFinished {
            name: name(image.node),
            reference: image.reference.to_string(),
            outcome: ImageOutcome::Skipped,
            digest,
            reason: reason(image),
            seconds: 0.0,
            blocked_by: None,
            log_tail: Vec::new(),
        });
    }
}

fn published(side: &RegistrySide) -> Option<String> {
    match side {
        RegistrySide::Published(digest) => Some(digest.to_string()),
        _ => None,
    }
}

fn reason(image: &Planned) -> ReasonText {
    ReasonText { code: image.reason.code().to_owned(), text: image.reason.text() }
}

/// Moves floating tags and says how the run ended.
async fn finish(shared: &Shared, course: &Course, walk: &mut Walk) -> RunEnd {
    if course.cancel.is_cancelled() {
        return RunEnd::Interrupted;
    }
    if walk.stopped {
        return RunEnd::Stopped;
    }
    let stamped = course.options.stamp.is_some();
    if let Err(error) = floating::follow(shared, &walk.failed, stamped).await {
        let message = format!("not all floating tags were moved; the next run moves them: {error}");
        course.emitter.emit(EventKind::Warning { code: "latest_not_moved".to_owned(), name: None, message });
        return RunEnd::Stopped;
    }
    if walk.counts.failed + walk.counts.blocked + walk.counts.cancelled > 0 { RunEnd::Failed } else { RunEnd::Good }
}

/// The walk over the images that have something to do.
struct Walk {
    shared: Arc<Shared>,
    tasks: Vec<Planned>,
    queue: Queue,
    running: JoinSet<(usize, Result<Done, Failure>, f64, Teller)>,
    counts: Counts,
    failed: Vec<bool>,
    stopped: bool,
    given_up: Option<String>,
}

impl Walk {
    fn new(shared: Arc<Shared>) -> Self {
        let plan = &shared.prepared.plan;
        let graph = &shared.prepared.survey.graph;
        let tasks: Vec<Planned> = plan.work().cloned().collect();
        let task_of: BTreeMap<usize, usize> = tasks.iter().enumerate().map(|(task, image)| (image.node, task)).collect();
        let parents: Vec<Vec<usize>> = tasks
            .iter()
            .map(|image| graph.nodes[image.node].parents.iter().filter_map(|edge| task_of.get(&edge.parent).copied()).collect())
            .collect();
        let mut counts = Counts::default();
        for _ in plan.images.iter().filter(|image| image.action == Action::Skip) {
            counts.add(ImageOutcome::Skipped);
        }
        let failed = vec![false; graph.nodes.len()];
        Self { queue: Queue::new(&parents), tasks, running: JoinSet::new(), counts, failed, stopped: false, given_up: None, shared }
    }

    async fn run(&mut self) {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.shared.config.jobs(cpus);
        loop {
            self.give_up_if_told();
            while self.running.len() < jobs
                && let Some(task) = self.queue.next()
            {
                self.start(task);
            }
            match self.running.join_next().await {
                None => return,
                Some(Ok((task, result, seconds, teller))) => self.ended(task, result, seconds, &teller),
                // Our own tasks are never aborted; a panic in one is a bug of ours and must not pass as success.
                Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            }
        }
    }

    fn start(&mut self, task: usize) {
        let planned = self.tasks[task].clone();
        let name = &self.shared.prepared.survey.graph.nodes[planned.node].name;
        let teller = Teller::new(name, self.shared.emitter.clone());
        let work = ImageWork { shared: self.shared.clone(), planned, teller: teller.clone() };
        self.running.spawn(async move {
            let started = Instant::now();
            let result = work.run().await;
            (task, result, started.elapsed().as_secs_f64(), teller)
        });
    }

    fn ended(&mut self, task: usize, result: Result<Done, Failure>, seconds: f64, teller: &Teller) {
        match result {
            Ok(done) => {
                let why = reason(&self.tasks[task]);
                self.tell(task, done.outcome, done.digest, why, seconds, None, Vec::new());
                self.queue.finish(task, true);
            }
            Err(failure) => self.failed(task, failure, seconds, teller),
        }
    }

    fn failed(&mut self, task: usize, failure: Failure, seconds: f64, teller: &Teller) {
        let cancelled = failure.scope == Scope::Cancelled;
        let outcome = if cancelled { ImageOutcome::Cancelled } else { ImageOutcome::Failed };
        let code = if cancelled { "interrupted" } else { "failed" };
        let why = ReasonText { code: code.to_owned(), text: failure.message.clone() };
        let tail = if cancelled { Vec::new() } else { teller.tail() };
        self.tell(task, outcome, None, why, seconds, None, tail);
        self.stopped |= failure.scope == Scope::Run;
        if self.shared.config.cooperage.fail_fast && !cancelled {
            self.given_up.get_or_insert_with(|| "--fail-fast, and another image failed".to_owned());
        }
        let by = self.name(task);
        let blocked = self.queue.finish(task, false);
        if cancelled {
            return blocked.iter().for_each(|blocked| self.never_started(blocked.task, "interrupted"));
        }
        for blocked in blocked {
            let why = ReasonText { code: "blocked".to_owned(), text: format!("its parent {by} failed") };
            self.tell(blocked.task, ImageOutcome::Blocked, None, why, 0.0, Some(by.clone()), Vec::new());
        }
    }

    /// After Ctrl-C, a lost engine or `--fail-fast`, nothing more is started; what runs comes to its end.
    fn give_up_if_told(&mut self) {
        let why = if self.shared.cancel.is_cancelled() {
            "interrupted".to_owned()
        } else if self.stopped {
            "the run stopped, because engine or registry cannot be used".to_owned()
        } else if let Some(why) = &self.given_up {
            why.clone()
        } else {
            return;
        };
        self.give_up(&why);
    }

    fn give_up(&mut self, why: &str) {
        for task in self.queue.abandon() {
            self.never_started(task, why);
        }
    }

    fn never_started(&mut self, task: usize, why: &str) {
        let why = ReasonText { code: "not_started".to_owned(), text: why.to_owned() };
        self.tell(task, ImageOutcome::Cancelled, None, why, 0.0, None, Vec::new());
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one event")]
    fn tell(
        &mut self,
        task: usize,
        outcome: ImageOutcome,
        digest: Option<Digest>,
        reason: ReasonText,
        seconds: f64,
        blocked_by: Option<String>,
        log_tail: Vec<String>,
    ) {
        let good = matches!(outcome, ImageOutcome::Built | ImageOutcome::Published | ImageOutcome::Reused);
        self.failed[self.tasks[task].node] = !good;
        self.counts.add(outcome);
        self.shared.emitter.emit(EventKind::ImageFinished {
            name: self.name(task),
            reference: self.tasks[task].reference.to_string(),
            outcome,
            digest: digest.map(|digest| digest.to_string()),
            reason,
            seconds,
            blocked_by,
            log_tail,
        });
    }

    fn name(&self, task: usize) -> String {
        self.shared.prepared.survey.graph.nodes[self.tasks[task].node].name.clone()
    }
}
