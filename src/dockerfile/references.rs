//! The images that a Dockerfile takes from elsewhere, and what its last stage ends up with.

use super::expand::{Expanded, expand, words};
use super::{Dockerfile, Instruction, Stage};
use std::collections::{BTreeMap, BTreeSet};

/// The variables that BuildKit sets itself and that may be used in `FROM` without an `ARG`.
const PLATFORM_ARGS: [&str; 8] =
    ["BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT", "TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT"];

/// Which instruction names an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// `FROM`.
    From,
    /// `COPY --from`.
    CopyFrom,
    /// `RUN --mount=…,from=`.
    MountFrom,
}

/// An image from outside the Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalReference {
    /// Its name, variables replaced; those without a value stay as written.
    pub text: String,
    /// The line that names it, from 1.
    pub line: usize,
    /// How it is named.
    pub via: Via,
    /// Whether every variable had a value. BuildKit replaces none in `COPY --from` and in mounts, nor do we.
    pub resolved: bool,
}

impl Dockerfile {
    /// The images that a build of this file asks for, in the order of the file, repetitions included.
    ///
    /// Left out: names of stages, numbers of stages, `scratch`, and what stands behind `ONBUILD`, which is asked
    /// for by the builds of children. In `FROM` a stage is known only below itself; elsewhere BuildKit knows all.
    /// `args` replace the defaults of the `ARG`s before the first `FROM`.
    pub fn external_references(&self, args: &BTreeMap<String, String>) -> Vec<ExternalReference> {
        let values = self.global_args(args);
        let mut above = BTreeSet::new();
        let mut found = Vec::new();
        for stage in &self.stages {
            found.extend(self.of_from(stage, &values, &above));
            above.extend(stage.name.as_deref());
        }
        let names: BTreeSet<&str> = self.stages.iter().filter_map(|stage| stage.name.as_deref()).collect();
        let is_outside = |name: &str| !name.is_empty() && name != "scratch" && !names.contains(name.to_ascii_lowercase().as_str());
        let others = self.instructions.iter().flat_map(other_sources);
        found.extend(others.filter(|reference| is_outside(&reference.text) && !is_stage_number(reference)));
        found.sort_by_key(|reference| reference.line);
        found
    }

    fn of_from(&self, stage: &Stage, values: &BTreeMap<&str, String>, above: &BTreeSet<&str>) -> Option<ExternalReference> {
        let base = self.expanded(&stage.base, values);
        if base.resolved && (above.contains(base.text.to_ascii_lowercase().as_str()) || base.text == "scratch") {
            return None;
        }
        let empty = base.text.is_empty();
        let text = if empty { stage.base.clone() } else { base.text };
        Some(ExternalReference { text, line: stage.line, via: Via::From, resolved: base.resolved && !empty })
    }

    /// The image that the last stage starts from, following stages down. `None` for `scratch`, for a fragment, and
    /// where a variable has no value.
    pub fn last_base(&self, args: &BTreeMap<String, String>) -> Option<String> {
        let values = self.global_args(args);
        let mut stage = self.stages.last()?;
        while let Some(parent) = self.parent(stage, &values) {
            stage = parent;
        }
        let base = self.expanded(&stage.base, &values);
        (base.resolved && !base.text.is_empty() && base.text != "scratch").then_some(base.text)
    }

    /// The last `USER` of the last stage as written, and its line. Where the last stage has none, that of the stage it starts
    /// from. In a fragment, the last one there is.
    pub fn last_user(&self) -> Option<(String, usize)> {
        let none = BTreeMap::new();
        let values = self.global_args(&none);
        let Some(mut stage) = self.stages.last() else { return user(&self.instructions) };
        loop {
            let found = self.instructions.get(stage.instructions.clone()).and_then(user);
            match (found, self.parent(stage, &values)) {
                (None, Some(parent)) => stage = parent,
                (found, _) => return found,
            }
        }
    }

    /// The stage above that this one starts from; always one with a smaller number.
    fn parent(&self, stage: &Stage, values: &BTreeMap<&str, String>) -> Option<&Stage> {
        let base = self.expanded(&stage.base, values);
        let name = base.resolved.then(|| base.text.to_ascii_lowercase())?;
        self.stages.get(..stage.index)?.iter().rev().find(|above| above.name.as_ref() == Some(&name))
    }

    fn expanded(&self, text: &str, values: &BTreeMap<&str, String>) -> Expanded {
        expand(text, self.escape, &|name| values.get(name).map(String::as_str))
    }

    /// The `ARG`s before the first `FROM` that have a value.
    fn global_args<'a>(&'a self, args: &'a BTreeMap<String, String>) -> BTreeMap<&'a str, String> {
        let platform = args.iter().filter(|(name, _)| PLATFORM_ARGS.contains(&name.as_str()));
        let mut values: BTreeMap<&str, String> = platform.map(|(name, value)| (name.as_str(), value.clone())).collect();
        let first = self.stages.first().map_or(0, |stage| stage.instructions.start);
        for arg in self.instructions.iter().take(first).filter(|instruction| instruction.keyword == "ARG") {
            for word in words(&arg.arguments, self.escape) {
                let (name, default) = word.split_once('=').map_or((word, None), |(name, default)| (name, Some(default)));
                let value = args.get(name).cloned().or_else(|| {
                    let default = self.expanded(default?, &values);
                    default.resolved.then_some(default.text)
                });
                values.extend(value.map(|value| (name, value)));
            }
        }
        values
    }
}

/// What one instruction takes with `COPY --from` or from mounts; stages are still among it.
fn other_sources(instruction: &Instruction) -> Vec<ExternalReference> {
    let reference = |text: &str, line, via| ExternalReference { text: text.to_owned(), line, via, resolved: !text.contains('$') };
    if instruction.keyword == "COPY" {
        let from = instruction.flag("from").and_then(|flag| Some((flag.value.as_deref()?, flag.line)));
        return from.map(|(text, line)| reference(text, line, Via::CopyFrom)).into_iter().collect();
    }
    instruction.mounts().filter_map(|mount| Some(reference(mount.get("from")?, mount.line, Via::MountFrom))).collect()
}

/// Only `COPY --from` takes numbers: BuildKit asks a registry for the image `0` of a mount.
fn is_stage_number(reference: &ExternalReference) -> bool {
    reference.via == Via::CopyFrom && reference.text.bytes().all(|byte| byte.is_ascii_digit())
}

fn user(instructions: &[Instruction]) -> Option<(String, usize)> {
    let last = instructions.iter().rev().find(|instruction| instruction.keyword == "USER" && !instruction.arguments.is_empty())?;
    Some((last.arguments.clone(), last.position(0).line))
}
