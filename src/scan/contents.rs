//! The layers of an image on top of each other.

use super::{Content, Embedded, FileRecord, LayerRecord, Leak};
use crate::layers::{Kind, parent};
use std::collections::BTreeMap;
use std::io;

/// Links lead to links at most so often.
const LINKS: usize = 40;

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
    layers: Vec<LayerRecord>,
    /// Where each path stands: layer, and place in its files.
    paths: BTreeMap<String, (usize, usize)>,
}

impl Contents {
    /// Puts layers on top of each other, from the lowest.
    ///
    /// Source: OCI image specification, "Layer", "Whiteouts".
    pub fn of(layers: Vec<LayerRecord>) -> Self {
        let mut paths: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (number, layer) in layers.iter().enumerate() {
            for file in &layer.files {
                hide(&mut paths, file, number);
            }
            for (at, file) in layer.files.iter().enumerate().filter(|(_, file)| whiteout(&file.path).is_none()) {
                if file.kind != Kind::Folder {
                    remove_below(&mut paths, &file.path, number);
                }
                paths.insert(file.path.clone(), (number, at));
            }
        }
        Self { layers, paths }
    }

    /// What is at a path whose folders are no links; a link is not followed.
    pub fn get(&self, path: &str) -> Option<Located<'_>> {
        self.paths.get(path).map(|place| self.at(*place))
    }

    /// Where a path leads when links are followed, inside the image only.
    pub fn resolve(&self, path: &str) -> Option<(String, Located<'_>)> {
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
        let found = self.get(&real)?;
        Some((real, found))
    }

    /// Everything there is, by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, Located<'_>)> {
        self.paths.iter().map(|(path, place)| (path.as_str(), self.at(*place)))
    }

    /// Everything below a clean folder, by path.
    pub fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a str, Located<'a>)> + use<'a> {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        let range = self.paths.range(prefix.clone()..);
        range.take_while(move |(path, _)| path.starts_with(&prefix)).map(|(path, place)| (path.as_str(), self.at(*place)))
    }

    /// The bytes that were kept of a file; links are followed. None: it is not there, or nobody wanted it.
    pub fn content(&self, path: &str) -> Option<&Content> {
        let (mut real, mut found) = self.resolve(path)?;
        for _ in 0..LINKS {
            let Kind::HardLink(target) = &found.file.kind else { break };
            real.clone_from(target);
            found = self.get(target)?;
        }
        let layer = &self.layers[found.layer];
        layer.contents.iter().rev().find(|(path, _)| *path == real).map(|(_, content)| content)
    }

    /// The bytes that were kept of a small file.
    ///
    /// # Errors
    /// When our copy cannot be read, or the file was too large to keep.
    pub fn bytes(&self, path: &str) -> io::Result<Option<bytes::Bytes>> {
        match self.content(path) {
            None => Ok(None),
            Some(Content::Held(bytes)) => Ok(Some(bytes.clone())),
            Some(Content::Spooled(copy)) => std::fs::read(copy).map(|bytes| Some(bytes.into())),
            Some(Content::TooLarge(size)) => Err(io::Error::other(format!("{path} has {size} bytes, more than is read"))),
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
    pub fn layers(&self) -> &[LayerRecord] {
        &self.layers
    }

    fn at(&self, (layer, at): (usize, usize)) -> Located<'_> {
        Located { file: &self.layers[layer].files[at], layer }
    }
}

/// The name of what an entry hides: all of its folder, or one name in it.
fn whiteout(path: &str) -> Option<Option<&str>> {
    let name = path.rsplit('/').next()?.strip_prefix(".wh.")?;
    Some((name != ".wh..opq").then_some(name))
}

/// Takes away what an entry of the layer hides of lower layers.
fn hide(paths: &mut BTreeMap<String, (usize, usize)>, file: &FileRecord, layer: usize) {
    let Some(hidden) = whiteout(&file.path) else { return };
    let folder = parent(&file.path).unwrap_or("/");
    match hidden {
        None => remove_below(paths, folder, layer),
        Some(name) => {
            let path = crate::layers::join(folder, name);
            remove_below(paths, &path, layer);
            paths.remove(&path);
        }
    }
}

fn remove_below(paths: &mut BTreeMap<String, (usize, usize)>, folder: &str, layer: usize) {
    let prefix = format!("{}/", folder.trim_end_matches('/'));
    let hit: Vec<String> =
        paths.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix)).map(|(path, _)| path.clone()).collect();
    for path in hit {
        if paths.get(&path).is_some_and(|(number, _)| *number < layer) {
            paths.remove(&path);
        }
    }
}
