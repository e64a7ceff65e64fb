//! Which published images are stale: a base image of theirs has moved, or what they are made from changed.
//!
//! Asks the registries only, for the labels that a build leaves (`labels.rs`).

use crate::catalog::Defect;
use crate::name::Reference;
use crate::publish::labels_of;
use crate::registry::{Lookup, Registry, RegistryError};
use crate::run::image::labels::BASES;
use crate::run::session::Session;
use crate::run::survey::Survey;
use crate::run::survey::inputs::{Inputs, LABEL};
use crate::run::work::prepare::RunError;
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::collections::{BTreeMap, BTreeSet};

/// The base image an image was built on, and that one's digest then.
const BASE_NAME: &str = "org.opencontainers.image.base.name";
const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";

type Labels = BTreeMap<String, String>;

/// What was found.
#[derive(Debug, Default)]
pub struct Stale {
    /// The stale nodes, each with the reason in words.
    pub reasons: BTreeMap<usize, String>,
    /// What could not be told.
    pub warnings: Vec<Defect>,
}

/// Asks about every node that is not excluded. What is not published is not stale: a build makes it anyway.
///
/// # Errors
/// When a registry gives no clear answer.
pub async fn stale(session: &Session, survey: &Survey, excluded: &[bool]) -> Result<Stale, RunError> {
    let Some(registry) = &session.sides.registry else { return Err(RunError::NoRegistryToAsk) };
    let published = published(registry.as_ref(), session, survey, excluded).await?;
    let now_at = moved(registry.as_ref(), session, survey, &published).await?;
    let mut found = Stale::default();
    for (node, why) in changed(session, survey, &published, &mut found.warnings) {
        found.reasons.insert(node, why);
    }
    for (&node, labels) in &published {
        for (name, then) in bases_of(survey, labels) {
            match now_at.get(&name) {
                Some(Lookup::Found(now)) if now.as_str() != then => {
                    let moved = format!("The base image {name} has moved.");
                    found.reasons.entry(node).and_modify(|why| *why = format!("{moved}\n{why}")).or_insert(moved);
                }
                Some(Lookup::Absent) => found.warnings.push(gone(survey, node, &name)),
                _ => {}
            }
        }
    }
    Ok(found)
}

/// The labels of what is published, by node.
async fn published(
    registry: &dyn Registry,
    session: &Session,
    survey: &Survey,
    excluded: &[bool],
) -> Result<BTreeMap<usize, Labels>, RegistryError> {
    let nodes = (0..survey.graph.nodes.len()).filter(|&node| !excluded[node]);
    let asked = futures_util::stream::iter(nodes).map(|node| async move {
        let placements = survey.placements.find(&survey.graph.nodes[node].name);
        for reference in placements.iter().filter_map(|placement| placement.version.reference()) {
            if let Some(labels) = labels_of(registry, reference).await? {
                return Ok((node, Some(labels)));
            }
        }
        Ok::<_, RegistryError>((node, None))
    });
    let answers: Vec<(usize, Option<Labels>)> = asked.buffer_unordered(session.config.scan_workers.max(1)).try_collect().await?;
    Ok(answers.into_iter().filter_map(|(node, labels)| Some((node, labels?))).collect())
}

/// The base images of all stages and their digests then; of other tools' images, the last stage's. Images of the tree
/// are left out: their versions never move.
fn bases_of(survey: &Survey, labels: &Labels) -> Vec<(Reference, String)> {
    let named: Vec<(&str, &str)> = match labels.get(BASES) {
        Some(bases) => bases.split(' ').filter_map(|base| base.rsplit_once('@')).collect(),
        None => {
            labels.get(BASE_NAME).zip(labels.get(BASE_DIGEST)).map(|(name, digest)| (name.as_str(), digest.as_str())).into_iter().collect()
        }
    };
    let is_own = |reference: &Reference| reference.name().strip_prefix(&survey.prefix).and_then(|name| survey.graph.find(name)).is_some();
    let parsed = named.into_iter().filter_map(|(name, digest)| Some((Reference::parse(name).ok()?, digest.to_owned())));
    parsed.filter(|(reference, _)| !is_own(reference)).collect()
}

/// Where the base images stand now, each asked once.
async fn moved(
    registry: &dyn Registry,
    session: &Session,
    survey: &Survey,
    published: &BTreeMap<usize, Labels>,
) -> Result<BTreeMap<Reference, Lookup>, RegistryError> {
    let names: BTreeSet<Reference> = published.values().flat_map(|labels| bases_of(survey, labels)).map(|(name, _)| name).collect();
    let asked = futures_util::stream::iter(names).map(|name| async move {
        let there = registry.head(&name).await?;
        Ok::<_, RegistryError>((name, there))
    });
    asked.buffer_unordered(session.config.scan_workers.max(1)).try_collect().await
}

/// Nodes whose inputs are not those that their published image names.
fn changed(session: &Session, survey: &Survey, published: &BTreeMap<usize, Labels>, warnings: &mut Vec<Defect>) -> Vec<(usize, String)> {
    let label = |node: usize| published.get(&node).and_then(|labels| labels.get(LABEL));
    let marked: Vec<bool> = (0..survey.graph.nodes.len()).map(|node| label(node).is_some()).collect();
    let unlabelled = published.len() - marked.iter().filter(|marked| **marked).count();
    if unlabelled > 0 {
        let message = format!("{unlabelled} published images carry no label {LABEL}, so whether their inputs changed is not known");
        warnings.push(Defect::warning("no_inputs_label", message).help("other tools made them; what Cooperage publishes carries it"));
    }
    let mut found = Vec::new();
    for (node, inputs) in Inputs::new(survey, &session.config, session.boundary()).of(&marked, &|| false).inputs {
        match (inputs, label(node)) {
            (Ok(now), Some(then)) if now.as_str() != then => {
                found.push((node, format!("The inputs changed since {} was published.", survey.graph.nodes[node].version)));
            }
            (Err(error), Some(_)) => {
                warnings.push(Defect { severity: crate::catalog::Severity::Warning, ..error.to_defect(&survey.graph.nodes[node]) })
            }
            _ => {}
        }
    }
    found
}

fn gone(survey: &Survey, node: usize, base: &Reference) -> Defect {
    let found = &survey.graph.nodes[node];
    Defect::warning("base_gone", format!("the base image {base} of {} is not there any more", found.name)).at(&found.path).of(&found.name)
}
