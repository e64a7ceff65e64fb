//! A rollback that was killed, as its journal tells it: the next call of the same goes on to where that one was to go, and not
//! one version further.

use super::plan::versions;
use crate::name::Digest;
use crate::publish::journal::{self, Entry, Kind, Place};
use crate::run::survey::Survey;
use std::collections::BTreeSet;

/// What an earlier call was about to do.
#[derive(Debug, Default)]
pub struct Begun {
    /// The version that it was to go to.
    pub to: Option<String>,
    /// What the tags held before it.
    pub was: Vec<Digest>,
    tags: BTreeSet<String>,
}

impl Begun {
    /// Looks for it in the journals of a place. Only moves of floating tags that the catalogue gives to an older version of
    /// the image which is not yanked are believed, and only where they name one version. Journals that cannot be read are for
    /// [`crate::run::resume`] to tell.
    pub fn find(survey: &Survey, place: &Place, name: &str) -> Self {
        let Some(node) = survey.graph.find(name) else { return Self::default() };
        let planned = place.candidates().into_iter().filter_map(|place| journal::planned(place.own()).ok().flatten());
        let entries: Vec<Entry> = planned.flatten().filter(|entry| entry.kind == Kind::Floating && entry.name == name).collect();
        let mut found = Self::default();
        for version in versions(survey, node, name).into_iter().skip(1) {
            let placements = survey.placements_of(node, version);
            let is_it = |entry: &&Entry| {
                placements.iter().any(|placement| {
                    placement.version.whole() == entry.version && placement.floating.iter().any(|tag| tag.whole() == entry.location)
                })
            };
            let own: Vec<&Entry> = entries.iter().filter(is_it).collect();
            if own.is_empty() || survey.yanked.why(name, version).is_some() {
                continue;
            }
            if found.to.is_some() {
                return Self::default();
            }
            found.to = Some(version.to_owned());
            found.was = own.iter().filter_map(|entry| entry.from.clone()).collect();
            found.tags = own.iter().map(|entry| entry.location.clone()).collect();
        }
        found
    }

    /// Whether this line of a journal is what goes on now.
    pub fn goes_on_with(&self, entry: &Entry) -> bool {
        entry.kind == Kind::Floating && self.tags.contains(&entry.location)
    }
}
