//! What refers to an image: a manifest of its own with the image as its subject.
//!
//! Where the registry lists referrers it is one of them; elsewhere it stands in the image index under the tag
//! `sha256-<digest>` that the OCI distribution specification 1.1 gives it ("Referrers Tag Schema"). What others refer to an image
//! with is left alone.

use crate::name::{Digest, Tag};
use crate::registry::{Blob, BlobSource, BlobStream, Lookup, Manifest, Named, RegistryError, Repository};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// The bytes of an empty document.
const NOTHING: &[u8] = b"{}";
/// What every referrer of ours says, and no other does.
const OURS: &str = "io.cooperage.referrer";

/// What kind of manifest a usage stamp is.
pub(super) const USAGE: &str = "application/vnd.cooperage.usage.v1+json";

/// Something that refers to an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// What it is: a media type.
    pub artifact: String,
    /// Annotations of its manifest.
    pub annotations: BTreeMap<String, String>,
    /// A document that it brings; its media type is the artifact's.
    pub document: Option<Bytes>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The image.
    pub image: Digest,
    /// What refers to it.
    pub referrer: Digest,
    /// The tag that holds it, where the registry lists no referrers.
    pub tag: Option<Tag>,
}

impl Referrer {
    /// Its annotations, with the mark that it is ours. Usage stamps are known by what they are.
    fn marked(&self) -> BTreeMap<String, String> {
        let mut all = self.annotations.clone();
        if self.artifact != USAGE {
            all.insert(OURS.to_owned(), "1".to_owned());
        }
        all
    }

    fn manifest(&self, image: &Manifest) -> Manifest {
        let nothing = json!({"mediaType": EMPTY, "digest": Digest::of(NOTHING), "size": NOTHING.len()});
        let layer =
            self.document.as_ref().map(|bytes| json!({"mediaType": self.artifact, "digest": Digest::of(bytes), "size": bytes.len()}));
        let document = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": self.artifact, "config": nothing,
            "layers": [layer.unwrap_or_else(|| nothing.clone())],
            "subject": {"mediaType": image.media_type, "digest": image.digest, "size": image.bytes.len()},
            "annotations": self.marked(),
        });
        manifest_of(MANIFEST, &document)
    }

    fn descriptor(&self, manifest: &Manifest) -> Value {
        json!({
            "mediaType": MANIFEST, "digest": manifest.digest, "size": manifest.bytes.len(), "artifactType": self.artifact,
            "annotations": self.marked(),
        })
    }

    /// Whether an entry is an earlier one of the same kind of ours.
    fn replaces(&self, entry: &Value) -> bool {
        is_ours(entry) && entry["artifactType"] == self.artifact.as_str()
    }
}

fn manifest_of(media_type: &str, document: &Value) -> Manifest {
    let bytes = Bytes::from(document.to_string());
    Manifest { media_type: media_type.to_owned(), digest: Digest::of(&bytes), bytes }
}

/// The tag that holds what refers to an image, where a registry keeps no list of that.
pub fn stamp_tag(image: &Digest) -> Option<Tag> {
    let (algorithm, hex) = image.as_str().split_once(':')?;
    Tag::parse(&format!("{algorithm}-{}", hex.get(..64)?)).ok()
}

/// Whether a tag is such a one, and no image.
pub fn is_stamp_tag(tag: &str) -> bool {
    let hex = tag.strip_prefix("sha256-").or_else(|| tag.strip_prefix("sha512-"));
    hex.is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
}

/// Writes a referrer; an earlier one of ours of the same kind goes, where the registry lets it.
///
/// # Errors
/// When the image is not there, or the referrer is not taken.
pub async fn attach(repository: &dyn Repository, image: &Digest, referrer: &Referrer) -> Result<Attached, RegistryError> {
    let subject = repository.manifest(Named::Digest(image)).await?;
    let manifest = referrer.manifest(&subject);
    for bytes in [Bytes::from_static(NOTHING)].into_iter().chain(referrer.document.clone()) {
        let blob = Blob { digest: Digest::of(&bytes), size: bytes.len() as u64 };
        if !repository.has_blob(&blob).await? {
            repository.write_blob(&blob, &Held(bytes), &[]).await?;
        }
    }
    repository.put_manifest(Named::Digest(&manifest.digest), &manifest).await?;
    let (old, tag) = match repository.referrers(image).await? {
        Some(pages) => (pages.iter().flat_map(|page| entries(page)).filter(|entry| referrer.replaces(entry)).collect(), None),
        None => write_tag(repository, image, referrer, &manifest).await?,
    };
    for digest in old.iter().filter_map(digest_of).filter(|digest| *digest != manifest.digest) {
        // Older ones that stay harm nobody: the newest counts.
        let _ = repository.delete(Named::Digest(&digest)).await;
    }
    Ok(Attached { image: image.clone(), referrer: manifest.digest, tag })
}

