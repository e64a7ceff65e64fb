//! Floating tags: `latest` follows the newest version and never goes back.

use super::labels::labels_at;
use crate::name::{Digest, Reference, Tag};
use crate::registry::{Lookup, Registry, RegistryError};

/// How many older versions are compared by digest when a floating tag carries no version label that the changelog knows.
const OLDER_VERSIONS: usize = 10;

/// The key `latest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatingPolicy {
    /// Forward only: where the tag stands must be a version this changelog knows.
    Newer,
    /// To what the tree has, whatever stands there.
    Always,
    /// Not at all.
    Never,
}

/// A floating tag that is to move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The floating reference.
    pub reference: Reference,
    /// The published version it is to follow.
    pub version: Reference,
    /// That version's digest.
    pub digest: Digest,
}

/// What is to happen to a floating tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stay {
    /// It stands where it should, or may never move.
    Right,
    /// It is behind.
    Behind(Move),
    /// It points to something this changelog does not know, so it stays; the text says what.
    Foreign(String),
}

/// Whether `latest` of a published version is behind. `older` are the changelog's other versions, newest
/// first.
///
/// # Errors
/// When the registry gives no clear answer.
pub async fn behind(
    registry: &dyn Registry,
    policy: FloatingPolicy,
    version: &Reference,
    digest: &Digest,
    older: &[&str],
) -> Result<Stay, RegistryError> {
    if policy == FloatingPolicy::Never {
        return Ok(Stay::Right);
    }
    let floating = version.with_tag(Tag::latest());
    let there = match registry.head(&floating).await? {
        Lookup::Found(found) if found == *digest => return Ok(Stay::Right),
        Lookup::Found(found) => Some(found),
        Lookup::Absent => None,
    };
    let next = Move { reference: floating.clone(), version: version.clone(), digest: digest.clone() };
    let Some(found) = there.filter(|_| policy == FloatingPolicy::Newer) else { return Ok(Stay::Behind(next)) };
    let label = version_label(registry, &floating.with_digest(found.clone())).await?;
    let own = version.tag().map(Tag::as_str).unwrap_or_default();
    let is_named = label.as_deref().is_some_and(|label| label == own || older.contains(&label));
    // Images of other tools carry no label of their own, but perhaps that of the base image they were made from.
    let known = is_named || is_older_version(registry, version, &found, older).await?;
    Ok(if known { Stay::Behind(next) } else { Stay::Foreign(foreign(&floating, label)) })
}

fn foreign(floating: &Reference, label: Option<String>) -> String {
    let what = label.map_or_else(|| "an image without a version label".to_owned(), |label| format!("version {label}"));
    format!("{floating} points to {what}, which this changelog does not know, so it is not moved; --latest always moves it")
}

/// Points a floating tag to a published version.
///
/// # Errors
/// When the version cannot be read or the tag cannot be written.
pub async fn move_tag(registry: &dyn Registry, next: &Move) -> Result<(), RegistryError> {
    let manifest = registry.manifest(&next.version.with_digest(next.digest.clone())).await?;
    registry.put_manifest(&next.reference, &manifest).await
}

async fn version_label(registry: &dyn Registry, by_digest: &Reference) -> Result<Option<String>, RegistryError> {
    Ok(labels_at(registry, by_digest).await?.remove("org.opencontainers.image.version"))
}

/// Whether one of the older versions stands at this digest.
async fn is_older_version(registry: &dyn Registry, version: &Reference, found: &Digest, older: &[&str]) -> Result<bool, RegistryError> {
    for tag in older.iter().take(OLDER_VERSIONS).filter_map(|text| Tag::parse(text).ok()) {
        if registry.head(&version.with_tag(tag)).await? == Lookup::Found(found.clone()) {
            return Ok(true);
        }
    }
    Ok(false)
}
