//! The usage stamp: when an image was last used, by which build, of which repository. A manifest of its own that refers to the image.
//!
//! Where the registry lists referrers it is one of them; elsewhere it stands in the image index under the tag
//! `sha256-<digest>` that the OCI distribution specification 1.1 gives it ("Referrers Tag Schema").

use crate::name::{Digest, Tag};
use crate::registry::{Blob, BlobSource, BlobStream, Lookup, Manifest, Named, RegistryError, Repository};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What kind of manifest a stamp is.
const ARTIFACT: &str = "application/vnd.cooperage.usage.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// The bytes of an empty document.
const NOTHING: &[u8] = b"{}";

/// The annotations; source of the names: the usage stamp of the image lifecycle this follows.
const LAST_USED: &str = "last-used";
const BUILD_ID: &str = "build-id";
const REPOSITORY: &str = "repo-ref";
const PERMANENT: &str = "permanent";
/// What a CI service leaves where nobody set a variable.
const UNSET: &str = "__unknown__";

/// What a use of an image leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When, in seconds since 1970.
    pub last_used: i64,
    /// The build that used it.
    pub build_id: String,
    /// The repository of that build.
    pub repository: String,
    /// Whether it is never to be removed.
    pub permanent: bool,
}

/// What the stamps of an image say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The last use, in seconds since 1970; 0 where no stamp says one.
    pub last_used: i64,
    /// Whether one says that it is never to be removed.
    pub permanent: bool,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// The image.
    pub image: Digest,
    /// The stamp.
    pub stamp: Digest,
    /// The tag that holds it, where the registry lists no referrers.
    pub tag: Option<Tag>,
}

/// A stamp that says too little.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("--{option} is {found}; give what the build is called, so that people find out who used the image")]
pub struct StampError {
    option: &'static str,
    found: &'static str,
}

impl Stamp {
    /// A stamp of now.
    ///
    /// # Errors
    /// When a text is empty, or is what stands for "nobody set this".
    pub fn new(last_used: i64, build_id: &str, repository: &str, permanent: bool) -> Result<Self, StampError> {
        for (option, text) in [("build-id", build_id), ("repo", repository)] {
            let found = match text.trim() {
                "" => "empty",
                UNSET => "__unknown__, which means that it was not set",
                _ => continue,
            };
            return Err(StampError { option, found });
        }
        Ok(Self { last_used, build_id: build_id.trim().to_owned(), repository: repository.trim().to_owned(), permanent })
    }

    fn annotations(&self) -> BTreeMap<&'static str, String> {
        let mut found = BTreeMap::from([
            (LAST_USED, self.last_used.to_string()),
            (BUILD_ID, self.build_id.clone()),
            (REPOSITORY, self.repository.clone()),
        ]);
        if self.permanent {
            found.insert(PERMANENT, "true".to_owned());
        }
        found
    }

    fn manifest(&self, image: &Manifest) -> Manifest {
        let nothing = json!({"mediaType": EMPTY, "digest": Digest::of(NOTHING), "size": NOTHING.len()});
        let document = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": ARTIFACT, "config": nothing, "layers": [nothing],
            "subject": {"mediaType": image.media_type, "digest": image.digest, "size": image.bytes.len()},
            "annotations": self.annotations(),
        });
        manifest_of(MANIFEST, &document)
    }

    fn descriptor(&self, manifest: &Manifest) -> Value {
        json!({"mediaType": MANIFEST, "digest": manifest.digest, "size": manifest.bytes.len(), "artifactType": ARTIFACT, "annotations": self.annotations()})
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

/// Writes a stamp; an earlier one of ours goes, where the registry lets it.
///
/// # Errors
/// When the image is not there, or the stamp is not taken.
pub async fn touch(repository: &dyn Repository, image: &Digest, stamp: &Stamp) -> Result<Touched, RegistryError> {
    let subject = repository.manifest(Named::Digest(image)).await?;
    let manifest = stamp.manifest(&subject);
    let blob = Blob { digest: Digest::of(NOTHING), size: NOTHING.len() as u64 };
    if !repository.has_blob(&blob).await? {
        repository.write_blob(&blob, &Nothing, &[]).await?;
    }
    repository.put_manifest(Named::Digest(&manifest.digest), &manifest).await?;
    let (old, tag) = match repository.referrers(image).await? {
        Some(pages) => (pages.iter().flat_map(ours).collect(), None),
        None => write_tag(repository, image, stamp.descriptor(&manifest)).await?,
    };
    for digest in old.into_iter().filter_map(|entry| digest_of(&entry)).filter(|digest| *digest != manifest.digest) {
        // Stamps of the past that stay harm nobody: the newest counts.
        let _ = repository.delete(Named::Digest(&digest)).await;
    }
    Ok(Touched { image: image.clone(), stamp: manifest.digest, tag })
}

/// Puts a stamp in place of ours in the index under the tag; what others have there stays.
async fn write_tag(repository: &dyn Repository, image: &Digest, entry: Value) -> Result<(Vec<Value>, Option<Tag>), RegistryError> {
    let Some(tag) = stamp_tag(image) else { return Ok((Vec::new(), None)) };
    let before = held(repository, &tag).await?;
    let (old, mut entries): (Vec<Value>, Vec<Value>) = before.into_iter().partition(is_ours);
    entries.push(entry);
    repository.put_manifest(Named::Tag(&tag), &index_of(&entries)).await?;
    Ok((old, Some(tag)))
}

fn index_of(entries: &[Value]) -> Manifest {
    manifest_of(INDEX, &json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}))
}