/// Puts a referrer in place of ours in the index under the tag; what others have there stays.
async fn write_tag(
    repository: &dyn Repository,
    image: &Digest,
    referrer: &Referrer,
    manifest: &Manifest,
) -> Result<(Vec<Value>, Option<Tag>), RegistryError> {
    let Some(tag) = stamp_tag(image) else { return Ok((Vec::new(), None)) };
    let before = held(repository, &tag).await?;
    let (old, mut entries): (Vec<Value>, Vec<Value>) = before.into_iter().partition(|entry| referrer.replaces(entry));
    entries.push(referrer.descriptor(manifest));
    repository.put_manifest(Named::Tag(&tag), &index_of(&entries)).await?;
    Ok((old, Some(tag)))
}

fn index_of(entries: &[Value]) -> Manifest {
    manifest_of(INDEX, &json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}))
}

/// What stands in the index under the tag.
pub(super) async fn held(repository: &dyn Repository, tag: &Tag) -> Result<Vec<Value>, RegistryError> {
    match repository.head(Named::Tag(tag)).await? {
        Lookup::Absent => Ok(Vec::new()),
        Lookup::Found(digest) => match repository.manifest(Named::Digest(&digest)).await {
            Ok(manifest) => Ok(entries(&manifest.bytes)),
            Err(RegistryError::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        },
    }
}

/// Removes what of ours refers to an image that is gone. What cannot be removed stays; it is listed nowhere as an image.
///
/// # Errors
/// When there is no clear answer.
pub async fn forget(repository: &dyn Repository, image: &Digest) -> Result<(), RegistryError> {
    let Some(tag) = stamp_tag(image) else { return Ok(()) };
    let Lookup::Found(index) = repository.head(Named::Tag(&tag)).await? else { return forget_listed(repository, image).await };
    let (old, others): (Vec<Value>, Vec<Value>) = held(repository, &tag).await?.into_iter().partition(is_ours);
    if old.is_empty() {
        return Ok(());
    }
    if others.is_empty() {
        repository.delete(Named::Digest(&index)).await?;
    } else {
        repository.put_manifest(Named::Tag(&tag), &index_of(&others)).await?;
    }
    for digest in old.iter().filter_map(digest_of) {
        repository.delete(Named::Digest(&digest)).await?;
    }
    Ok(())
}

/// What a registry lists of an image that is gone.
async fn forget_listed(repository: &dyn Repository, image: &Digest) -> Result<(), RegistryError> {
    let pages = repository.referrers(image).await?.unwrap_or_default();
    for digest in pages.iter().flat_map(|page| entries(page)).filter(is_ours).filter_map(|entry| digest_of(&entry)) {
        repository.delete(Named::Digest(&digest)).await?;
    }
    Ok(())
}

/// The entries of an index.
pub(super) fn entries(bytes: &[u8]) -> Vec<Value> {
    let document: Option<Value> = serde_json::from_slice(bytes).ok();
    document
        .and_then(|mut document| document.get_mut("manifests").map(Value::take))
        .and_then(|list| list.as_array().cloned())
        .unwrap_or_default()
}

fn is_ours(entry: &Value) -> bool {
    entry["artifactType"] == USAGE || !entry["annotations"][OURS].is_null()
}

fn digest_of(entry: &Value) -> Option<Digest> {
    Digest::parse(entry["digest"].as_str()?)
}

/// Bytes in memory as a blob.
struct Held(Bytes);

#[async_trait::async_trait]
impl BlobSource for Held {
    async fn open(&self, offset: u64) -> Result<BlobStream, RegistryError> {
        let start = usize::try_from(offset).map_or(self.0.len(), |offset| offset.min(self.0.len()));
        let rest = self.0.slice(start..);
        Ok(futures_util::stream::iter([Ok(rest)]).boxed())
    }
}
