//! What must be right with the names of images before anything is built.

use super::destination::{Destination, Destinations};
use super::location::Location;
use super::placement::{Placed, Placement, Subject};
use crate::catalog::Defect;
use crate::name::{Reference, Tag};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Parts that belong to names of our own making (docs/destinations.md): what is kept alive, and what is on its way.
pub const RESERVED: [&str; 4] = ["_prune_", "_incoming", "__pre", "__post1"];

/// The longest tag; source: the OCI distribution specification, "Pulling manifests".
const LONGEST: usize = 128;

/// The characters of `YYYYMMDDhhmmss_prune_`.
const PREFIX: usize = 21;

/// Something that forbids to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacementProblem {
    /// A stable word: `bad_reference`, `tag_too_long`, `reserved_part`, `same_reference`, `pull_address`,
    /// `no_version`, `no_stamp`, `template_error`.
    pub code: &'static str,
    /// The changelog of the first definition it concerns, relative to DIRECTORY.
    pub path: String,
    /// The first destination it concerns.
    pub destination: String,
    /// The definitions it concerns, sorted.
    pub names: Vec<String>,
    /// The references it concerns.
    pub references: Vec<String>,
    /// What is wrong, with the names.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl PlacementProblem {
    /// As a defect of the catalogue.
    pub fn to_defect(&self) -> Defect {
        let mut defect = Defect::error(self.code, self.message.clone()).at(self.path.clone());
        defect.name = self.names.first().cloned();
        defect.help.clone_from(&self.help);
        defect
    }
}

/// A problem of one image at one destination.
pub(super) fn of(code: &'static str, destination: &Destination, subject: &Subject<'_>, message: impl AsRef<str>) -> Box<PlacementProblem> {
    Box::new(PlacementProblem {
        code,
        path: changelog(subject.path),
        destination: destination.name.clone(),
        names: vec![subject.name.to_owned()],
        references: Vec::new(),
        message: format!("{} at destination {}: {}", subject.name, destination.name, message.as_ref()),
        help: None,
    })
}

fn changelog(path: &str) -> String {
    if path == "." { "changelog".to_owned() } else { format!("{path}/changelog") }
}

/// A rendered tag, if it may be one.
pub(super) fn check_tag(destination: &Destination, subject: &Subject<'_>, text: &str) -> Result<Tag, Box<PlacementProblem>> {
    let problem = |code, message: String, help: Option<&str>| {
        let mut found = of(code, destination, subject, message);
        found.references.push(text.to_owned());
        found.help = help.map(str::to_owned);
        found
    };
    let longest = if destination.keep_alive { LONGEST - PREFIX } else { LONGEST };
    let length = text.chars().count();
    if length > longest {
        let room = if destination.keep_alive { ", because keep_alive puts 21 characters in front" } else { "" };
        let message = format!("the tag {text} has {length} characters, {longest} are allowed{room}");
        return Err(problem("tag_too_long", message, Some("shorten the name or the version")));
    }
    if let Some(part) = RESERVED.iter().find(|part| text.contains(**part)) {
        let message = format!("the tag {text} holds {part}, which is reserved for names that publishing itself makes");
        return Err(problem("reserved_part", message, Some("choose another name, version or template")));
    }
    Tag::parse(text).map_err(|error| problem("bad_reference", error.to_string(), None))
}

/// What can only be seen of all images and destinations together.
pub(super) fn between(destinations: &Destinations, images: &[Placed], paths: &[&str], problems: &mut Vec<PlacementProblem>) {
    pushes_to_addresses(destinations, images, paths, problems);
    let mut owners: HashMap<Location, Owner> = HashMap::new();
    let mut several: BTreeMap<Location, Vec<Owner>> = BTreeMap::new();
    for (at, placement) in placements(images) {
        let here = (at, placement.destination);
        for location in placement.locations() {
            let location = location.canonical();
            if let Some(&first) = owners.get(&location) {
                several.entry(location).or_insert_with(|| vec![first]).push(here);
            } else {
                owners.insert(location, here);
            }
        }
    }
    problems.extend(several.iter().map(|(location, owners)| shared(destinations, images, paths, location, owners)));
}

/// An image and a destination, by their places.
type Owner = (usize, usize);

/// Repositories that are the `pull_as` of a destination and would be pushed to, each told once.
fn pushes_to_addresses(destinations: &Destinations, images: &[Placed], paths: &[&str], problems: &mut Vec<PlacementProblem>) {
    let mut addresses: HashSet<Reference> =
        placements(images).filter_map(|(_, placement)| placement.pull_as.as_ref().map(Reference::canonical)).collect();
    if addresses.is_empty() {
        return;
    }
    for (at, placement) in placements(images) {
        let is_address = placement.version.reference().is_some_and(|reference| addresses.remove(&reference.canonical().bare()));
        if is_address {
            let name = &destinations.list()[placement.destination].name;
            problems.push(pull_address(name, &images[at].name, paths[at], &placement.version));
        }
    }
}

fn placements(images: &[Placed]) -> impl Iterator<Item = (usize, &Placement)> {
    images.iter().enumerate().flat_map(|(at, image)| image.placements.iter().map(move |placement| (at, placement)))
}

fn pull_address(destination: &str, image: &str, path: &str, location: &Location) -> PlacementProblem {
    PlacementProblem {
        code: "pull_address",
        path: changelog(path),
        destination: destination.to_owned(),
        names: vec![image.to_owned()],
        references: vec![location.to_string()],
        message: format!("destination {destination} would push {location}, whose repository is the pull_as of a destination"),
        help: Some("pull_as is where consumers pull from; images are never pushed there".to_owned()),
    }
}

/// As many owners are named; the rest is counted.
const NAMED: usize = 4;

/// Several images, or destinations, on one reference.
fn shared(destinations: &Destinations, images: &[Placed], paths: &[&str], location: &Location, owners: &[Owner]) -> PlacementProblem {
    let told = |&(image, destination): &Owner| format!("{} at destination {}", images[image].name, destinations.list()[destination].name);
    let mut all: Vec<String> = owners.iter().take(NAMED).map(told).collect();
    if owners.len() > NAMED {
        all.push(format!("{} more", owners.len() - NAMED));
    }
    let names: BTreeSet<&str> = owners.iter().map(|(image, _)| images[*image].name.as_str()).collect();
    let help = if names.len() == 1 {
        "give the destinations different repositories or tags"
    } else {
        "let the templates tell the images apart: put {{ name }} in, or another separator, or rename one"
    };
    PlacementProblem {
        code: "same_reference",
        path: changelog(paths[owners[0].0]),
        destination: destinations.list()[owners[0].1].name.clone(),
        names: names.into_iter().map(str::to_owned).collect(),
        references: vec![location.to_string()],
        message: format!("{} would all be {location}", all.join(" and ")),
        help: Some(help.to_owned()),
    }
}
