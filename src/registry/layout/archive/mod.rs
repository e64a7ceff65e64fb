//! Takes an image from an engine's archive: a tar with `manifest.json`, which may stand at its end, so every layer
//! is taken as it comes and sorted out afterwards. Blocks.
//!
//! Docker 20.10 writes `ID/layer.tar` and links; newer engines `blobs/sha256/…`, compressed with some stores.

mod layer;

use super::LayoutError;
use super::folder::Folder;
use crate::name::Digest;
use crate::registry::{Blob, Manifest};
use bytes::Bytes;
use layer::{Kind, Layer};
use oci_distribution::manifest::{IMAGE_CONFIG_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE};
use rustix::fs::FlockOperation;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::io::{self, Read};
use tar::{Archive, Entry, EntryType};

/// The most bytes of one document in an archive, and of them all.
const DOCUMENT: u64 = 4 << 20;
const DOCUMENTS: usize = 64 << 20;

/// Links lead to links at most so often.
const LINKS: usize = 8;

/// One image in `manifest.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    #[serde(default)]
    layers: Vec<String>,
}

/// What of an image's config must fit.
#[derive(Deserialize)]
struct Config {
    rootfs: RootFs,
}

#[derive(Deserialize)]
struct RootFs {
    #[serde(default)]
    diff_ids: Vec<Digest>,
}

/// What an archive holds, by path.
struct Contents<'a> {
    folder: &'a Folder,
    documents: HashMap<String, Vec<u8>>,
    bytes: usize,
    layers: HashMap<String, Layer>,
    links: HashMap<String, String>,
}

/// Why an archive is not taken: its own fault, or the layout's.
enum Fault {
    Archive(String),
    Layout(LayoutError),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Archive(error.to_string())
    }
}

impl From<LayoutError> for Fault {
    fn from(error: LayoutError) -> Self {
        Self::Layout(error)
    }
}

/// Takes the image with this id, or the only one there is where the engine's ids are digests of manifests.
pub(super) fn import(folder: &Folder, archive: impl Read, image: &Digest) -> Result<Manifest, LayoutError> {
    take(folder, archive, image).map_err(|fault| match fault {
        Fault::Archive(reason) => LayoutError::Archive { image: image.to_string(), reason },
        Fault::Layout(error) => error,
    })
}

fn take(folder: &Folder, archive: impl Read, image: &Digest) -> Result<Manifest, Fault> {
    let mut contents = Contents { folder, documents: HashMap::new(), bytes: 0, layers: HashMap::new(), links: HashMap::new() };
    let mut archive = Archive::new(archive);
    for entry in archive.entries()? {
        contents.add(entry?)?;
    }
    // What stands behind the end of a tar belongs to it, too: an engine that fails says so only there.
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    contents.image(image)
}

