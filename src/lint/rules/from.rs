//! Stages and what they start from: DL3006, DL3007, DL3024, DL3029, DL3061, and images that nobody listed.

use crate::lint::context::Context;
use crate::lint::told::{Told, shown};
use crate::name::Reference;
use std::collections::BTreeMap;

pub(in crate::lint) fn order(context: &Context<'_>, told: &mut Told) {
    let early = context.steps.iter().take_while(|step| step.outer.keyword != "FROM");
    for step in early.filter(|step| step.outer.keyword != "ARG") {
        told.step(step, format!("{} stands before the first FROM", step.outer.keyword));
    }
}

/// The stages with what they start from, where that is an image and not a stage above.
fn images<'a>(context: &'a Context<'_>) -> impl Iterator<Item = (usize, &'a str)> {
    let stages = &context.file.stages;
    let is_stage = move |at: usize, base: &str| {
        let above = stages[..at].iter().filter_map(|stage| stage.name.as_ref());
        above.into_iter().any(|name| name.eq_ignore_ascii_case(base))
    };
    stages.iter().filter(move |stage| !is_stage(stage.index, &stage.base)).map(|stage| (stage.line, stage.base.trim_matches('"')))
}

/// What stands behind the last `:` that is no port.
fn tag(image: &str) -> Option<&str> {
    let name = image.rsplit_once('@').map_or(image, |(name, _)| name);
    name.rsplit('/').next()?.split_once(':').map(|(_, tag)| tag)
}

pub(in crate::lint) fn untagged(context: &Context<'_>, told: &mut Told) {
    for (line, image) in images(context).filter(|(_, image)| *image != "scratch") {
        if !image.starts_with('$') && !image.contains('@') && tag(image).is_none() {
            told.line(line, format!("{} has no tag, so it is whatever latest is today", shown(image)));
        }
    }
}

pub(in crate::lint) fn latest(context: &Context<'_>, told: &mut Told) {
    for (line, image) in images(context).filter(|(_, image)| !image.contains('@')) {
        if tag(image) == Some("latest") {
            told.line(line, format!("{} moves: tomorrow's build may start from another image", shown(image)));
        }
    }
}

pub(in crate::lint) fn alias(context: &Context<'_>, told: &mut Told) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for stage in &context.file.stages {
        let Some(name) = &stage.name else { continue };
        match seen.get(name.as_str()) {
            Some(first) => told.line(stage.line, format!("the stage {} is named already, on line {first}", shown(name))),
            None => drop(seen.insert(name, stage.line)),
        }
    }
}

pub(in crate::lint) fn platform(context: &Context<'_>, told: &mut Told) {
    for stage in &context.file.stages {
        let fixed = |platform: &&String| !["BUILDPLATFORM", "TARGETPLATFORM"].iter().any(|name| platform.contains(name));
        if let Some(platform) = stage.platform.as_ref().filter(fixed) {
            told.line(stage.line, format!("FROM fixes the platform {}, whatever is built for", shown(platform)));
        }
    }
}

pub(in crate::lint) fn unlisted(context: &Context<'_>, told: &mut Told) {
    if !context.facts.in_catalogue {
        return;
    }
    let mut seen = Vec::new();
    for used in context.file.external_references(&BTreeMap::new()).into_iter().filter(|used| used.resolved) {
        let Ok(reference) = Reference::parse(&used.text) else { continue };
        if !context.facts.bases.hold(&reference) && !seen.contains(&used.text) {
            told.line(used.line, format!("{} is neither in the catalogue nor in base_images", shown(&used.text)));
            seen.push(used.text);
        }
    }
}
