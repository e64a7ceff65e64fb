//! Pulls current versions, or what builds would start from, into the engine.

use super::once::{Pulls, has_digest};
use super::sources::{self, Source};
use crate::engine::{Engine, EngineError, LocalImage};
use crate::event::{Counts, Emitter, EventKind, ImageOutcome, ReasonText, Step};
use crate::name::{Digest, Reference};
use crate::plan::{EngineSide, Facts, PlanOptions, RegistrySide, Unclear};
use crate::run::prune::engine::engine;
use crate::run::session::{Session, tell_stale};
use crate::run::survey::Survey;
use crate::run::work::execute::RunEnd;
use crate::run::work::failure::{Failure, Scope};
use crate::run::work::prepare::{RunError, ask};
use crate::run::work::steps::Teller;
use futures_util::StreamExt as _;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// An image that the engine is to hold.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The definition; for a base image its reference.
    pub name: String,
    /// What the engine calls it.
    pub reference: Reference,
    /// Where it is published, if it is an image of the catalogue.
    pub source: Option<Source>,
    /// What speaks for or against it.
    pub state: State,
}

/// What is known of an image that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// To be pulled; with the manifest it must be, where the registry was asked.
    Wanted(Option<Digest>),
    /// The engine has it.
    Held(Digest),
    /// Only the engine has it.
    OnlyHere,
    /// Nobody has it.
    NotPublished,
    /// Nobody has it, and a build would make it.
    WouldBeBuilt,
}

/// What became of a wish.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// What was wanted.
    pub wish: Wish,
    /// How it ended.
    pub outcome: ImageOutcome,
    /// Why.
    pub reason: ReasonText,
}

/// How a call ended.
pub struct PullEnd {
    /// For every wish, in order.
    pub pulled: Vec<Pulled>,
    /// For the exit code.
    pub end: RunEnd,
}

/// Settles what is to be pulled: the marked images or, with `parents`, what builds of them would start from.
///
/// # Errors
/// When the engine is not there, or an answer is not clear.
pub async fn wishes(session: &Session, survey: &Survey, marked: &[bool], parents: bool) -> Result<Vec<Wish>, RunError> {
    engine(session)?;
    let graph = &survey.graph;
    let involved = if parents { graph.with_ancestors(marked) } else { marked.to_vec() };
    let presence = ask(session, survey, &involved, marked, &PlanOptions::default()).await;
    let unclear: Vec<(String, String)> = presence
        .facts
        .iter()
        .enumerate()
        .filter_map(|(node, facts)| Some((graph.nodes[node].reference.to_string(), doubt(facts)?)))
        .collect();
    if !unclear.is_empty() {
        return Err(Unclear(unclear).into());
    }
    let state = |node: usize| match (&presence.facts[node].registry, &presence.facts[node].engine) {
        (RegistrySide::Published(digest), _) => {
            let held = presence.local.get(&graph.nodes[node].reference.canonical()).is_some_and(|image| has_digest(image, digest));
            if held { State::Held(digest.clone()) } else { State::Wanted(Some(digest.clone())) }
        }
        (_, EngineSide::Held(_)) => State::OnlyHere,
        _ if parents => State::WouldBeBuilt,
        _ => State::NotPublished,
    };
    let wish = |node: usize| Wish {
        name: graph.nodes[node].name.clone(),
        reference: graph.nodes[node].reference.clone(),
        source: sources::of_node(survey, &presence, node),
        state: state(node),
    };
    if !parents {
        return Ok(graph.order.iter().filter(|&&node| marked[node]).map(|&node| wish(node)).collect());
    }
    Ok(of_builds(survey, marked, wish))
}

fn doubt(facts: &Facts) -> Option<String> {
    match (&facts.registry, &facts.engine) {
        (RegistrySide::Unknown(why), _) | (_, EngineSide::Unknown(why)) => Some(why.clone()),
        _ => None,
    }
}

