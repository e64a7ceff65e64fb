//! What a manifest says that decides what stays. It never changes, so it is asked once and remembered.

use crate::name::{Digest, Reference};
use crate::publish::labels::labels_in;
use crate::publish::parts::children_of;
use crate::registry::{Named, RegistryError, Repository};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The label that carries registry, namespace and name as built.
const REPOSITORY: &str = "io.cooperage.repository";
/// The base image as it was called, and its digest. Source: OCI image specification, "Pre-Defined Annotation Keys".
const BASE_NAME: &str = "org.opencontainers.image.base.name";
const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";
/// What an image that is never to be removed carries.
const PERMANENT: [&str; 2] = ["permanent", "io.cooperage.permanent"];

/// The most manifests below one index that are looked at.
const MOST: usize = 10_000;

/// What one manifest, with all below it, says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Facts {
    /// The manifests of an index, and of those in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Digest>,
    /// The digests of base images.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub bases: BTreeSet<Digest>,
    /// The names of base images, with host and tag.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub base_names: BTreeSet<String>,
    /// What its images were called when Cooperage built them, without a tag.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub repositories: BTreeSet<String>,
    /// It is never to be removed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub permanent: bool,
}

/// Reads a manifest and all below it; `None` where it is not there any more.
///
/// # Errors
/// When there is no clear answer.
pub async fn facts(repository: &dyn Repository, digest: &Digest) -> Result<Option<Facts>, RegistryError> {
    let mut found = Facts::default();
    let mut left = vec![digest.clone()];
    let mut seen = BTreeSet::new();
    while let Some(next) = left.pop() {
        if !seen.insert(next.clone()) || seen.len() > MOST {
            continue;
        }
        let manifest = match repository.manifest(Named::Digest(&next)).await {
            Ok(manifest) => manifest,
            Err(RegistryError::NotFound { .. }) if next == *digest => return Ok(None),
            // A part that is gone already says nothing.
            Err(RegistryError::NotFound { .. }) => continue,
            Err(error) => return Err(error),
        };
        let children = children_of(&manifest);
        found.children.extend(children.iter().cloned());
        left.extend(children);
        match labels_in(repository, &manifest).await {
            Ok(labels) => found.take(&labels),
            Err(RegistryError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(found))
}

impl Facts {
    fn take(&mut self, labels: &BTreeMap<String, String>) {
        self.repositories.extend(labels.get(REPOSITORY).cloned());
        self.bases.extend(labels.get(BASE_DIGEST).and_then(|text| Digest::parse(text)));
        let base = labels.get(BASE_NAME).and_then(|text| Reference::parse(text).ok()).filter(|base| base.tag().is_some());
        self.base_names.extend(base.map(|base| base.canonical().to_string()));
        self.permanent |= PERMANENT.iter().any(|label| labels.get(*label).is_some_and(|value| value.eq_ignore_ascii_case("true")));
    }
}
