//! Whose a tag is. Names are never taken apart: the names of all versions are made, and looked up.

use crate::name::Reference;
use crate::publish::destination::Destinations;
use crate::publish::location::Location;
use crate::publish::placement::{Subject, place};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What keeps an old digest alive is called `<YYYYMMDDhhmmss>_prune_<tag>`.
const KEPT_MARK: &str = "_prune_";

/// How a name stands in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// An earlier version, a nightly, or what keeps an old digest alive.
    Old,
    /// A release name that the configuration gives.
    Released,
    /// A tag that follows versions.
    Floating,
    /// A version that the catalogue, or a revision that counts, names now.
    Named,
}

/// Whose a tag is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The definition.
    pub name: String,
    /// The version.
    pub version: String,
    /// How it stands.
    pub standing: Standing,
}

/// A repository or layout that images of the catalogue go to, with the names they have there.
#[derive(Clone, Debug)]
pub struct Home {
    /// As people write it: `registry.example.org/team/app`, `oci:FOLDER`.
    pub name: String,
    /// One name in it.
    pub sample: Location,
    tags: HashMap<String, Claim>,
}

/// All names that images of a catalogue have, or had.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    homes: BTreeMap<String, Home>,
    engine_names: HashSet<String>,
}

impl Owners {
    /// Takes up an image whose version counts now: it and what floats above it stay.
    pub fn add_current(&mut self, destinations: &Destinations, subject: &Subject<'_>) {
        self.add(destinations, subject, Standing::Named, Standing::Floating);
    }

    /// Takes up an earlier version. `lives`: the definition is still there, so that its floating tags stay.
    pub fn add_old(&mut self, destinations: &Destinations, subject: &Subject<'_>, lives: bool) {
        self.add(destinations, subject, Standing::Old, if lives { Standing::Floating } else { Standing::Old });
    }

    fn add(&mut self, destinations: &Destinations, subject: &Subject<'_>, version: Standing, floating: Standing) {
        self.engine_names.insert(subject.reference.name());
        // Names that cannot be made are defects elsewhere, and nobody has them.
        for placement in place(destinations, subject, &mut Vec::new()) {
            self.claim_for(&placement.version, subject, version);
            for location in &placement.floating {
                self.claim_for(location, subject, floating);
            }
        }
    }

    fn claim_for(&mut self, location: &Location, subject: &Subject<'_>, standing: Standing) {
        let name = home_of(location);
        let home = self.homes.entry(name.clone());
        let home = home.or_insert_with(|| Home { name, sample: location.clone(), tags: HashMap::new() });
        let claim = Claim { name: subject.name.to_owned(), version: subject.version.to_owned(), standing };
        home.take(location.tag(), claim);
    }

    /// Takes up a release name, where it stands in a repository of the catalogue; others are not looked at.
    pub fn add_release(&mut self, reference: &Reference, name: &str, version: &str) {
        let location = Location::Registry(reference.clone());
        let Some(home) = self.homes.get_mut(&home_of(&location)) else { return };
        let claim = Claim { name: name.to_owned(), version: version.to_owned(), standing: Standing::Released };
        home.take(location.tag(), claim);
    }

    /// All repositories, by name.
    pub fn homes(&self) -> impl Iterator<Item = &Home> {
        self.homes.values()
    }

    /// Whether images of the catalogue carry this in their label `io.cooperage.repository`.
    pub fn knows(&self, engine_name: &str) -> bool {
        self.engine_names.contains(engine_name)
    }
}

impl Home {
    /// Of two claims to one tag the stronger counts.
    fn take(&mut self, tag: &str, claim: Claim) {
        let held = self.tags.entry(tag.to_owned()).or_insert_with(|| claim.clone());
        if held.standing < claim.standing {
            *held = claim;
        }
    }

    /// Whose a tag is: by its name as it is, with a stamp, or as what keeps an old digest alive.
    pub fn claim(&self, tag: &str) -> Option<Claim> {
        if let Some(claim) = self.tags.get(tag) {
            return Some(claim.clone());
        }
        let former = |claim: Claim| Claim { standing: Standing::Old, ..claim };
        if let Some((time, rest)) = tag.split_once(KEPT_MARK)
            && time.len() == 14
            && time.bytes().all(|b| b.is_ascii_digit())
        {
            return self.claim(rest).map(former);
        }
        self.stamped(tag).cloned().map(former)
    }

    /// The tags of versions and floating tags that the catalogue names now.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().filter(|(_, claim)| claim.standing > Standing::Old).map(|(tag, _)| tag.as_str())
    }

    /// A stamp (`-YYYYMMDD`, `-YYYYMMDD-hhmmss`) right behind a version.
    fn stamped(&self, tag: &str) -> Option<&Claim> {
        tag.match_indices('-').find_map(|(at, _)| {
            [16, 9].into_iter().find_map(|length| {
                let stamp = tag.get(at..at + length)?;
                let plain = format!("{}{}", &tag[..at], &tag[at + length..]);
                self.tags.get(&plain).filter(|claim| is_stamp(stamp) && tag[..at].ends_with(&claim.version))
            })
        })
    }
}

fn is_stamp(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| if at == 0 || at == 9 { byte == b'-' } else { byte.is_ascii_digit() })
}

/// The repository of a name, as it is compared and shown.
pub(super) fn home_of(location: &Location) -> String {
    let whole = match location {
        Location::Registry(reference) => return reference.canonical().name(),
        layout @ Location::Layout { .. } => layout.whole(),
    };
    whole.rsplit_once(':').map_or(whole.clone(), |(home, _)| home.to_owned())
}
