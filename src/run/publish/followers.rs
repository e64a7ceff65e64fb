//! Which published versions floating tags may have to follow at the end of a build.

use super::floating::Follower;
use crate::plan::{Facts, Reason, RegistrySide};
use crate::publish::Placement;
use crate::run::work::shared::Shared;

/// In plan order, so parents first. What was only brought along counts when this run published it.
pub fn of_build(shared: &Shared, failed: &[bool]) -> Vec<Follower> {
    let survey = &shared.prepared.survey;
    let levels = survey.graph.levels(&vec![true; survey.graph.nodes.len()]);
    let mut found = Vec::new();
    for image in &shared.prepared.plan.images {
        let node = &survey.graph.nodes[image.node];
        let facts = &shared.prepared.presence.facts[image.node];
        let since = shared.publication.as_ref().and_then(|publication| publication.digest_of(image.node));
        let digest = match (&facts.registry, since) {
            (_, Some(digest)) => digest,
            (RegistrySide::Published(digest), None) => digest.clone(),
            _ => continue,
        };
        let by_label = matches!(image.reason, Reason::SkipLabel { .. });
        if by_label || failed[image.node] || node.unreleased || node.yanked.is_some() {
            continue;
        }
        let item = survey.item(image.node);
        found.push(Follower {
            name: node.name.clone(),
            path: node.path.clone(),
            reference: node.reference.clone(),
            version: node.version.to_string(),
            digest,
            older: item.definition.changelog.entries.iter().skip(1).map(|entry| entry.version.to_string()).collect(),
            placements: standing(shared, image.node, facts),
            level: levels[image.node],
            always: item.making.is_some(),
        });
    }
    found
}

/// The placements at which the version stands, now or since presence was asked. A tag may not move to what its
/// repository does not have.
fn standing(shared: &Shared, node: usize, facts: &Facts) -> Vec<Placement> {
    let since = shared.publication.as_ref().map(|publication| publication.stood()).unwrap_or_default();
    let name = &shared.prepared.survey.graph.nodes[node].name;
    let stands = |placement: &&Placement| {
        let before = facts
            .standings
            .iter()
            .any(|standing| standing.destination == placement.destination && matches!(standing.side, RegistrySide::Published(_)));
        before || since.iter().any(|stood| stood.node == node && stood.destination == placement.destination)
    };
    shared.prepared.survey.placements.find(name).iter().filter(stands).cloned().collect()
}
