//! Finds the edges, and warns of what `control` and Dockerfile do not agree on.

use super::cycles::cycles;
use super::order::without;
use super::{BaseUse, Edge, Links, Node, OtherNames, Source};
use crate::catalog::{Defect, Relation};
use crate::dockerfile::ExternalReference;
use crate::name::{Reference, nearest};
use std::collections::{HashMap, HashSet};

/// Finds the edges between definitions. `base_images` are the configured ones; `broken` are the names of
/// definitions that could not be read or rendered.
pub fn link(sources: Vec<Source>, base_images: &[String], broken: &HashSet<String>) -> Links {
    link_with_names(sources, base_images, broken, &OtherNames::new())
}

/// The same, where definitions have other names beside their reference.
pub fn link_with_names(mut sources: Vec<Source>, base_images: &[String], broken: &HashSet<String>, others: &OtherNames) -> Links {
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    let mut linker = Linker::new(&sources, base_images, broken, others);
    let nodes: Vec<Node> = sources.iter().enumerate().map(|(at, source)| linker.node(at, source)).collect();
    let (defects, cyclic) = cycles(&nodes);
    let told = cyclic.iter().map(|(member, first)| (nodes[*member].name.clone(), nodes[*first].name.clone())).collect();
    let graph = without(nodes, &cyclic);
    Links { graph, defects, warnings: linker.warnings, cyclic: told }
}

struct Linker<'a> {
    by_name: HashMap<&'a str, usize>,
    by_repository: HashMap<String, usize>,
    sources: &'a [Source],
    bases: Vec<Reference>,
    broken: &'a HashSet<String>,
    others: &'a OtherNames,
    /// What stands before the names of the tree.
    prefix: String,
    warnings: Vec<Defect>,
}

impl<'a> Linker<'a> {
    fn new(sources: &'a [Source], base_images: &[String], broken: &'a HashSet<String>, others: &'a OtherNames) -> Self {
        Self {
            by_name: sources.iter().enumerate().map(|(at, source)| (source.name.as_str(), at)).collect(),
            by_repository: sources.iter().enumerate().map(|(at, source)| (source.reference.name(), at)).collect(),
            sources,
            bases: base_images.iter().filter_map(|text| Reference::parse(text).ok()).collect(),
            broken,
            others,
            prefix: sources.first().map(prefix).unwrap_or_default(),
            warnings: Vec::new(),
        }
    }

    fn node(&mut self, at: usize, source: &Source) -> Node {
        let mut node = Node {
            name: source.name.clone(),
            version: source.version.clone(),
            path: source.path.clone(),
            reference: source.reference.clone(),
            unreleased: source.unreleased,
            yanked: source.yanked.clone(),
            parents: Vec::new(),
            children: Vec::new(),
            bases: Vec::new(),
            broken_parents: Vec::new(),
        };
        for relation in &source.relations {
            self.relation(source, relation, &mut node);
        }
        for used in &source.uses {
            self.used(at, source, used, &mut node);
        }
        node.parents.sort_by_key(|edge| edge.parent);
        node
    }

    fn relation(&mut self, source: &Source, relation: &Relation, node: &mut Node) {
        if let Some(&parent) = self.by_name.get(relation.name.as_str()) {
            edge_to(&mut node.parents, parent).control.get_or_insert(relation.line);
            self.check_constraint(source, relation, parent);
        } else if self.broken.contains(&relation.name) {
            node.broken_parents.push(relation.name.clone());
        } else if !self.is_base(&relation.name) {
            self.missing_parent(source, &relation.name, "control", relation.line);
        }
    }

    fn check_constraint(&mut self, source: &Source, relation: &Relation, parent: usize) {
        let found = &self.sources[parent].version;
        if let Some((operator, wanted)) = &relation.constraint
            && !relation.is_satisfied_by(found)
        {
            let message = format!("{} needs {} ({operator} {wanted}), but the tree has {found}", source.name, relation.name);
            self.warnings.push(
                Defect::warning("unsatisfied_relation", message)
                    .at(file(source, "control"))
                    .line(relation.line)
                    .of(&source.name)
                    .help(format!("update {}, or the relation in control", relation.name)),
            );
        }
    }

