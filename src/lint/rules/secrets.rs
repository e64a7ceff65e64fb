//! Credentials in ARG and ENV, by the name or by what the value looks like. The value is never shown.

use crate::lint::context::Context;
use crate::lint::rules::variables::{Assignment, assignments};
use crate::lint::told::{Told, shown};
use crate::name::looks_like_credential;

pub(in crate::lint) fn credentials(context: &Context<'_>, told: &mut Told) {
    for step in context.steps.iter().filter(|step| ["ARG", "ENV"].contains(&step.instruction.keyword.as_str())) {
        for one in assignments(step.instruction, context.file.escape).iter().filter(|one| is_credential(one)) {
            let keyword = &step.instruction.keyword;
            told.at(
                step,
                one.start,
                format!("{keyword} {} holds what looks like a credential: everybody who has the image can read it", shown(&one.name)),
            );
        }
    }
}

/// The lines of a Dockerfile that must not be shown, from 1.
pub(in crate::lint) fn lines(context: &Context<'_>) -> Vec<usize> {
    let mut told = Told::default();
    credentials(context, &mut told);
    let near = |hit: &crate::lint::told::Hit| {
        let end = context.steps.iter().find(|step| step.outer.line == hit.start).map_or(hit.line, |step| step.outer.end_line);
        hit.line..=end
    };
    told.0.iter().flat_map(near).collect()
}

fn is_credential(one: &Assignment) -> bool {
    one.given && looks_like_credential(&one.name, &one.value)
}
