//! What a run's record proves good, as something to publish.

use super::plan::{PublishPlan, Shipment, Standstill};
use crate::event::ImageOutcome;
use crate::name::{Digest, Reference};
use crate::plan::PlanOptions;
use crate::publish::{Location, Passed, Placements, Subject};
use crate::run::survey::Survey;
use crate::run::work::prepare::{RunError, check_names};

/// One image of a record, as far as publishing cares.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// The definition.
    pub name: String,
    /// What the changelog said.
    pub version: String,
    /// Version and stamp.
    pub tag: String,
    /// The engine's id of what was made or tested.
    pub image_id: Option<String>,
    /// The digest of its manifest.
    pub digest: Option<String>,
    /// How it ended.
    pub outcome: Option<ImageOutcome>,
    /// The references where it stood, each with its digest.
    pub destinations: Vec<(String, Option<String>)>,
}

/// Settles what of a record is to be published: what was built, published or reused in its run. The record counts for
/// the ids and digests it names and for nothing else.
///
/// # Errors
/// When names cannot be.
pub fn plan_recorded(survey: &Survey, selected: &[bool], images: &[Recorded]) -> Result<PublishPlan, RunError> {
    check_names(survey, selected, &PlanOptions::default())?;
    let mut shipments: Vec<Shipment> = Vec::new();
    let mut strangers = Vec::new();
    for image in images {
        match survey.graph.find(&image.name) {
            Some(node) if selected[node] => shipments.push(shipment(survey, node, image)),
            Some(_) => {}
            None => strangers.push(image.name.clone()),
        }
    }
    if !strangers.is_empty() {
        let line =
            |name: String| format!("the record names {name}, which the catalogue does not have; publish from the catalogue of that run");
        return Err(RunError::Refused(strangers.into_iter().map(line).collect()));
    }
    let twice = shipments.iter().enumerate().find(|(at, one)| shipments[..*at].iter().any(|other| other.node == one.node));
    if let Some((_, shipment)) = twice {
        return Err(RunError::Refused(vec![format!("the record names {} twice, so it is not one of a run", shipment.name)]));
    }
    let rank = |node: usize| survey.graph.order.iter().position(|&other| other == node);
    shipments.sort_by_key(|shipment| rank(shipment.node));
    Ok(PublishPlan { shipments })
}

fn shipment(survey: &Survey, node: usize, image: &Recorded) -> Shipment {
    let found = &survey.graph.nodes[node];
    let mut shipment = Shipment {
        node,
        name: image.name.clone(),
        reference: found.reference.clone(),
        passed: None,
        digest: None,
        placements: Vec::new(),
        targets: Vec::new(),
        sources: Vec::new(),
        standstill: None,
        // A stamp is for one night; floating tags follow versions.
        follows: image.tag == image.version && image.version == found.version.as_str(),
    };
    shipment.standstill = match ship(&mut shipment, survey, image) {
        Ok(()) => standstill(survey, node, image).or_else(|| nowhere(&shipment)),
        Err(standstill) => standstill,
    };
    if shipment.standstill.is_some() {
        shipment.targets.clear();
        shipment.follows = false;
    }
    shipment
}

fn nowhere(shipment: &Shipment) -> Option<Standstill> {
    if shipment.placements.is_empty() { Standstill::fine("no_destination", "no destination takes it") } else { None }
}

fn standstill(survey: &Survey, node: usize, image: &Recorded) -> Option<Standstill> {
    let same_version = survey.graph.nodes[node].version.as_str() == image.version;
    if same_version && survey.graph.nodes[node].unreleased {
        return Standstill::fine("unreleased", "UNRELEASED, so it will not be published");
    }
    if let Some(why) = survey.yanked.why(&image.name, &image.version) {
        return Standstill::fine("yanked", format!("{why}; it is passed over"));
    }
    match image.outcome {
        Some(ImageOutcome::Built | ImageOutcome::Published | ImageOutcome::Reused) => None,
        Some(ImageOutcome::Skipped) => Standstill::fine("skipped", "nothing was done with it in that run"),
        Some(other) => Standstill::failure("not_good", format!("the record says that it {}", ended(other))),
        None => Standstill::failure("not_good", "the record does not say how it ended"),
    }
}

fn ended(outcome: ImageOutcome) -> &'static str {
    match outcome {
        ImageOutcome::Failed => "failed",
        ImageOutcome::Blocked => "was blocked",
        _ => "was cancelled",
    }
}

/// Fills in where it goes and what proves it.
fn ship(shipment: &mut Shipment, survey: &Survey, image: &Recorded) -> Result<(), Option<Standstill>> {
    let wrong = |text: String| Standstill::failure("bad_record", format!("the record is not one of a run: {text}"));
    let is_tag = image.tag == image.version || image.tag.strip_prefix(&image.version).is_some_and(|rest| rest.starts_with('-'));
    if !is_tag {
        return Err(wrong(format!("the tag {} does not hold the version {}", image.tag, image.version)));
    }
    let bare = |tag: &str| crate::name::Tag::parse(tag).map_err(|error| wrong(error.to_string()));
    let plain = shipment.reference.with_tag(bare(&image.version)?);
    shipment.reference = plain.with_tag(bare(&image.tag)?);
    let node = &survey.graph.nodes[shipment.node];
    let subject = Subject { name: &image.name, path: &node.path, reference: &plain, version: &image.version, tag: &image.tag, entry: None };
    let placements = Placements::of(&survey.destinations, [subject]);
    if let Some(problem) = placements.problems().first() {
        return Err(Standstill::failure(problem.code, problem.message.clone()));
    }
    shipment.placements = placements.find(&image.name).to_vec();
    shipment.targets = (0..shipment.placements.len()).collect();
    let digest = |text: &Option<String>| match text {
        Some(text) => Digest::parse(text).map(Some).ok_or_else(|| wrong(format!("\"{}\" is no digest", text.escape_debug()))),
        None => Ok(None),
    };
    let (id, manifest) = (digest(&image.image_id)?, digest(&image.digest)?);
    let is_same = |named: &Option<String>| named.is_some() && *named == image.digest;
    let standing = image.destinations.iter().filter(|(_, named)| is_same(named));
    shipment.sources = standing.filter_map(|(reference, _)| Location::parse(reference)).filter(has_host).collect();
    shipment.digest.clone_from(&manifest);
    shipment.passed = Passed::by_record(id, manifest);
    let nothing = || Standstill::failure("not_good", "the record names neither an id nor a digest of it");
    if shipment.passed.is_some() || !matches!(image.outcome, Some(ImageOutcome::Built | ImageOutcome::Published | ImageOutcome::Reused)) {
        Ok(())
    } else {
        Err(nothing())
    }
}

/// A record from elsewhere may name what was never in a registry; Docker Hub is not asked for it.
fn has_host(location: &Location) -> bool {
    location.reference().is_none_or(|reference: &Reference| reference.host().is_some())
}
