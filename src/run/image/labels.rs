//! The labels an image gets.
//!
//! Source: the OCI image specification, "Pre-Defined Annotation Keys".

use crate::event::BaseImage;
use crate::name::Reference;
use crate::plan::Planned;
use crate::run::survey::inputs::LABEL;
use crate::run::work::shared::Shared;
use std::collections::BTreeMap;

/// The label that carries registry, namespace and name as built: how an image that has lost its names is known again.
pub const REPOSITORY: &str = "io.cooperage.repository";
/// The label that carries what all stages were built on, `NAME@DIGEST` each, with blanks between; OCI's own keys have
/// room for the last stage's only.
pub const BASES: &str = "io.cooperage.bases";
/// The label that carries a digest over what an entry of the container index says.
pub const ENTRY: &str = "io.cooperage.index.entry";
/// The label that carries the versions of an entry's parents, `NAME@VERSION` each, with blanks between.
pub const PARENTS: &str = "io.cooperage.index.parents";
/// The commit.
pub const REVISION: &str = "org.opencontainers.image.revision";
/// What stands behind it in the image's first name: version and stamp.
pub const VERSION: &str = "org.opencontainers.image.version";

/// What an image was called when it was built, by its labels.
pub fn former_name(labels: &BTreeMap<String, String>) -> Option<Reference> {
    Reference::parse(&format!("{}:{}", labels.get(REPOSITORY)?, labels.get(VERSION)?)).ok()
}

/// The labels of an image whose last stage starts from `base`, one of `bases`.
pub fn of(shared: &Shared, planned: &Planned, base: Option<String>, bases: &[BaseImage]) -> BTreeMap<String, String> {
    let item = shared.prepared.survey.item(planned.node);
    let base_digest = base.as_ref().and_then(|name| bases.iter().find(|base| base.reference == *name)).and_then(|base| base.digest.clone());
    let version = planned.reference.tag().map(ToString::to_string);
    let ready = item.making.as_ref().and_then(|making| making.ready.as_ref().ok());
    let (source, revision) = match ready {
        Some(ready) => (Some(ready.fetched.url.clone()), Some(ready.fetched.commit.clone())),
        None => (shared.revision.source.clone(), shared.revision.commit.clone()),
    };
    let oci = [
        ("title", Some(item.making.as_ref().map_or_else(|| item.definition.name.clone(), |making| making.repository.clone()))),
        ("version", version),
        ("created", item.definition.changelog.first().date.map(|date| date.to_string())),
        ("source", source),
        ("revision", revision),
        ("base.name", base),
        ("base.digest", base_digest),
    ];
    let mut labels: BTreeMap<String, String> =
        oci.into_iter().filter_map(|(key, value)| Some((format!("org.opencontainers.image.{key}"), value?))).collect();
    let known: Vec<String> = bases.iter().filter_map(|base| Some(format!("{}@{}", base.reference, base.digest.as_ref()?))).collect();
    if !known.is_empty() {
        labels.insert(BASES.to_owned(), known.join(" "));
    }
    labels.insert(REPOSITORY.to_owned(), planned.reference.name());
    if let Some(making) = &item.making {
        labels.insert(ENTRY.to_owned(), making.says.to_string());
        let parents: Vec<String> = making.parents.iter().map(|(name, version)| format!("{name}@{version}")).collect();
        labels.insert(PARENTS.to_owned(), parents.join(" "));
    }
    labels.extend(shared.inputs.get(&planned.node).map(|inputs| (LABEL.to_owned(), inputs.to_string())));
    labels
}
