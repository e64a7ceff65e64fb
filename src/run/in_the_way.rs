//! Which defects stop a run: those of definitions that the selection means, and of what they need.

use super::survey::Survey;
use crate::catalog::Defect;
use crate::plan::Selection;
use std::collections::HashSet;

impl Survey {
    /// The defects a selection meets: a broken definition that it means, or that something it means needs.
    /// `selected` are the sound definitions that it means.
    pub fn defects_in_the_way(&self, selection: &Selection, selected: &[bool]) -> Vec<&Defect> {
        if selection.is_all() {
            return self.defects.iter().collect();
        }
        let involved = self.graph.with_ancestors(selected);
        let nodes = self.graph.nodes.iter().zip(&involved).filter(|(_, involved)| **involved);
        let needed: HashSet<&str> = nodes.flat_map(|(node, _)| node.broken_parents.iter().map(String::as_str)).collect();
        let meets =
            |defect: &&Defect| self.subjects(defect).iter().any(|name| needed.contains(name) || self.is_meant(selection, defect, name));
        self.defects.iter().filter(meets).collect()
    }

    /// The definitions that a defect is about: one, or all on a cycle. Where no name could be read, the folder's
    /// is the best guess.
    fn subjects<'a>(&'a self, defect: &'a Defect) -> Vec<&'a str> {
        let Some(name) = defect.name.as_deref().or_else(|| folder_of(defect).rsplit('/').next()) else { return Vec::new() };
        let on_cycle = self.broken.cyclic.iter().filter(|(_, first)| *first == name).map(|(member, _)| member.as_str());
        if defect.code == "cycle" { on_cycle.collect() } else { vec![name] }
    }

    fn is_meant(&self, selection: &Selection, defect: &Defect, name: &str) -> bool {
        self.would_be(name).iter().any(|text| selection.matches(text)) && self.has_changed(selection, defect, name)
    }

    /// What globs are matched against; without a version where none could be read.
    fn would_be(&self, name: &str) -> Vec<String> {
        let items = self.items.iter().filter(|item| item.definition.name == name).map(|item| &item.reference);
        let unrendered = self.broken.unrendered.iter().filter(|(broken, _)| broken == name).map(|(_, reference)| reference);
        let known: Vec<String> = items.chain(unrendered).map(ToString::to_string).collect();
        if known.is_empty() { vec![format!("{}{name}:", self.broken.prefix)] } else { known }
    }

    fn has_changed(&self, selection: &Selection, defect: &Defect, name: &str) -> bool {
        let Some(changed) = &selection.changed else { return true };
        let own = self.items.iter().find(|item| item.definition.name == name).map(|item| item.definition.path.as_str());
        let folder = own.unwrap_or_else(|| folder_of(defect));
        changed.iter().any(|path| folder == "." || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
    }
}

/// The folder of the file that a defect names.
fn folder_of(defect: &Defect) -> &str {
    let path = defect.path.as_deref().unwrap_or_default();
    path.rsplit_once('/').map_or(".", |(folder, _)| folder)
}
