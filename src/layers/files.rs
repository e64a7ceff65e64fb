//! Keeps what an image holds at chosen paths.

use super::entry::Whiteout;
use super::record::Record;
use super::stack::Stack;
use super::{Content, Entry, Kind, LayersError, Visitor, clean, join, parent, upwards, walk};
use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::io::Read;

/// A file larger than this, in bytes, is not kept.
const LARGEST: u64 = 64 << 20;
/// What is kept of all files, in bytes.
const TOTAL: u64 = 512 << 20;

/// Paths that are asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What is there.
    paths: HashSet<String>,
    /// And its bytes.
    contents: HashSet<String>,
    /// Folders whose folders are asked for, each with the file of this name.
    listed: Vec<(String, String)>,
}

impl Wanted {
    /// Asks what is at a path. False: that was asked already.
    pub fn path(&mut self, path: &str) -> bool {
        let path = clean(path);
        let before = self.paths.len();
        self.paths.extend(upwards(&path).map(str::to_owned));
        self.paths.len() > before
    }

    /// Asks for the bytes of a file. False: that was asked already.
    pub fn content(&mut self, path: &str) -> bool {
        self.path(path);
        self.contents.insert(clean(path))
    }

    /// Asks for the folders in a folder, and for the bytes of the file `name` in each.
    pub fn folders(&mut self, folder: &str, name: &str) -> bool {
        let pair = (clean(folder), name.to_owned());
        self.path(folder);
        let new = !self.listed.contains(&pair);
        if new {
            self.listed.push(pair);
        }
        new
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    pub(super) fn has_path(&self, path: &str) -> bool {
        self.paths.contains(path) || self.lists(path)
    }

    pub(super) fn has_content(&self, path: &str) -> bool {
        let listed = |(folder, name): &(String, String)| {
            path.strip_suffix(name).and_then(|rest| parent(rest.strip_suffix('/')?)).is_some_and(|above| above == folder)
        };
        self.contents.contains(path) || self.listed.iter().any(listed)
    }

    pub(super) fn has_folders(&self, folder: &str) -> bool {
        self.listed.iter().any(|(listed, _)| listed == folder)
    }

    /// Whether a listed folder brings a path along.
    fn lists(&self, path: &str) -> bool {
        let listed = |(folder, _): &(String, String)| parent(path).is_some_and(|above| above == folder);
        self.listed.iter().any(listed) || self.has_content(path)
    }
}

/// What an image holds at chosen paths.
#[derive(Debug)]
pub struct Files {
    pub(super) stack: Stack,
    /// The archive's config of the image.
    pub config: Vec<u8>,
}

impl Files {
    /// Of an image nobody asked anything about.
    pub fn empty() -> Self {
        Self { stack: Stack { layers: Vec::new(), wanted: Wanted::default(), late: HashSet::new() }, config: Vec::new() }
    }

    /// What was asked for, and what links led to: with it, another reading answers more.
    pub fn wanted(&self) -> Wanted {
        self.stack.wanted.clone()
    }

    /// Reads an archive, keeping what is wanted, and what links at wanted paths lead to as far as that had not
    /// passed yet.
    ///
    /// # Errors
    /// When the archive cannot be read, or too much is wanted.
    pub fn read(archive: impl Read, wanted: Wanted) -> Result<Self, LayersError> {
        let mut keeper =
            Keeper { wanted, layers: Vec::new(), passed: HashSet::new(), hasher: RandomState::new(), late: HashSet::new(), left: TOTAL };
        let image = walk(archive, &mut keeper)?;
        let Keeper { wanted, mut layers, late, .. } = keeper;
        layers.resize_with(layers.len().max(image.layers.iter().max().map_or(0, |most| most + 1)), BTreeMap::new);
        let ordered = image.layers.iter().map(|number| layers[*number].clone()).collect();
        Ok(Self { stack: Stack { layers: ordered, wanted, late }, config: image.config })
    }
}

/// The visitor behind [`Files`].
struct Keeper {
    wanted: Wanted,
    layers: Vec<BTreeMap<String, Record>>,
    /// Hashes of the paths that passed: eight bytes a file, whatever an image holds.
    passed: HashSet<u64>,
    hasher: RandomState,
    /// Paths that became wanted when they may have passed already.
    late: HashSet<String>,
    left: u64,
}

impl Visitor for Keeper {
    fn entry(&mut self, layer: usize, entry: &Entry, content: &mut dyn Read) -> Result<(), LayersError> {
        if self.layers.len() <= layer {
            self.layers.resize_with(layer + 1, BTreeMap::new);
        }
        let folder = parent(&entry.path).unwrap_or("/");
        match entry.whiteout() {
            Some(Whiteout::Opaque) => self.record(layer, folder, |record| record.opaque = true),
            Some(Whiteout::Of(name)) => self.record(layer, &join(folder, name), |record| record.removed = true),
            None => {
                self.imply(layer, folder);
                self.keep(layer, entry, content)?;
            }
        }
        Ok(())
    }
}

impl Keeper {
    /// Notes something about a path, where that is of interest.
    fn record(&mut self, layer: usize, path: &str, note: impl FnOnce(&mut Record)) {
        self.passed.insert(self.hasher.hash_one(path));
        if self.wanted.has_path(path) {
            note(self.layers[layer].entry(path.to_owned()).or_default());
        }
    }

