//! What is to be brought where, from what the destinations hold.

use super::floating::Follower;
use crate::config::OnExisting;
use crate::name::{Digest, Reference};
use crate::plan::{Facts, PlanOptions, RegistrySide, Unclear};
use crate::publish::{Location, Passed, Placement};
use crate::run::session::Session;
use crate::run::survey::Survey;
use crate::run::work::prepare::{RunError, ask, check_names};

/// All that one call of `publish` is to do.
#[derive(Debug, Default)]
pub struct PublishPlan {
    /// Parents before children.
    pub shipments: Vec<Shipment>,
}

/// One image and where it is to go.
#[derive(Debug)]
pub struct Shipment {
    /// The node of the graph.
    pub node: usize,
    /// The definition.
    pub name: String,
    /// Its name in the engine, with the stamp if it has one.
    pub reference: Reference,
    /// The proof that it may be published; `None` where there is nothing to publish.
    pub passed: Option<Passed>,
    /// Its digest, where a destination holds it.
    pub digest: Option<Digest>,
    /// Where it goes.
    pub placements: Vec<Placement>,
    /// Which of them are still to be brought something, or to be looked through.
    pub targets: Vec<usize>,
    /// Where else it may be.
    pub sources: Vec<Location>,
    /// Why nothing can or need be done.
    pub standstill: Option<Standstill>,
    /// Whether floating tags follow it.
    pub follows: bool,
}

/// Why nothing is done with an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standstill {
    /// A word for programs.
    pub code: &'static str,
    /// A sentence.
    pub text: String,
    /// Whether the call fails because of it.
    pub is_failure: bool,
}

impl Standstill {
    pub(super) fn failure(code: &'static str, text: impl Into<String>) -> Option<Self> {
        Some(Self { code, text: text.into(), is_failure: true })
    }

    pub(super) fn fine(code: &'static str, text: impl Into<String>) -> Option<Self> {
        Some(Self { code, text: text.into(), is_failure: false })
    }
}

/// Asks all destinations of the selected images and settles what is to be copied.
///
/// # Errors
/// When names cannot be, or an answer is not clear.
pub async fn plan_publish(session: &Session, survey: &Survey, selected: &[bool]) -> Result<PublishPlan, RunError> {
    let options = PlanOptions::default();
    check_names(survey, selected, &options)?;
    let presence = ask(session, survey, selected, selected, &options).await;
    let mut plan = PublishPlan::default();
    let mut unclear = Vec::new();
    for &node in survey.graph.order.iter().filter(|&&node| selected[node]) {
        let facts = &presence.facts[node];
        if let RegistrySide::Unknown(why) = &facts.registry {
            unclear.push((survey.graph.nodes[node].reference.to_string(), why.clone()));
        }
        plan.shipments.push(shipment(survey, node, facts));
    }
    if unclear.is_empty() { Ok(plan) } else { Err(Unclear(unclear).into()) }
}

fn shipment(survey: &Survey, node: usize, facts: &Facts) -> Shipment {
    let found = &survey.graph.nodes[node];
    let placements = survey.placements.find(&found.name).to_vec();
    let mut shipment = Shipment {
        node,
        name: found.name.clone(),
        reference: found.reference.clone(),
        passed: None,
        digest: None,
        targets: Vec::new(),
        sources: Vec::new(),
        standstill: None,
        follows: false,
        placements,
    };
    match &facts.registry {
        _ if found.unreleased => shipment.standstill = Standstill::fine("unreleased", "UNRELEASED, so it will not be published"),
        _ if found.yanked.is_some() => {
            let why = found.yanked.clone().unwrap_or_default();
            shipment.standstill = Standstill::fine("yanked", format!("{why}; it is passed over"));
        }
        _ if shipment.placements.is_empty() => shipment.standstill = Standstill::fine("no_destination", "no destination takes it"),
        RegistrySide::Published(digest) => ship(&mut shipment, survey, facts, digest),
        _ => {
            let text = "published nowhere; `cooperage build` makes it, or name the record of a run with --from-record";
            shipment.standstill = Standstill::failure("not_published", text);
        }
    }
    shipment
}

fn ship(shipment: &mut Shipment, survey: &Survey, facts: &Facts, digest: &Digest) {
    let stands = |at: usize| facts.standings.get(at).is_some_and(|standing| matches!(standing.side, RegistrySide::Published(_)));
    let is_verified = |placement: &Placement| survey.destinations.list()[placement.destination].on_existing == OnExisting::Verify;
    let (standing, lacking): (Vec<usize>, Vec<usize>) = (0..shipment.placements.len()).partition(|at| stands(*at));
    shipment.sources = standing.iter().map(|at| shipment.placements[*at].version.clone()).collect();
    shipment.targets = lacking;
    shipment.targets.extend(standing.into_iter().filter(|at| is_verified(&shipment.placements[*at])));
    shipment.targets.sort_unstable();
    shipment.passed = Some(Passed::by_publication(digest));
    shipment.digest = Some(digest.clone());
    shipment.follows = true;
    if shipment.targets.is_empty() {
        shipment.standstill = Standstill::fine("already_published", "all its destinations have it");
    }
}

impl Shipment {
    /// What floating tags follow, once the version has this digest at all placements.
    pub fn follower(&self, survey: &Survey, digest: &Digest, level: usize) -> Follower {
        let node = &survey.graph.nodes[self.node];
        let entries = survey.item(self.node).definition.changelog.entries.iter().skip(1);
        Follower {
            always: survey.item(self.node).making.is_some(),
            name: self.name.clone(),
            path: node.path.clone(),
            reference: node.reference.clone(),
            version: node.version.to_string(),
            digest: digest.clone(),
            older: entries.map(|entry| entry.version.to_string()).collect(),
            placements: self.placements.clone(),
            level,
        }
    }
}
