//! The way back: which image a reference belongs to. Names are never taken apart; every image's names are made and
//! compared, so that `a_b` + `c` and `a` + `b_c` are both found.

use super::destination::Destinations;
use super::location::Location;
use super::placement::{Placement, Placements, Subject, place};
use crate::config::LAYOUT_PREFIX;
use crate::name::{Reference, Tag};
use std::path::PathBuf;

/// A definition with all versions of its changelog.
#[derive(Clone, Debug)]
pub struct History<'a> {
    /// The definition and its current version.
    pub subject: Subject<'a>,
    /// Its earlier versions, newest first.
    pub older: Vec<&'a str>,
}

/// An image that a reference belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The definition.
    pub name: String,
    /// The version, without a stamp.
    pub version: String,
    /// The destination's place in [`Destinations::list`].
    pub destination: usize,
}

/// A reference that can be looked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    plain: Location,
    /// The tag that this one keeps an old digest of.
    kept: Option<Location>,
}

impl Wanted {
    /// Reads what somebody wrote: a reference or `oci:FOLDER:TAG`; without a tag `latest` is meant.
    ///
    /// # Errors
    /// When it is neither, or names only a digest.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plain = location(text)?.canonical();
        let kept = kept_tag(plain.tag()).and_then(|tag| Tag::parse(tag).ok()).map(|tag| plain.with_tag(tag));
        Ok(Self { plain, kept })
    }

    fn is(&self, placement: &Placement, destinations: &Destinations) -> bool {
        let kept = self.kept.as_ref().filter(|_| destinations.list()[placement.destination].keep_alive);
        let names = placement.locations().any(|location| {
            let name = location.canonical();
            name == self.plain || kept == Some(&name)
        });
        names || self.is_pull_form(placement, kept)
    }

    fn is_pull_form(&self, placement: &Placement, kept: Option<&Location>) -> bool {
        let mut forms = placement.locations().filter_map(|location| placement.pull_form(location));
        forms.any(|form| {
            let form = Location::Registry(form.canonical());
            form == self.plain || kept == Some(&form)
        })
    }

    /// The tags to look for versions in.
    fn tags(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.plain.tag()).chain(self.kept.as_ref().map(Location::tag))
    }
}

fn location(text: &str) -> Result<Location, String> {
    if let Some(rest) = text.strip_prefix(LAYOUT_PREFIX) {
        let (folder, tag) = rest.rsplit_once(':').ok_or_else(|| format!("\"{text}\" is not oci:FOLDER:TAG"))?;
        let tag = Tag::parse(tag).map_err(|error| error.to_string())?;
        return Ok(Location::Layout { folder: PathBuf::from(folder), tag });
    }
    let reference = Reference::parse(text).map_err(|error| error.to_string())?;
    match (reference.tag(), reference.digest()) {
        (None, Some(_)) => Err(format!("\"{text}\" names a digest alone, which says nothing without asking a registry; give a tag")),
        (None, None) => Ok(Location::Registry(reference.with_tag(Tag::latest()))),
        (Some(tag), _) => Ok(Location::Registry(reference.with_tag(tag.clone()))),
    }
}

/// What stands behind `YYYYMMDDhhmmss_prune_`.
fn kept_tag(tag: &str) -> Option<&str> {
    let (stamp, rest) = tag.split_once("_prune_")?;
    (stamp.len() == 14 && stamp.bytes().all(|b| b.is_ascii_digit())).then_some(rest)
}

/// Finds the images that a reference belongs to, now or in an earlier version: sorted by name, then newest first.
pub fn whose(destinations: &Destinations, now: &Placements, histories: &[History<'_>], wanted: &Wanted) -> Vec<Match> {
    let mut found = Vec::new();
    for history in histories {
        let current = history.subject;
        add(&mut found, destinations, &current, now.find(current.name), wanted);
        for version in std::iter::once(current.version).chain(history.older.iter().copied()) {
            for tag in wanted.tags().flat_map(|tag| tags_of(version, tag)).filter(|tag| *tag != current.version) {
                look(&mut found, destinations, &Subject { version, tag, ..current }, wanted);
            }
        }
    }
    if found.is_empty() {
        // A floating tag of an earlier version, such as 3 of 3.1, holds no version to look for.
        for history in histories {
            for version in &history.older {
                look(&mut found, destinations, &Subject { version, tag: version, ..history.subject }, wanted);
            }
        }
    }
    found
}

fn look(found: &mut Vec<Match>, destinations: &Destinations, subject: &Subject<'_>, wanted: &Wanted) {
    // Names that were never right belong to nobody.
    let placements = place(destinations, subject, &mut Vec::new());
    add(found, destinations, subject, &placements, wanted);
}

fn add(found: &mut Vec<Match>, destinations: &Destinations, subject: &Subject<'_>, placements: &[Placement], wanted: &Wanted) {
    for placement in placements.iter().filter(|placement| wanted.is(placement, destinations)) {
        let one = Match { name: subject.name.to_owned(), version: subject.version.to_owned(), destination: placement.destination };
        if !found.contains(&one) {
            found.push(one);
        }
    }
}

/// The parts of a tag that are a version, plain or with the stamp that follows it.
fn tags_of<'t>(version: &str, tag: &'t str) -> Vec<&'t str> {
    let mut found = Vec::new();
    for (at, _) in tag.match_indices(version) {
        let end = at + version.len();
        found.extend([0, 9, 16].into_iter().filter(|&length| is_stamp(&tag[end..], length)).map(|length| &tag[at..end + length]));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether a text begins with a stamp (`-YYYYMMDD`, `-YYYYMMDD-hhmmss`) of this length.
fn is_stamp(text: &str, length: usize) -> bool {
    let Some(stamp) = text.as_bytes().get(..length) else { return false };
    stamp.iter().enumerate().all(|(at, byte)| if at == 0 || at == 9 { *byte == b'-' } else { byte.is_ascii_digit() })
}
