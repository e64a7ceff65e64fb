//! Rules that need to know the catalogue: filters that are not used, versions that differ from the changelog's.

use crate::lint::context::Context;
use crate::lint::rules::apt::installs;
use crate::lint::rules::variables::assignments;
use crate::lint::told::{Told, shown};

/// `apt-get install` written by hand: the line of the template holds it, so no filter made it.
pub(in crate::lint) fn by_hand(context: &Context<'_>, told: &mut Told) {
    let Some(lines) = context.lines.filter(|_| context.facts.in_catalogue) else { return };
    for (step, command, _) in installs(context) {
        if lines.is_literal(step.place(command.name_start()).0) {
            told.at(step, command.name_start(), "apt-get install is written by hand");
        }
    }
}

const LABELS: [&str; 3] = ["version", "org.opencontainers.image.version", "org.label-schema.version"];

pub(in crate::lint) fn version(context: &Context<'_>, told: &mut Told) {
    let Some(version) = &context.facts.version else { return };
    for step in context.own().filter(|step| ["ARG", "ENV", "LABEL"].contains(&step.instruction.keyword.as_str())) {
        for one in assignments(step.instruction, context.file.escape) {
            let named = if step.instruction.keyword == "LABEL" { LABELS.contains(&one.name.as_str()) } else { one.name == "VERSION" };
            if named && one.given && !one.value.contains('$') && !agrees(&one.value, version) {
                let message = format!("{} is {}, but the changelog says {version}", shown(&one.name), shown(&one.value));
                told.at(step, one.start, message);
            }
        }
    }
}

/// The same version, or the part of it that is upstream's: `1.2.3-4` and `1.2.3`.
fn agrees(value: &str, version: &str) -> bool {
    let value = value.strip_prefix('v').unwrap_or(value);
    value == version || version.strip_prefix(value).is_some_and(|rest| rest.starts_with(['-', '+', '~', '.', '_']))
}
