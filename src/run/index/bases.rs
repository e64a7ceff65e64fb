//! What images from outside are now: the digest in their registry, else what the engine holds.

use crate::engine::LocalImage;
use crate::name::Reference;
use crate::registry::Lookup;
use crate::run::session::Session;
use futures_util::StreamExt as _;
use std::collections::{BTreeMap, BTreeSet};

/// The digests of images from outside, by how Dockerfiles name them. What neither a registry nor the engine knows is left
/// out: the build will say that it is not there.
pub async fn base_digests(session: &Session, names: &BTreeSet<String>, no_pull: bool) -> BTreeMap<String, String> {
    let asked = names.iter().map(|name| async move { Some((name.clone(), digest_of(session, name, no_pull).await?)) });
    let found: Vec<Option<(String, String)>> =
        futures_util::stream::iter(asked).buffered(session.config.registry_parallel().max(1)).collect().await;
    found.into_iter().flatten().collect()
}

async fn digest_of(session: &Session, name: &str, no_pull: bool) -> Option<String> {
    let reference = Reference::parse(name).ok()?;
    if let Some(digest) = reference.digest() {
        return Some(digest.to_string());
    }
    let registry = session.sides.registry.as_ref().filter(|_| !no_pull);
    if let Some(registry) = registry
        && let Ok(Lookup::Found(digest)) = registry.head(&reference).await
    {
        return Some(digest.to_string());
    }
    let engine = session.sides.engine.as_ref()?.as_ref().ok()?;
    let image = engine.inspect(name).await.ok()??;
    Some(in_engine(&image, &reference))
}

fn in_engine(image: &LocalImage, reference: &Reference) -> String {
    let wanted = reference.canonical().name();
    let same = |known: &&String| Reference::parse(known).is_ok_and(|known| known.canonical().name() == wanted);
    let pulled = image.repo_digests.iter().find(same).and_then(|found| found.split_once('@'));
    pulled.map_or_else(|| image.id.to_string(), |(_, digest)| digest.to_owned())
}
