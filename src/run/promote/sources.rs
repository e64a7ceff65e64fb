//! Where the images of a promotion stand, and their manifests, which are read once and written under the new names.

use crate::name::{Digest, Reference};
use crate::registry::{Lookup, Manifest, Registry, RegistryError};
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::collections::BTreeMap;

/// Manifests that were read, by digest.
#[derive(Debug, Default)]
pub struct Sources {
    manifests: BTreeMap<Digest, Manifest>,
}

/// What is known of one image after asking for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It stands at none of its places.
    Nowhere,
    /// It stands there.
    At(Reference, Digest),
    /// Two of its places hold different images; the text names them.
    Twice(String),
}

impl Sources {
    /// Asks for images, each at its places in their order: the first that has it gives its manifest, the others must
    /// hold the same. The answers are in the order of the questions.
    ///
    /// # Errors
    /// With the first registry that gives no clear answer.
    pub async fn ask(
        &mut self,
        registry: &dyn Registry,
        questions: Vec<Vec<Reference>>,
        workers: usize,
    ) -> Result<Vec<Answer>, RegistryError> {
        let asked = questions.into_iter().map(|places| async move { one(registry, &places).await });
        let found: Vec<_> = futures_util::stream::iter(asked).buffered(workers.max(1)).try_collect().await?;
        let answers = found.into_iter().map(|(answer, manifest)| {
            self.manifests.extend(manifest.map(|manifest| (manifest.digest.clone(), manifest)));
            answer
        });
        Ok(answers.collect())
    }

    /// A manifest that was read.
    pub fn manifest(&self, digest: &Digest) -> Option<&Manifest> {
        self.manifests.get(digest)
    }
}

async fn one(registry: &dyn Registry, places: &[Reference]) -> Result<(Answer, Option<Manifest>), RegistryError> {
    let mut found: Option<(&Reference, Manifest)> = None;
    for place in places {
        match &found {
            None => match registry.manifest(place).await {
                Ok(manifest) => found = Some((place, manifest)),
                Err(RegistryError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            },
            Some((first, manifest)) => match registry.head(place).await? {
                Lookup::Found(digest) if digest != manifest.digest => {
                    let text = format!("{first} holds {}, {place} holds {digest}", manifest.digest);
                    return Ok((Answer::Twice(text), None));
                }
                _ => {}
            },
        }
    }
    Ok(match found {
        Some((place, manifest)) => (Answer::At(place.clone(), manifest.digest.clone()), Some(manifest)),
        None => (Answer::Nowhere, None),
    })
}
