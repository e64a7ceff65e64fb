//! Which defects stand in the way of a selection: a broken definition that is selected, or that something
//! selected needs. What is broken elsewhere hides nothing.

use super::survey::Survey;
use crate::catalog::{Defect, INCOMPLETE};
use crate::plan::Selection;
use std::collections::HashSet;

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
            None => defect.path.as_deref().is_some_and(|path| self.chooses(selection, nameless(path), Some(path))),
        };
        self.defects.iter().filter(meets).collect()
    }

    /// Defects for somebody to read, behind the warnings about folders that are no definition for want of a file:
    /// such a folder may be what the others miss.
    pub fn with_causes(&self, defects: &[&Defect]) -> Vec<Defect> {
        let incomplete = self.warnings.iter().filter(|warning| INCOMPLETE.contains(&warning.code));
        incomplete.chain(defects.iter().copied()).cloned().collect()
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
