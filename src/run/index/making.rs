//! How the image of an entry is made.

use super::gather::Grant;
use crate::git::Fetched;
use crate::index::{Entry, ImageName, Project};
use crate::name::Digest;
use crate::publish::OfEntry;
use std::collections::BTreeMap;

/// What a run has to know of an image that an entry of the container index describes.
#[derive(Debug)]
pub struct Making {
    /// The entry.
    pub entry: Entry,
    /// Its image.
    pub image: ImageName,
    /// The image without its tag, as published.
    pub repository: String,
    /// The repository at its commit, or why there is none.
    pub ready: Result<Ready, String>,
    /// What entry, commit, parents and bases come to; half of the version is the start of it.
    pub inputs: Digest,
    /// A digest over what the entry says, for telling whether it changed.
    pub says: Digest,
    /// The versions of its parents, by their names.
    pub parents: BTreeMap<String, String>,
    /// The images from outside that it is made from, as its Dockerfile names them.
    pub bases: Vec<String>,
    /// What its code may do.
    pub grant: Grant,
}

/// A repository at the commit that is built.
#[derive(Debug)]
pub struct Ready {
    /// The clone.
    pub fetched: Fetched,
    /// `git-path`, inside the clone.
    pub folder: String,
    /// The Dockerfile, inside the clone.
    pub target: String,
    /// What is sent to the engine, inside the clone.
    pub context: String,
    /// Where the prebuild script runs, and the script relative to that.
    pub prebuild: Option<(String, String)>,
    /// The Dockerfile at the commit; none where the prebuild script writes it.
    pub dockerfile: Option<String>,
    /// What the project says of itself.
    pub project: Option<Project>,
}

impl Making {
    /// What destinations call it.
    pub fn names(&self) -> OfEntry<'_> {
        OfEntry { namespace: &self.image.app, name: &self.image.job, image: &self.repository, floats: &self.image.tag }
    }

    /// The Dockerfile as messages name it.
    pub fn dockerfile_path(&self) -> String {
        match &self.ready {
            Ok(ready) => ready.target.clone(),
            Err(_) => self.entry.target_file.clone(),
        }
    }

    /// Whether the Dockerfile is known before anything of the project was run.
    pub fn is_known(&self) -> bool {
        self.ready.as_ref().is_ok_and(|ready| ready.prebuild.is_none())
    }
}
