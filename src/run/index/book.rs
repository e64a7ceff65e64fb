//! Who is meant by a name: an entry of the index, a definition of the catalogue, or an image from outside.

use super::gather::Source;
use crate::dockerfile::{self, Dockerfile};
use crate::index::ImageName;
use crate::name::Reference;
use crate::plan::OtherNames;
use crate::run::survey::Survey;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What entries are built on.
pub struct Book<'a> {
    entries: HashMap<&'a ImageName, usize>,
    names: &'a OtherNames,
    catalogue: Option<&'a Survey>,
}

/// What one entry is built on.
#[derive(Debug, Default)]
pub struct Needs {
    /// Other entries and definitions, by node name, with the line of the index that names them.
    pub declared: BTreeMap<String, usize>,
    /// All of them, also those that only the Dockerfile names.
    pub parents: BTreeSet<String>,
    /// Images from outside that the Dockerfile names.
    pub bases: BTreeSet<String>,
    /// Whether it names itself.
    pub itself: Option<usize>,
}

impl<'a> Book<'a> {
    /// `names` are those under which entries and definitions are published, by their node names.
    pub fn new(sources: &'a [Source], names: &'a OtherNames, catalogue: Option<&'a Survey>) -> Self {
        let entries = sources.iter().enumerate().map(|(at, source)| (&source.image, at)).collect();
        Self { entries, names, catalogue }
    }

    /// What an entry is built on.
    pub fn needs(&self, source: &Source, args: &BTreeMap<String, String>) -> Needs {
        let mut needs = Needs::default();
        let own = source.image.image();
        for dependency in &source.entry.depends_on {
            match ImageName::parse(&dependency.text).and_then(|image| self.node_of(&image)) {
                Some(name) if name == own => needs.itself = Some(dependency.line),
                Some(name) => {
                    needs.declared.insert(name.clone(), dependency.line);
                    needs.parents.insert(name);
                }
                None => {}
            }
        }
        for used in parsed(source).iter().flat_map(|parsed| parsed.external_references(args)) {
            let known = Reference::parse(&used.text).ok().and_then(|reference| self.named(&reference));
            match known {
                Some(name) if name == own => {}
                Some(name) => {
                    needs.parents.insert(name);
                }
                None => {
                    needs.bases.insert(used.text);
                }
            }
        }
        needs
    }

    /// The node of what `depends-on` names.
    fn node_of(&self, image: &ImageName) -> Option<String> {
        if self.entries.contains_key(image) {
            return Some(image.image());
        }
        let graph = &self.catalogue?.graph;
        [image.repository(), image.job.clone()].into_iter().find(|name| graph.find(name).is_some())
    }

    /// The node that a reference names.
    fn named(&self, reference: &Reference) -> Option<String> {
        let canonical = reference.canonical();
        let definition = || self.catalogue?.graph.nodes.iter().find(|node| node.reference.canonical() == canonical);
        self.names.get(&canonical).cloned().or_else(|| definition().map(|node| node.name.clone()))
    }
}

/// The Dockerfile of an entry, where it is there and can be read.
pub fn parsed(source: &Source) -> Option<Dockerfile> {
    let text = source.ready.as_ref().ok()?.dockerfile.as_ref()?;
    dockerfile::parse(text).ok()
}
