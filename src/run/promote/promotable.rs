//! Which names a killed promotion may have been about: those that the plan of the catalogue gives now.

use crate::config::Config;
use crate::name::Reference;
use crate::publish::Location;
use crate::publish::journal::Entry;
use crate::publish::promotion::{Action, Candidate, HeldBack, Inputs, MoveKind, Source, Standing, Timestamp, plan};
use crate::run::survey::Survey;
use jiff::civil::DateTime;
use std::collections::HashMap;

/// Release names of the catalogue, with the images that get them and the tags from which those are taken.
#[derive(Debug, Default)]
pub(in crate::run) struct Promotable {
    names: HashMap<String, Vec<(String, Reference)>>,
    keeps: bool,
}

impl Promotable {
    /// Plans without asking any registry. Names by a commit count where the configuration tells the commit; the next
    /// promotion gives others.
    pub(in crate::run) fn of(config: &Config, survey: &Survey) -> Self {
        let Some(promotion) = &config.cooperage.promotion else { return Self::default() };
        let context = &config.cooperage.promotion_context;
        let keeps = promotion.override_host().is_none();
        // Which time it is only shows in the names of backups.
        let timestamp = Timestamp::of(DateTime::default());
        let mut names: HashMap<String, Vec<(String, Reference)>> = HashMap::new();
        for nth in 0..survey.destinations.list().len() {
            let images = candidates(survey, nth);
            let inputs = Inputs {
                promotion,
                context,
                images: &images,
                is_complete: true,
                skips_unaffected: true,
                commit: context.commit.as_deref().filter(|commit| !commit.is_empty()),
                timestamp: Some(&timestamp),
            };
            for of in plan(&inputs, &Standing::new()).moves {
                let is_name = matches!(of.kind, MoveKind::Promote | MoveKind::Commit | MoveKind::Cache);
                if let (true, Source::At(source)) = (is_name && of.action != Action::Refuse, of.source) {
                    names.entry(of.reference.to_string()).or_default().push((of.image, source));
                }
            }
        }
        Self { names, keeps }
    }

    /// The tag that must hold what a killed promotion was to give; `None` where the catalogue does not give that name, or
    /// not from there.
    pub(in crate::run) fn version(&self, entry: &Entry) -> Option<Location> {
        let taken = Reference::parse(&entry.version).ok()?.canonical();
        if taken.digest().is_some_and(|digest| *digest != entry.to) || (entry.keep.is_some() && !self.keeps) {
            return None;
        }
        let known = self.names.get(&entry.location)?.iter();
        let is_it = |(image, source): &&(String, Reference)| *image == entry.name && source.canonical().name() == taken.name();
        // One that is named by digest alone says nothing of what is there now.
        known.filter(is_it).find_map(|(_, source)| Location::parse(&source.to_string()))
    }
}

/// The images of the catalogue as they stand at the `nth` of their destinations.
fn candidates(survey: &Survey, nth: usize) -> Vec<Candidate> {
    let each = survey.graph.nodes.iter().map(|node| {
        let places = survey.placements.find(&node.name).iter().filter_map(|placement| placement.version.reference());
        let places: Vec<&Reference> = places.collect();
        let source = places.get(nth).or(places.last()).map(|place| (*place).clone());
        let nowhere = || source.is_none().then(|| HeldBack::NotPassed("no destination in a registry takes it".to_owned()));
        let yanked = node.yanked.as_ref().map(|why| HeldBack::Yanked(why.clone()));
        let held_back = node.unreleased.then_some(HeldBack::Unreleased).or(yanked).or_else(nowhere);
        Candidate { name: node.name.clone(), source, held_back, ..Candidate::default() }
    });
    each.collect()
}
