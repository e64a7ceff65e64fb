//! An image's config, as far as scanners look at it.

use crate::name::Digest;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What an image says of itself. Source: OCI image specification, "Image Configuration".
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ImageConfig {
    /// The processor.
    pub architecture: String,
    /// When it was made.
    pub created: Option<String>,
    /// How it is started.
    pub config: Defaults,
    /// Its layers.
    pub rootfs: Layers,
}

/// How an image is started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Defaults {
    /// The user; empty: root.
    pub user: Option<String>,
    /// The environment, `NAME=VALUE`.
    pub env: Option<Vec<String>>,
    /// The entry point.
    pub entrypoint: Option<Vec<String>>,
    /// The command.
    pub cmd: Option<Vec<String>>,
    /// Labels.
    pub labels: Option<BTreeMap<String, String>>,
}

/// The layers of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Layers {
    /// The digests of their plain tars, from the lowest.
    pub diff_ids: Vec<Digest>,
}

impl ImageConfig {
    /// A label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.config.labels.as_ref()?.get(name).map(String::as_str)
    }
}
