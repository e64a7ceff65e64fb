//! The destinations of a configuration: compiled templates, and which tag carries the version.

use crate::catalog::Defect;
use crate::config::{Config, ConfigError, DestinationEntry, OnExisting, Problem};
use crate::name::{Pattern, Reference};
use crate::plan::Selection;
use crate::template::{Phrase, PhraseError, PhraseValues, Phrases};
use std::collections::HashMap;

/// What templates of destinations see.
pub(super) const VARIABLES: [&str; 6] = ["name", "namespace", "image", "registry", "version", "tag"];

/// A version that nobody has: the tag in which all of it turns up is the version tag.
const SENTINEL: &str = "Zq3.7xK.9";
/// The same under a stamp.
const STAMPED: &str = "Zq3.7xK.9-20010203";

/// What the destination of a configuration without a list is called.
const IMPLIED: &str = "registry";

/// Where images go.
#[derive(Debug)]
pub struct Destinations {
    list: Vec<Destination>,
    is_listed: bool,
    pub(super) phrases: Phrases,
    pub(super) registry: String,
    pub(super) namespace: String,
    staging: Option<Reference>,
}

/// One destination.
#[derive(Debug)]
pub struct Destination {
    /// What it is called.
    pub name: String,
    /// What happens where the version stands there with the same digest.
    pub on_existing: OnExisting,
    /// Whether the old digest of a tag that moves is kept under another tag.
    pub keep_alive: bool,
    pub(super) mapping: Mapping,
    pub(super) selection: Selection,
}

/// How images get their names at a destination.
#[derive(Debug)]
pub(super) enum Mapping {
    /// As docker-pkg does: the image's own reference, and `latest`.
    Implied,
    /// By templates.
    Written {
        to: Phrase,
        version: Phrase,
        floating: Vec<Phrase>,
        pull_as: Option<Phrase>,
        /// Whether the version tag of a stamped image differs from that of the plain one.
        takes_stamps: bool,
    },
}

impl Destinations {
    /// The destinations of a configuration: its list or, without one, its registry; none where there is neither.
    ///
    /// # Errors
    /// Everything that is wrong with the list, each with its place: templates that do not parse, names given
    /// twice, not exactly one tag with the version, patterns that cannot be read.
    pub fn of(config: &Config) -> Result<Self, ConfigError> {
        let mut phrases = Phrases::default();
        let mut problems = Vec::new();
        let mut list: Vec<Destination> = Vec::new();
        let mut names: HashMap<&str, usize> = HashMap::new();
        for (at, entry) in config.destinations.iter().enumerate() {
            if names.insert(&entry.settings.name, at).is_some() {
                let message = format!("there are two destinations named {}", entry.settings.name);
                problems.push(entry.defect("name", "bad_destination", message).help("give each its own name"));
            }
            match written(entry, &mut phrases) {
                Ok(destination) => list.push(destination),
                Err(found) => problems.extend(found),
            }
        }
        let staging = staging(config, &mut problems);
        if !problems.is_empty() {
            return Err(ConfigError { problems: problems.into_iter().map(Problem::from).collect() });
        }
        let is_listed = !config.destinations.is_empty();
        if !is_listed && !config.registry.is_empty() {
            list.push(implied());
        }
        Ok(Self { list, is_listed, phrases, registry: config.registry.clone(), namespace: config.namespace.clone(), staging })
    }

    /// Whether somebody wrote a list; else there is at most the registry of docker-pkg's keys.
    pub fn is_listed(&self) -> bool {
        self.is_listed
    }

    /// All of them, in the order of the list. [`super::Placement::destination`] is a place in it.
    pub fn list(&self) -> &[Destination] {
        &self.list
    }

    /// The repository that version tags go through, if one is configured.
    pub fn staging(&self) -> Option<&Reference> {
        self.staging.as_ref()
    }
}

fn implied() -> Destination {
    Destination {
        name: IMPLIED.to_owned(),
        on_existing: OnExisting::Skip,
        keep_alive: false,
        mapping: Mapping::Implied,
        selection: Selection::default(),
    }
}

fn staging(config: &Config, problems: &mut Vec<Defect>) -> Option<Reference> {
    let text = config.cooperage.staging.as_deref().filter(|text| !text.is_empty())?;
    let wrong = match Reference::parse(text) {
        Ok(found) if found.host().is_some() && found.tag().is_none() && found.digest().is_none() => return Some(found),
        Ok(found) if found.host().is_none() => "it names no registry".to_owned(),
        Ok(_) => "it names a tag or digest".to_owned(),
        Err(error) => error.to_string(),
    };
    let message = format!("cooperage.staging must be a repository such as registry.example.org/staging, found {text}: {wrong}");
    problems.push(Defect::error("bad_destination", message));
    None
}

