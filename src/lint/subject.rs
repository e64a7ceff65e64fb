//! What is linted, and what is known about it beside its text.

use crate::dockerfile::Dockerfile;
use crate::name::Reference;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A Dockerfile to lint.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The definition; none for a Dockerfile by itself.
    pub name: Option<&'a str>,
    /// The file that people edit: the template, or the Dockerfile itself; relative to DIRECTORY.
    pub path: String,
    /// The text of the template; none for a Dockerfile by itself.
    pub template: Option<&'a str>,
    /// The text of the Dockerfile, rendered.
    pub text: &'a str,
    /// The same as read, where somebody read it already.
    pub parsed: Option<&'a Dockerfile>,
    /// Why it is no text, and in which line, from 1; then it is judged no further.
    pub broken: Option<(usize, String)>,
    /// What else is known.
    pub facts: Facts,
}

/// The longest Dockerfile, in bytes.
const LONGEST: usize = 16 << 20;

/// Bytes of a file as text. What is no text comes with the reason, and the line, from 1.
pub fn decode(bytes: Vec<u8>) -> (String, Option<(usize, String)>) {
    let line = |at: usize, bytes: &[u8]| bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    if bytes.len() > LONGEST {
        return (
            String::new(),
            Some((1, format!("the file has {} MiB; no Dockerfile is longer than {}", bytes.len() >> 20, LONGEST >> 20))),
        );
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return (String::new(), Some((line(at, &bytes), "the file holds a NUL byte, so it is no text".to_owned())));
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let at = line(error.utf8_error().valid_up_to(), error.as_bytes());
            (String::from_utf8_lossy(error.as_bytes()).into_owned(), Some((at, "the file is not UTF-8 text".to_owned())))
        }
    }
}

/// What is known of a definition and its catalogue.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Whether there is a catalogue, whose filters can be used and whose images can be named.
    pub in_catalogue: bool,
    /// The version in the changelog.
    pub version: Option<String>,
    /// The images that may be built on.
    pub bases: Arc<Bases>,
}

/// The images that may be built on, and what is known of those of the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Bases {
    listed: Vec<Reference>,
    ours: HashMap<String, Ours>,
}

/// An image of the catalogue.
#[derive(Clone, Debug, Default)]
struct Ours {
    /// Whether its own Dockerfile has a `WORKDIR` for it.
    folder: bool,
    /// The name of what it starts from.
    base: Option<String>,
}

impl Bases {
    /// Of `base_images` and the catalogue: its references, with their Dockerfiles where they can be read. What cannot be read
    /// as a reference stands for nothing.
    pub fn new<'a>(base_images: &[String], ours: impl IntoIterator<Item = (&'a Reference, Option<&'a Dockerfile>)>) -> Self {
        let listed = base_images.iter().filter_map(|text| Reference::parse(text).ok()).map(|base| base.canonical()).collect();
        let known = |file: Option<&Dockerfile>| {
            let base = file.and_then(|file| file.last_base(&BTreeMap::new()));
            let base = base.and_then(|base| Some(Reference::parse(&base).ok()?.canonical().name()));
            Ours { folder: file.is_some_and(ends_in_a_folder), base }
        };
        Self { listed, ours: ours.into_iter().map(|(reference, file)| (reference.canonical().name(), known(file))).collect() }
    }

    /// Whether an image may be built on: one of the catalogue in any version, or one that is listed; a listed one without
    /// tag and digest stands for all of them.
    pub fn hold(&self, used: &Reference) -> bool {
        let used = used.canonical();
        let name = used.name();
        let covers = |base: &Reference| *base == used || (base.tag().is_none() && base.digest().is_none() && base.name() == name);
        self.ours.contains_key(&name) || self.listed.iter().any(covers)
    }

    /// Whether an image of the catalogue, or one of those that it is built on, says with `WORKDIR` where it works.
    pub fn has_folder(&self, used: &Reference) -> bool {
        let mut name = Some(used.canonical().name());
        // A circle ends after as many steps as there are images.
        for _ in 0..=self.ours.len() {
            match name.and_then(|name| self.ours.get(&name)) {
                None => return false,
                Some(found) if found.folder => return true,
                Some(found) => name = found.base.clone(),
            }
        }
        false
    }
}

/// Whether the last stage, or one that it starts from, has a `WORKDIR`.
fn ends_in_a_folder(file: &Dockerfile) -> bool {
    let mut stage = file.stages.last();
    while let Some(found) = stage {
        let own = file.instructions.get(found.instructions.clone()).unwrap_or_default();
        if own.iter().any(|instruction| instruction.keyword == "WORKDIR") {
            return true;
        }
        let above = file.stages.get(..found.index).unwrap_or_default();
        stage = above.iter().rev().find(|above| above.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(&found.base)));
    }
    false
}
