//! Takes out of the engine what the plan of `prune` names.

use super::prepare::RunError;
use super::publications::published;
use super::session::Session;
use super::survey::Survey;
use crate::engine::{Engine, EngineError};
use crate::name::{Digest, Reference, Version};
use crate::plan::{Occupied, PruneAction, PruneOptions, PruneReason, Shelves, Stored, in_question, prune};
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Images whose layers the engine is asked for at once.
const AT_ONCE: usize = 8;

/// What became of one name.
#[derive(Clone, Debug)]
pub struct Pruned {
    /// What was planned. After a run that went through, `bytes` is what the engine got back.
    pub action: PruneAction,
    /// Why a name that was to go is still there.
    pub left: Option<Left>,
}

/// Why a name that was to go is still there.
#[derive(Clone, Debug)]
pub enum Left {
    /// The engine refused, in its words.
    Refused(String),
    /// It is another image's name now.
    Moved,
    /// The engine cannot be reached any more.
    Lost(String),
    /// Ctrl-C.
    Interrupted,
}

/// The decisions, and what frees how much.
pub struct PrunePlan {
    /// What goes, in order, and what stays.
    pub actions: Vec<PruneAction>,
    /// The images of the engine.
    occupied: Occupied,
}

/// Asks engine and registry and decides.
///
/// # Errors
/// When the engine does not answer, or Ctrl-C comes first. A registry that does not is a reason to keep.
pub async fn plan_prune(session: &Session, survey: &Survey, selected: &[bool], options: &PruneOptions) -> Result<PrunePlan, RunError> {
    let engine = engine(session)?;
    let (images, containers) = tokio::try_join!(engine.images(), engine.containers())?;
    let digests = images.iter().map(|image| (image.id.clone(), image.repo_digests.clone())).collect();
    let stored: Vec<Stored> = images
        .into_iter()
        .map(|image| Stored { containers: containers.get(&image.id).cloned().unwrap_or_default(), names: image.tags, id: image.id })
        .collect();
    let versions: Vec<Vec<Version>> = (0..survey.graph.nodes.len()).map(|node| versions(survey, node)).collect();
    let shelves = Shelves { graph: &survey.graph, selected, versions: &versions };
    let questions = in_question(&shelves, &stored, options);
    let workers = session.config.scan_workers;
    let places = |name: &Reference| survey.places_of(name);
    let (published, occupied) = tokio::join!(
        published(session.sides.registry.as_deref(), questions, &digests, &places, workers),
        occupied(engine.as_ref(), &stored)
    );
    let occupied = occupied?;
    let actions = prune(&shelves, &stored, &published, &occupied, options);
    Ok(PrunePlan { actions, occupied })
}

/// The engine of a session.
pub(super) fn engine(session: &Session) -> Result<&Arc<dyn Engine>, RunError> {
    match &session.sides.engine {
        Some(Ok(engine)) => Ok(engine),
        Some(Err(error)) => Err(error.clone().into()),
        None => Err(RunError::Refused(vec!["this needs an engine".to_owned()])),
    }
}

fn versions(survey: &Survey, node: usize) -> Vec<Version> {
    survey.item(node).definition.changelog.entries.iter().map(|entry| entry.version.clone()).collect()
}

async fn occupied(engine: &dyn Engine, images: &[Stored]) -> Result<Occupied, EngineError> {
    let asked = futures_util::stream::iter(images).map(|image| async move { Ok((image.id.clone(), engine.extent(&image.id).await?)) });
    let found: Vec<_> = asked.buffer_unordered(AT_ONCE).try_collect().await?;
    let mut all = Occupied::default();
    for (id, extent) in found {
        // One that went away in the meantime shares nothing any more.
        if let Some(extent) = extent {
            all.add(id, extent.bytes, extent.layers);
        }
    }
    Ok(all)
}

/// Removes what is to go, one after the other. What the engine refuses is left, and the rest goes on.
pub async fn execute_prune(engine: &dyn Engine, plan: PrunePlan, cancel: &CancellationToken) -> Vec<Pruned> {
    let PrunePlan { actions, mut occupied } = plan;
    let mut lost = None;
    let mut done = Vec::with_capacity(actions.len());
    for mut action in actions {
        let mut left = None;
        if action.remove {
            action.bytes = 0;
            match &lost {
                _ if cancel.is_cancelled() => left = Some(Left::Interrupted),
                Some(why) => left = Some(Left::Lost(String::clone(why))),
                None => match remove(engine, &action).await {
                    Ok(Gone::Image) => action.bytes = occupied.remove(&action.id),
                    Ok(Gone::Name) => {}
                    Ok(Gone::Moved) => left = Some(Left::Moved),
                    Err(error) => left = Some(refused(error, &mut lost)),
                },
            }
        }
        done.push(Pruned { action, left });
    }
    done
}

fn refused(error: EngineError, lost: &mut Option<String>) -> Left {
    let message = error.to_string();
    if matches!(error, EngineError::Unreachable { .. }) {
        *lost = Some(message.clone());
        return Left::Lost(message);
    }
    Left::Refused(message)
}

enum Gone {
    Image,
    Name,
    Moved,
}

/// Removes a name, if it is still the image's. Never by force, so the engine refuses what is used since.
async fn remove(engine: &dyn Engine, action: &PruneAction) -> Result<Gone, EngineError> {
    match engine.inspect(&action.reference).await? {
        Some(image) if image.id == action.id => {}
        Some(_) => return Ok(Gone::Moved),
        None => return Ok(Gone::Name),
    }
    match engine.untag(&action.reference).await {
        Ok(()) | Err(EngineError::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    Ok(if still_there(engine, &action.id).await? { Gone::Name } else { Gone::Image })
}

async fn still_there(engine: &dyn Engine, id: &Digest) -> Result<bool, EngineError> {
    Ok(engine.inspect(id.as_str()).await?.is_some())
}

impl Pruned {
    /// Whether the name is gone.
    pub fn is_gone(&self) -> bool {
        self.action.remove && self.left.is_none()
    }

    /// Whether the registry gave no clear answer about it.
    pub fn is_unclear(&self) -> bool {
        matches!(self.action.reason, PruneReason::Unclear(_))
    }
}