    fn used(&mut self, at: usize, source: &Source, used: &ExternalReference, node: &mut Node) {
        let parsed = Reference::parse(&used.text).ok();
        if let Some(reference) = &parsed
            && self.other_name(at, source, used, reference, node)
        {
            return;
        }
        let parent = parsed.as_ref().and_then(|reference| self.by_repository.get(&reference.name()).copied());
        let broken = parsed.as_ref().and_then(|reference| self.broken_name(reference));
        node.broken_parents.extend(broken);
        let (Some(parent), Some(reference)) = (parent, parsed) else {
            node.bases.push(BaseUse { reference: used.text.clone(), line: used.line });
            return;
        };
        let wanted = &self.sources[parent];
        if reference.tag() != wanted.reference.tag() || reference.digest().is_some() {
            self.other_version(source, used, wanted);
            node.bases.push(BaseUse { reference: used.text.clone(), line: used.line });
            return;
        }
        self.edge(at, source, used, parent, node);
    }

    fn edge<'n>(&mut self, at: usize, source: &Source, used: &ExternalReference, parent: usize, node: &'n mut Node) -> &'n mut Edge {
        let edge = edge_to(&mut node.parents, parent);
        if edge.control.is_none() && edge.dockerfile.is_none() && parent != at {
            self.forgotten(source, used, &self.sources[parent]);
        }
        edge.dockerfile.get_or_insert(used.line);
        edge
    }

    /// Whether the reference is another name of a definition.
    fn other_name(&mut self, at: usize, source: &Source, used: &ExternalReference, reference: &Reference, node: &mut Node) -> bool {
        let Some(name) = self.others.get(&reference.canonical()) else { return false };
        let Some(&parent) = self.by_name.get(name.as_str()) else {
            node.broken_parents.push(name.clone());
            node.bases.push(BaseUse { reference: used.text.clone(), line: used.line });
            return true;
        };
        let is_other = self.sources[parent].reference.canonical() != reference.canonical();
        let edge = self.edge(at, source, used, parent, node);
        if is_other && !edge.names.contains(reference) {
            edge.names.push(reference.clone());
        }
        true
    }

    /// The broken definition that a reference names: it is no base image from outside.
    fn broken_name(&self, reference: &Reference) -> Option<String> {
        let name = reference.name();
        self.broken.get(name.strip_prefix(&self.prefix)?).cloned()
    }

    fn forgotten(&mut self, source: &Source, used: &ExternalReference, parent: &Source) {
        self.warnings.push(
            Defect::warning("undeclared_parent", format!("{} is built on {}, which control does not list", source.name, parent.name))
                .at(file(source, "Dockerfile"))
                .line(used.line)
                .of(&source.name)
                .help(format!("add {} to Build-Depends in {}; it is built first all the same", parent.name, file(source, "control"))),
        );
    }

    fn other_version(&mut self, source: &Source, used: &ExternalReference, parent: &Source) {
        let message = format!("{} takes {}, while the tree has {}", source.name, used.text, parent.reference);
        self.warnings.push(Defect::warning("other_version", message).at(file(source, "Dockerfile")).line(used.line).of(&source.name).help(
            format!("write {{{{ \"{}\" | image_tag }}}} to follow the tree; as it stands it is a base image from outside", parent.name),
        ));
    }

    fn missing_parent(&mut self, source: &Source, name: &str, in_file: &str, line: usize) {
        let near = nearest(name, self.sources.iter().map(|s| s.name.as_str()));
        let hint = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) };
        self.warnings.push(
            Defect::warning("missing_parent", format!("{} needs {name}, which is neither in the tree nor a base image", source.name))
                .at(file(source, in_file))
                .line(line)
                .of(&source.name)
                .help(format!("correct the name, or add it to base_images{hint}")),
        );
    }

    fn is_base(&self, name: &str) -> bool {
        self.bases.iter().any(|base| {
            let path = base.repository();
            base.name() == name || path == name || path.ends_with(&format!("/{name}"))
        })
    }
}

/// Registry and namespace as they stand before a name, with the slash.
fn prefix(source: &Source) -> String {
    let whole = source.reference.name();
    whole.strip_suffix(source.name.as_str()).unwrap_or_default().to_owned()
}

fn edge_to(edges: &mut Vec<Edge>, parent: usize) -> &mut Edge {
    let at = edges.iter().position(|edge| edge.parent == parent).unwrap_or_else(|| {
        edges.push(Edge { parent, control: None, dockerfile: None, names: Vec::new() });
        edges.len() - 1
    });
    &mut edges[at]
}

/// A file of a definition, relative to DIRECTORY.
fn file(source: &Source, name: &str) -> String {
    if source.path == "." { name.to_owned() } else { format!("{}/{name}", source.path) }
}