/// Compiles one destination.
fn written(entry: &DestinationEntry, phrases: &mut Phrases) -> Result<Destination, Vec<Defect>> {
    let settings = &entry.settings;
    let mut problems = Vec::new();
    problems.extend(no_host(entry));
    let to = compiled(entry, "to", &settings.to, phrases, &mut problems);
    let pull_as = settings.pull_as.as_ref().map(|text| compiled(entry, "pull_as", text, phrases, &mut problems));
    let tags: Vec<Phrase> = settings
        .tags
        .iter()
        .enumerate()
        .filter_map(|(at, text)| compiled(entry, &format!("tags.{at}"), text, phrases, &mut problems))
        .collect();
    let selection = Selection {
        select: patterns(entry, "select", &settings.select, &mut problems),
        exclude: patterns(entry, "exclude", &settings.exclude, &mut problems),
        ..Selection::default()
    };
    let split = if problems.is_empty() { split(entry, tags, phrases, &mut problems) } else { None };
    match (to, split) {
        (Some(to), Some(Split { version, floating, takes_stamps })) if problems.is_empty() => Ok(Destination {
            name: settings.name.clone(),
            on_existing: settings.on_existing,
            keep_alive: settings.keep_alive,
            mapping: Mapping::Written { to, version, floating, pull_as: pull_as.flatten(), takes_stamps },
            selection,
        }),
        _ => Err(problems),
    }
}

/// A `to` whose written beginning can name no registry is wrong for every image alike, and told once.
fn no_host(entry: &DestinationEntry) -> Option<Defect> {
    let (name, text) = (&entry.settings.name, &entry.settings.to);
    let literal = text.split('{').next().unwrap_or_default();
    if let Some((scheme @ ("http" | "https"), _)) = literal.split_once("://") {
        let message = format!("destination {name}: to \"{text}\" is a reference and no URL");
        return Some(entry.defect("to", "bad_destination", message).help(format!("leave out {scheme}://")));
    }
    let (first, _) = literal.split_once('/')?;
    let is_host = first == "localhost" || first.contains(|c: char| c == '.' || c == ':' || c.is_uppercase());
    let message = || format!("destination {name}: to \"{text}\" names no registry");
    (!is_host && !first.is_empty()).then(|| entry.defect("to", "bad_destination", message()).help("write its host in front"))
}

fn compiled(entry: &DestinationEntry, part: &str, text: &str, phrases: &mut Phrases, problems: &mut Vec<Defect>) -> Option<Phrase> {
    let outcome = phrases.add(text, &VARIABLES).and_then(|phrase| sampled(phrases, &phrase, SENTINEL).map(|_| phrase));
    outcome.map_err(|error| problems.push(wrong(entry, part, text, error))).ok()
}

fn wrong(entry: &DestinationEntry, part: &str, text: &str, error: PhraseError) -> Defect {
    let of = part.split('.').next().unwrap_or(part);
    let message = format!("destination {}: {of} \"{text}\" cannot be rendered: {}", entry.settings.name, error.message);
    let mut defect = entry.defect(part, "bad_destination", message);
    defect.help = error.help;
    defect
}

fn patterns(entry: &DestinationEntry, part: &str, texts: &[String], problems: &mut Vec<Defect>) -> Vec<Pattern> {
    let mut read = |(at, text): (usize, &String)| {
        let refuse = |error: crate::name::PatternError| {
            problems.push(entry.defect(
                &format!("{part}.{at}"),
                "bad_destination",
                format!("destination {}: {error}", entry.settings.name),
            ));
        };
        Pattern::parse(text).map_err(refuse).ok()
    };
    texts.iter().enumerate().filter_map(&mut read).collect()
}

/// The tags of a destination, told apart.
struct Split {
    version: Phrase,
    floating: Vec<Phrase>,
    takes_stamps: bool,
}

fn split(entry: &DestinationEntry, tags: Vec<Phrase>, phrases: &Phrases, problems: &mut Vec<Defect>) -> Option<Split> {
    let holds = |phrase: &Phrase, tag: &str, wanted: &str| sampled(phrases, phrase, tag).is_ok_and(|text| text.contains(wanted));
    let (mut versions, floating): (Vec<Phrase>, Vec<Phrase>) = tags.into_iter().partition(|phrase| holds(phrase, SENTINEL, SENTINEL));
    if versions.len() == 1
        && let Some(version) = versions.pop()
    {
        let takes_stamps = holds(&version, STAMPED, STAMPED);
        return Some(Split { version, floating, takes_stamps });
    }
    let name = &entry.settings.name;
    let (message, help) = if versions.is_empty() {
        (
            format!("destination {name}: none of its tags holds the version"),
            "add \"{{ tag }}\" to tags; the version must stand in it as it is",
        )
    } else {
        (
            format!("destination {name}: {} of its tags hold the version", versions.len()),
            "leave one; a version stands under one tag that never moves",
        )
    };
    problems.push(entry.defect("tags", "bad_destination", message).help(help));
    None
}

/// What a text renders to for an image that nobody has.
fn sampled(phrases: &Phrases, phrase: &Phrase, tag: &str) -> Result<String, PhraseError> {
    let values = [("name", "x"), ("namespace", "n"), ("image", "i"), ("registry", "r.invalid"), ("version", SENTINEL), ("tag", tag)];
    phrases.render(phrase, &PhraseValues::of(&values))
}
