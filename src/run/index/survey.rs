//! Entries and a catalogue as one [`Survey`].

use super::book::{Book, Needs, parsed};
use super::gather::Source;
use super::making::Making;
use super::versions::{Version, Versions};
use crate::catalog::{Changelog, Control, Defect, Definition, Field, Relation};
use crate::config::Config;
use crate::dockerfile::Dockerfile;
use crate::finding::{Mode, Override, Overrides, Step};
use crate::index::{ImageName, Project};
use crate::name::{Reference, ReferenceError};
use crate::plan::OtherNames;
use crate::publish::{Destinations, OfEntry, Placements, Subject};
use crate::run::survey::{Item, Survey, SurveyError, check_prefix, joined};
use crate::template::Rendered;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Entries whose repositories are here, before their versions are known: those hold what images from outside are now.
#[derive(Debug)]
pub struct IndexSurvey {
    sources: Vec<Source>,
    catalogue: Option<Survey>,
    destinations: Destinations,
    needs: Vec<Needs>,
    names: OtherNames,
}

impl IndexSurvey {
    /// Finds what each entry is built on.
    ///
    /// # Errors
    /// When registry, namespace or the list of destinations are wrong.
    pub fn new(sources: Vec<Source>, catalogue: Option<Survey>, config: &Config) -> Result<Self, SurveyError> {
        check_prefix(config)?;
        let destinations = Destinations::of(config)?;
        let names = names(&sources, catalogue.as_ref(), &destinations, config);
        let book = Book::new(&sources, &names, catalogue.as_ref());
        let needs = sources.iter().map(|source| book.needs(source, &config.cooperage.build_args)).collect();
        Ok(Self { sources, catalogue, destinations, needs, names })
    }

    /// Images from outside that entries are built on, as their Dockerfiles name them.
    pub fn bases(&self) -> BTreeSet<String> {
        self.needs.iter().flat_map(|needs| &needs.bases).cloned().collect()
    }

    /// Those images of the index that Dockerfiles of these entries name, whatever `depends-on` says.
    ///
    /// # Errors
    /// When the list of destinations is wrong.
    pub fn used(sources: &[Source], index: impl Iterator<Item = ImageName>, config: &Config) -> Result<BTreeSet<ImageName>, SurveyError> {
        let destinations = Destinations::of(config)?;
        let parsed: Vec<Dockerfile> = sources.iter().filter_map(parsed).collect();
        let uses = parsed.iter().flat_map(|parsed| parsed.external_references(&config.cooperage.build_args));
        let used: BTreeSet<Reference> = uses.filter_map(|used| Some(Reference::parse(&used.text).ok()?.canonical())).collect();
        Ok(index.filter(|image| published_as(image, &destinations, config).iter().any(|name| used.contains(name))).collect())
    }

    /// Everything as one graph. `bases` are the digests of images from outside.
    pub fn finish(self, root: &Path, bases: &BTreeMap<String, String>, config: &Config) -> Survey {
        let definitions: BTreeMap<String, String> = match &self.catalogue {
            Some(survey) => survey.graph.nodes.iter().map(|node| (node.name.clone(), node.version.to_string())).collect(),
            None => BTreeMap::new(),
        };
        let versions = Versions { sources: &self.sources, needs: &self.needs, bases, definitions: &definitions, config }.all();
        let mut defects = Vec::new();
        let mut warnings = Vec::new();
        let mut items = Vec::with_capacity(self.sources.len());
        for ((source, needs), version) in self.sources.into_iter().zip(&self.needs).zip(versions) {
            warnings.extend(remarks(&source, needs, config));
            match item(source, needs, version, config) {
                Ok(item) => items.push(item),
                Err(defect) => defects.push(*defect),
            }
        }
        joined(root, config, items, self.catalogue, (self.destinations, self.names), (defects, warnings))
    }
}

/// What is odd about what an entry is built on.
fn remarks(source: &Source, needs: &Needs, config: &Config) -> Vec<Defect> {
    let name = source.image.image();
    let at = |code, message: String, line| Defect::warning(code, message).at(&source.entry.file).line(line).of(&name);
    let itself = needs.itself.map(|line| {
        at("self_reference", format!("{name} depends on itself, which is passed over"), line).help("remove it from depends-on")
    });
    let forgotten = needs.parents.iter().filter(|parent| !needs.declared.contains_key(*parent)).map(|parent| {
        at("undeclared_parent", format!("{name} is built on {parent}, which depends-on does not list"), source.entry.line)
            .help(format!("add {parent} to depends-on; it is built first all the same"))
    });
    let project = source.ready.as_ref().ok().and_then(|ready| ready.project.as_ref());
    let unheard = project.into_iter().flat_map(|project| {
        let gates = Step::ALL.into_iter().filter(|step| config.policy(*step).mode == Mode::Gate);
        gates.filter(|step| project.policies.of(*step).says_something()).map(|step| {
            let (file, step) = (&project.file, step.as_str());
            let message = format!("what {file} of {name} says of {step} does not count, because cooperage.{step} is a gate here");
            at("policy_unheard", message, source.entry.line)
        })
    });
    itself.into_iter().chain(forgotten).chain(unheard).collect()
}

