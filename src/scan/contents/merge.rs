//! Which entries of which layers show in the end.
//!
//! Source: OCI image specification, "Layer", "Whiteouts"; where it is silent, what a union of folders does (Linux, overlayfs).

use crate::layers::{Kind, join, parent, upwards};
use crate::scan::{FileRecord, LayerRecord};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A layer, and a place in its files.
pub type Place = (u32, u32);

/// What higher layers make of the paths of lower ones.
#[derive(Default)]
struct Above<'a> {
    /// What shows, by path.
    shown: HashMap<&'a str, Place>,
    /// Folders that something stands in, whether a layer names them or not.
    folders: HashSet<&'a str>,
    /// Nothing shows below these paths, nor at them.
    removed: HashSet<String>,
    /// Nothing shows below these.
    covered: HashSet<&'a str>,
}

/// What shows, by path.
pub fn merge(layers: &[Arc<LayerRecord>]) -> Vec<Place> {
    let mut above = Above::default();
    for (number, layer) in layers.iter().enumerate().rev() {
        above.take(number, layer);
    }
    let mut shown: Vec<(&str, Place)> = above.shown.into_iter().collect();
    shown.sort_unstable();
    shown.into_iter().map(|(_, place)| place).collect()
}

impl<'a> Above<'a> {
    /// Puts what is left of a layer below what is there, and lets it hide what comes next.
    fn take(&mut self, number: usize, layer: &'a LayerRecord) {
        let own = own(layer);
        // Layers and files are limited to far less than this holds.
        let place = |at: usize| (u32::try_from(number).unwrap_or(u32::MAX), u32::try_from(at).unwrap_or(u32::MAX));
        let mut folders: HashSet<&'a str> = HashSet::new();
        for &(path, at) in &own {
            if self.is_hidden(path) {
                continue;
            }
            let is_folder = layer.files[at].kind == Kind::Folder;
            // A layer that has something in a folder makes it one, whatever stood there before.
            if is_folder || !self.folders.contains(path) {
                self.shown.entry(path).or_insert_with(|| place(at));
            }
            // What is above one that is there already is there, too.
            let _ = upwards(path).skip(usize::from(!is_folder)).find(|folder| !folders.insert(folder));
        }
        self.folders.extend(folders);
        for &(path, at) in &own {
            if layer.files[at].kind != Kind::Folder {
                self.covered.insert(path);
            }
        }
        for file in &layer.files {
            match whiteout(&file.path) {
                Some(Whiteout::Opaque) => drop(self.covered.insert(parent(&file.path).unwrap_or("/"))),
                Some(Whiteout::Of(name)) => drop(self.removed.insert(join(parent(&file.path).unwrap_or("/"), name))),
                Some(Whiteout::Nothing) | None => {}
            }
        }
    }

    fn is_hidden(&self, path: &str) -> bool {
        (!self.removed.is_empty() && upwards(path).any(|path| self.removed.contains(path)))
            || (!self.covered.is_empty() && upwards(path).skip(1).any(|path| self.covered.contains(path)))
    }
}

/// What one layer brings: of each path the last entry, and nothing below what is no folder in the end.
fn own(layer: &LayerRecord) -> Vec<(&str, usize)> {
    let mut last: HashMap<&str, usize> = HashMap::with_capacity(layer.files.len());
    let mut covers: HashMap<&str, usize> = HashMap::new();
    for (at, file) in layer.files.iter().enumerate().filter(|(_, file)| whiteout(&file.path).is_none()) {
        if let Some(before) = last.insert(&file.path, at)
            && layer.files[before].kind == Kind::Folder
            && file.kind != Kind::Folder
        {
            covers.insert(&file.path, at);
        }
    }
    let covered = |path: &str, at: usize| upwards(path).skip(1).any(|above| covers.get(above).is_some_and(|cover| *cover > at));
    last.into_iter().filter(|(path, at)| covers.is_empty() || !covered(path, *at)).collect()
}

/// How an entry of this name hides what lower layers hold.
enum Whiteout<'a> {
    /// Everything in its folder.
    Opaque,
    /// One name in its folder.
    Of(&'a str),
    /// Notes of a file system of old.
    Nothing,
}

fn whiteout(path: &str) -> Option<Whiteout<'_>> {
    let name = path.rsplit('/').next()?.strip_prefix(".wh.")?;
    Some(match name {
        ".wh..opq" => Whiteout::Opaque,
        "" | "." | ".." => Whiteout::Nothing,
        name if name.starts_with(".wh.") => Whiteout::Nothing,
        name => Whiteout::Of(name),
    })
}

/// The files behind hard links to lower layers, as they were when the link was made, by the place of the link.
pub fn hard_links(layers: &[Arc<LayerRecord>]) -> HashMap<Place, (Place, FileRecord)> {
    let mut found = HashMap::new();
    for (number, layer) in layers.iter().enumerate() {
        let open = |file: &FileRecord| matches!(&file.kind, Kind::HardLink(_));
        if !layer.files.iter().any(open) {
            continue;
        }
        let own: HashMap<&str, usize> = layer.files.iter().enumerate().map(|(at, file)| (file.path.as_str(), at)).collect();
        let mut below = None;
        for (at, file) in layer.files.iter().enumerate() {
            let Kind::HardLink(target) = &file.kind else { continue };
            let here = |at: usize| (u32::try_from(number).unwrap_or(u32::MAX), u32::try_from(at).unwrap_or(u32::MAX));
            let source = own.get(target.as_str()).filter(|source| **source < at).map(|source| here(*source)).or_else(|| {
                let below = below.get_or_insert_with(|| merge(&layers[..number]));
                find(layers, below, target)
            });
            let Some(source) = source else { continue };
            // A link to a link leads to what that one leads to.
            let (source, file) = found.get(&source).cloned().unwrap_or_else(|| (source, record(layers, source).clone()));
            found.insert(here(at), (source, FileRecord { path: layer.files[at].path.clone(), kind: layer.files[at].kind.clone(), ..file }));
        }
    }
    found
}

/// The file at a place.
pub fn record(layers: &[Arc<LayerRecord>], (layer, at): Place) -> &FileRecord {
    &layers[layer as usize].files[at as usize]
}

/// Where a path stands in a sorted list.
pub fn find(layers: &[Arc<LayerRecord>], sorted: &[Place], path: &str) -> Option<Place> {
    sorted.binary_search_by(|place| record(layers, *place).path.as_str().cmp(path)).ok().map(|at| sorted[at])
}
