//! `registry list`: the tags of a catalogue's repositories, what they hold and whose they are.

use super::KeepError;
use super::estate::Estate;
use crate::name::{Digest, Tag};
use crate::publish::retain::Standing;
use crate::publish::weight;
use crate::registry::{Lookup, Named};
use futures_util::{StreamExt as _, TryStreamExt as _};

/// One tag.
#[derive(Clone, Debug)]
pub struct Holding {
    /// The whole reference.
    pub reference: String,
    /// What it holds.
    pub digest: Digest,
    /// The definition, where the name is the catalogue's.
    pub name: Option<String>,
    /// And the version.
    pub version: Option<String>,
    /// `version`, `floating`, `release`, `old`, or `foreign`.
    pub kind: &'static str,
    /// The bytes of all that it names, where that was asked for.
    pub bytes: Option<u64>,
}

/// All of them.
pub type Holdings = Vec<Holding>;

/// Asks for all tags that `wanted` takes, by their whole references; `sizes` asks for their manifests, too.
///
/// # Errors
/// When there is no clear answer.
pub async fn holdings(
    estates: &[Estate],
    wanted: &(dyn Fn(&str) -> bool + Sync),
    sizes: bool,
    parallel: usize,
) -> Result<Holdings, KeepError> {
    let pairs = estates.iter().flat_map(|estate| estate.tags.iter().map(move |tag| (estate, tag, format!("{}:{tag}", estate.home.name))));
    let asked = pairs.filter(|(_, _, reference)| wanted(reference)).map(|(estate, tag, reference)| async move {
        let Ok(name) = Tag::parse(tag) else { return Ok(None) };
        let Lookup::Found(digest) = estate.repository.head(Named::Tag(&name)).await? else { return Ok(None) };
        let bytes = if sizes { weight(estate.repository.as_ref(), &digest).await? } else { None };
        let claim = estate.home.claim(tag);
        let kind = match claim.as_ref().map(|claim| claim.standing) {
            Some(Standing::Named) => "version",
            Some(Standing::Floating) => "floating",
            Some(Standing::Released) => "release",
            Some(Standing::Old) => "old",
            None => "foreign",
        };
        let (name, version) = claim.map(|claim| (claim.name, claim.version)).unzip();
        Ok::<_, KeepError>(Some(Holding { reference, digest, name, version, kind, bytes }))
    });
    let asked: Vec<_> = asked.collect();
    let answers: Vec<Option<Holding>> = futures_util::stream::iter(asked).buffered(parallel.max(1)).try_collect().await?;
    Ok(answers.into_iter().flatten().collect())
}