fn item(source: Source, needs: &Needs, version: Version, config: &Config) -> Result<Item, Box<Defect>> {
    let Source { entry, image, ready, grant } = source;
    let (name, repository) = (image.image(), image.repository());
    let wrong = |message: String| Box::new(Defect::error("bad_reference", message).at(&entry.file).line(entry.line).of(&name));
    let reference = compose(config, &repository, &version.text).map_err(|error| wrong(error.to_string()))?;
    let changelog = changelog(&version.text, &ready).map_err(|error| wrong(error.to_string()))?;
    let relation = |(name, line): (&String, &usize)| Relation {
        name: name.clone(),
        constraint: None,
        field: Field::Depends,
        line: *line,
        alternatives: Vec::new(),
    };
    let declared: BTreeMap<&String, usize> =
        needs.parents.iter().map(|parent| (parent, needs.declared.get(parent).copied().unwrap_or(entry.line))).collect();
    let relations = declared.iter().map(|(name, line)| relation((name, line))).collect();
    let project = ready.as_ref().ok().and_then(|ready| ready.project.as_ref());
    let policy = policies(project, config);
    let control = Control { relations, policy, ..Control::default() };
    let dockerfile = ready.as_ref().ok().and_then(|ready| ready.dockerfile.clone()).unwrap_or_default();
    let parsed = crate::dockerfile::parse(&dockerfile).ok();
    let definition =
        Definition { name: name.clone(), version: changelog.first().version.clone(), path: entry.file.clone(), changelog, control };
    let Version { inputs, says, parents, .. } = version;
    let bases = needs.bases.iter().cloned().collect();
    let making = Making { entry, image, repository, ready, inputs, says, parents, bases, grant };
    let rendered = Rendered { dockerfile, sources: Vec::new() };
    Ok(Item { definition, reference, rendered, parsed, making: Some(Arc::new(making)) })
}

/// What the project says of its own findings. Where the operator has a gate, it opens for nobody: the project's word does not count.
fn policies(project: Option<&Project>, config: &Config) -> Overrides {
    let mut policies = project.map(|project| project.policies.clone()).unwrap_or_default();
    for step in Step::ALL.into_iter().filter(|step| config.policy(*step).mode == Mode::Gate) {
        *policies.of_mut(step) = Override::default();
    }
    policies
}

/// A changelog of one entry: the commit that is built.
fn changelog(version: &str, ready: &Result<super::making::Ready, String>) -> Result<Changelog, crate::catalog::ChangelogError> {
    let at = ready.as_ref().map_or(jiff::Timestamp::UNIX_EPOCH, |ready| ready.fetched.committed);
    let date = at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    Changelog::parse(
        format!("entry ({version}) index; urgency=medium\n\n  * The commit that the index names.\n\n -- index <index@localhost>  {date}\n")
            .as_bytes(),
    )
}

fn compose(config: &Config, repository: &str, tag: &str) -> Result<Reference, ReferenceError> {
    Reference::compose(&config.registry, &config.namespace, repository, tag)
}

/// Every name under which Dockerfiles may know the images of entries and of the catalogue, by node name.
fn names(sources: &[Source], catalogue: Option<&Survey>, destinations: &Destinations, config: &Config) -> OtherNames {
    let mut found = OtherNames::new();
    for source in sources {
        for name in published_as(&source.image, destinations, config) {
            found.entry(name).or_insert_with(|| source.image.image());
        }
    }
    if let Some(survey) = catalogue.filter(|survey| survey.destinations.is_listed()) {
        for (name, node) in survey.placements.other_names() {
            found.entry(name).or_insert(node);
        }
    }
    found
}

/// The floating names of an entry's image, canonical: in the engine, at its destinations, and without a registry, as the
/// original's users write them.
fn published_as(image: &ImageName, destinations: &Destinations, config: &Config) -> Vec<Reference> {
    let repository = image.repository();
    let mut found: Vec<Reference> = Vec::new();
    found.extend(Reference::parse(&image.image()));
    if let Ok(reference) = compose(config, &repository, &image.tag) {
        let entry = OfEntry { namespace: &image.app, name: &image.job, image: &repository, floats: &image.tag };
        let (name, version) = (image.image(), format!("{}-0", image.tag));
        let subject = Subject { name: &name, path: "", reference: &reference, version: &version, tag: &version, entry: Some(entry) };
        let placements = Placements::of(destinations, [subject]);
        for placement in placements.find(&name) {
            for location in &placement.floating {
                found.extend(location.reference().cloned());
                found.extend(placement.pull_form(location));
            }
        }
        found.push(reference);
    }
    found.iter().map(Reference::canonical).collect()
}
