//! The layers of an image on top of each other.

mod led;
mod merge;

pub(super) use led::Unkept;

use super::{Content, Embedded, FileRecord, LayerRecord, Leak};
use crate::layers::Kind;
use merge::{Place, find, hard_links, merge, record};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

/// Links lead to links at most so often.
const LINKS: usize = 40;

/// The most bytes of a file that is read as a whole.
const LARGEST: u64 = 64 << 20;

/// A file of the image, and the number of the layer that brought it, from the lowest.
#[derive(Clone, Copy, Debug)]
pub struct Located<'a> {
    /// The file.
    pub file: &'a FileRecord,
    /// The layer.
    pub layer: usize,
}

/// What an image holds.
#[derive(Debug, Default)]
pub struct Contents {
    layers: Vec<Arc<LayerRecord>>,
    /// What shows, by path.
    shown: Vec<Place>,
    /// What hard links are names of, and what they look like then.
    linked: HashMap<Place, (Place, FileRecord)>,
    /// Which of the contents of a layer belongs to a path, by layer.
    kept: Vec<HashMap<String, usize>>,
}

impl Contents {
    /// Puts layers on top of each other, from the lowest. Images may share them.
    pub fn of<L: Into<Arc<LayerRecord>>>(layers: Vec<L>) -> Self {
        let layers: Vec<Arc<LayerRecord>> = layers.into_iter().map(Into::into).collect();
        let by_path = |layer: &Arc<LayerRecord>| layer.contents.iter().enumerate().map(|(at, (path, _))| (path.clone(), at)).collect();
        Self { shown: merge(&layers), linked: hard_links(&layers), kept: layers.iter().map(by_path).collect(), layers }
    }

    /// What is at a path whose folders are no links; a link is not followed. Of a hard link, everything but the kind is what
    /// the file it names was when the link was made.
    pub fn get(&self, path: &str) -> Option<Located<'_>> {
        find(&self.layers, &self.shown, path).map(|place| self.at(place))
    }

    /// Where a path leads when links are followed, inside the image only.
    pub fn resolve(&self, path: &str) -> Option<(String, Located<'_>)> {
        let real = self.end_of(path)?;
        let found = self.get(&real)?;
        Some((real, found))
    }

    /// The same, where nothing may stand, or a folder that no layer names. None: links lead in a circle.
    fn end_of(&self, path: &str) -> Option<String> {
        let mut left: Vec<&str> = path.split('/').rev().filter(|part| !matches!(*part, "" | ".")).collect();
        let mut real = String::new();
        let mut links = 0;
        while let Some(name) = left.pop() {
            if name == ".." {
                real.truncate(real.rfind('/').unwrap_or(0));
                continue;
            }
            let next = format!("{real}/{name}");
            if let Some(Located { file: FileRecord { kind: Kind::Link(text), .. }, .. }) = self.get(&next) {
                links += 1;
                if links > LINKS {
                    return None;
                }
                if text.starts_with('/') {
                    real.clear();
                }
                left.extend(text.split('/').rev().filter(|part| !matches!(*part, "" | ".")));
                continue;
            }
            real = next;
        }
        Some(real)
    }

    /// Everything there is, by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, Located<'_>)> {
        self.shown.iter().map(|place| self.entry(*place))
    }

    /// Everything below a clean folder, by path.
    pub fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a str, Located<'a>)> + use<'a> {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        let start = self.shown.partition_point(|place| record(&self.layers, *place).path < prefix);
        let all = self.shown[start..].iter().map(|place| self.entry(*place));
        all.take_while(move |(path, _)| path.starts_with(&prefix))
    }

    /// The bytes that were kept of a file; links are followed. None: it is not there, or nobody wanted it.
    pub fn content(&self, path: &str) -> Option<&Content> {
        let (real, _) = self.resolve(path)?;
        let place = find(&self.layers, &self.shown, &real)?;
        let (layer, at) = self.linked.get(&place).map_or(place, |(source, _)| *source);
        let path = &record(&self.layers, (layer, at)).path;
        let number = layer as usize;
        self.kept[number].get(path).map(|at| &self.layers[number].contents[*at].1)
    }

    /// The bytes that were kept of a small file.
    ///
    /// # Errors
    /// When our copy cannot be read, or the file was too large to keep.
    pub fn bytes(&self, path: &str) -> io::Result<Option<bytes::Bytes>> {
        match self.content(path) {
            None => Ok(None),
            Some(Content::Held(bytes)) => Ok(Some(bytes.clone())),
            Some(Content::Spooled(copy)) => match std::fs::metadata(copy)?.len() {
                size if size > LARGEST => Err(too_large(path, size)),
                _ => std::fs::read(copy).map(|bytes| Some(bytes.into())),
            },
            Some(Content::TooLarge(size)) => Err(too_large(path, *size)),
        }
    }

    /// What programs and archives that still are there hold, with the number of their layer.
    pub fn embedded(&self) -> impl Iterator<Item = (usize, &Embedded)> {
        let all = self.layers.iter().enumerate();
        all.flat_map(|(number, layer)| layer.embedded.iter().map(move |one| (number, one)))
            .filter(|(number, one)| self.get(&one.path).is_some_and(|found| found.layer == *number))
    }

    /// What looks like a secret, in all layers: one that a higher layer removed can still be pulled. With the number of the
    /// layer.
    pub fn leaks(&self) -> impl Iterator<Item = (usize, &Leak)> {
        self.layers.iter().enumerate().flat_map(|(number, layer)| layer.leaks.iter().map(move |leak| (number, leak)))
    }

    /// The layers, from the lowest.
    pub fn layers(&self) -> &[Arc<LayerRecord>] {
        &self.layers
    }

    fn at(&self, place: Place) -> Located<'_> {
        let file = self.linked.get(&place).map_or_else(|| record(&self.layers, place), |(_, file)| file);
        Located { file, layer: place.0 as usize }
    }

    fn entry(&self, place: Place) -> (&str, Located<'_>) {
        let located = self.at(place);
        (located.file.path.as_str(), located)
    }
}

fn too_large(path: &str, size: u64) -> io::Error {
    io::Error::other(format!("{path} has {size} bytes, more than is read"))
}

#[cfg(test)]
mod tests;
