//! The end of a run: `latest` follows what is published.

use super::shared::Shared;
use crate::config::LatestPolicy;
use crate::event::EventKind;
use crate::name::{Digest, Reference};
use crate::plan::{Reason, RegistrySide};
use crate::publish::{FloatingPolicy, Move, Stay, behind, move_tag};
use crate::registry::{Registry, RegistryError};
use futures_util::{StreamExt as _, TryStreamExt as _};

/// A published version whose `latest` may have to follow.
struct Candidate {
    name: String,
    version: Reference,
    digest: Digest,
    older: Vec<String>,
}

/// Moves `latest` of every selected image that is published and whose run was good, parents first.
/// Returns how many moved.
///
/// # Errors
/// The first registry that gave no clear answer; tags before it have moved.
pub async fn follow(shared: &Shared, failed: &[bool], stamped: bool) -> Result<usize, RegistryError> {
    let policy = policy(shared.config.cooperage.latest);
    let Some(publisher) = shared.publisher.as_ref().filter(|_| !stamped && policy != FloatingPolicy::Never) else { return Ok(0) };
    let registry = publisher.registry.as_ref();
    let asked = futures_util::stream::iter(candidates(shared, failed)).map(|candidate| async move {
        let older: Vec<&str> = candidate.older.iter().map(String::as_str).collect();
        let stay = behind(registry, policy, &candidate.version, &candidate.digest, &older).await?;
        Ok::<_, RegistryError>((candidate, stay))
    });
    let answers: Vec<(Candidate, Stay)> = asked.buffered(shared.config.scan_workers).try_collect().await?;
    let mut moved = 0;
    for (candidate, stay) in answers {
        match stay {
            Stay::Right => {}
            Stay::Foreign(text) => {
                shared.emitter.emit(EventKind::Warning { code: "latest_stays".to_owned(), name: Some(candidate.name), message: text })
            }
            Stay::Behind(next) => {
                advance(shared, registry, &candidate, &next).await?;
                moved += 1;
            }
        }
    }
    Ok(moved)
}

async fn advance(shared: &Shared, registry: &dyn Registry, candidate: &Candidate, next: &Move) -> Result<(), RegistryError> {
    move_tag(registry, next).await?;
    shared.emitter.emit(EventKind::TagMoved {
        name: candidate.name.clone(),
        reference: next.reference.to_string(),
        digest: next.digest.to_string(),
    });
    Ok(())
}

/// In plan order, so parents first. What was only brought along counts when this run published it.
fn candidates(shared: &Shared, failed: &[bool]) -> Vec<Candidate> {
    let survey = &shared.prepared.survey;
    let mut found = Vec::new();
    for image in &shared.prepared.plan.images {
        let node = &survey.graph.nodes[image.node];
        let facts = &shared.prepared.presence.facts[image.node];
        let digest = match (&facts.registry, shared.published_digest(&node.reference.to_string())) {
            (_, Some(digest)) => digest,
            (RegistrySide::Published(digest), None) => digest.clone(),
            _ => continue,
        };
        let by_label = matches!(image.reason, Reason::SkipLabel { .. });
        if by_label || failed[image.node] || node.unreleased {
            continue;
        }
        let entries = survey.item(image.node).definition.changelog.entries.iter().skip(1);
        found.push(Candidate {
            name: node.name.clone(),
            version: node.reference.clone(),
            digest,
            older: entries.map(|entry| entry.version.to_string()).collect(),
        });
    }
    found
}

fn policy(configured: LatestPolicy) -> FloatingPolicy {
    match configured {
        LatestPolicy::Newer => FloatingPolicy::Newer,
        LatestPolicy::Always => FloatingPolicy::Always,
        LatestPolicy::Never => FloatingPolicy::Never,
    }
}
