//! What there is to scan: images that somebody names, those of a catalogue, those of a run's record.

use super::origin::{Origin, Places};
use crate::engine::EngineError;
use crate::finding::{Mode, Policy, Step};
use crate::name::Tag;
use crate::plan::{EngineSide, Facts, PlanOptions, RegistrySide, Unclear};
use crate::publish::{Location, Spot};
use crate::run::session::Session;
use crate::run::survey::Survey;
use crate::run::work::failure::{Failure, Scope};
use crate::run::work::prepare::{RunError, ask};
use futures_util::StreamExt as _;

/// So many definitions are asked for older versions at once.
const ASKED_AT_ONCE: usize = 16;
/// So many older versions are asked for.
const OLDER: usize = 10;

/// An image that is to be scanned.
pub struct ScanWish {
    /// The reference.
    pub reference: String,
    /// The reference that exceptions match: without a stamp.
    pub plain: String,
    /// The definition.
    pub name: Option<String>,
    /// What follows from findings.
    pub policy: Policy,
    /// Where it is read from.
    pub origin: Result<Origin, Failure>,
    /// The version it is compared with, and where that is read from.
    pub before: Option<(String, Origin)>,
}

impl ScanWish {
    /// An image that somebody names, which is scanned even where the configuration says `off`: that is for builds.
    pub async fn named(places: &Places, text: &str, policy: Policy) -> Self {
        let policy = Policy { mode: if policy.mode == Mode::Off { Mode::Warn } else { policy.mode }, ..policy };
        let origin = places.find(text).await;
        Self { reference: text.to_owned(), plain: text.to_owned(), name: None, policy, origin, before: None }
    }

    /// Why nobody has it, where that is what is known of it.
    pub fn nowhere(&self) -> Option<&str> {
        self.origin.as_ref().err().filter(|failure| failure.scope == Scope::Image).map(|failure| failure.message.as_str())
    }

    /// An image that a record tells of; `destinations` are where it stands, each with the digest.
    pub async fn recorded(
        places: &Places,
        name: &str,
        reference: &str,
        id: Option<&str>,
        destinations: &[(String, String)],
        policy: Policy,
    ) -> Self {
        let origin = places.recorded(reference, id, destinations).await;
        Self { reference: reference.to_owned(), plain: reference.to_owned(), name: Some(name.to_owned()), policy, origin, before: None }
    }

    /// Has it compared with an image that somebody names.
    ///
    /// # Errors
    /// When that is nowhere, or there is no clear answer.
    pub async fn compare(&mut self, places: &Places, text: &str) -> Result<(), RunError> {
        let origin = places.find(text).await.map_err(|failure| match failure.scope {
            Scope::Run => RunError::Unclear(Unclear(vec![(text.to_owned(), failure.message)])),
            _ => RunError::Refused(vec![format!("--diff: {}", failure.message)]),
        })?;
        self.before = Some((text.to_owned(), origin));
        Ok(())
    }
}

/// The current versions of the marked definitions: what is published, else the engine's copy. Definitions whose policy
/// says `off` are left out. With `compare` each has the last version before it that is published beside it.
///
/// # Errors
/// When it is not clear what is published.
pub async fn scan_wishes(
    session: &Session,
    survey: &Survey,
    marked: &[bool],
    places: &Places,
    compare: bool,
) -> Result<Vec<ScanWish>, RunError> {
    let presence = ask(session, survey, marked, marked, &PlanOptions::default()).await;
    let nodes = survey.graph.order.iter().copied().filter(|node| marked[*node]);
    let wishes = nodes.filter_map(|node| {
        let item = survey.item(node);
        let policy = session.config.policy(Step::Scan).with(item.definition.control.policy.of(Step::Scan));
        let known = presence.local.get(&item.reference.canonical()).map(|image| &image.repo_digests);
        let origin = || origin_of(survey, node, &presence.facts[node], places, known);
        let reference = item.reference.to_string();
        let (plain, name) = (reference.clone(), Some(item.definition.name.clone()));
        let is_on = policy.mode != Mode::Off;
        is_on.then(|| (node, ScanWish { reference, plain, name, policy, origin: origin(), before: None }))
    });
    let with_before = wishes.map(|(node, wish)| async move {
        let before = if compare { before(survey, node, places).await } else { None };
        ScanWish { before, ..wish }
    });
    Ok(futures_util::stream::iter(with_before).buffered(ASKED_AT_ONCE).collect().await)
}

