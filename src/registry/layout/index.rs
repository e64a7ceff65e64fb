//! `index.json`: which manifests a layout has, and their tags. What others wrote there stays.

use super::LayoutError;
use super::folder::Folder;
use crate::name::Digest;
use crate::registry::Manifest;
use serde_json::{Map, Value, json};

/// The annotation that holds a tag.
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// The most bytes of an `index.json`.
const LIMIT: u64 = 64 << 20;

/// The document as it was read, with everything in it.
pub(super) struct Index {
    document: Map<String, Value>,
    entries: Vec<Value>,
}

/// One entry of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub tag: Option<String>,
    pub digest: Digest,
    pub media_type: String,
}

impl Index {
    /// Reads it; an empty one where the layout has nothing yet.
    pub(super) fn read(folder: &Folder) -> Result<Self, LayoutError> {
        let path = folder.index();
        let Some(bytes) = folder.read(&path, LIMIT)? else {
            if folder.path.join("blobs").exists() {
                return Err(LayoutError::damaged(&path, "it is missing, but there are blobs"));
            }
            return Ok(Self { document: Map::new(), entries: Vec::new() });
        };
        let wrong = |reason: String| LayoutError::damaged(&path, reason);
        let document: Value = serde_json::from_slice(&bytes).map_err(|e| wrong(e.to_string()))?;
        let Value::Object(mut document) = document else { return Err(wrong("it is no JSON object".to_owned())) };
        let entries = match document.get_mut("manifests").map(Value::take) {
            Some(Value::Array(entries)) => entries,
            _ => return Err(wrong("it has no list `manifests`".to_owned())),
        };
        if let Some(at) = entries.iter().position(|value| entry(value).is_none()) {
            return Err(wrong(format!("manifests[{at}] has no digest")));
        }
        Ok(Self { document, entries })
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        self.entries.iter().filter_map(entry)
    }

    /// The entry with a tag.
    pub(super) fn tagged(&self, folder: &Folder, tag: &str) -> Result<Option<Entry>, LayoutError> {
        let mut found = self.entries().filter(|entry| entry.tag.as_deref() == Some(tag));
        let first = found.next();
        if found.next().is_some() {
            return Err(LayoutError::damaged(&folder.index(), format!("it has the tag \"{tag}\" twice")));
        }
        Ok(first)
    }

    /// Gives a manifest a tag, taking it from any other.
    pub(super) fn set(&mut self, tag: &str, manifest: &Manifest) {
        let new = json!({
            "mediaType": manifest.media_type, "digest": manifest.digest, "size": manifest.bytes.len(),
            "annotations": {REF_NAME: tag},
        });
        // What others say of the same manifest under the same tag, such as its platform, stays.
        let same = |value: &Value| entry(value).is_some_and(|e| e.tag.as_deref() == Some(tag) && e.digest == manifest.digest);
        if !self.entries.iter().any(same) {
            self.remove(|entry| entry.tag.as_deref() == Some(tag));
            self.entries.push(new);
        }
    }

    /// Removes entries; whether there were any.
    pub(super) fn remove(&mut self, gone: impl Fn(&Entry) -> bool) -> bool {
        let before = self.entries.len();
        self.entries.retain(|value| !entry(value).is_some_and(|entry| gone(&entry)));
        self.entries.len() != before
    }

    /// Writes it. Who calls this has held the lock since the reading.
    pub(super) fn write(mut self, folder: &Folder) -> Result<(), LayoutError> {
        self.document.insert("manifests".to_owned(), Value::Array(self.entries));
        let bytes = serde_json::to_vec(&self.document).map_err(|e| LayoutError::damaged(&folder.index(), e.to_string()))?;
        folder.write(&folder.index(), &bytes)
    }
}

fn entry(value: &Value) -> Option<Entry> {
    let digest = Digest::parse(value.get("digest")?.as_str()?)?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let tag = text(value.get("annotations").and_then(|all| all.get(REF_NAME)));
    Some(Entry { tag, digest, media_type: text(value.get("mediaType")).unwrap_or_default() })
}
