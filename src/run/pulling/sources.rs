//! Where the engine gets the published image of a definition, and what it calls it then.

use crate::name::{Digest, Reference};
use crate::plan::{RegistrySide, Standing};
use crate::publish::Placement;
use crate::run::presence::asked::Presence;
use crate::run::survey::Survey;
use crate::run::work::prepare::Prepared;

/// A published image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What to pull; nothing where only OCI layouts have it, from which engines do not pull.
    pub pull: Option<Reference>,
    /// Its name in the engine.
    pub name: Reference,
    /// Its digest.
    pub digest: Digest,
}

/// The published version of a node, without a stamp.
pub fn of_node(survey: &Survey, presence: &Presence, node: usize) -> Option<Source> {
    let facts = &presence.facts[node];
    let RegistrySide::Published(digest) = &facts.registry else { return None };
    let found = &survey.graph.nodes[node];
    let pull = first(survey.placements.find(&found.name), &facts.standings);
    Some(Source { pull, name: found.reference.clone(), digest: digest.clone() })
}

/// What a child of this run is built on where the parent is not built in it: the parent under the run's stamp, if an
/// earlier run left it there, else its version.
pub fn of_parent(prepared: &Prepared, parent: usize) -> Option<Source> {
    let facts = &prepared.presence.facts[parent];
    let planned = prepared.plan.images.iter().find(|image| image.node == parent);
    match (&facts.stamped, planned) {
        (RegistrySide::Published(digest), Some(image)) => {
            let placements = prepared.placements().find(&prepared.survey.graph.nodes[parent].name);
            let pull = first(placements, &facts.stamped_standings);
            Some(Source { pull, name: image.reference.clone(), digest: digest.clone() })
        }
        _ => of_node(&prepared.survey, &prepared.presence, parent),
    }
}

/// The first destination that has it and can be pulled from.
fn first(placements: &[Placement], standings: &[Standing]) -> Option<Reference> {
    let has = |at: usize| standings.get(at).is_some_and(|standing| matches!(standing.side, RegistrySide::Published(_)));
    placements.iter().enumerate().filter(|(at, _)| has(*at)).find_map(|(_, placement)| placement.pull_reference())
}

/// Every name under which a version of the catalogue is published, with its digest.
pub fn published_names(prepared: &Prepared) -> impl Iterator<Item = (Reference, Digest)> + '_ {
    let survey = &prepared.survey;
    (0..survey.graph.nodes.len()).flat_map(move |node| {
        let (facts, name) = (&prepared.presence.facts[node], &survey.graph.nodes[node].name);
        let plain = survey.placements.find(name).iter().zip(&facts.standings);
        let stamped = prepared.placements().find(name).iter().zip(&facts.stamped_standings);
        plain.chain(stamped).flat_map(|(placement, standing)| {
            let digest = match &standing.side {
                RegistrySide::Published(digest) => Some(digest.clone()),
                _ => None,
            };
            let names = [placement.version.reference().cloned(), placement.pull_form(&placement.version)];
            names.into_iter().flatten().filter_map(move |name| Some((name.canonical(), digest.clone()?)))
        })
    })
}
