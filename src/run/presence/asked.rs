//! Asks engine and destinations what they hold: the engine in one call, each registry with one HEAD per version, all
//! at once within bounds.

use super::versions::Questions;
use crate::config::Config;
use crate::engine::{Engine, EngineError, LocalImage};
use crate::name::Reference;
use crate::plan::{EngineSide, Facts, Held, InputsLabel, PlanOptions, RegistrySide};
use crate::publish::Placements;
use crate::registry::Registry;
use crate::run::survey::Survey;
use crate::run::survey::inputs::{Contexts, Inputs, LABEL};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Who is asked. A side that is `None` is not.
#[derive(Clone, Default)]
pub struct Sides {
    /// The engine, or why it cannot be asked.
    pub engine: Option<Result<Arc<dyn Engine>, EngineError>>,
    /// The client of all registries; there where images have a destination.
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
    /// Where images go in this run, if it stamps any.
    pub stamped: Option<Placements>,
}

/// Asks for the marked nodes; `workers` requests go to a registry at once.
pub async fn ask(survey: &Survey, marked: &[bool], selected: &[bool], sides: &Sides, workers: usize, options: &PlanOptions) -> Presence {
    let graph = &survey.graph;
    let stamped = survey.stamped_placements(selected, options);
    let questions = Questions { survey, marked, selected, stamped: stamped.as_ref() };
    let (engine, mut facts) = tokio::join!(ask_engine(sides), questions.ask(sides.registry.as_deref(), workers));
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
    Presence { facts, local, contexts: Contexts::new(), stamped }
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
