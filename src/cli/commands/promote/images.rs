//! Where the images of a promotion come from: the catalogue, a file of images, the record of a run.

use crate::catalog::YankedVersions;
use crate::cli::exit::Trouble;
use crate::cli::options::promotions::PromoteOptions;
use crate::config::{Config, read_images};
use crate::event::ImageOutcome;
use crate::name::{Digest, Reference};
use crate::plan::Node;
use crate::publish::promotion::{Candidate, HeldBack};
use crate::report::{ImageRecord, RunRecord, read};
use crate::run::{Judging, RunError, Survey, survey};
use std::collections::BTreeMap;
use std::path::Path;

/// The images of a job, and what is known of it.
pub struct JobImages {
    pub candidates: Vec<Candidate>,
    /// Whether these are all there are.
    pub is_complete: bool,
    /// Whether what the change does not affect was not built.
    pub skips_unaffected: bool,
    /// The commit they were built from.
    pub commit: Option<String>,
    /// The places where images of the catalogue may stand, by name.
    pub places: BTreeMap<String, Vec<Reference>>,
}

/// The images of a call.
pub fn of(options: &PromoteOptions, config: &Config) -> Result<JobImages, Trouble> {
    if let Some(path) = &options.images {
        if !options.directory.is_dir() {
            return Err(Trouble::call(format!("{} is no folder; DIRECTORY is the catalogue", options.directory.display())));
        }
        let file = read_images(path)?;
        return Ok(JobImages {
            candidates: file.images.into_iter().map(Candidate::from).collect(),
            is_complete: false,
            skips_unaffected: file.build_if_affected != Some(false),
            commit: None,
            places: BTreeMap::new(),
        });
    }
    if let Some(path) = &options.from_record {
        let record = read(path).map_err(|error| Trouble::call(error.to_string()))?;
        return Ok(of_record(&record, &yanked(&options.directory)?));
    }
    let found = survey(&options.directory, config, Judging::Strict)?;
    if !found.defects.is_empty() {
        return Err(RunError::Defects(found.defects).into());
    }
    let candidates = found.graph.nodes.iter().map(of_node).collect();
    let places = found.graph.nodes.iter().map(|node| (node.name.clone(), places_of(&found, node))).collect();
    Ok(JobImages { candidates, is_complete: true, skips_unaffected: true, commit: None, places })
}

fn of_node(node: &Node) -> Candidate {
    let yanked = node.yanked.as_ref().map(|why| HeldBack::Yanked(why.clone()));
    Candidate {
        name: node.name.clone(),
        source: Some(node.reference.clone()),
        held_back: node.unreleased.then_some(HeldBack::Unreleased).or(yanked),
        ..Candidate::default()
    }
}

/// The version at every destination in a registry that takes it.
fn places_of(survey: &Survey, node: &Node) -> Vec<Reference> {
    let placements = survey.placements.find(&node.name).iter();
    placements.filter_map(|placement| placement.version.reference().cloned()).collect()
}

/// What the catalogue of a record calls yanked.
fn yanked(directory: &Path) -> Result<YankedVersions, Trouble> {
    YankedVersions::read(directory).map_err(|defect| RunError::Defects(vec![*defect]).into())
}

/// Only a clean revision says what was built.
fn of_record(record: &RunRecord, yanked: &YankedVersions) -> JobImages {
    let commit = record.revision.clone().filter(|_| record.dirty == Some(false));
    let candidates = record.images.iter().map(|image| of_image(image, yanked)).collect();
    JobImages { candidates, is_complete: true, skips_unaffected: true, commit, places: BTreeMap::new() }
}

fn of_image(image: &ImageRecord, yanked: &YankedVersions) -> Candidate {
    let destination = image.destinations.iter().find(|destination| destination.digest.is_some());
    let digest = destination.map_or(&image.digest, |destination| &destination.digest).as_deref().and_then(Digest::parse);
    let source = Reference::parse(destination.map_or(&image.reference, |destination| &destination.reference)).ok();
    let held_back = match image.outcome {
        None => Some("the run stopped before it".to_owned()),
        Some(outcome @ (ImageOutcome::Failed | ImageOutcome::Blocked | ImageOutcome::Cancelled)) => {
            Some(format!("the run ended it as {}", outcome.as_str()))
        }
        Some(_) if digest.is_none() || source.is_none() => {
            Some("the record tells no reference and digest at which it is published".to_owned())
        }
        Some(_) => None,
    };
    let held_back = held_back.map(HeldBack::NotPassed);
    let held_back = held_back.or_else(|| yanked.why(&image.name, &image.version).map(HeldBack::Yanked));
    Candidate { name: image.name.clone(), source, digest, held_back, ..Candidate::default() }
}
