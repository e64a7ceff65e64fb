//! Manifests of a layout, by tag and by digest. Everything here blocks.

use super::LayoutError;
use super::blobs::is_there;
use super::folder::Folder;
use super::index::Index;
use crate::name::Digest;
use crate::registry::document::{self, Document};
use crate::registry::manifest::MANIFEST_LIMIT;
use crate::registry::verify::digest_like;
use crate::registry::{Manifest, Named};
use rustix::fs::FlockOperation;
use std::collections::HashSet;

/// What a manifest is asked for by; owned, because the asking is done elsewhere.
pub(super) enum Name {
    Tag(String),
    Digest(Digest),
}

impl Name {
    pub(super) fn of(name: Named<'_>) -> Self {
        match name {
            Named::Tag(tag) => Self::Tag(tag.as_str().to_owned()),
            Named::Digest(digest) => Self::Digest(digest.clone()),
        }
    }
}

/// A manifest, checked against its digest. A tag whose manifest is missing is damage.
pub(super) fn find(folder: &Folder, name: &Name) -> Result<Option<Manifest>, LayoutError> {
    match name {
        Name::Digest(digest) => read(folder, digest, ""),
        Name::Tag(tag) => {
            let Some(entry) = Index::read(folder)?.tagged(folder, tag)? else { return Ok(None) };
            let found = read(folder, &entry.digest, &entry.media_type)?;
            let missing = || LayoutError::damaged(&folder.blob(&entry.digest), format!("it is missing, but has the tag \"{tag}\""));
            found.map(Some).ok_or_else(missing)
        }
    }
}

fn read(folder: &Folder, digest: &Digest, stated: &str) -> Result<Option<Manifest>, LayoutError> {
    let path = folder.blob(digest);
    let Some(bytes) = folder.read(&path, MANIFEST_LIMIT)? else { return Ok(None) };
    let found = digest_like(digest, &bytes);
    if found != *digest {
        return Err(LayoutError::damaged(&path, format!("its bytes have the digest {found}; remove it and write it again")));
    }
    let stated = (!stated.is_empty()).then(|| stated.to_owned());
    let media_type = stated.or_else(|| document::media_type(&bytes)).ok_or_else(|| LayoutError::damaged(&path, "it is no manifest"))?;
    Ok(Some(Manifest { media_type, bytes: bytes.into(), digest: digest.clone() }))
}

/// What came of writing a manifest.
pub(super) enum Put {
    /// It is there.
    Written,
    /// It names something that is not there.
    Incomplete(String),
    /// The tag holds something else than it was to hold.
    Moved(Option<Digest>),
}

/// Writes a manifest, if all it names is there and its tag holds `held`, where that matters.
pub(super) fn put(folder: &Folder, name: &Name, manifest: &Manifest, held: Option<&Option<Digest>>) -> Result<Put, LayoutError> {
    folder.prepare()?;
    if let Some(missing) = missing(folder, manifest) {
        return Ok(Put::Incomplete(missing));
    }
    let _lock = folder.lock(FlockOperation::LockExclusive)?;
    if let (Name::Tag(tag), Some(held)) = (name, held) {
        let found = Index::read(folder)?.tagged(folder, tag)?.map(|entry| entry.digest);
        if found != *held && found.as_ref() != Some(&manifest.digest) {
            return Ok(Put::Moved(found));
        }
    }
    let path = folder.blob(&manifest.digest);
    if folder.read(&path, MANIFEST_LIMIT).ok().flatten().as_deref() != Some(&manifest.bytes[..]) {
        folder.write(&path, &manifest.bytes)?;
    }
    if let Name::Tag(tag) = name {
        let mut index = Index::read(folder)?;
        index.set(tag, manifest);
        index.write(folder)?;
    }
    Ok(Put::Written)
}

fn missing(folder: &Folder, manifest: &Manifest) -> Option<String> {
    match document::read(manifest) {
        Ok(Document::Image(blobs)) => {
            blobs.iter().find(|blob| !is_there(folder, blob)).map(|blob| format!("there is no blob {}", blob.digest))
        }
        Ok(Document::Index(children)) => {
            children.iter().find(|child| !folder.blob(child).exists()).map(|child| format!("there is no manifest {child}"))
        }
        Err(reason) => Some(reason),
    }
}

/// All tags, sorted.
pub(super) fn tags(folder: &Folder) -> Result<Vec<String>, LayoutError> {
    let mut tags: Vec<String> = Index::read(folder)?.entries().filter_map(|entry| entry.tag).collect();
    tags.sort();
    tags.dedup();
    Ok(tags)
}

/// Removes a tag, or a manifest with all its tags. Blobs stay: a copy that runs meanwhile may count on them.
pub(super) fn delete(folder: &Folder, name: &Name) -> Result<(), LayoutError> {
    if !folder.index().exists() {
        return Ok(());
    }
    let _lock = folder.lock(FlockOperation::LockExclusive)?;
    let mut index = Index::read(folder)?;
    let gone = match name {
        Name::Tag(tag) => index.remove(|entry| entry.tag.as_ref() == Some(tag)),
        Name::Digest(digest) => index.remove(|entry| entry.digest == *digest),
    };
    let mut named = HashSet::new();
    for entry in index.entries() {
        reach(folder, &entry.digest, &mut named);
    }
    if gone {
        index.write(folder)?;
    }
    match name {
        Name::Digest(digest) if !named.contains(digest) => {
            let path = folder.blob(digest);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(LayoutError::io(&path, &error)),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// All manifests that a manifest leads to, itself with them.
fn reach(folder: &Folder, digest: &Digest, seen: &mut HashSet<Digest>) {
    let mut left = vec![digest.clone()];
    while let Some(digest) = left.pop() {
        if seen.insert(digest.clone())
            && let Ok(Some(manifest)) = read(folder, &digest, "")
            && let Ok(Document::Index(children)) = document::read(&manifest)
        {
            left.extend(children);
        }
    }
}
