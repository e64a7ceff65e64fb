//! The names of a catalogue's images: read and placed, not rendered. What a template says does not matter to them.

use super::judge::Found;
use super::read::{check_prefix, place};
use super::{SurveyError, subject};
use crate::catalog::{Catalogue, Defect, Definition, discover};
use crate::config::Config;
use crate::name::Reference;
use crate::publish::{Destinations, History, Placements};
use std::path::Path;

/// A catalogue as far as its names go.
#[derive(Debug)]
pub struct Names {
    /// The definitions that have a name and a version, with their names in the engine; sorted by name.
    pub definitions: Vec<(Definition, Reference)>,
    /// Where images go.
    pub destinations: Destinations,
    /// Where each of them goes, in the order of `definitions`.
    pub placements: Placements,
    /// What is broken.
    pub defects: Vec<Defect>,
    /// What should be looked at.
    pub warnings: Vec<Defect>,
}

impl Names {
    /// The version of a definition.
    pub fn version(&self, name: &str) -> Option<&str> {
        self.definitions.iter().find(|(definition, _)| definition.name == name).map(|(definition, _)| definition.version.as_str())
    }

    /// The definitions with all versions of their changelogs.
    pub fn histories(&self) -> Vec<History<'_>> {
        let mut found = Vec::with_capacity(self.definitions.len());
        for (definition, reference) in &self.definitions {
            let older = definition.changelog.entries.iter().skip(1).map(|entry| entry.version.as_str()).collect();
            found.push(History { subject: subject(definition, reference), older });
        }
        found
    }
}

/// Reads the catalogue below `root` and places its images.
///
/// # Errors
/// When there is no catalogue, or the configuration makes no names.
pub fn names(root: &Path, config: &Config) -> Result<Names, SurveyError> {
    check_prefix(config)?;
    let destinations = Destinations::of(config)?;
    let Catalogue { definitions, broken, defects, warnings, .. } = discover(root, config.scan_workers)?;
    let mut found = Found { defects, warnings, broken, ..Found::default() };
    let mut definitions = place(definitions, config, &mut found);
    definitions.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    let placements = Placements::of(&destinations, definitions.iter().map(|(definition, reference)| subject(definition, reference)));
    let Found { defects, warnings, .. } = found;
    Ok(Names { definitions, destinations, placements, defects, warnings })
}
