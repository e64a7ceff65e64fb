//! `cooperage.promotion` and `cooperage.promotion_context`: their form. What they mean is for the room `publish` to say.
//!
//! The form is that of OpenShift's CI configurations; only the list `to` exists, not the older single destination.

mod images;

pub use images::{ImageToPromote, ImagesFile, read_images};

use super::kind::Kind;
use schemars::JsonSchema;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _};
use serde_json::Value;
use std::collections::BTreeMap;

/// What `cooperage.promotion` may hold.
pub(super) const KIND: Kind = Kind::Fields(&[
    ("to", Kind::ListOf(&Kind::Fields(TARGET))),
    ("optional_images", Kind::Texts),
    ("registry_override", Kind::Host),
    ("disable_build_cache", Kind::Flag),
    ("cron", Kind::Text),
    ("repository", Kind::Text),
    ("pull_as", Kind::Text),
]);

const TARGET: &[(&str, Kind)] = &[
    ("namespace", Kind::Text),
    ("name", Kind::Text),
    ("tag", Kind::Text),
    ("tag_by_commit", Kind::Flag),
    ("excluded_images", Kind::Texts),
    ("additional_images", Kind::MapOf(&Kind::Text)),
    ("disabled", Kind::Flag),
];

/// What `cooperage.promotion_context` may hold.
pub(super) const CONTEXT_KIND: Kind = Kind::Fields(&[
    ("org", Kind::Text),
    ("repo", Kind::Text),
    ("branch", Kind::Text),
    ("variant", Kind::Text),
    ("commit", Kind::Text),
    ("required", Kind::Texts),
    ("skipped", Kind::Texts),
    ("binary_build", Kind::Flag),
    ("public_hosts", Kind::MapOf(&Kind::Text)),
    ("streams", Kind::MapOf(&Kind::Fields(&[("reference", Kind::Text), ("digest", Kind::Text)]))),
    ("releases", Kind::Texts),
    ("tag_specification", Kind::Flag),
]);

/// `cooperage.promotion`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Promotion {
    /// Where images go; a list, because one job may fill several.
    pub to: Vec<PromotionTarget>,
    /// Images that are promoted only where `promotion_context.required` names them.
    pub optional_images: Vec<String>,
    /// Push to `HOST/namespace/name:tag` instead of the one repository; without backups and streams.
    pub registry_override: Option<String>,
    /// Do not promote the build cache.
    pub disable_build_cache: bool,
    /// When to promote periodically, for the scheduler that calls us.
    pub cron: Option<String>,
    /// The one repository that holds all images; `quay.io/openshift/ci` where nothing is said.
    pub repository: Option<String>,
    /// The same repository as consumers address it; `quay-proxy.ci.openshift.org/openshift/ci` where neither is said.
    pub pull_as: Option<String>,
}

impl Promotion {
    /// The registry in place of the one repository; an empty text is none. Only names in the one repository get backups.
    pub fn override_host(&self) -> Option<&str> {
        self.registry_override.as_deref().filter(|host| !host.is_empty())
    }
}

/// One item of `promotion.to`; it needs a namespace and exactly one of name and tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct PromotionTarget {
    /// First part of the reference.
    pub namespace: Option<String>,
    /// Stream: `namespace/name:<image>`.
    pub name: Option<String>,
    /// Tag: `namespace/<image>:tag`.
    pub tag: Option<String>,
    /// Also `namespace/<image>:<commit>`, in this form even where `name` is set.
    pub tag_by_commit: bool,
    /// Exact names of images that are not promoted, or `*` for all that were built.
    pub excluded_images: Vec<String>,
    /// New names and the images they come from; added after the exclusions.
    pub additional_images: BTreeMap<String, String>,
    /// Nothing is promoted here.
    pub disabled: bool,
}

/// `cooperage.promotion_context`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct PromotionContext {
    /// Owner of the source repository.
    pub org: Option<String>,
    /// The source repository.
    pub repo: Option<String>,
    /// Its branch.
    pub branch: Option<String>,
    /// Variant of the configuration, if it has several.
    pub variant: Option<String>,
    /// The commit the images were built from.
    pub commit: Option<String>,
    /// Images that were asked for by name.
    pub required: Vec<String>,
    /// Images that the change does not affect, so that they were not built.
    pub skipped: Vec<String>,
    /// Whether the job compiled binaries; its image `bin` is the build cache.
    pub binary_build: bool,
    /// Addresses inside a cluster and what they are called outside.
    pub public_hosts: BTreeMap<String, String>,
    /// Images of the job besides those that were built, newest version of each: `src`, `bin`, base images. None: not known.
    pub streams: Option<BTreeMap<String, StreamItem>>,
    /// Releases that the job imports. None: not known.
    pub releases: Option<Vec<String>>,
    /// Whether the job has a `tag_specification`. None: not known.
    pub tag_specification: Option<bool>,
}

/// Where an image of the job stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct StreamItem {
    /// Its reference.
    pub reference: Option<String>,
    /// The digest of its manifest.
    pub digest: Option<String>,
}

/// Reads a value in which null means that nothing was said.
pub(super) fn without_nulls<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    serde_json::from_value(pruned(Value::deserialize(deserializer)?)).map_err(D::Error::custom)
}

fn pruned(value: Value) -> Value {
    match value {
        Value::Object(map) => map.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key, pruned(value))).collect(),
        Value::Array(items) => items.into_iter().map(pruned).collect(),
        other => other,
    }
}
