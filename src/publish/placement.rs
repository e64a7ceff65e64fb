//! Where every image of a catalogue goes: pure, rendered from the templates of the destinations.

use super::destination::{Destination, Destinations, Mapping};
use super::location::Location;
use super::problems::{self, PlacementProblem};
use crate::config::LAYOUT_PREFIX;
use crate::name::{Reference, Tag};
use crate::plan::OtherNames;
use crate::template::{Phrase, PhraseValues};
use std::collections::HashMap;
use std::path::PathBuf;

/// An image that is to be placed.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The definition's name.
    pub name: &'a str,
    /// Its folder, relative to DIRECTORY.
    pub path: &'a str,
    /// Its name in the engine, without a stamp; what patterns are matched against.
    pub reference: &'a Reference,
    /// Its version.
    pub version: &'a str,
    /// Version and stamp.
    pub tag: &'a str,
    /// What else it is called, where an entry of the container index is its source.
    pub entry: Option<OfEntry<'a>>,
}

/// How the image of an index entry is called.
#[derive(Clone, Copy, Debug)]
pub struct OfEntry<'a> {
    /// Its namespace: `app-id`.
    pub namespace: &'a str,
    /// Its name in there: `job-id`.
    pub name: &'a str,
    /// Namespace and name as the original publishes them; `library` is left out.
    pub image: &'a str,
    /// The tag that follows its versions: `desired-tag`.
    pub floats: &'a str,
}

/// Where one image goes at one destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The destination: a place in [`Destinations::list`].
    pub destination: usize,
    /// The name that never changes once it is published.
    pub version: Location,
    /// The names that follow it, in the order of the configuration.
    pub floating: Vec<Location>,
    /// The repository consumers pull from, without a tag, where that is another one. Nothing is ever pushed there.
    pub pull_as: Option<Reference>,
}

impl Placement {
    /// All names, the version's first.
    pub fn locations(&self) -> impl Iterator<Item = &Location> {
        std::iter::once(&self.version).chain(&self.floating)
    }

    /// What consumers write for one of the names, where that is something else than the name itself.
    pub fn pull_form(&self, location: &Location) -> Option<Reference> {
        let tag = Tag::parse(location.tag()).ok()?;
        self.pull_as.as_ref().map(|repository| repository.with_tag(tag))
    }

    /// What to pull the version by: the pull form, else the reference; nothing from an OCI layout.
    pub fn pull_reference(&self) -> Option<Reference> {
        self.pull_form(&self.version).or_else(|| self.version.reference().cloned())
    }
}

/// Where one image goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The definition's name.
    pub name: String,
    /// Its version, without a stamp.
    pub version: String,
    /// One for each destination that takes it, in their order.
    pub placements: Vec<Placement>,
}

/// Where all images of a catalogue go.
#[derive(Clone, Debug, Default)]
pub struct Placements {
    images: Vec<Placed>,
    by_name: HashMap<String, usize>,
    problems: Vec<PlacementProblem>,
}

impl Placements {
    /// Renders and checks the names of `subjects`, which are the whole catalogue: what collides is only seen so.
    pub fn of<'a>(destinations: &Destinations, subjects: impl IntoIterator<Item = Subject<'a>>) -> Self {
        let mut found = Self::default();
        let mut paths = Vec::new();
        for subject in subjects {
            let placements = place(destinations, &subject, &mut found.problems);
            found.by_name.insert(subject.name.to_owned(), found.images.len());
            found.images.push(Placed { name: subject.name.to_owned(), version: subject.version.to_owned(), placements });
            paths.push(subject.path);
        }
        if destinations.is_listed() {
            problems::between(destinations, &found.images, &paths, &mut found.problems);
        }
        found
    }

    /// The tag of a version at one destination, whatever its floating tags would be; nothing where it can have none.
    pub fn version_at(destinations: &Destinations, destination: usize, subject: &Subject<'_>) -> Option<Location> {
        let found = destinations.list().get(destination)?;
        let Mapping::Written { to, version, .. } = &found.mapping else {
            return Some(Location::Registry(subject.reference.with_tag(Tag::parse(subject.tag).ok()?)));
        };
        let values = values(destinations, subject);
        let values = PhraseValues::of(&values);
        let home = Home::parse(&destinations.phrases.render(to, &values).ok()?).ok()?;
        Some(home.at(Tag::parse(&destinations.phrases.render(version, &values).ok()?).ok()?))
    }

    /// Where the image of a definition goes; nowhere, if no destination takes it.
    pub fn find(&self, name: &str) -> &[Placement] {
        self.by_name.get(name).map_or(&[], |&at| &self.images[at].placements)
    }

    /// All images, in the order they were given.
    pub fn images(&self) -> &[Placed] {
        &self.images
    }

    /// Every name of every image, and what it is pulled as, by its canonical reference. A name that two share is the
    /// first one's; that is a problem in itself.
    pub fn other_names(&self) -> OtherNames {
        let mut found = OtherNames::new();
        for image in &self.images {
            for placement in &image.placements {
                let names = placement.locations().flat_map(|location| [location.reference().cloned(), placement.pull_form(location)]);
                for name in names.flatten() {
                    found.entry(name.canonical()).or_insert_with(|| image.name.clone());
                }
            }
        }
        found
    }

    /// Why nothing may be published; none where all is well.
    pub fn problems(&self) -> &[PlacementProblem] {
        &self.problems
    }
}

