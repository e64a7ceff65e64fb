//! Instructions that run nothing: DL3000, DL3002, DL3011, DL3012, DL3025, DL4000, DL4003, DL4004.

use crate::lint::context::{Context, Step};
use crate::lint::rules::copy::is_absolute;
use crate::lint::told::{Told, shown};
use std::collections::BTreeMap;

pub(in crate::lint) fn workdir(context: &Context<'_>, told: &mut Told) {
    for step in context.of("WORKDIR") {
        let path = step.instruction.arguments.trim_matches(['"', '\'']);
        if !path.is_empty() && !is_absolute(path) {
            told.step(step, format!("WORKDIR {} depends on where the WORKDIR above, or the base image, is", shown(path)));
        }
    }
}

/// The last `USER` of each stage.
pub(in crate::lint) fn root(context: &Context<'_>, told: &mut Told) {
    let last: BTreeMap<Option<usize>, &Step<'_>> = context.of("USER").map(|step| (step.stage, step)).collect();
    for step in last.into_values() {
        let user = step.instruction.arguments.split(':').next().unwrap_or_default();
        if ["root", "0"].contains(&user.trim()) {
            told.step(step, "the stage ends as root");
        }
    }
}

pub(in crate::lint) fn ports(context: &Context<'_>, told: &mut Told) {
    for step in context.of("EXPOSE") {
        let port = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let too_large = |text: &str| port(text) && text.parse::<u16>().is_err();
        for word in step.instruction.arguments.split_whitespace() {
            let range = word.split('/').next().unwrap_or(word);
            if range.split('-').any(too_large) {
                told.step(step, format!("{} is no port: they go from 0 to 65535", shown(range)));
                break;
            }
        }
    }
}

/// All of a keyword but the first of each stage.
fn repeated<'c>(context: &'c Context<'_>, keyword: &'static str) -> Vec<&'c Step<'c>> {
    let mut seen = Vec::new();
    let again = |step: &&Step<'_>| {
        let again = seen.contains(&step.stage);
        seen.push(step.stage);
        again
    };
    context.of(keyword).filter(again).collect()
}

pub(in crate::lint) fn healthchecks(context: &Context<'_>, told: &mut Told) {
    for step in repeated(context, "HEALTHCHECK") {
        told.step(step, "a stage has one HEALTHCHECK: the last one counts");
    }
}

pub(in crate::lint) fn commands(context: &Context<'_>, told: &mut Told) {
    for step in repeated(context, "CMD") {
        told.step(step, "a stage has one CMD: the last one counts");
    }
}

pub(in crate::lint) fn entrypoints(context: &Context<'_>, told: &mut Told) {
    for step in repeated(context, "ENTRYPOINT") {
        told.step(step, "a stage has one ENTRYPOINT: the last one counts");
    }
}

pub(in crate::lint) fn shell_form(context: &Context<'_>, told: &mut Told) {
    for step in context.own() {
        let instruction = step.instruction;
        let judged = match instruction.keyword.as_str() {
            "CMD" | "ENTRYPOINT" => !instruction.arguments.is_empty(),
            "HEALTHCHECK" => instruction.arguments.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("CMD")),
            _ => false,
        };
        if judged && instruction.exec.is_none() {
            told.step(step, format!("{} goes through a shell, which signals do not pass", instruction.keyword));
        }
    }
}

pub(in crate::lint) fn maintainer(context: &Context<'_>, told: &mut Told) {
    for step in context.of("MAINTAINER") {
        told.step(step, "MAINTAINER is gone from Dockerfiles");
    }
}
