//! What is known of an image before anything is decided.

use crate::name::Digest;

/// What the registry says of a reference.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum RegistrySide {
    /// It was not asked.
    #[default]
    NotAsked,
    /// It is certainly not there.
    Absent,
    /// It is there.
    Published(Digest),
    /// No clear answer, with what was said.
    Unknown(String),
}

/// What the engine says of a reference.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum EngineSide {
    /// It was not asked.
    #[default]
    NotAsked,
    /// It does not hold it.
    Absent,
    /// It holds it.
    Held(Held),
    /// It did not answer, with what was said.
    Unknown(String),
}

/// An image the engine holds under a definition's reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The digest of its config.
    pub id: Digest,
    /// How its `inputs` label compares with the definition.
    pub label: InputsLabel,
}

/// An image's `inputs` label beside the definition's inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputsLabel {
    /// Made from the same.
    Same,
    /// Made from something else.
    Differs,
    /// It carries none: made by another tool.
    Missing,
    /// Nobody compared them, because nothing depends on it.
    NotCompared,
}

/// What is known about one node.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Of its plain version: what all its destinations say together. `Published` where any has it; see
    /// [`Facts::lacking`].
    pub registry: RegistrySide,
    /// Of its plain reference.
    pub engine: EngineSide,
    /// The same as `registry` of its stamped version; asked only for selected nodes of a stamped run.
    pub stamped: RegistrySide,
    /// What each destination says of the plain version, in the order of its placements.
    pub standings: Vec<Standing>,
    /// What each destination says of the stamped version.
    pub stamped_standings: Vec<Standing>,
    /// Whether no destination takes it, so that it is never published.
    pub nowhere: bool,
}

/// What one destination says of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The destination's place in the list of destinations.
    pub destination: usize,
    /// Its name.
    pub name: String,
    /// The name of the version there.
    pub location: String,
    /// What it says.
    pub side: RegistrySide,
}

impl Facts {
    /// The destinations that lack the plain version while others have it.
    pub fn lacking(&self) -> Vec<&Standing> {
        lacking(&self.registry, &self.standings)
    }

    /// The same for the stamped version.
    pub fn lacking_stamped(&self) -> Vec<&Standing> {
        lacking(&self.stamped, &self.stamped_standings)
    }
}

fn lacking<'a>(all: &RegistrySide, standings: &'a [Standing]) -> Vec<&'a Standing> {
    let published = matches!(all, RegistrySide::Published(_));
    standings.iter().filter(|standing| published && standing.side == RegistrySide::Absent).collect()
}

impl RegistrySide {
    /// What several destinations say together. One that does not answer leaves it open, and so do two digests: a
    /// version stands for one image.
    pub fn together(standings: &[Standing]) -> Self {
        if let Some(unknown) = standings.iter().find(|standing| matches!(standing.side, Self::Unknown(_))) {
            return unknown.side.clone();
        }
        let mut found: Option<(&Standing, &Digest)> = None;
        for standing in standings {
            match (&standing.side, found) {
                (Self::Published(digest), None) => found = Some((standing, digest)),
                (Self::Published(digest), Some((first, known))) if digest != known => {
                    return Self::Unknown(two_digests(first, known, standing, digest));
                }
                _ => {}
            }
        }
        match found {
            Some((_, digest)) => Self::Published(digest.clone()),
            None if standings.iter().any(|standing| standing.side == Self::Absent) => Self::Absent,
            None => Self::NotAsked,
        }
    }
}

fn two_digests(one: &Standing, first: &Digest, other: &Standing, second: &Digest) -> String {
    format!(
        "one version is two images: {} at {} is {first}, {} at {} is {second}; give the definition a new changelog entry, or remove the wrong one",
        one.location, one.name, other.location, other.name
    )
}
