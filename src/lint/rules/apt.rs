//! Debian's package manager: DL3008, DL3009, DL3014, DL3015, DL3027.

use crate::lint::context::{Context, Step};
use crate::lint::shell::{Command, Word};
use crate::lint::told::{Told, some};
use crate::lint::words::{has_flag, packages};

const VALUED: [&str; 10] = [
    "-t",
    "--target-release",
    "--default-release",
    "-o",
    "--option",
    "-c",
    "--config-file",
    "-a",
    "--host-architecture",
    "--build-profiles",
];

/// Every `apt-get install` with its packages.
pub(in crate::lint) fn installs<'c>(context: &'c Context<'_>) -> impl Iterator<Item = (&'c Step<'c>, &'c Command, Vec<&'c Word>)> {
    let commands = context.commands().filter(|(_, command)| command.name() == "apt-get");
    commands.filter_map(|(step, command)| Some((step, command, packages(command, &["install"], &VALUED)?)))
}

pub(in crate::lint) fn unpinned(context: &Context<'_>, told: &mut Told) {
    for (step, command, packages) in installs(context) {
        let loose: Vec<&Word> = packages.into_iter().filter(|word| !is_pinned(&word.text)).collect();
        if !loose.is_empty() {
            told.at(step, command.name_start(), format!("apt-get installs packages in no given version: {}", some(&loose)));
        }
    }
}

/// `name=version`, `name/release`, a file.
fn is_pinned(package: &str) -> bool {
    package.contains(['=', '/']) || package.ends_with(".deb")
}

pub(in crate::lint) fn no_yes(context: &Context<'_>, told: &mut Told) {
    for (step, command, _) in installs(context) {
        if !answers(command.arguments()) {
            told.at(step, command.name_start(), "apt-get install stops to ask, and nobody can answer");
        }
    }
}

/// Quiet twice means yes, too.
fn answers(words: &[Word]) -> bool {
    let letters = |word: &Word| if word.text.starts_with("--") { 0 } else { word.text.matches('q').count() };
    let quiet: usize = words.iter().filter(|word| word.text.starts_with('-')).map(letters).sum();
    let long = words.iter().filter(|word| word.text == "--quiet").count();
    let counted = words.iter().any(|word| ["-q=2", "--quiet=2"].contains(&word.text.as_str()));
    has_flag(words, &["-y", "--yes", "--assume-yes"]) || quiet + long >= 2 || counted
}

pub(in crate::lint) fn recommends(context: &Context<'_>, told: &mut Told) {
    for (step, command, _) in installs(context) {
        let words = command.arguments();
        let option = |word: &Word| {
            let text =
                word.text.strip_prefix("--option=").or_else(|| word.text.strip_prefix("-o")).unwrap_or(&word.text).to_ascii_lowercase();
            text.strip_prefix("apt::install-recommends=").is_some_and(|value| ["false", "0", "no"].contains(&value.trim_matches('"')))
        };
        if !has_flag(words, &["--no-install-recommends"]) && !words.iter().any(option) {
            told.at(step, command.name_start(), "apt-get install brings recommended packages along");
        }
    }
}

pub(in crate::lint) fn program(context: &Context<'_>, told: &mut Told) {
    for (step, command) in context.commands().filter(|(_, command)| command.name() == "apt") {
        told.at(step, command.name_start(), "apt is made for people; its options and output may change");
    }
}

/// The lists stay in the layer, unless the same `RUN` removes them, or they are kept in a mount. A stage that is only
/// copied from does not matter.
pub(in crate::lint) fn lists(context: &Context<'_>, told: &mut Told) {
    for (step, run) in context.runs().filter(|(step, _)| is_shipped(context, step)) {
        let commands = &run.script.commands;
        let updates = |command: &&Command| {
            ["apt-get", "apt", "aptitude"].contains(&command.name()) && command.arguments().iter().any(|word| word.text == "update")
        };
        let Some(update) = commands.iter().find(updates) else { continue };
        let mounted = step.mounts(|target| target == "/var/lib/apt/lists")
            || (step.mounts(|target| target == "/var/lib/apt") && step.mounts(|target| target.starts_with("/var/cache/apt")));
        if !mounted && !commands.iter().any(removes_lists) {
            told.at(step, update.name_start(), "the package lists that this fetches stay in the image");
        }
    }
}

fn removes_lists(command: &Command) -> bool {
    let lists = |word: &Word| ["/var/lib/apt", "/var/lib/*"].iter().any(|path| word.text.contains(path));
    ["rm", "find"].contains(&command.name()) && command.arguments().iter().any(lists)
}

/// Whether a stage is the last one, or another one starts from it.
fn is_shipped(context: &Context<'_>, step: &Step<'_>) -> bool {
    let Some(stage) = step.stage.and_then(|at| context.file.stages.get(at)) else { return true };
    let is_base = |name: &String| context.file.stages[stage.index + 1..].iter().any(|later| later.base.eq_ignore_ascii_case(name));
    stage.index + 1 == context.file.stages.len() || stage.name.as_ref().is_some_and(is_base)
}
