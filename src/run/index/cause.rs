//! Why the image of an entry is made again: what is published under its name says what it was made from.

use super::making::Making;
use crate::publish::{Placement, labels_of};
use crate::registry::RegistryError;
use crate::run::image::labels::{BASES, ENTRY, PARENTS, REVISION, VERSION};
use crate::run::session::Session;
use crate::run::survey::Survey;
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::collections::BTreeMap;

/// Why an image is made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nothing of the name is published, or nothing that we made.
    First,
    /// The repository has another commit.
    Commit,
    /// A parent has another version.
    Parent(String),
    /// An image from outside is another one now.
    Base {
        /// As the Dockerfile names it.
        reference: String,
        /// Its digest now.
        digest: Option<String>,
    },
    /// The entry says something else.
    Entry,
    /// All is as it was.
    Nothing,
}

/// By node name.
pub type Causes = BTreeMap<String, Why>;

/// Asks what is published of the marked entries. `bases` are the digests of images from outside now.
///
/// # Errors
/// When a registry gives no clear answer.
pub async fn causes(
    session: &Session,
    survey: &Survey,
    marked: &[bool],
    bases: &BTreeMap<String, String>,
) -> Result<Causes, RegistryError> {
    let Some(registry) = &session.sides.registry else { return Ok(Causes::new()) };
    let nodes = (0..survey.graph.nodes.len()).filter(|&node| marked[node]);
    let asked = futures_util::stream::iter(nodes.filter_map(|node| Some((node, survey.item(node).making.as_ref()?)))).map(
        |(node, making)| async move {
            let name = survey.graph.nodes[node].name.clone();
            let mut labels = None;
            for reference in
                survey.placements.find(&name).iter().flat_map(Placement::locations).skip(1).filter_map(|location| location.reference())
            {
                labels = labels_of(registry.as_ref(), reference).await?;
                if labels.is_some() {
                    break;
                }
            }
            let version = survey.graph.nodes[node].version.as_str();
            Ok::<_, RegistryError>((name, why(making, version, &labels.unwrap_or_default(), bases)))
        },
    );
    asked.buffer_unordered(session.config.registry_parallel().max(1)).try_collect().await
}

fn why(making: &Making, version: &str, then: &BTreeMap<String, String>, bases: &BTreeMap<String, String>) -> Why {
    let (Some(says), Ok(ready)) = (then.get(ENTRY), &making.ready) else { return Why::First };
    if then.get(REVISION) != Some(&ready.fetched.commit) {
        return Why::Commit;
    }
    if says != making.says.as_str() {
        return Why::Entry;
    }
    let parents = pairs(then.get(PARENTS));
    if let Some((name, _)) = making.parents.iter().find(|(name, version)| parents.get(name.as_str()) != Some(&version.as_str())) {
        return Why::Parent(name.clone());
    }
    if then.get(VERSION).is_some_and(|then| then == version) {
        return Why::Nothing;
    }
    let known = pairs(then.get(BASES));
    let moved = known.into_iter().find(|(name, digest)| bases.get(*name).is_some_and(|now| now != digest)).map(|(name, _)| name);
    // Its version says that something moved; a label without that base's digest, or another build argument, does not say what.
    let reference = moved.or_else(|| making.bases.first().map(String::as_str)).unwrap_or("a base image").to_owned();
    Why::Base { digest: bases.get(&reference).cloned(), reference }
}

/// `NAME@VALUE`, with blanks between.
fn pairs(text: Option<&String>) -> BTreeMap<&str, &str> {
    text.iter().flat_map(|text| text.split(' ')).filter_map(|pair| pair.rsplit_once('@')).collect()
}