/// Where the current version of a definition is read from. The engine's copy serves where it is what is published: it is
/// nearer.
fn origin_of(survey: &Survey, node: usize, facts: &Facts, places: &Places, known: Option<&Vec<String>>) -> Result<Origin, Failure> {
    let held = match (&facts.engine, &places.engine) {
        (EngineSide::Held(held), Some(engine)) => Some(Origin::Engine { engine: engine.clone(), id: held.id.clone() }),
        _ => None,
    };
    let published = match &facts.registry {
        RegistrySide::Published(digest) => Some(digest),
        RegistrySide::Unknown(why) if held.is_none() => return Err(unclear(why)),
        _ => None,
    };
    let same = |digest: &str| known.is_some_and(|known| known.iter().any(|one| one.ends_with(digest)));
    if let Some(held) = held.filter(|_| published.is_none_or(|digest| same(digest.as_str()))) {
        return Ok(held);
    }
    match (published, &facts.engine) {
        (Some(digest), _) => spot(survey, node, places, None)?.map(|spot| Origin::Spot { spot, digest: digest.clone() }),
        (None, EngineSide::Unknown(why)) => return Err(unclear(why)),
        (None, _) => None,
    }
    .ok_or_else(|| Failure::of("it is neither built nor published; `cooperage build` makes it"))
}

fn unclear(why: &str) -> Failure {
    Failure { message: why.to_owned(), scope: Scope::Run }
}

/// The first place of a version; of the current one where none is named.
fn spot(survey: &Survey, node: usize, places: &Places, version: Option<&str>) -> Result<Option<Spot>, Failure> {
    let Some(spots) = &places.spots else { return Ok(None) };
    let locations: Vec<Location> = match version {
        None => survey.placements.find(&survey.graph.nodes[node].name).iter().map(|placement| placement.version.clone()).collect(),
        Some(version) => survey.placements_of(node, version).into_iter().map(|placement| placement.version).collect(),
    };
    Ok(locations.first().map(|location| spots.at(location)).transpose()?)
}

/// The last version before the current one that is published. A registry that gives no answer here leaves the comparison
/// out: nothing depends on it.
async fn before(survey: &Survey, node: usize, places: &Places) -> Option<(String, Origin)> {
    let older = survey.item(node).definition.changelog.entries.iter().skip(1).take(OLDER).map(|entry| entry.version.to_string());
    for version in older.filter(|version| Tag::parse(version).is_ok()) {
        let spot = spot(survey, node, places, Some(&version)).ok()??;
        if let Some(origin) = places.published(spot.clone()).await.ok()? {
            return Some((spot.to_string(), origin));
        }
    }
    None
}

/// The engine of a session, where it answers.
///
/// # Errors
/// When somebody named an engine that does not answer.
pub fn places(session: &Session, spots: Option<std::sync::Arc<crate::publish::Spots>>) -> Result<Places, EngineError> {
    let was_named = session.config.cooperage.engine.is_some() || session.env.contains_key("DOCKER_HOST");
    let (engine, lost) = match &session.sides.engine {
        Some(Ok(engine)) => (Some(engine.clone()), None),
        Some(Err(error)) if was_named => return Err(error.clone()),
        Some(Err(error)) => (None, Some(error.clone())),
        None => (None, None),
    };
    Ok(Places { engine, lost, spots })
}
