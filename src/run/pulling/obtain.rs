//! Gets one image into the engine: it is there, or it is pulled, or it is built as `build` would build it.

use super::once::Pulls;
use super::once::only_on_disk;
use super::pull::pull_one;
use super::sources;
use crate::engine::{Engine, EngineError, LocalImage};
use crate::event::{Emitter, EventKind};
use crate::name::{Digest, Pattern, Reference, Tag};
use crate::run::session::{Session, tell_stale};
use crate::run::survey::Survey;
use crate::run::survey::inputs::{Inputs, LABEL};
use crate::run::work::execute::{Course, RunEnd, execute};
use crate::run::work::lock::lock_catalogue;
use crate::run::work::prepare::{RunError, prepare};
use std::future::Future;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The image of a node, under another tag if one is given. What the engine holds is taken as it is; a copy of the current
/// version that was made from other inputs is a warning. What is pulled is told to `pulling`, all else to the course.
///
/// The current version is pulled where it is published, else built with what it needs, and not published. Any other
/// tag can only be pulled. `waiting` is called when another run on the catalogue has to end first.
///
/// # Errors
/// When the engine does not answer, or the image can be neither pulled nor built.
pub async fn obtain(
    session: Session,
    survey: Survey,
    node: usize,
    tag: Option<Tag>,
    course: Course,
    pulling: &Arc<Emitter>,
    waiting: impl FnOnce(),
) -> Result<LocalImage, RunError> {
    let engine = engine_of(&session)?;
    let current = survey.graph.nodes[node].reference.clone();
    let wanted = tag.map_or_else(|| current.clone(), |tag| current.with_tag(tag));
    if let Some(image) = until(&course.cancel, async { Ok(engine.inspect(&wanted.to_string()).await?) }).await? {
        if wanted == current {
            warn_of_other_inputs(&session, &survey, node, &image, &course.emitter);
        }
        return Ok(image);
    }
    tell_stale(session.credentials.as_ref(), &course.emitter);
    let pulls = Pulls::new(engine.clone(), session.credentials.clone(), course.cancel.clone());
    if wanted != current {
        let Some(from) = survey.pull_reference_of(node, &wanted) else { return Err(RunError::NotHeld(wanted.to_string())) };
        let pulled = pull(&session, &pulls, &from, None, pulling).await?;
        return named(engine.as_ref(), pulled, &from, &wanted).await;
    }
    let mut selected = vec![false; survey.graph.nodes.len()];
    selected[node] = true;
    let _lock = lock_catalogue(&session.directory, &course.cancel, waiting).await?;
    let prepared = until(&course.cancel, prepare(&session, survey, selected, &course.options, &course.cancel)).await?;
    if let Some(source) = sources::of_node(&prepared.survey, &prepared.presence, node) {
        let from = source.pull.as_ref().ok_or_else(|| not_pulled(&source.name, only_on_disk(&source)))?;
        let pulled = pull(&session, &pulls, from, Some(&source.digest), pulling).await?;
        return named(engine.as_ref(), pulled, from, &source.name).await;
    }
    match execute(session, prepared, course).await? {
        RunEnd::Interrupted => Err(RunError::Interrupted),
        _ => engine.inspect(&wanted.to_string()).await?.ok_or_else(|| RunError::NotMade(wanted.to_string())),
    }
}

/// Asks, unless the call is interrupted first.
async fn until<T>(cancel: &CancellationToken, asked: impl Future<Output = Result<T, RunError>>) -> Result<T, RunError> {
    tokio::select! {
        answer = asked => answer,
        () = cancel.cancelled() => Err(RunError::Interrupted),
    }
}

/// The engine of a session that wants one.
///
/// # Errors
/// When it does not answer.
pub fn engine_of(session: &Session) -> Result<Arc<dyn Engine>, RunError> {
    match &session.sides.engine {
        Some(Ok(engine)) => Ok(engine.clone()),
        Some(Err(error)) => Err(error.clone().into()),
        None => Err(RunError::Refused(vec!["this needs an engine".to_owned()])),
    }
}

async fn pull(
    session: &Session,
    pulls: &Pulls,
    reference: &Reference,
    digest: Option<&Digest>,
    emitter: &Arc<Emitter>,
) -> Result<LocalImage, RunError> {
    pull_one(session, pulls, reference, digest, emitter).await.map_err(|error| not_pulled(reference, error))
}

/// Gives what was pulled from elsewhere the name that the engine knows it by.
async fn named(engine: &dyn Engine, pulled: LocalImage, from: &Reference, name: &Reference) -> Result<LocalImage, RunError> {
    if from != name {
        engine.tag(&pulled.id, name).await?;
    }
    Ok(pulled)
}

fn not_pulled(reference: &Reference, error: EngineError) -> RunError {
    match error {
        EngineError::Cancelled => RunError::Interrupted,
        error => RunError::NotPulled { reference: reference.to_string(), source: error },
    }
}

/// Says that the engine's copy is not what the definition would make now. Inputs that cannot be told say nothing.
fn warn_of_other_inputs(session: &Session, survey: &Survey, node: usize, image: &LocalImage, emitter: &Emitter) {
    let Some(label) = image.labels.get(LABEL) else { return };
    let marked: Vec<bool> = (0..survey.graph.nodes.len()).map(|at| at == node).collect();
    let own = Inputs::new(survey, &session.config, session.boundary()).of(&marked, &|| false).inputs.remove(&node);
    if own.and_then(Result::ok).is_none_or(|own| own.as_str() == label) {
        return;
    }
    let reference = survey.graph.nodes[node].reference.to_string();
    let (directory, pattern) = (session.directory.display(), Pattern::literal(&reference));
    let message = format!(
        "the engine's {reference} was made from other inputs than its definition has now, and is used as it is; \
         `cooperage build --no-publish --select '{pattern}' {directory}` makes it again, or, where this version is \
         published, a new changelog entry does (`cooperage update`)"
    );
    emitter.emit(EventKind::Warning { code: "inputs_changed".to_owned(), name: Some(survey.graph.nodes[node].name.clone()), message });
}
