//! COPY and ADD: DL3010, DL3020 to DL3023, DL3045, and addresses without a checksum.

use crate::dockerfile::{Instruction, Stage};
use crate::lint::context::{Context, Step};
use crate::lint::told::{Told, shown};
use crate::name::Reference;
use std::collections::BTreeSet;

/// Endings of archives that `ADD` unpacks, or that people mean it to.
const ARCHIVES: [&str; 17] =
    [".tar", ".gz", ".tgz", ".bz2", ".tbz", ".tbz2", ".tb2", ".xz", ".txz", ".lzma", ".tlz", ".lz", ".Z", ".tZ", ".tpz", ".zst", ".tzst"];

/// Sources and destination, without quotes; none where there is no pair.
pub(in crate::lint) fn paths(instruction: &Instruction) -> Option<(Vec<String>, String)> {
    let plain = |word: &str| word.trim_matches(['"', '\'']).to_owned();
    let words = instruction.exec.clone();
    let mut words = words.unwrap_or_else(|| instruction.arguments.split_whitespace().map(plain).collect());
    let destination = words.pop().filter(|_| !words.is_empty())?;
    Some((words, destination))
}

fn is_address(source: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| source.starts_with(scheme))
}

/// Git repositories, which only `ADD` fetches. Source: Dockerfile reference, "Adding files from a Git repository".
fn is_repository(source: &str) -> bool {
    ["git@", "git://", "ssh://"].iter().any(|scheme| source.starts_with(scheme))
}

pub(in crate::lint) fn add(context: &Context<'_>, told: &mut Told) {
    for step in context.of("ADD").filter(|step| step.instruction.heredocs.is_empty()) {
        let Some((sources, _)) = paths(step.instruction) else { continue };
        let plain =
            |source: &&String| !ARCHIVES.iter().any(|ending| source.ends_with(ending)) && !is_address(source) && !is_repository(source);
        if let Some(source) = sources.iter().find(plain) {
            told.step(step, format!("ADD is used where COPY does: {}", shown(source)));
        }
    }
}

pub(in crate::lint) fn unchecked(context: &Context<'_>, told: &mut Told) {
    for step in context.of("ADD").filter(|step| step.instruction.flag("checksum").is_none()) {
        let fetched = |source: &&String| is_address(source) && !source.split(['?', '#']).next().is_some_and(|path| path.ends_with(".git"));
        if paths(step.instruction).is_some_and(|(sources, _)| sources.iter().any(|source| fetched(&source))) {
            told.step(step, "ADD takes whatever the address gives on the day of the build");
        }
    }
}

pub(in crate::lint) fn folder(context: &Context<'_>, told: &mut Told) {
    for step in context.of("COPY") {
        let Some((sources, destination)) = paths(step.instruction) else { continue };
        if sources.len() > 1 && !destination.ends_with('/') {
            told.step(
                step,
                format!("COPY of {} files needs a folder, written with a / at its end, not {}", sources.len(), shown(&destination)),
            );
        }
    }
}

/// What `COPY --from` names, and the stage where it stands.
fn sources<'c>(context: &'c Context<'_>) -> impl Iterator<Item = (&'c Step<'c>, &'c str, Option<&'c Stage>)> {
    context.of("COPY").filter_map(|step| {
        let from = step.instruction.flag("from")?.value.as_deref()?;
        Some((step, from, step.stage.and_then(|at| context.file.stages.get(at))))
    })
}

fn is_named(stage: &Stage, name: &str) -> bool {
    stage.name.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(name))
}

pub(in crate::lint) fn unknown_stage(context: &Context<'_>, told: &mut Told) {
    for (step, from, stage) in sources(context) {
        let until = stage.map_or(0, |stage| stage.index + 1);
        let stages = context.file.stages.get(..until).unwrap_or_default();
        let known = stages.iter().any(|stage| is_named(stage, from)) || from.parse::<usize>().is_ok_and(|number| number < until);
        if !known && !from.contains([':', '@']) {
            told.step(step, format!("COPY takes from {}, which is no stage above it and no image with a tag", shown(from)));
        }
    }
}

pub(in crate::lint) fn own_stage(context: &Context<'_>, told: &mut Told) {
    for (step, from, stage) in sources(context) {
        if stage.is_some_and(|stage| is_named(stage, from)) {
            told.step(step, format!("COPY takes from {}, the stage that it stands in", shown(from)));
        }
    }
}

/// A path relative to nobody knows what, where no `WORKDIR` says.
pub(in crate::lint) fn relative(context: &Context<'_>, told: &mut Told) {
    let mut with_folder: BTreeSet<usize> = BTreeSet::new();
    for step in context.own() {
        let Some(stage) = step.stage else { continue };
        match step.instruction.keyword.as_str() {
            "FROM" => {
                let base = context.file.stages.get(stage).map(|stage| stage.base.as_str()).unwrap_or_default();
                let stages = &context.file.stages[..stage];
                let known = match stages.iter().rev().find(|above| is_named(above, base)) {
                    Some(above) => with_folder.contains(&above.index),
                    None => Reference::parse(base).is_ok_and(|image| context.facts.bases.has_folder(&image)),
                };
                if known {
                    with_folder.insert(stage);
                }
            }
            "WORKDIR" => drop(with_folder.insert(stage)),
            "COPY" if !with_folder.contains(&stage) => {
                if let Some((_, destination)) = paths(step.instruction).filter(|(_, destination)| !is_absolute(destination)) {
                    told.step(step, format!("COPY to {}, and no WORKDIR says where that is", shown(&destination)));
                }
            }
            _ => {}
        }
    }
}

/// Absolute on Linux or Windows, or with a variable in front.
pub(in crate::lint) fn is_absolute(path: &str) -> bool {
    let drive = path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && path[1..].starts_with(':');
    path.starts_with(['/', '$', '\\']) || drive
}
