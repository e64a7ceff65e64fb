//! One image as a registry has it: platforms, labels, layers, sizes.

use crate::name::Digest;
use crate::publish::retain::{stamp_tag, usage};
use crate::publish::{blobs_of, children_of, platform_of_config, read_config};
use crate::registry::{Lookup, Named, RegistryError, Repository};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// An image, or an image index with its images. The document of `registry inspect`.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// The form of the document: 1.
    pub v: u32,
    /// As it was asked for.
    pub reference: String,
    /// What stands there.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// When a stamp says it was last used, RFC 3339.
    pub last_used: Option<String>,
    /// All bytes below it, each blob once.
    pub bytes: u64,
    /// The image, or those of the index.
    pub images: Vec<Inspected>,
}

/// One image.
#[derive(Clone, Debug, Serialize)]
pub struct Inspected {
    /// Its manifest.
    pub digest: Digest,
    /// What it runs on, as its config says; none for what is no image.
    pub platform: Option<String>,
    /// When it was made, as its config says.
    pub created: Option<String>,
    /// Config and layers in bytes.
    pub bytes: u64,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// The layers, the lowest first.
    pub layers: Vec<Layer>,
}

/// One layer.
#[derive(Clone, Debug, Serialize)]
pub struct Layer {
    /// Of its bytes as they are stored.
    pub digest: Digest,
    /// So many.
    pub size: u64,
}

/// Looks at a manifest and all below it.
///
/// # Errors
/// When something is not there, or there is no clear answer.
pub async fn inspect(repository: &dyn Repository, reference: &str, digest: &Digest) -> Result<Inspection, RegistryError> {
    let manifest = repository.manifest(Named::Digest(digest)).await?;
    let (mut blobs, mut images, mut left) = (BTreeMap::new(), Vec::new(), vec![manifest.clone()]);
    while let Some(next) = left.pop() {
        if blobs.insert(next.digest.clone(), next.bytes.len() as u64).is_some() {
            continue;
        }
        let children = children_of(&next);
        for child in &children {
            left.push(repository.manifest(Named::Digest(child)).await?);
        }
        let parts = blobs_of(&next);
        blobs.extend(parts.iter().map(|blob| (blob.digest.clone(), blob.size)));
        if children.is_empty() {
            let config = read_config(repository, &next).await?.unwrap_or_default();
            let layers = parts.iter().skip(1).map(|blob| Layer { digest: blob.digest.clone(), size: blob.size }).collect();
            images.push(image(next.digest, &config, parts.iter().map(|blob| blob.size).sum(), layers));
        }
    }
    images.sort_by(|a, b| (&a.platform, &a.digest).cmp(&(&b.platform, &b.digest)));
    let (reference, media_type, bytes) = (reference.to_owned(), manifest.media_type, blobs.values().sum());
    let last_used = last_used(repository, digest).await?;
    Ok(Inspection { v: 1, reference, digest: digest.clone(), media_type, last_used, bytes, images })
}

fn image(digest: Digest, config: &serde_json::Value, bytes: u64, layers: Vec<Layer>) -> Inspected {
    let labels = config["config"]["Labels"].as_object().into_iter().flatten();
    Inspected {
        digest,
        platform: platform_of_config(config.to_string().as_bytes()),
        created: config["created"].as_str().map(str::to_owned),
        bytes,
        labels: labels.filter_map(|(label, value)| Some((label.clone(), value.as_str()?.to_owned()))).collect(),
        layers,
    }
}

async fn last_used(repository: &dyn Repository, digest: &Digest) -> Result<Option<String>, RegistryError> {
    let tagged = match stamp_tag(digest) {
        Some(tag) => repository.head(Named::Tag(&tag)).await? != Lookup::Absent,
        None => false,
    };
    let found = usage(repository, digest, tagged, &mut true).await?;
    Ok(found.and_then(|usage| Timestamp::from_second(usage.last_used).ok()).map(|at| at.to_string()))
}
