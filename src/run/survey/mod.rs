//! Reads and renders a catalogue and links its definitions: the first half of every command.

mod in_template;
mod in_the_way;
pub(in crate::run) mod inputs;
pub(in crate::run) mod names;
mod judge;
mod parallel;
mod read;
mod tree_names;

pub use read::survey;
pub(in crate::run) use read::{check_prefix, joined};
pub(in crate::run) use tree_names::{TreeNames, settings};

use crate::catalog::{Broken, CatalogueError, Defect, Definition, YankedVersions};
use crate::config::ConfigError;
use crate::dockerfile::Dockerfile;
use crate::name::{Reference, ReferenceError};
use crate::plan::{Graph, PlanOptions};
use crate::publish::{Destinations, Placement, Placements, Subject};
use crate::run::index::Making;
use crate::template::Rendered;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A definition that could be rendered.
#[derive(Debug)]
pub struct Item {
    /// The definition.
    pub definition: Definition,
    /// Where it is published, without a stamp.
    pub reference: Reference,
    /// The rendered Dockerfile, without a stamp.
    pub rendered: Rendered,
    /// The Dockerfile as read; `None` where it could not be (then there is a defect or warning).
    pub parsed: Option<Dockerfile>,
    /// Of an image that an entry of the container index describes, how it is made.
    pub making: Option<Arc<Making>>,
}

impl Item {
    /// What its destinations need to know.
    pub(in crate::run) fn subject(&self) -> Subject<'_> {
        let entry = self.making.as_ref().map(|making| making.names());
        Subject { entry, ..subject(&self.definition, &self.reference) }
    }
}

/// A catalogue, read, rendered and linked.
#[derive(Debug)]
pub struct Survey {
    /// DIRECTORY.
    pub root: PathBuf,
    /// What could be rendered, by name.
    pub items: Vec<Item>,
    /// The sound definitions and their edges.
    pub graph: Graph,
    /// What is broken.
    pub defects: Vec<Defect>,
    /// What should be looked at.
    pub warnings: Vec<Defect>,
    /// For every definition on a cycle, the name under which the cycle's defect is told.
    pub cyclic: HashMap<String, String>,
    /// References of definitions that have one and could not be rendered, by name.
    pub unrendered: HashMap<String, Reference>,
    /// Definitions that could not be read, placed or rendered, as far as they are known.
    pub broken: Vec<Broken>,
    /// Registry and namespace as they stand before every name, with the slash.
    pub prefix: String,
    /// Where images go.
    pub destinations: Destinations,
    /// Where each image of the catalogue goes, without stamps; also those that could not be rendered.
    pub placements: Placements,
    /// Versions that are passed over.
    pub yanked: YankedVersions,
    item_of_node: Vec<usize>,
}

/// Whether Dockerfiles that do not parse are defects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judging {
    /// They are.
    Strict,
    /// They are shown as they are, with a warning.
    Lenient,
}

/// Why there is nothing to work with.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// DIRECTORY cannot be used.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The list of destinations is wrong.
    #[error(transparent)]
    Destinations(#[from] ConfigError),
    /// `registry` and `namespace` make no reference.
    #[error("registry \"{registry}\" and namespace \"{namespace}\" cannot stand before an image's name: {source}")]
    Prefix {
        /// The configured registry.
        registry: String,
        /// The configured namespace.
        namespace: String,
        /// What is wrong.
        source: ReferenceError,
    },
}

impl Survey {
    /// The item of a node.
    pub fn item(&self, node: usize) -> &Item {
        &self.items[self.item_of_node[node]]
    }

    /// Where images go in a run that gives the selected ones a stamp; nothing where it gives none.
    pub fn stamped_placements(&self, selected: &[bool], options: &PlanOptions) -> Option<Placements> {
        let stamp = options.stamp.as_ref()?;
        let tags: Vec<String> = self
            .items
            .iter()
            .map(|item| {
                let is_stamped = self.graph.find(&item.definition.name).is_some_and(|node| selected[node]);
                if is_stamped { format!("{}-{stamp}", item.definition.version) } else { item.definition.version.to_string() }
            })
            .collect();
        let subjects = self.items.iter().zip(&tags).map(|(item, tag)| Subject { tag: tag.as_str(), ..item.subject() });
        Some(Placements::of(&self.destinations, subjects))
    }

    /// What to pull another version of a node by; `wanted` is that version's name in the engine. Nothing where no
    /// registry takes the image.
    pub fn pull_reference_of(&self, node: usize, wanted: &Reference) -> Option<Reference> {
        self.placements_of(node, wanted.manifest_name()).iter().find_map(Placement::pull_reference)
    }

    /// The registries' names of what the engine calls `name`; nothing where it is no image of the catalogue.
    pub fn places_of(&self, name: &Reference) -> Vec<Reference> {
        if !self.destinations.is_listed() {
            return vec![name.clone()];
        }
        let whole = name.name();
        let node = whole.strip_prefix(&self.prefix).and_then(|name| self.graph.find(name));
        let placements = node.map(|node| self.placements_of(node, name.manifest_name())).unwrap_or_default();
        placements.iter().filter_map(|placement| placement.version.reference().cloned()).collect()
    }

    /// Where another version of a node goes.
    pub fn placements_of(&self, node: usize, version: &str) -> Vec<Placement> {
        let item = self.item(node);
        let other = Subject { version, tag: version, ..item.subject() };
        Placements::of(&self.destinations, [other]).find(&item.definition.name).to_vec()
    }

    /// The folder of a node, below DIRECTORY.
    pub fn folder(&self, node: usize) -> PathBuf {
        self.item(node).definition.folder(&self.root)
    }
}

pub(super) fn subject<'a>(definition: &'a Definition, reference: &'a Reference) -> Subject<'a> {
    let version = definition.version.as_str();
    Subject { name: &definition.name, path: &definition.path, reference, version, tag: version, entry: None }
}
