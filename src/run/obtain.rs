//! Gets one image into the engine: it is there, or it is pulled, or it is built as `build` would build it.

use super::execute::{Course, RunEnd, execute};
use super::lock::lock_catalogue;
use super::prepare::{RunError, prepare};
use super::pulls::Pulls;
use super::session::Session;
use super::sources;
use super::survey::Survey;
use crate::engine::{Engine, EngineError, LocalImage};
use crate::name::{Reference, Tag};
use std::future::Future;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The image of a node, under another tag if one is given. What the engine holds is taken as it is.
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
    waiting: impl FnOnce(),
) -> Result<LocalImage, RunError> {
    let engine = engine_of(&session)?;
    let current = survey.graph.nodes[node].reference.clone();
    let wanted = tag.map_or_else(|| current.clone(), |tag| current.with_tag(tag));
    if let Some(image) = until(&course.cancel, async { Ok(engine.inspect(&wanted.to_string()).await?) }).await? {
        return Ok(image);
    }
    let pulls = Pulls::new(engine.clone(), session.credentials.clone(), course.cancel.clone());
    if wanted != current {
        let Some(pull) = survey.pull_reference_of(node, &wanted) else { return Err(RunError::NotHeld(wanted.to_string())) };
        let pulled = pulls.ensure_plainly(&pull, None).await.map_err(|error| not_pulled(&pull, error))?;
        if pull != wanted {
            engine.tag(&pulled.id, &wanted).await?;
        }
        return Ok(pulled);
    }
    let mut selected = vec![false; survey.graph.nodes.len()];
    selected[node] = true;
    let _lock = lock_catalogue(&session.directory, &course.cancel, waiting).await?;
    let prepared = until(&course.cancel, prepare(&session, survey, selected, &course.options, &course.cancel)).await?;
    if let Some(source) = sources::of_node(&prepared.survey, &prepared.presence, node) {
        return pulls.ensure_source_plainly(&source).await.map_err(|error| not_pulled(&source.name, error));
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

fn not_pulled(reference: &Reference, error: EngineError) -> RunError {
    match error {
        EngineError::Cancelled => RunError::Interrupted,
        error => RunError::NotPulled { reference: reference.to_string(), source: error },
    }
}
