//! The version of an entry's image: desired tag, commit, and a digest over everything it is made from.

use super::book::Needs;
use super::gather::Source;
use crate::config::Config;
use crate::name::Digest;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Changes when the way of computing changes.
const FORMAT: &str = "cooperage index 1";
/// How much of a commit stands in a version, in hexadecimal digits.
const COMMIT: usize = 12;
/// And of the digest.
const DIGEST: usize = 8;

/// The version of an entry's image and what it is made from.
#[derive(Clone, Debug)]
pub struct Version {
    /// The tag that never moves.
    pub text: String,
    /// What it is made from.
    pub inputs: Digest,
    /// What the entry says.
    pub says: Digest,
    /// The versions of its parents, by name.
    pub parents: BTreeMap<String, String>,
}

/// Computes versions, parents before children.
pub struct Versions<'a> {
    /// The entries.
    pub sources: &'a [Source],
    /// What each is built on.
    pub needs: &'a [Needs],
    /// Digests of images from outside, by how Dockerfiles name them.
    pub bases: &'a BTreeMap<String, String>,
    /// The versions of a catalogue's definitions.
    pub definitions: &'a BTreeMap<String, String>,
    /// The settings.
    pub config: &'a Config,
}

impl Versions<'_> {
    /// One for each entry. What stands on a cycle counts its own parents as unknown; the graph refuses it anyway.
    pub fn all(&self) -> Vec<Version> {
        let mut known: Vec<Option<Version>> = vec![None; self.sources.len()];
        let places: BTreeMap<String, usize> = self.sources.iter().enumerate().map(|(at, source)| (source.image.image(), at)).collect();
        let mut waiting: Vec<usize> = (0..self.sources.len()).rev().collect();
        let mut begun = vec![false; self.sources.len()];
        while let Some(&at) = waiting.last() {
            let open = |parent: &String| places.get(parent).copied().filter(|&parent| known[parent].is_none() && !begun[parent]);
            let next = if known[at].is_some() { None } else { self.needs[at].parents.iter().find_map(open) };
            begun[at] = true;
            match next {
                Some(parent) => waiting.push(parent),
                None => {
                    waiting.pop();
                    if known[at].is_none() {
                        known[at] = Some(self.one(at, &|parent| known[*places.get(parent)?].as_ref().map(|version| version.text.clone())));
                    }
                }
            }
        }
        known.into_iter().flatten().collect()
    }

    fn one(&self, at: usize, version_of: &dyn Fn(&str) -> Option<String>) -> Version {
        let (source, needs) = (&self.sources[at], &self.needs[at]);
        let of = |name: &String| version_of(name).or_else(|| self.definitions.get(name).cloned()).unwrap_or_else(|| "unknown".to_owned());
        let parents: BTreeMap<String, String> = needs.parents.iter().map(|name| (name.clone(), of(name))).collect();
        let says = says(source);
        let mut parts = Parts::new(FORMAT);
        parts.add(says.as_str());
        let commit = match &source.ready {
            Ok(ready) => ready.fetched.commit.as_str(),
            Err(_) => "unfetched",
        };
        parts.add(commit);
        for (name, version) in &parents {
            parts.add(&format!("parent {name}@{version}"));
        }
        for base in &needs.bases {
            parts.add(&format!("base {base}@{}", self.bases.get(base).map_or("unknown", String::as_str)));
        }
        for (name, value) in &self.config.cooperage.build_args {
            parts.add(&format!("arg {name}={value}"));
        }
        let inputs = parts.digest();
        let digits = inputs.as_str().rsplit(':').next().unwrap_or_default();
        let short = |text: &str, most: usize| text.chars().take(most).collect::<String>();
        let text = format!("{}-{}-{}", source.image.tag, short(commit, COMMIT), short(digits, DIGEST));
        Version { text, inputs, says, parents }
    }
}

/// A digest over what an entry says of how its image is made; whom to tell does not matter.
fn says(source: &Source) -> Digest {
    let entry = &source.entry;
    let mut parts = Parts::new("cooperage index entry 1");
    for part in [&entry.git_path, &entry.target_file, &entry.build_context, &source.image.image()] {
        parts.add(part);
    }
    if let Some(prebuild) = &entry.prebuild {
        parts.add(&prebuild.script);
        parts.add(&prebuild.context);
    }
    parts.digest()
}

/// Texts with their lengths, so that no two lists of them look the same.
struct Parts(Sha256);

impl Parts {
    fn new(format: &str) -> Self {
        let mut parts = Self(Sha256::new());
        parts.add(format);
        parts
    }

    fn add(&mut self, part: &str) {
        self.0.update(part.len().to_string());
        self.0.update("\n");
        self.0.update(part);
    }

    fn digest(self) -> Digest {
        Digest::from_hasher(self.0)
    }
}