impl Contents<'_> {
    fn add(&mut self, mut entry: Entry<'_, impl Read>) -> Result<(), Fault> {
        let path = plain(&String::from_utf8_lossy(&entry.path_bytes()));
        match entry.header().entry_type() {
            EntryType::Symlink | EntryType::Link => {
                let target = entry.link_name_bytes().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
                let hard = entry.header().entry_type() == EntryType::Link;
                let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
                self.links.insert(path.clone(), plain(&if hard { target } else { format!("{parent}/{target}") }));
                Ok(())
            }
            EntryType::Regular | EntryType::Continuous => self.file(path, &mut entry),
            _ => Ok(()),
        }
    }

    fn file(&mut self, path: String, entry: &mut Entry<'_, impl Read>) -> Result<(), Fault> {
        let size = entry.size();
        let mut head = Vec::new();
        entry.by_ref().take(layer::HEAD).read_to_end(&mut head)?;
        if let Some(kind) = Kind::of(&head) {
            let taken = layer::take(self.folder, kind, io::Cursor::new(head).chain(entry), size)?;
            self.layers.insert(path, taken);
        } else if size <= DOCUMENT && self.bytes < DOCUMENTS {
            entry.read_to_end(&mut head)?;
            self.bytes += head.len();
            self.documents.insert(path, head);
        }
        Ok(())
    }

    /// Writes config and manifest of the image.
    fn image(mut self, image: &Digest) -> Result<Manifest, Fault> {
        let wrong = |reason: String| Fault::Archive(reason);
        let list = self.documents.get("manifest.json").ok_or_else(|| wrong("it has no manifest.json".to_owned()))?;
        let listed: Vec<Listed> = serde_json::from_slice(list).map_err(|e| wrong(format!("its manifest.json: {e}")))?;
        let is_it = |one: &&Listed| self.document(&one.config).is_some_and(|bytes| Digest::of(bytes) == *image);
        let id_is_elsewhere = self.documents.values().any(|bytes| Digest::of(bytes) == *image);
        let only = listed.first().filter(|_| listed.len() == 1 && id_is_elsewhere);
        let found = listed.iter().find(is_it).or(only).ok_or_else(|| wrong("it holds no image with this id".to_owned()))?;
        let path = self.target(&found.config);
        let layers: Vec<Layer> = found
            .layers
            .iter()
            .map(|path| self.layers.get(&self.target(path)).cloned().ok_or_else(|| wrong(format!("the layer {path} is not in it"))))
            .collect::<Result<_, _>>()?;
        let config = self.documents.remove(&path).ok_or_else(|| wrong(format!("{path} is not in it")))?;
        fits(&config, &layers).map_err(wrong)?;
        self.write(&config, &layers)
    }

    fn write(&self, config: &[u8], layers: &[Layer]) -> Result<Manifest, Fault> {
        let descriptor = |media_type: &str, blob: &Blob| json!({"mediaType": media_type, "digest": blob.digest, "size": blob.size});
        let blob = Blob { digest: Digest::of(config), size: config.len() as u64 };
        let document = json!({
            "schemaVersion": 2, "mediaType": OCI_IMAGE_MEDIA_TYPE, "config": descriptor(IMAGE_CONFIG_MEDIA_TYPE, &blob),
            "layers": layers.iter().map(|layer| descriptor(layer.kind.media_type(), &layer.blob)).collect::<Vec<_>>(),
        });
        let bytes = Bytes::from(serde_json::to_vec(&document).map_err(|e| Fault::Archive(e.to_string()))?);
        let digest = Digest::of(&bytes);
        let _lock = self.folder.lock(FlockOperation::LockExclusive)?;
        self.folder.write(&self.folder.blob(&blob.digest), config)?;
        self.folder.write(&self.folder.blob(&digest), &bytes)?;
        Ok(Manifest { media_type: OCI_IMAGE_MEDIA_TYPE.to_owned(), bytes, digest })
    }

    fn document(&self, path: &str) -> Option<&Vec<u8>> {
        self.documents.get(&self.target(path))
    }

    /// Where a path leads in the end.
    fn target(&self, path: &str) -> String {
        let mut path = plain(path);
        for _ in 0..LINKS {
            match self.links.get(&path) {
                Some(next) => path.clone_from(next),
                None => break,
            }
        }
        path
    }
}

/// Whether the layers are those the config counts up, in their order.
fn fits(config: &[u8], layers: &[Layer]) -> Result<(), String> {
    let config: Config = serde_json::from_slice(config).map_err(|e| format!("its config: {e}"))?;
    let named = config.rootfs.diff_ids;
    if named.len() != layers.len() {
        return Err(format!("it has {} layers, and its config names {}", layers.len(), named.len()));
    }
    let other = layers.iter().zip(&named).find(|(layer, named)| layer.diff_id.as_ref().is_some_and(|found| found != *named));
    other.map_or(Ok(()), |(layer, named)| {
        let found = layer.diff_id.as_ref().map_or_else(String::new, ToString::to_string);
        Err(format!("a layer has the digest {found}, and the config says {named}"))
    })
}

/// A path without `.`, `..` and double slashes.
fn plain(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests;
