//! Takes out of the engine what the plan of `prune` names.

use super::publications::published;
use crate::engine::{Engine, EngineError, EngineKind, LocalImage};
use crate::name::{Digest, Reference, Version};
use crate::plan::{Occupied, PruneAction, PruneOptions, PruneReason, Shelves, Stored, freed, in_question, prune};
use crate::run::image::labels::former_name;
use crate::run::session::Session;
use crate::run::survey::Survey;
use crate::run::work::prepare::RunError;
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Images whose layers the engine is asked for at once.
const AT_ONCE: usize = 8;

/// How long an interrupted call waits for the removal that the engine is at.
const GRACE: Duration = Duration::from_secs(3);

/// What became of one name.
#[derive(Clone, Debug)]
pub struct Pruned {
    /// What was planned. After a removal, `bytes` is what the engine got back.
    pub action: PruneAction,
    /// What it was thought to free at most, in bytes.
    pub planned: u64,
    /// Whether the engine may have got back less, because layers are held by what it does not tell of.
    pub at_most: bool,
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
    Interrupted {
        /// The engine was asked, and did not answer in time.
        begun: bool,
    },
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
    let (images, untagged, containers) = tokio::try_join!(engine.images(), engine.untagged(), engine.containers())?;
    let images: Vec<LocalImage> = images.into_iter().chain(untagged).collect();
    let digests = images.iter().map(|image| (image.id.clone(), image.repo_digests.clone())).collect();
    let stored: Vec<Stored> = images.into_iter().map(|image| stored(image, &containers)).collect();
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
pub(in crate::run) fn engine(session: &Session) -> Result<&Arc<dyn Engine>, RunError> {
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

fn stored(image: LocalImage, containers: &BTreeMap<Digest, Vec<String>>) -> Stored {
    Stored {
        containers: containers.get(&image.id).cloned().unwrap_or_default(),
        former: former_name(&image.labels),
        digests: image.repo_digests,
        names: image.tags,
        id: image.id,
    }
}

/// Removes what is to go, one after the other. What the engine refuses is left, and the rest goes on.
pub async fn execute_prune(engine: &dyn Engine, plan: PrunePlan, cancel: &CancellationToken) -> Vec<Pruned> {
    let PrunePlan { actions, mut occupied } = plan;
    let mut lost = None;
    let mut done = Vec::with_capacity(actions.len());
    for action in actions {
        let mut pruned = Pruned { planned: action.bytes, at_most: false, action, left: None };
        if pruned.action.remove {
            pruned.action.bytes = 0;
            match &lost {
                _ if cancel.is_cancelled() => pruned.left = Some(Left::Interrupted { begun: false }),
                Some(why) => pruned.left = Some(Left::Lost(String::clone(why))),
                None => one(engine, &mut pruned, &mut occupied, &mut lost, cancel).await,
            }
        }
        done.push(pruned);
    }
    done
}

/// Removes one name, unless an interrupted call has waited long enough for that.
async fn one(engine: &dyn Engine, pruned: &mut Pruned, occupied: &mut Occupied, lost: &mut Option<String>, cancel: &CancellationToken) {
    let layers = occupied.layers(&pruned.action.id).to_vec();
    let removed = tokio::select! {
        removed = remove(engine, &pruned.action, &layers) => removed,
        () = async { cancel.cancelled().await; tokio::time::sleep(GRACE).await } => {
            pruned.left = Some(Left::Interrupted { begun: true });
            return;
        }
    };
    match removed {
        Ok(Gone::Image(freed)) => {
            let at_most = occupied.remove(&pruned.action.id);
            pruned.action.bytes = freed.unwrap_or(at_most);
            pruned.at_most = freed.is_none();
        }
        Ok(Gone::Name) => {}
        Ok(Gone::Moved) => pruned.left = Some(Left::Moved),
        Err(error) => pruned.left = Some(refused(error, lost)),
    }
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
    /// And what the engine got back, in bytes, where it says so.
    Image(Option<u64>),
    Name,
    Moved,
}

/// Removes a name, if it is still the image's. Never by force, so the engine refuses what is used since. Where only the
/// answer is lost, a second look tells what came of it.
async fn remove(engine: &dyn Engine, action: &PruneAction, layers: &[String]) -> Result<Gone, EngineError> {
    match attempt(engine, action, layers).await {
        Err(EngineError::Unreachable { .. }) => match attempt(engine, action, layers).await? {
            Gone::Name if !still_there(engine, &action.id).await? => Ok(Gone::Image(None)),
            gone => Ok(gone),
        },
        other => other,
    }
}

async fn attempt(engine: &dyn Engine, action: &PruneAction, layers: &[String]) -> Result<Gone, EngineError> {
    let by_id = action.reference == action.id.as_str();
    match engine.inspect(&action.reference).await? {
        Some(image) if image.id == action.id && (!by_id || image.tags.is_empty()) => {}
        Some(_) => return Ok(Gone::Moved),
        None => return Ok(Gone::Name),
    }
    let sizes = engine.layer_sizes(&action.id).await?;
    let gone = match engine.untag(&action.reference).await {
        Ok(gone) => gone,
        Err(EngineError::NotFound(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    if still_there(engine, &action.id).await? {
        return Ok(Gone::Name);
    }
    let tells_layers = engine.info().kind == EngineKind::Docker;
    Ok(Gone::Image(tells_layers.then(|| freed(layers, &sizes, &gone))))
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
