//! Asks engine and registry what they hold: the engine in one call, the registry with one HEAD per
//! reference, all at once within bounds.

use super::inputs::{Contexts, Inputs, LABEL};
use super::survey::Survey;
use crate::config::Config;
use crate::engine::{Engine, EngineError, LocalImage};
use crate::name::Reference;
use crate::plan::{EngineSide, Facts, Graph, Held, InputsLabel, PlanOptions, RegistrySide};
use crate::registry::{Lookup, Registry, RegistryError};
use futures_util::StreamExt as _;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;

/// Who is asked. A side that is `None` is not.
#[derive(Clone, Default)]
pub struct Sides {
    /// The engine, or why it cannot be asked.
    pub engine: Option<Result<Arc<dyn Engine>, EngineError>>,
    /// The registry of the catalogue's images.
    pub registry: Option<Arc<dyn Registry>>,
}

/// What was found.
pub struct Presence {
    /// For every node; nodes that nobody asked for are `NotAsked`.
    pub facts: Vec<Facts>,
    /// The engine's images by canonical reference.
    pub local: HashMap<Reference, LocalImage>,
    /// Contexts that were read to compare inputs.
    pub contexts: Contexts,
}

/// Asks for the marked nodes.
pub async fn ask(graph: &Graph, marked: &[bool], selected: &[bool], sides: &Sides, workers: usize, options: &PlanOptions) -> Presence {
    let (engine, registry) = tokio::join!(ask_engine(sides), ask_registry(graph, marked, selected, sides, workers, options));
    let mut facts = registry;
    let mut local = HashMap::new();
    match engine {
        None => {}
        Some(Ok(images)) => {
            local = images;
            for node in (0..graph.nodes.len()).filter(|&node| marked[node]) {
                let held = local.get(&graph.nodes[node].reference.canonical());
                facts[node].engine = held.map_or(EngineSide::Absent, |image| {
                    let label = if image.labels.contains_key(LABEL) { InputsLabel::NotCompared } else { InputsLabel::Missing };
                    EngineSide::Held(Held { id: image.id.clone(), label })
                });
            }
        }
        Some(Err(error)) => {
            for node in (0..graph.nodes.len()).filter(|&node| marked[node]) {
                facts[node].engine = EngineSide::Unknown(error.to_string());
            }
        }
    }
    Presence { facts, local, contexts: Contexts::new() }
}

async fn ask_engine(sides: &Sides) -> Option<Result<HashMap<Reference, LocalImage>, EngineError>> {
    let engine = match sides.engine.as_ref()? {
        Ok(engine) => engine,
        Err(error) => return Some(Err(error.clone())),
    };
    Some(engine.images().await.map(|images| {
        let named = images.into_iter().flat_map(|image| {
            let references: Vec<Reference> = image.tags.iter().filter_map(|tag| Reference::parse(tag).ok()).collect();
            references.into_iter().map(move |reference| (reference.canonical(), image.clone()))
        });
        named.collect()
    }))
}

async fn ask_registry(
    graph: &Graph,
    marked: &[bool],
    selected: &[bool],
    sides: &Sides,
    workers: usize,
    options: &PlanOptions,
) -> Vec<Facts> {
    let mut facts = vec![Facts::default(); graph.nodes.len()];
    let Some(registry) = &sides.registry else { return facts };
    let mut questions: Vec<(usize, bool, Reference)> = Vec::new();
    for node in (0..graph.nodes.len()).filter(|&node| marked[node]) {
        let reference = &graph.nodes[node].reference;
        questions.push((node, false, reference.clone()));
        if selected[node] && options.stamp.is_some() {
            // A stamped tag that cannot be was refused before.
            questions.extend(options.stamped(reference).ok().map(|stamped| (node, true, stamped)));
        }
    }
    // When a registry is down, one who found out is enough.
    let down: OnceLock<RegistryError> = OnceLock::new();
    let answers = futures_util::stream::iter(questions).map(|(node, stamped, reference)| {
        let down = &down;
        async move { (node, stamped, ask_one(registry.as_ref(), &reference, down).await) }
    });
    let mut answers = std::pin::pin!(answers.buffer_unordered(workers.max(1)));
    while let Some((node, stamped, side)) = answers.next().await {
        let slot = if stamped { &mut facts[node].stamped } else { &mut facts[node].registry };
        *slot = side;
    }
    facts
}

async fn ask_one(registry: &dyn Registry, reference: &Reference, down: &OnceLock<RegistryError>) -> RegistrySide {
    if let Some(error) = down.get() {
        return RegistrySide::Unknown(error.to_string());
    }
    match registry.head(reference).await {
        Ok(Lookup::Found(digest)) => RegistrySide::Published(digest),
        Ok(Lookup::Absent) => RegistrySide::Absent,
        Err(error) => {
            let is_down = matches!(
                error,
                RegistryError::Unreachable { .. } | RegistryError::Certificate { .. } | RegistryError::ClientCertificate { .. }
            );
            // One text for all of them, so that it is told once.
            RegistrySide::Unknown(if is_down { down.get_or_init(|| error).to_string() } else { error.to_string() })
        }
    }
}

/// Compares the `inputs` labels of engine copies that are not published: only for them it matters.
pub fn compare_inputs(survey: &Survey, config: &Config, boundary: PathBuf, presence: &mut Presence, cancelled: &(dyn Fn() -> bool + Sync)) {
    let unpublished = |facts: &Facts| {
        let labelled = matches!(&facts.engine, EngineSide::Held(held) if held.label == InputsLabel::NotCompared);
        labelled && !matches!(facts.registry, RegistrySide::Published(_))
    };
    let marked: Vec<bool> = presence.facts.iter().map(unpublished).collect();
    if !marked.contains(&true) {
        return;
    }
    let computed = Inputs::new(survey, config, boundary).of(&marked, cancelled);
    let inputs = computed.inputs;
    presence.contexts = computed.contexts;
    for node in (0..marked.len()).filter(|&node| marked[node]) {
        let label = presence.local.get(&survey.graph.nodes[node].reference.canonical()).and_then(|image| image.labels.get(LABEL));
        // Inputs that cannot be told lead to a build, and that says what is wrong.
        let same = matches!((inputs.get(&node), label), (Some(Ok(own)), Some(label)) if own.as_str() == label);
        if let EngineSide::Held(held) = &mut presence.facts[node].engine {
            held.label = if same { InputsLabel::Same } else { InputsLabel::Differs };
        }
    }
}
