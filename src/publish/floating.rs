//! Floating tags: each follows the newest version and never goes back.

use super::labels::labels_at;
use super::spot::Spot;
use crate::name::Digest;
use crate::registry::RegistryError;

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

/// What a floating tag is to follow.
#[derive(Clone, Copy)]
pub struct Follow<'a> {
    /// The version as labels of images name it.
    pub version: &'a str,
    /// The digest it stands under.
    pub digest: &'a Digest,
    /// The changelog's other versions, newest first.
    pub older: &'a [String],
    /// The version tag of one of them at the same destination; `None` where it has none.
    pub spot_of: &'a (dyn Fn(&str) -> Result<Option<Spot>, RegistryError> + Sync),
}

/// What is to happen to a floating tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stay {
    /// It stands where it should, or may never move.
    Right,
    /// It is behind; it holds this, or nothing.
    Behind(Option<Digest>),
    /// It points to something this changelog does not know, so it stays; the text says what.
    Foreign(String),
}

/// Whether a floating tag of a published version is behind.
///
/// # Errors
/// When the registry gives no clear answer.
pub async fn behind(policy: FloatingPolicy, floating: &Spot, follow: &Follow<'_>) -> Result<Stay, RegistryError> {
    if policy == FloatingPolicy::Never {
        return Ok(Stay::Right);
    }
    let there = floating.head().await?;
    if there.as_ref() == Some(follow.digest) {
        return Ok(Stay::Right);
    }
    let Some(found) = there.as_ref().filter(|_| policy == FloatingPolicy::Newer) else { return Ok(Stay::Behind(there)) };
    let label = labels_at(floating, found).await?.remove("org.opencontainers.image.version");
    let is_named = label.as_deref().is_some_and(|label| label == follow.version || follow.older.iter().any(|version| version == label));
    // Images of other tools carry no label of their own, but perhaps that of the base image they were made from.
    let known = is_named || is_older_version(follow, found).await?;
    Ok(if known { Stay::Behind(there) } else { Stay::Foreign(foreign(floating, label)) })
}

fn foreign(floating: &Spot, label: Option<String>) -> String {
    let what = label.map_or_else(|| "an image without a version label".to_owned(), |label| format!("version {label}"));
    format!("{floating} points to {what}, which this changelog does not know, so it is not moved; --latest always moves it")
}

/// Whether one of the older versions stands at this digest.
async fn is_older_version(follow: &Follow<'_>, found: &Digest) -> Result<bool, RegistryError> {
    for version in follow.older.iter().take(OLDER_VERSIONS) {
        if let Some(spot) = (follow.spot_of)(version)?
            && spot.head().await?.as_ref() == Some(found)
        {
            return Ok(true);
        }
    }
    Ok(false)
}
