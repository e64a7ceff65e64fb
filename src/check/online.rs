//! What a registry says about new versions.

use super::base::Compared;
use crate::catalog::{Defect, Definition};
use crate::plan::{Facts, RegistrySide};
use crate::run::Survey;

/// The nodes whose versions are to be asked for: those with a new entry that will be published.
pub fn fresh(survey: &Survey, compared: &Compared) -> Vec<bool> {
    survey.graph.nodes.iter().zip(&compared.fresh).map(|(node, fresh)| *fresh && !node.unreleased).collect()
}

/// New versions that are taken, or of which the registry says nothing clear: silence never means free.
pub fn published(survey: &Survey, asked: &[bool], facts: &[Facts]) -> Vec<Defect> {
    let nodes = (0..survey.graph.nodes.len()).filter(|&node| asked[node]);
    let tell = |node: usize| {
        let (definition, reference) = (&survey.item(node).definition, &survey.graph.nodes[node].reference);
        let (code, message, help) = match &facts[node].registry {
            RegistrySide::Absent => return None,
            RegistrySide::Published(digest) => {
                let message = format!("{reference} is new in the changelog, and is in the registry already ({})", digest.short());
                ("already_published", message, "choose a version that nobody has used")
            }
            RegistrySide::Unknown(said) => {
                ("registry_unclear", format!("it is not clear whether {reference} is in the registry: {said}"), "try again later")
            }
            RegistrySide::NotAsked => ("registry_unclear", format!("the registry was not asked about {reference}"), "configure `registry`"),
        };
        let defect = Defect::error(code, message).at(definition.file(Definition::CHANGELOG));
        Some(defect.line(definition.changelog.first().line).of(&definition.name).help(help))
    };
    nodes.filter_map(tell).collect()
}