/// What stands in the index under the tag.
async fn held(repository: &dyn Repository, tag: &Tag) -> Result<Vec<Value>, RegistryError> {
    match repository.head(Named::Tag(tag)).await? {
        Lookup::Absent => Ok(Vec::new()),
        Lookup::Found(digest) => match repository.manifest(Named::Digest(&digest)).await {
            Ok(manifest) => Ok(entries(&manifest.bytes)),
            Err(RegistryError::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        },
    }
}

/// What the stamps of an image say; `None` where there is none. `tagged`: whether the tag of its stamps is there, as far as that is
/// known; where it is not, only a registry that lists referrers is asked, if `listing` says that this one may.
///
/// # Errors
/// When there is no clear answer.
pub async fn usage(repository: &dyn Repository, image: &Digest, tagged: bool, listing: &mut bool) -> Result<Option<Usage>, RegistryError> {
    let mut found = Vec::new();
    if tagged && let Some(tag) = stamp_tag(image) {
        found.extend(held(repository, &tag).await?.into_iter().filter(is_ours));
    }
    if *listing {
        match repository.referrers(image).await? {
            Some(pages) => found.extend(pages.iter().flat_map(ours)),
            None => *listing = false,
        }
    }
    Ok(found
        .iter()
        .map(read)
        .reduce(|one, other| Usage { last_used: one.last_used.max(other.last_used), permanent: one.permanent || other.permanent }))
}

/// Removes the stamps of an image that is gone. What cannot be removed stays; it is listed nowhere as an image.
///
/// # Errors
/// When there is no clear answer.
pub async fn forget(repository: &dyn Repository, image: &Digest) -> Result<(), RegistryError> {
    let Some(tag) = stamp_tag(image) else { return Ok(()) };
    let Lookup::Found(index) = repository.head(Named::Tag(&tag)).await? else { return Ok(()) };
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

fn entries(bytes: &[u8]) -> Vec<Value> {
    let document: Option<Value> = serde_json::from_slice(bytes).ok();
    document
        .and_then(|mut document| document.get_mut("manifests").map(Value::take))
        .and_then(|list| list.as_array().cloned())
        .unwrap_or_default()
}

fn ours(page: &Bytes) -> Vec<Value> {
    entries(page).into_iter().filter(is_ours).collect()
}

fn is_ours(entry: &Value) -> bool {
    entry["artifactType"] == ARTIFACT
}

fn digest_of(entry: &Value) -> Option<Digest> {
    Digest::parse(entry["digest"].as_str()?)
}

/// A time that cannot be read is none.
fn read(entry: &Value) -> Usage {
    let text = |key: &str| entry["annotations"][key].as_str();
    Usage {
        last_used: text(LAST_USED).and_then(|text| text.parse().ok()).unwrap_or(0),
        permanent: text(PERMANENT).is_some_and(|text| text.eq_ignore_ascii_case("true")),
    }
}

/// The empty document as a blob.
struct Nothing;

#[async_trait::async_trait]
impl BlobSource for Nothing {
    async fn open(&self, offset: u64) -> Result<BlobStream, RegistryError> {
        let rest = NOTHING.get(usize::try_from(offset).unwrap_or(NOTHING.len())..).unwrap_or_default();
        Ok(futures_util::stream::iter([Ok(Bytes::from_static(rest))]).boxed())
    }
}
