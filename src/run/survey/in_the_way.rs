//! Which defects stand in the way of a selection: a broken definition that is selected, or that something
//! selected needs. What is broken elsewhere hides nothing.

use super::Survey;
use crate::catalog::{Control, Defect, INCOMPLETE, YankedVersions};
use crate::name::Reference;
use crate::plan::Selection;
use std::collections::{BTreeMap, HashSet};

impl Survey {
    /// The defects in the way of what `selection` chooses. `selected` marks the sound nodes it chose.
    pub fn defects_in_the_way(&self, selection: &Selection, selected: &[bool]) -> Vec<&Defect> {
        if selection.is_all() {
            return self.defects.iter().collect();
        }
        let mut met: HashSet<&str> = self.needed(selected);
        let chosen = self.cyclic.iter().filter(|(member, _)| self.chooses(selection, member, None));
        met.extend(chosen.map(|(_, told)| told.as_str()));
        let names: HashSet<&str> =
            self.graph.nodes.iter().zip(selected).filter(|(_, chosen)| **chosen).map(|(n, _)| n.name.as_str()).collect();
        let depends = |name: &str| selection.with_dependents && self.may_need(name, &names);
        let meets = |defect: &&Defect| match defect.name.as_deref() {
            Some(name) => met.contains(name) || depends(name) || self.chooses(selection, name, defect.path.as_deref()),
            // What is yanked concerns every image.
            None => defect
                .path
                .as_deref()
                .is_some_and(|path| path == YankedVersions::FILE || self.chooses(selection, nameless(path), Some(path))),
        };
        self.defects.iter().filter(meets).collect()
    }

    /// Defects for somebody to read, behind the warnings about folders that are no definition for want of a file:
    /// such a folder may be what the others miss.
    pub fn with_causes(&self, defects: &[&Defect]) -> Vec<Defect> {
        let incomplete = self.warnings.iter().filter(|warning| INCOMPLETE.contains(&warning.code));
        incomplete.chain(defects.iter().copied()).cloned().collect()
    }

    /// The defects in the way of new entries for the definitions of these names: of broken definitions that depend on
    /// one of them, directly or over other broken ones, unless `selection` excludes them. One whose `control` cannot be
    /// read is taken for a stranger: it cannot be built before somebody mends it anyway.
    pub fn defects_of_dependents(&self, changed: &HashSet<&str>, selection: &Selection, args: &BTreeMap<String, String>) -> Vec<&Defect> {
        let mut waiting = self.left_out(args);
        waiting.retain(|(name, _)| self.chooses(selection, name, None));
        let mut reached: HashSet<&str> = HashSet::new();
        loop {
            let is_reached =
                |(_, parents): &(&str, Vec<String>)| parents.iter().any(|p| changed.contains(p.as_str()) || reached.contains(p.as_str()));
            let (found, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_reached);
            if found.is_empty() {
                break;
            }
            reached.extend(found.into_iter().map(|(name, _)| name));
            waiting = rest;
        }
        self.defects_of(|name| reached.contains(name))
    }

    /// The defects of the definitions that could not be used and whose names are meant.
    pub fn defects_of(&self, is_meant: impl Fn(&str) -> bool) -> Vec<&Defect> {
        let told: HashSet<&str> = self.cyclic.iter().filter(|(member, _)| is_meant(member)).map(|(_, told)| told.as_str()).collect();
        let meets = |name: &str| told.contains(name) || (self.graph.find(name).is_none() && is_meant(name));
        self.defects.iter().filter(|defect| defect.name.as_deref().is_some_and(meets)).collect()
    }

    /// Names of definitions that are not in the graph.
    pub fn names_left_out(&self) -> impl Iterator<Item = &str> {
        self.broken.iter().map(|broken| broken.name.as_str()).chain(self.cyclic.keys().map(String::as_str))
    }

    /// The definitions that are not in the graph, with the names of what they need.
    fn left_out(&self, args: &BTreeMap<String, String>) -> Vec<(&str, Vec<String>)> {
        let named = |control: &Control| control.relations.iter().map(|relation| relation.name.clone()).collect::<Vec<_>>();
        let broken = self.broken.iter().map(|broken| (broken.name.as_str(), named(&broken.control)));
        let cyclic = self.items.iter().filter(|item| self.cyclic.contains_key(&item.definition.name)).map(|item| {
            let uses = item.parsed.as_ref().map(|parsed| parsed.external_references(args)).unwrap_or_default();
            let used =
                uses.iter().filter_map(|used| Some(Reference::parse(&used.text).ok()?.name().strip_prefix(&self.prefix)?.to_owned()));
            (item.definition.name.as_str(), named(&item.definition.control).into_iter().chain(used).collect())
        });
        broken.chain(cyclic).collect()
    }

    /// The broken definitions that what is selected needs.
    fn needed(&self, selected: &[bool]) -> HashSet<&str> {
        let involved = self.graph.with_ancestors(selected);
        let nodes = (0..self.graph.nodes.len()).filter(|&node| involved[node]);
        nodes.flat_map(|node| self.graph.nodes[node].broken_parents.iter().map(String::as_str)).collect()
    }

    /// Whether a broken definition may need one of these. Where its control could not be read, it may.
    fn may_need(&self, name: &str, chosen: &HashSet<&str>) -> bool {
        let item = self.items.iter().find(|item| item.definition.name == name);
        item.is_none_or(|item| item.definition.control.relations.iter().any(|relation| chosen.contains(relation.name.as_str())))
    }

    /// Whether a broken definition would be chosen. Where its version is not known, a pattern need only fit
    /// what stands before it.
    fn chooses(&self, selection: &Selection, name: &str, path: Option<&str>) -> bool {
        let item = self.items.iter().find(|item| item.definition.name == name);
        let reference = item.map(|item| &item.reference).or_else(|| self.unrendered.get(name));
        let reference = reference.map_or_else(|| format!("{}{name}:", self.prefix), ToString::to_string);
        let folder = item.map(|item| item.definition.path.as_str()).or_else(|| path.map(folder_of)).unwrap_or(".");
        let is_below = |changed: &String| folder == "." || changed.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        selection.matches(&reference) && selection.changed.as_ref().is_none_or(|changed| changed.iter().any(is_below))
    }
}

/// The folder of a definition's file.
fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

/// People name folders after what is in them: the best guess where the name itself cannot be read.
fn nameless(path: &str) -> &str {
    folder_of(path).rsplit('/').next().unwrap_or_default()
}