/// Places one image at every destination that takes it.
pub(super) fn place(destinations: &Destinations, subject: &Subject<'_>, problems: &mut Vec<PlacementProblem>) -> Vec<Placement> {
    let values = values(destinations, subject);
    let values = PhraseValues::of(&values);
    let text = subject.reference.to_string();
    let mut placements = Vec::with_capacity(destinations.list().len());
    for (at, destination) in destinations.list().iter().enumerate().filter(|(_, destination)| destination.selection.matches(&text)) {
        match at_one(destinations, at, destination, subject, &values) {
            Ok(placement) => placements.push(placement),
            Err(problem) => problems.push(*problem),
        }
    }
    placements
}

/// What templates of destinations see of an image.
fn values<'a>(destinations: &'a Destinations, subject: &Subject<'a>) -> [(&'static str, &'a str); 6] {
    let (namespace, name, image) = match subject.entry {
        Some(entry) => (entry.namespace, entry.name, entry.image),
        None => (destinations.namespace.as_str(), subject.name, subject.name),
    };
    [
        ("name", name),
        ("namespace", namespace),
        ("image", image),
        ("registry", destinations.registry.as_str()),
        ("version", subject.version),
        ("tag", subject.tag),
    ]
}

fn at_one(
    destinations: &Destinations,
    at: usize,
    destination: &Destination,
    subject: &Subject<'_>,
    values: &PhraseValues<'_>,
) -> Result<Placement, Box<PlacementProblem>> {
    let Mapping::Written { to, version, floating, pull_as, takes_stamps } = &destination.mapping else {
        return implied(at, destination, subject);
    };
    let blame = |code, message| problems::of(code, destination, subject, message);
    let render = |phrase: &Phrase| {
        let failed = |error: crate::template::PhraseError| blame("template_error", format!("its name cannot be rendered: {error}"));
        destinations.phrases.render(phrase, values).map_err(failed)
    };
    let home = Home::parse(&render(to)?).map_err(|why| blame("bad_reference", why))?;
    let tag = |phrase: &Phrase| problems::check_tag(destination, subject, &render(phrase)?).map(|tag| home.at(tag));
    let placed = tag(version)?;
    if !placed.tag().contains(subject.version) {
        let message = format!("the tag {} does not hold the version {}", placed.tag(), subject.version);
        return Err(blame("no_version", message));
    }
    if subject.tag != subject.version && !takes_stamps {
        let message =
            format!("the tag {} does not hold the stamp, so {} would get the name of the plain version", placed.tag(), subject.tag);
        return Err(blame("no_stamp", message));
    }
    let mut names = Vec::with_capacity(floating.len());
    let followers = match subject.entry {
        Some(entry) => vec![tag_of_entry(destinations, destination, subject, version, entry).map(|tag| home.at(tag))],
        None => floating.iter().map(tag).collect(),
    };
    for name in followers {
        let name = name?;
        if name == placed {
            return Err(blame("same_reference", format!("a floating tag has the name of the version tag, {placed}")));
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let pull_as = pull_as.as_ref().map(|phrase| repository(&render(phrase)?).map_err(|why| blame("bad_reference", why))).transpose()?;
    Ok(Placement { destination: at, version: placed, floating: names, pull_as })
}

/// What follows the versions of an entry: the version tag with the desired tag in the place of the version.
fn tag_of_entry(
    destinations: &Destinations,
    destination: &Destination,
    subject: &Subject<'_>,
    version: &Phrase,
    entry: OfEntry<'_>,
) -> Result<Tag, Box<PlacementProblem>> {
    let floating = Subject { version: entry.floats, tag: entry.floats, ..*subject };
    let values = values(destinations, &floating);
    let rendered = destinations.phrases.render(version, &PhraseValues::of(&values));
    let failed = |error: crate::template::PhraseError| {
        problems::of("template_error", destination, subject, format!("its name cannot be rendered: {error}"))
    };
    problems::check_tag(destination, subject, &rendered.map_err(failed)?)
}

/// As docker-pkg names them.
fn implied(at: usize, destination: &Destination, subject: &Subject<'_>) -> Result<Placement, Box<PlacementProblem>> {
    let tag = Tag::parse(subject.tag).map_err(|error| problems::of("bad_reference", destination, subject, error.to_string()))?;
    let version = Location::Registry(subject.reference.with_tag(tag));
    let follower = match subject.entry {
        Some(entry) => Tag::parse(entry.floats).map_err(|error| problems::of("bad_reference", destination, subject, error.to_string()))?,
        None => Tag::latest(),
    };
    let latest = version.with_tag(follower);
    let floating = if latest == version { Vec::new() } else { vec![latest] };
    Ok(Placement { destination: at, version, floating, pull_as: None })
}

/// A repository or an OCI layout.
enum Home {
    Registry(Reference),
    Layout(PathBuf),
}

impl Home {
    fn parse(text: &str) -> Result<Self, String> {
        match text.strip_prefix(LAYOUT_PREFIX) {
            Some("") => Err(format!("\"{text}\" names no folder")),
            Some(folder) => Ok(Self::Layout(PathBuf::from(folder))),
            None => repository(text).map(Self::Registry),
        }
    }

    fn at(&self, tag: Tag) -> Location {
        match self {
            Self::Registry(repository) => Location::Registry(repository.with_tag(tag)),
            Self::Layout(folder) => Location::Layout { folder: folder.clone(), tag },
        }
    }
}

/// A repository with its host.
fn repository(text: &str) -> Result<Reference, String> {
    let found = Reference::parse(text).map_err(|error| error.to_string())?;
    if found.host().is_none() {
        return Err(format!("\"{text}\" names no registry; write its host in front"));
    }
    if found.tag().is_some() || found.digest().is_some() {
        return Err(format!("\"{text}\" names a tag; tags stand under `tags`"));
    }
    Ok(found)
}