/// Published parents, and base images from outside, of the marked images and of parents that would be built along.
fn of_builds(survey: &Survey, marked: &[bool], wish: impl Fn(usize) -> Wish) -> Vec<Wish> {
    let graph = &survey.graph;
    let mut built: BTreeSet<usize> = (0..marked.len()).filter(|&node| marked[node]).collect();
    let mut open: Vec<usize> = built.iter().copied().collect();
    let (mut bases, mut parents) = (BTreeSet::new(), BTreeSet::new());
    while let Some(node) = open.pop() {
        bases.extend(graph.nodes[node].bases.iter().filter_map(|base| Reference::parse(&base.reference).ok()));
        for parent in graph.nodes[node].parents.iter().map(|edge| edge.parent) {
            if !built.contains(&parent) && parents.insert(parent) && wish(parent).state == State::WouldBeBuilt {
                built.insert(parent);
                open.push(parent);
            }
        }
    }
    let outside =
        bases.into_iter().map(|reference| Wish { name: reference.to_string(), reference, source: None, state: State::Wanted(None) });
    outside.chain(graph.order.iter().filter(|node| parents.contains(node)).map(|&node| wish(node))).collect()
}

/// Pulls what is wanted, as many at once as the configuration says, and tells it as events.
///
/// # Errors
/// When the engine is not there.
pub async fn pull(session: &Session, wishes: Vec<Wish>, emitter: &Arc<Emitter>, cancel: &CancellationToken) -> Result<PullEnd, RunError> {
    let engine = engine(session)?;
    let started = Instant::now();
    announce(session, &wishes, emitter);
    tell_stale(session.credentials.as_ref(), emitter);
    let pulls = Pulls::new(engine.clone(), session.credentials.clone(), cancel.clone());
    let jobs = session.config.jobs(std::thread::available_parallelism().map_or(1, usize::from));
    let each = futures_util::stream::iter(wishes).map(|wish| one(engine.as_ref(), &pulls, wish, emitter, cancel));
    let ended: Vec<(Pulled, Option<Scope>)> = each.buffered(jobs.max(1)).collect().await;
    let mut counts = Counts::default();
    ended.iter().for_each(|(pulled, _)| counts.add(pulled.outcome));
    let any = |wanted: Scope| ended.iter().any(|(_, scope)| *scope == Some(wanted));
    let end = match () {
        () if any(Scope::Cancelled) => RunEnd::Interrupted,
        () if any(Scope::Run) => RunEnd::Stopped,
        () if any(Scope::Image) || ended.iter().any(|(pulled, _)| pulled.wish.state == State::NotPublished) => RunEnd::Failed,
        () => RunEnd::Good,
    };
    emitter.emit(EventKind::RunFinished { counts, seconds: started.elapsed().as_secs_f64(), exit: end.exit() });
    Ok(PullEnd { pulled: ended.into_iter().map(|(pulled, _)| pulled).collect(), end })
}

fn announce(session: &Session, wishes: &[Wish], emitter: &Emitter) {
    let wanted = wishes.iter().filter(|wish| matches!(wish.state, State::Wanted(_)));
    emitter.emit(EventKind::RunStarted {
        directory: session.directory.display().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        images: wanted.clone().count(),
        publishing: false,
    });
    for wish in wanted {
        let (name, reference) = (wish.name.clone(), wish.reference.to_string());
        emitter.emit(EventKind::ImageQueued { name, reference, action: "pull".to_owned(), reason: wish.state.reason() });
    }
}

impl State {
    fn reason(&self) -> ReasonText {
        let (code, text) = match self {
            Self::Wanted(Some(_)) => ("published", "published, and not in the engine"),
            Self::Wanted(None) => ("base_image", "builds start from it"),
            Self::Held(_) => return held(),
            Self::OnlyHere => ("not_published", "not published; the engine has a copy of its own"),
            Self::NotPublished => ("not_published", "not published; `cooperage build` makes it"),
            Self::WouldBeBuilt => ("not_published", "not published; a build makes it along the way"),
        };
        ReasonText { code: code.to_owned(), text: text.to_owned() }
    }
}

fn held() -> ReasonText {
    ReasonText { code: "held".to_owned(), text: "the engine has it".to_owned() }
}

fn pulled() -> ReasonText {
    ReasonText { code: "pulled".to_owned(), text: "the engine has it now".to_owned() }
}

fn failed(failure: &Failure) -> (ImageOutcome, ReasonText) {
    let cancelled = failure.scope == Scope::Cancelled;
    let (outcome, code) = if cancelled { (ImageOutcome::Cancelled, "interrupted") } else { (ImageOutcome::Failed, "failed") };
    (outcome, ReasonText { code: code.to_owned(), text: failure.message.clone() })
}

