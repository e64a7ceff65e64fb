//! What events and the record of a run say of one image: reasons, base images, deliveries.

use super::outcome::Step;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why: a stable code for programs, a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonText {
    /// A code of CLI.md, such as `missing`.
    pub code: String,
    /// The sentence.
    pub text: String,
}

/// A base image with the manifest that was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseImage {
    /// As the Dockerfile names it.
    pub reference: String,
    /// Of its manifest, where known.
    pub digest: Option<String>,
}

/// What one destination of an image holds now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The destination's name in the configuration.
    pub name: String,
    /// The image's reference there.
    pub reference: String,
    /// Of the manifest there.
    pub digest: Option<String>,
    /// The floating tags that were moved to it.
    pub tags: Vec<String>,
}

/// Facts of one image that turn up while a run goes on. All are optional; `None` and empty say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageDetails {
    /// The engine's id of what was built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_id: Option<String>,
    /// The hash over what the image is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<String>,
    /// buildkit or classic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub builder: Option<String>,
    /// Base images that were used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bases: Vec<BaseImage>,
    /// Destinations that hold it now; a later one with the same name replaces the earlier.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<Delivery>,
    /// The digest of the inventory of its packages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inventory: Option<String>,
    /// Findings of a step, counted by severity.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub findings: BTreeMap<Step, BTreeMap<String, u64>>,
    /// What the scanners found, one line a finding, for those who tell owners; in no document.
    #[serde(skip)]
    pub found: Option<Vec<String>>,
}
