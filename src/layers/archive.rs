//! The archive: layers as they come, and the documents that say which of them make up the image.

use super::{Entry, LayersError, clean, parent};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use std::collections::HashMap;
use std::io::{self, Read};
use tar::{Archive, EntryType};

/// The most bytes of one document in an archive, and of them all.
const DOCUMENT: u64 = 4 << 20;
const DOCUMENTS: usize = 64 << 20;

/// Links of an archive lead to links at most so often.
const LINKS: usize = 8;

/// How many bytes tell what a file is: a block of tar.
const HEAD: u64 = 512;

/// Is shown every entry of every layer of an archive.
pub trait Visitor {
    /// An entry of the layer with this number, counted as the archive brings them. Its content, of files only, may
    /// be read or left.
    ///
    /// # Errors
    /// Those of reading; they end the walk.
    fn entry(&mut self, layer: usize, entry: &Entry, content: &mut dyn Read) -> Result<(), LayersError>;
}

/// What an archive says of its image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The numbers of its layers, from the lowest to the highest.
    pub layers: Vec<usize>,
    /// Its config, as it stands there.
    pub config: Vec<u8>,
}

/// One image in `manifest.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    #[serde(default)]
    layers: Vec<String>,
}

/// How a layer is packed.
enum Packed {
    Plain,
    Gzip,
    Zstd,
}

/// What the walk has come across, by clean path.
#[derive(Default)]
struct Contents {
    documents: HashMap<String, Vec<u8>>,
    bytes: usize,
    layers: HashMap<String, usize>,
    links: HashMap<String, String>,
    /// Layers that were not read, and why.
    unread: HashMap<String, &'static str>,
}

/// Reads an archive to its end. It must hold one image.
///
/// Source: `docker save` of Docker 20.10 (`ID/layer.tar`, links between layers) and of newer engines and Podman
/// (`blobs/sha256/…`); all of them write `manifest.json`.
///
/// # Errors
/// When it breaks off, is no archive of an image, or the visitor does not go on.
pub fn walk(archive: impl Read, visitor: &mut dyn Visitor) -> Result<Image, LayersError> {
    let mut contents = Contents::default();
    let mut archive = Archive::new(archive);
    for entry in archive.entries()? {
        contents.take(entry?, visitor)?;
    }
    // What stands behind the end of a tar belongs to it, too: an engine that fails says so only there.
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    contents.image()
}

impl Contents {
    fn take(&mut self, mut entry: tar::Entry<'_, impl Read>, visitor: &mut dyn Visitor) -> Result<(), LayersError> {
        let path = clean(&String::from_utf8_lossy(&entry.path_bytes()));
        match entry.header().entry_type() {
            EntryType::Symlink | EntryType::Link => {
                let target = entry.link_name_bytes().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
                let soft = entry.header().entry_type() == EntryType::Symlink;
                let from = if soft { parent(&path).unwrap_or("/") } else { "" };
                let target = clean(&format!("{from}/{target}"));
                self.links.insert(path, target);
                Ok(())
            }
            EntryType::Regular | EntryType::Continuous => self.file(path, &mut entry, visitor),
            _ => Ok(()),
        }
    }

    fn file(&mut self, path: String, entry: &mut tar::Entry<'_, impl Read>, visitor: &mut dyn Visitor) -> Result<(), LayersError> {
        let size = entry.size();
        let mut head = Vec::new();
        entry.by_ref().take(HEAD).read_to_end(&mut head)?;
        let Some(packed) = packed(&head) else {
            if size <= DOCUMENT && self.bytes < DOCUMENTS {
                entry.read_to_end(&mut head)?;
                self.bytes += head.len();
                self.documents.insert(path, head);
            }
            return Ok(());
        };
        let number = self.layers.len();
        let whole = io::Cursor::new(head).chain(entry);
        match packed {
            Packed::Plain => layer(number, whole, visitor)?,
            Packed::Gzip => layer(number, MultiGzDecoder::new(whole), visitor)?,
            Packed::Zstd => {
                self.unread.insert(path.clone(), "zstd");
            }
        }
        self.layers.insert(path, number);
        Ok(())
    }

    fn image(&self) -> Result<Image, LayersError> {
        let wrong = |reason: String| LayersError::Damaged(reason);
        let list = self.documents.get("/manifest.json").ok_or_else(|| wrong("it has no manifest.json".to_owned()))?;
        let listed: Vec<Listed> = serde_json::from_slice(list).map_err(|error| wrong(format!("its manifest.json: {error}")))?;
        let [image] = listed.as_slice() else { return Err(wrong(format!("it holds {} images", listed.len()))) };
        let absent = |path: &str| wrong(format!("{path} is not in it"));
        let config = self.documents.get(&self.target(&image.config)).cloned().ok_or_else(|| absent(&image.config))?;
        let layers = image.layers.iter().map(|path| {
            let target = self.target(path);
            match self.unread.get(&target) {
                Some(with) => Err(LayersError::Compression { layer: path.clone(), with }),
                None => self.layers.get(&target).copied().ok_or_else(|| absent(path)),
            }
        });
        Ok(Image { layers: layers.collect::<Result<_, _>>()?, config })
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

/// By its first bytes; a name says nothing. None: it is no layer.
fn packed(head: &[u8]) -> Option<Packed> {
    match head {
        [0x1f, 0x8b, ..] => Some(Packed::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packed::Zstd),
        // A tar without entries is nothing but zeros.
        _ if head.len() as u64 == HEAD && (head.get(257..262) == Some(b"ustar") || head.iter().all(|b| *b == 0)) => Some(Packed::Plain),
        _ => None,
    }
}

fn layer(number: usize, from: impl Read, visitor: &mut dyn Visitor) -> Result<(), LayersError> {
    let mut layer = Archive::new(from);
    for found in layer.entries()? {
        let mut found = found?;
        if let Some(entry) = Entry::of(&found)? {
            visitor.entry(number, &entry, &mut found)?;
        }
    }
    Ok(())
}
