//! Refreshing base images before anything is built.

use super::once::Pulls;
use crate::engine::{Engine, EngineError};
use crate::event::{Emitter, Step};
use crate::name::Reference;
use crate::plan::{Action, Graph, Plan};
use crate::run::work::failure::{Failure, Scope};
use crate::run::work::prepare::RunError;
use crate::run::work::steps::Teller;
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The images from outside that the planned builds start from, each once, with the first definition that
/// uses it. What still holds a variable is left to the engine.
pub fn wanted(graph: &Graph, plan: &Plan) -> BTreeMap<Reference, usize> {
    let built = plan.images.iter().filter(|image| image.action == Action::Build);
    let uses = built.flat_map(|image| graph.nodes[image.node].bases.iter().map(move |base| (image.node, base)));
    let mut found = BTreeMap::new();
    for (node, base) in uses {
        if let Ok(reference) = Reference::parse(&base.reference) {
            found.entry(reference).or_insert(node);
        }
    }
    found
}

/// Pulls them, `workers` at once.
///
/// # Errors
/// When one cannot be pulled and the engine does not have it. One that the engine has is only warned about.
pub async fn refresh(
    graph: &Graph,
    plan: &Plan,
    engine: &dyn Engine,
    pulls: &Pulls,
    emitter: &Arc<Emitter>,
    workers: usize,
) -> Result<(), RunError> {
    let each = futures_util::stream::iter(wanted(graph, plan)).map(|(reference, node)| async move {
        let teller = Teller::new(&graph.nodes[node].name, emitter.clone());
        let pull = async {
            pulls.ensure(&reference, None, teller.progress(Step::Pull)).await?;
            Ok(((), None))
        };
        let Err(failure) = teller.step(Step::Pull, pull).await else { return Ok(()) };
        if failure.scope == Scope::Cancelled {
            return Err(RunError::Interrupted);
        }
        match is_in_engine(&reference, &failure, engine, &teller).await? {
            true => Ok(()),
            false => Err(RunError::Base { reference: reference.to_string(), message: failure.message }),
        }
    });
    each.buffer_unordered(workers.max(1)).try_collect().await
}

/// Whether the engine's copy serves where a base image could not be refreshed; that it does is warned of.
///
/// # Errors
/// When the engine does not answer.
pub async fn is_in_engine(reference: &Reference, failure: &Failure, engine: &dyn Engine, teller: &Teller) -> Result<bool, EngineError> {
    let held = engine.inspect(&reference.to_string()).await?.is_some();
    if held {
        let message = format!("the base image {reference} cannot be refreshed, the engine's copy is used: {failure}");
        teller.warn("base_not_refreshed", message);
    }
    Ok(held)
}