/// One image, from its first event to its last.
async fn one(
    engine: &dyn Engine,
    pulls: &Pulls,
    wish: Wish,
    emitter: &Arc<Emitter>,
    cancel: &CancellationToken,
) -> (Pulled, Option<Scope>) {
    let started = Instant::now();
    let (outcome, reason, scope) = match &wish.state {
        State::Wanted(digest) => {
            let teller = Teller::new(&wish.name, emitter.clone());
            let work = async {
                tokio::select! {
                    // An engine that has gone silent must not keep us.
                    fetched = fetch(engine, pulls, &wish, digest.as_ref(), &teller) => fetched,
                    () = cancel.cancelled() => Err(Failure::cancelled()),
                }
            };
            match teller.step(Step::Pull, work).await {
                Ok(true) => (ImageOutcome::Reused, pulled(), None),
                Ok(false) => (ImageOutcome::Skipped, held(), None),
                Err(failure) => {
                    let (outcome, reason) = failed(&failure);
                    (outcome, reason, Some(failure.scope))
                }
            }
        }
        other => (ImageOutcome::Skipped, other.reason(), None),
    };
    let digest = match &wish.state {
        State::Wanted(digest) => digest.as_ref().filter(|_| scope.is_none()),
        State::Held(digest) => Some(digest),
        _ => None,
    };
    finished(emitter, &wish, outcome, digest, reason.clone(), started);
    (Pulled { wish, outcome, reason }, scope)
}

fn finished(emitter: &Emitter, wish: &Wish, outcome: ImageOutcome, digest: Option<&Digest>, reason: ReasonText, started: Instant) {
    emitter.emit(EventKind::ImageFinished {
        name: wish.name.clone(),
        reference: wish.reference.to_string(),
        outcome,
        digest: digest.map(ToString::to_string),
        reason,
        seconds: started.elapsed().as_secs_f64(),
        blocked_by: None,
        log_tail: Vec::new(),
    });
}

/// Pulls, and says whether that changed anything: a base image may turn out to be the one that is there.
async fn fetch(
    engine: &dyn Engine,
    pulls: &Pulls,
    wish: &Wish,
    digest: Option<&Digest>,
    teller: &Teller,
) -> Result<(bool, Option<String>), Failure> {
    let before = engine.inspect(&wish.reference.to_string()).await?;
    let progress = teller.progress(Step::Pull);
    let pulled = match &wish.source {
        Some(source) => pulls.ensure_source(source, progress).await?,
        None => pulls.ensure(&wish.reference, digest, progress).await?,
    };
    let same = before.is_some_and(|before| before.id == pulled.id);
    Ok((!same, same.then(|| "the engine had it".to_owned())))
}

/// Pulls one image for a call that goes on with it, told as a run of its own.
///
/// # Errors
/// When it cannot be pulled.
pub async fn pull_one(
    session: &Session,
    pulls: &Pulls,
    reference: &Reference,
    digest: Option<&Digest>,
    emitter: &Arc<Emitter>,
) -> Result<LocalImage, EngineError> {
    let started = Instant::now();
    let name = reference.repository().rsplit('/').next().unwrap_or_default().to_owned();
    let wish = Wish { name, reference: reference.clone(), state: State::Wanted(digest.cloned()), source: None };
    announce(session, std::slice::from_ref(&wish), emitter);
    let teller = Teller::new(&wish.name, emitter.clone());
    let mut cause = None;
    let work = async {
        let pulled = pulls.pull(reference, digest, teller.progress(Step::Pull)).await;
        pulled.map(|image| (image, None)).map_err(|error| Failure::from(cause.insert(error).clone()))
    };
    let result = teller.step(Step::Pull, work).await;
    let (outcome, reason, end) = match &result {
        Ok(_) => (ImageOutcome::Reused, pulled(), RunEnd::Good),
        Err(failure) => (failed(failure).0, failed(failure).1, RunEnd::Stopped),
    };
    finished(emitter, &wish, outcome, digest.filter(|_| result.is_ok()), reason, started);
    let mut counts = Counts::default();
    counts.add(outcome);
    emitter.emit(EventKind::RunFinished { counts, seconds: started.elapsed().as_secs_f64(), exit: end.exit() });
    result.map_err(|failure| cause.unwrap_or(EngineError::Other { address: String::new(), message: failure.message }))
}
