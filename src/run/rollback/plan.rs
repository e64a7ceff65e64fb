//! Which version the tags go back to, and what stands in their way.

use super::{Back, Rollback, Undoing};
use crate::event::TagOutcome;
use crate::name::Digest;
use crate::publish::{Location, Placement, Spots, dropped_platforms};
use crate::registry::RegistryError;
use crate::run::survey::Survey;
use crate::run::work::prepare::RunError;
use futures_util::future::try_join_all;

/// What destinations say of one version: what each holds, in the order of its placements.
struct Standing {
    version: String,
    placements: Vec<Placement>,
    held: Vec<Option<Digest>>,
}

impl Standing {
    /// The digest, where all destinations have the version with the same one.
    fn whole(&self) -> Option<&Digest> {
        let first = self.held.first()?.as_ref()?;
        self.held.iter().all(|held| held.as_ref() == Some(first)).then_some(first)
    }

    fn holds(&self, digest: &Digest) -> bool {
        self.held.iter().flatten().any(|held| held == digest)
    }
}

impl Rollback {
    /// Asks all destinations and decides.
    ///
    /// # Errors
    /// When the image or the version is none, the version is yanked or not published everywhere, or an answer is not clear.
    pub async fn plan(survey: &Survey, spots: &Spots, undoing: &Undoing<'_>) -> Result<Self, RunError> {
        let Some(node) = survey.graph.find(undoing.name) else {
            return Err(refused(format!("the catalogue has no sound image {}", undoing.name)));
        };
        let name = undoing.name;
        let versions = versions(survey, node, name);
        let current = survey.placements_of(node, versions.first().copied().unwrap_or_default());
        if current.iter().all(|placement| placement.floating.is_empty()) {
            return Err(refused(format!("{name} has no floating tag at any destination, so there is nothing to roll back")));
        }
        let mut held = held(spots, &current).await?;
        held.extend(undoing.was.iter().cloned());
        let (from, chosen) = choose(survey, spots, node, &versions, &held, undoing).await?;
        let digest = chosen.whole().cloned().ok_or_else(|| refused(not_everywhere(survey, name, &chosen)))?;
        let mut tags = Vec::new();
        let places: Vec<(&Placement, &Location)> =
            chosen.placements.iter().flat_map(|one| one.floating.iter().map(move |tag| (one, tag))).collect();
        for (placement, location) in places {
            let destination = &survey.destinations.list()[placement.destination];
            let spot = spots.at(location)?;
            let from = spot.head().await?;
            let dropped = match from.as_ref().filter(|from| **from != digest && !undoing.drops_platforms) {
                Some(from) => dropped_platforms(&spot, from, &digest).await?,
                None => Vec::new(),
            };
            let outcome = match &from {
                Some(from) if *from == digest => TagOutcome::There,
                _ if !dropped.is_empty() => TagOutcome::Refused,
                _ => TagOutcome::Open,
            };
            let (name, keep_alive) = (destination.name.clone(), destination.keep_alive);
            let version = placement.version.clone();
            tags.push(Back { destination: name, spot, version, from, keep_alive, kept: None, dropped, outcome });
        }
        let named = |one: &Placement| (survey.destinations.list()[one.destination].name.clone(), one.version.clone());
        let placements = chosen.placements.iter().map(named).collect();
        Ok(Self { name: name.to_owned(), from, to: chosen.version, digest, placements, tags })
    }
}

/// The versions of an image, newest first, in the order of its changelog.
pub(super) fn versions<'a>(survey: &'a Survey, node: usize, name: &str) -> Vec<&'a str> {
    let mut versions: Vec<&str> = Vec::new();
    for entry in survey.item(node).definition.changelog.entries.iter().filter(|entry| entry.package == name) {
        if !versions.contains(&entry.version.as_str()) {
            versions.push(entry.version.as_str());
        }
    }
    versions
}

/// What the floating tags hold, in the order of the destinations.
async fn held(spots: &Spots, placements: &[Placement]) -> Result<Vec<Digest>, RegistryError> {
    let tags = placements.iter().flat_map(|placement| &placement.floating);
    let asked = tags.map(|tag| async move { spots.at(tag)?.head().await });
    Ok(try_join_all(asked).await?.into_iter().flatten().collect())
}

/// The version that the tags hold, as far as that is known, and the one to go to. Versions are asked for newest first
/// and no further than needed.
async fn choose(
    survey: &Survey,
    spots: &Spots,
    node: usize,
    versions: &[&str],
    held: &[Digest],
    undoing: &Undoing<'_>,
) -> Result<(Option<String>, Standing), RunError> {
    if let Some(to) = undoing.to {
        check_version(survey, versions, undoing.name, to)?;
    }
    let (mut from, mut bad, mut fallback) = (None, None, None);
    let mut chosen = None;
    for version in versions.iter().copied() {
        let placements = survey.placements_of(node, version);
        let asked = placements.iter().map(|placement| async { spots.at(&placement.version)?.head().await });
        let standing = Standing { version: version.to_owned(), held: try_join_all(asked).await?, placements };
        let is_held = held.iter().any(|held| standing.holds(held));
        if undoing.to == Some(version) {
            chosen = Some(standing);
        } else if undoing.to.is_none()
            && from.is_some()
            && standing.whole() != bad.as_ref()
            && is_candidate(survey, undoing.name, &standing)
        {
            // Where some tags went back already, and others did not, it is this version that they go to.
            return Ok((from, standing));
        } else if is_held && from.is_none() {
            (from, bad) = (Some(version.to_owned()), standing.held.into_iter().flatten().find(|digest| held.contains(digest)));
        } else if undoing.to.is_none() && version != versions[0] && fallback.is_none() && is_candidate(survey, undoing.name, &standing) {
            fallback = Some(standing);
        }
        if chosen.is_some() && (from.is_some() || held.is_empty()) {
            break;
        }
    }
    // Tags that hold what this changelog does not know go to the newest version but the current one.
    let found = chosen.or(if from.is_none() { fallback } else { None });
    let none = || refused(format!("no older version of {} is published at all its destinations and not yanked", undoing.name));
    Ok((from, found.ok_or_else(none)?))
}

fn is_candidate(survey: &Survey, name: &str, standing: &Standing) -> bool {
    standing.whole().is_some() && survey.yanked.why(name, &standing.version).is_none()
}

fn check_version(survey: &Survey, versions: &[&str], name: &str, to: &str) -> Result<(), RunError> {
    if !versions.contains(&to) {
        let known = versions.iter().take(5).copied().collect::<Vec<_>>().join(", ");
        return Err(refused(format!("the changelog of {name} has no version {to}; its newest are {known}")));
    }
    match survey.yanked.why(name, to) {
        Some(why) => Err(refused(format!("{name} cannot go to {to}: {why}; `cooperage yank --undo` takes that back"))),
        None => Ok(()),
    }
}

fn not_everywhere(survey: &Survey, name: &str, standing: &Standing) -> String {
    let told = standing.placements.iter().zip(&standing.held).map(|(placement, held)| {
        let destination = &survey.destinations.list()[placement.destination].name;
        let held = held.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
        format!("\n  {} at {destination}: {held}", placement.version)
    });
    format!("{name} {} is not published everywhere with one digest, so no tag was moved:{}", standing.version, told.collect::<String>())
}

fn refused(message: String) -> RunError {
    RunError::Refused(vec![message])
}