    /// Notes that folders hold something.
    fn imply(&mut self, layer: usize, folder: &str) {
        for path in upwards(folder) {
            // What was noted once was noted for all above it.
            if !self.passed.insert(self.hasher.hash_one((layer, path))) {
                break;
            }
            self.record(layer, path, |record| record.implied = true);
        }
    }

    fn keep(&mut self, layer: usize, entry: &Entry, content: &mut dyn Read) -> Result<(), LayersError> {
        let path = entry.path.as_str();
        if !self.wanted.has_path(path) {
            self.passed.insert(self.hasher.hash_one(path));
            return Ok(());
        }
        let bytes = if self.wanted.has_content(path) { self.bytes(entry, content)? } else { None };
        self.record(layer, path, |record| record.entry = Some((entry.clone(), bytes)));
        self.follow(entry);
        Ok(())
    }

    fn bytes(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<Option<Content>, LayersError> {
        if entry.kind != Kind::File {
            return Ok(None);
        }
        if entry.stat.size > LARGEST {
            return Ok(Some(Content::TooLarge(LARGEST)));
        }
        self.left = self.left.checked_sub(entry.stat.size).ok_or(LayersError::TooMuch(TOTAL >> 20))?;
        let mut bytes = Vec::new();
        content.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(Some(Content::Bytes(bytes.into())))
    }

    /// What a link leads to is wanted from now on.
    fn follow(&mut self, entry: &Entry) {
        let here = parent(&entry.path).unwrap_or("/");
        // A link is read by its text from the root, too: that is how the file it names is looked for.
        let targets = match &entry.kind {
            Kind::Link(text) if text.starts_with('/') => vec![clean(text)],
            Kind::Link(text) => vec![clean(&format!("{here}/{text}")), clean(text)],
            Kind::HardLink(target) => vec![target.clone()],
            _ => return,
        };
        for target in targets {
            self.want(&entry.path, &target);
        }
    }

    /// Whatever is wanted at or below `path` is wanted at or below `target`.
    fn want(&mut self, path: &str, target: &str) {
        let below = |wanted: &str| wanted.strip_prefix(path).filter(|rest| rest.is_empty() || rest.starts_with('/')).map(str::to_owned);
        let rests: Vec<String> = self.wanted.paths.iter().filter_map(|wanted| below(wanted)).collect();
        for rest in rests {
            let (old, new) = (format!("{path}{rest}"), clean(&format!("{target}{rest}")));
            let content = self.wanted.contents.contains(&old);
            let unknown: Vec<String> = upwards(&new).filter(|path| !self.wanted.has_path(path)).map(str::to_owned).collect();
            let late = unknown.into_iter().filter(|path| self.passed.contains(&self.hasher.hash_one(path.as_str())));
            self.late.extend(late.collect::<Vec<_>>());
            if content && !self.wanted.has_content(&new) && self.passed.contains(&self.hasher.hash_one(new.as_str())) {
                self.late.insert(new.clone());
            }
            self.wanted.path(&new);
            if content {
                self.wanted.content(&new);
            }
        }
    }
}
