//! `registry usage`: how many bytes the images of a catalogue take in its registries, alone and together.

use super::KeepError;
use super::estate::Estate;
use crate::name::{Digest, Tag};
use crate::publish::{blobs_of, children_of};
use crate::registry::{Lookup, Named, RegistryError, Repository};
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What the images of one definition take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// The definition.
    pub name: String,
    /// Its tags.
    pub tags: usize,
    /// Manifests that they hold.
    pub digests: usize,
    /// Bytes of all that they name, each blob once.
    pub bytes: u64,
    /// Of these, what no other definition of the catalogue names.
    pub own: u64,
    /// Of these, what another one names, too.
    pub shared: u64,
}

/// What all of them take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared {
    /// By definition.
    pub images: Vec<Counted>,
    /// Bytes in all, each blob once in a registry.
    pub bytes: u64,
}

/// The blobs that belong to a digest.
type Parts = BTreeMap<Digest, u64>;

/// Counts what the tags of `wanted` definitions take. Tags that are not the catalogue's by their name are not looked at.
///
/// # Errors
/// When there is no clear answer.
pub async fn shared(estates: &[Estate], parallel: usize) -> Result<Shared, KeepError> {
    let named = digests(estates, parallel).await?;
    let distinct: BTreeSet<(usize, Digest)> = named.iter().map(|(_, home, digest)| (*home, digest.clone())).collect();
    let reads = distinct.into_iter().map(|(home, digest)| async move {
        let parts = parts(estates[home].repository.as_ref(), &digest).await?;
        Ok::<_, RegistryError>(((home, digest), parts))
    });
    let reads: Vec<_> = reads.collect();
    let known: HashMap<(usize, Digest), Parts> = futures_util::stream::iter(reads).buffer_unordered(parallel.max(1)).try_collect().await?;
    Ok(count(estates, &named, &known))
}

/// Name, place and digest of every tag that is the catalogue's.
async fn digests(estates: &[Estate], parallel: usize) -> Result<Vec<(String, usize, Digest)>, KeepError> {
    let pairs = estates.iter().enumerate().flat_map(|(home, estate)| {
        estate.tags.iter().filter_map(move |tag| Some((home, estate, Tag::parse(tag).ok()?, estate.home.claim(tag)?.name)))
    });
    let asked = pairs.map(|(home, estate, tag, name)| async move {
        Ok::<_, RegistryError>(match estate.repository.head(Named::Tag(&tag)).await? {
            Lookup::Found(digest) => Some((name, home, digest)),
            Lookup::Absent => None,
        })
    });
    let asked: Vec<_> = asked.collect();
    let answers: Vec<Option<_>> = futures_util::stream::iter(asked).buffered(parallel.max(1)).try_collect().await?;
    Ok(answers.into_iter().flatten().collect())
}

/// All that a manifest names, itself and those below it included.
async fn parts(repository: &dyn Repository, digest: &Digest) -> Result<Parts, RegistryError> {
    let (mut found, mut left) = (Parts::new(), vec![digest.clone()]);
    while let Some(next) = left.pop() {
        if found.contains_key(&next) {
            continue;
        }
        let manifest = match repository.manifest(Named::Digest(&next)).await {
            Err(RegistryError::NotFound { .. }) => continue,
            other => other?,
        };
        found.insert(next, manifest.bytes.len() as u64);
        left.extend(children_of(&manifest));
        found.extend(blobs_of(&manifest).into_iter().map(|blob| (blob.digest, blob.size)));
    }
    Ok(found)
}

/// Registries keep a blob once, whatever repositories have it.
fn count(estates: &[Estate], named: &[(String, usize, Digest)], known: &HashMap<(usize, Digest), Parts>) -> Shared {
    let registry = |home: usize| {
        let name = estates[home].home.name.as_str();
        if name.starts_with("oci:") { name } else { name.split('/').next().unwrap_or_default() }
    };
    let mut owners: HashMap<(&str, &Digest), (u64, BTreeSet<&str>)> = HashMap::new();
    let mut images: BTreeMap<&str, (usize, BTreeSet<&Digest>)> = BTreeMap::new();
    for (name, home, digest) in named {
        let image = images.entry(name).or_default();
        image.0 += 1;
        image.1.insert(digest);
        for (part, size) in known.get(&(*home, digest.clone())).into_iter().flatten() {
            let owner = owners.entry((registry(*home), part)).or_insert_with(|| (*size, BTreeSet::new()));
            owner.1.insert(name);
        }
    }
    let mut counted: BTreeMap<&str, Counted> = images
        .into_iter()
        .map(|(name, (tags, digests))| (name, Counted { name: name.to_owned(), tags, digests: digests.len(), ..Counted::default() }))
        .collect();
    let mut bytes = 0;
    for (size, names) in owners.into_values() {
        bytes += size;
        let alone = names.len() == 1;
        for name in names {
            if let Some(image) = counted.get_mut(name) {
                image.bytes += size;
                *if alone { &mut image.own } else { &mut image.shared } += size;
            }
        }
    }
    Shared { images: counted.into_values().collect(), bytes }
}
