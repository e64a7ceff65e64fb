//! Asks the registry whether images that nobody needs any more are published.

use crate::name::{Digest, Reference};
use crate::plan::Publication;
use crate::registry::{Lookup, Registry, RegistryError};
use futures_util::StreamExt as _;
use std::collections::HashMap;

/// An image of the engine and the names it has there.
type Question = (Digest, Vec<Reference>);

/// Asks about every image, at most `workers` at once. `digests` are the engine's `repository@digest` of each image,
/// `places` says where a name of the engine is published. Without a registry nothing is.
pub async fn published(
    registry: Option<&dyn Registry>,
    questions: Vec<Question>,
    digests: &HashMap<Digest, Vec<String>>,
    places: &(dyn Fn(&Reference) -> Vec<Reference> + Sync),
    workers: usize,
) -> HashMap<Digest, Publication> {
    let Some(registry) = registry else { return HashMap::new() };
    let answers = futures_util::stream::iter(questions).map(|(id, names)| async move {
        let known = digests.get(&id).map(Vec::as_slice).unwrap_or_default();
        let answer = of_image(registry, &names, known, places).await;
        (id, answer)
    });
    answers.buffer_unordered(workers.max(1)).collect().await
}

/// An image is published when the registry has the manifest that the engine remembers, or all its versions.
/// `latest` proves nothing: it is another image now.
async fn of_image(
    registry: &dyn Registry,
    names: &[Reference],
    digests: &[String],
    places: &(dyn Fn(&Reference) -> Vec<Reference> + Sync),
) -> Publication {
    let repositories: Vec<String> = names.iter().flat_map(places).map(|place| place.canonical().name()).collect();
    let manifests = digests.iter().filter_map(|text| Reference::parse(text).ok());
    for manifest in manifests.filter(|manifest| repositories.contains(&manifest.canonical().name())) {
        match registry.head(&manifest).await {
            Ok(Lookup::Found(_)) => return Publication::Published,
            Ok(Lookup::Absent) => {}
            Err(error) => return Publication::Unclear(error.to_string()),
        }
    }
    let versions: Vec<&Reference> = names.iter().filter(|name| name.tag().is_some_and(|tag| tag.as_str() != "latest")).collect();
    for version in &versions {
        match any(registry, &places(version)).await {
            Ok(true) => {}
            Ok(false) => return Publication::Absent,
            Err(error) => return Publication::Unclear(error.to_string()),
        }
    }
    if versions.is_empty() { Publication::Absent } else { Publication::Published }
}

/// Whether one of the places has it.
async fn any(registry: &dyn Registry, places: &[Reference]) -> Result<bool, RegistryError> {
    for place in places {
        if let Lookup::Found(_) = registry.head(place).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
