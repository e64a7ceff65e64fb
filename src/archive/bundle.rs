//! Archives of images: `docker save` of Docker 20.10 (`ID/layer.tar`, links between layers) and of newer engines and Podman
//! (`blobs/sha256/…`), all of which write `manifest.json`, and OCI layouts in a tar. The documents that say which layers make
//! up an image may come last, so every layer is taken as it comes and sorted out afterwards.

use super::tar::{Member, MemberKind, Tar};
use super::{HEAD, Packing, clean, parent};
use crate::name::Digest;
use serde::Deserialize;
use std::collections::HashMap;
use std::io::{self, Read};

/// The most bytes of one document in an archive, and of them all.
const DOCUMENT: u64 = 4 << 20;
const DOCUMENTS: usize = 64 << 20;

/// Links lead to links, and indexes to indexes, at most so often.
const LINKS: usize = 8;

/// What an archive holds: of each layer, what was made of it.
pub struct Bundle<L> {
    documents: HashMap<String, Vec<u8>>,
    bytes: usize,
    layers: HashMap<String, L>,
    links: HashMap<String, String>,
}

/// An image as an archive lists it: paths of its config and its layers.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Image {
    /// Its config.
    pub config: String,
    /// Its layers, from the lowest.
    #[serde(default)]
    pub layers: Vec<String>,
}

/// A manifest or an index. Source: OCI image specification.
#[derive(Deserialize)]
struct Document {
    manifests: Option<Vec<Part>>,
    config: Option<Part>,
    #[serde(default)]
    layers: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    digest: Digest,
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    #[serde(default)]
    os: String,
}

/// Reads an archive to its end; `take` gets the packing, the size in bytes and the bytes of each layer as they come.
///
/// # Errors
/// When it breaks off or is no tar, and what `take` says.
pub fn read<L, E: From<io::Error>>(
    archive: impl Read,
    mut take: impl FnMut(Packing, u64, &mut dyn Read) -> Result<L, E>,
) -> Result<Bundle<L>, E> {
    let mut bundle = Bundle { documents: HashMap::new(), bytes: 0, layers: HashMap::new(), links: HashMap::new() };
    let mut archive = Tar::new(archive);
    while let Some(member) = archive.next_member()? {
        bundle.add(&member, &mut archive, &mut take)?;
    }
    // What stands behind the end of a tar belongs to it, too: an engine that fails says so only there.
    archive.finish()?;
    Ok(bundle)
}

impl<L> Bundle<L> {
    fn add<E: From<io::Error>>(
        &mut self,
        member: &Member,
        content: &mut impl Read,
        take: &mut impl FnMut(Packing, u64, &mut dyn Read) -> Result<L, E>,
    ) -> Result<(), E> {
        let path = clean(&member.path);
        match &member.kind {
            MemberKind::Link(text) => {
                let target = clean(&format!("{}/{text}", parent(&path).unwrap_or("/")));
                self.links.insert(path, target);
            }
            MemberKind::HardLink(target) => drop(self.links.insert(path, clean(target))),
            MemberKind::File => self.file(path, member.stat.size, content, take)?,
            _ => {}
        }
        Ok(())
    }

    fn file<E: From<io::Error>>(
        &mut self,
        path: String,
        size: u64,
        content: &mut impl Read,
        take: &mut impl FnMut(Packing, u64, &mut dyn Read) -> Result<L, E>,
    ) -> Result<(), E> {
        let mut head = Vec::new();
        content.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        if let Some(packing) = Packing::of(&head) {
            let layer = take(packing, size, &mut io::Cursor::new(head).chain(content))?;
            self.layers.insert(path, layer);
        } else if size <= DOCUMENT && self.bytes < DOCUMENTS {
            content.read_to_end(&mut head)?;
            self.bytes += head.len();
            self.documents.insert(path, head);
        }
        Ok(())
    }

    /// The images that it lists.
    ///
    /// # Errors
    /// In words, when its list is missing or damaged.
    pub fn images(&self) -> Result<Vec<Image>, String> {
        match (self.document("manifest.json"), self.document("index.json")) {
            (Some(list), _) => serde_json::from_slice(list).map_err(|error| format!("its manifest.json: {error}")),
            (None, Some(index)) => {
                let mut found = Vec::new();
                self.listed(index, "its index.json", LINKS, &mut found)?;
                Ok(found)
            }
            (None, None) => Err("it has no manifest.json".to_owned()),
        }
    }

    /// The bytes of a document.
    pub fn document(&self, path: &str) -> Option<&[u8]> {
        self.documents.get(&self.target(path)).map(Vec::as_slice)
    }

    /// Whether one of the documents has this digest.
    pub fn holds(&self, digest: &Digest) -> bool {
        self.documents.values().any(|bytes| Digest::of(bytes) == *digest)
    }

    /// What was made of the layers of an image, from the lowest.
    ///
    /// # Errors
    /// In words, when one of them is missing.
    pub fn layers(&self, image: &Image) -> Result<Vec<&L>, String> {
        let layer = |path: &String| self.layers.get(&self.target(path)).ok_or_else(|| format!("the layer {path} is not in it"));
        image.layers.iter().map(layer).collect()
    }

    /// The images of an OCI index, and of those it names; attestations are none.
    fn listed(&self, text: &[u8], name: &str, depth: usize, found: &mut Vec<Image>) -> Result<(), String> {
        let document: Document = serde_json::from_slice(text).map_err(|error| format!("{name}: {error}"))?;
        if let Some(config) = document.config {
            let layers = document.layers.iter().map(|layer| blob(&layer.digest)).collect();
            found.push(Image { config: blob(&config.digest), layers });
            return Ok(());
        }
        let depth = depth.checked_sub(1).ok_or("its indexes lead to each other")?;
        let images = document.manifests.into_iter().flatten();
        for part in images.filter(|part| part.platform.as_ref().is_none_or(|platform| platform.os != "unknown")) {
            let path = blob(&part.digest);
            let text = self.document(&path).ok_or_else(|| format!("{path} is not in it"))?;
            if Digest::of(text) != part.digest {
                return Err(format!("{path} has another digest"));
            }
            self.listed(text, &path, depth, found)?;
        }
        Ok(())
    }

    /// Where a path leads in the end.
    fn target(&self, path: &str) -> String {
        let mut path = clean(path);
        for _ in 0..LINKS {
            match self.links.get(&path) {
                Some(next) => path.clone_from(next),
                None => break,
            }
        }
        path
    }
}

/// Where an OCI layout keeps it.
fn blob(digest: &Digest) -> String {
    format!("blobs/{}", digest.as_str().replacen(':', "/", 1))
}
