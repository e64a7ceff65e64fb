//! Package managers of RPM: DL3030, DL3032 and DL3033 of yum, DL3038, DL3040 and DL3041 of dnf.

use crate::lint::context::{Context, Step};
use crate::lint::shell::{Command, Word};
use crate::lint::told::{Told, some};
use crate::lint::words::{has_flag, operands};

const VALUED: [&str; 12] = [
    "--setopt",
    "--enablerepo",
    "--disablerepo",
    "--repo",
    "--repoid",
    "--releasever",
    "--installroot",
    "-c",
    "--config",
    "-x",
    "--exclude",
    "--nogpgcheck-for",
];
const YUM: &[&str] = &["yum"];
const DNF: &[&str] = &["dnf", "microdnf"];

/// Every `install` with what is installed; of modules the stream stands behind a colon.
fn installs<'c>(
    context: &'c Context<'_>,
    programs: &'static [&'static str],
) -> impl Iterator<Item = (&'c Step<'c>, &'c Command, Vec<&'c Word>, bool)> {
    let commands = context.commands().filter(move |(_, command)| programs.contains(&command.name()));
    commands.filter_map(|(step, command)| {
        let mut words = operands(command.arguments(), &VALUED);
        let module = words.first().is_some_and(|word| word.text == "module");
        if module {
            words.remove(0);
        }
        if words.first().is_none_or(|word| word.text != "install") {
            return None;
        }
        words.remove(0);
        Some((step, command, words, module))
    })
}

fn unpinned(context: &Context<'_>, told: &mut Told, programs: &'static [&'static str]) {
    for (step, command, packages, module) in installs(context, programs) {
        let version = |text: &str| text.split('-').skip(1).any(|part| part.starts_with(|c: char| c.is_ascii_digit()));
        let pinned = |text: &str| if module { text.contains(':') } else { version(text) };
        let loose: Vec<&Word> = packages.into_iter().filter(|word| !pinned(&word.text)).collect();
        if !loose.is_empty() {
            told.at(step, command.name_start(), format!("{} installs in no given version: {}", command.name(), some(&loose)));
        }
    }
}

fn no_yes(context: &Context<'_>, told: &mut Told, programs: &'static [&'static str]) {
    for (step, command, ..) in installs(context, programs) {
        if !has_flag(command.arguments(), &["-y", "--assumeyes"]) {
            told.at(step, command.name_start(), format!("{} install stops to ask, and nobody can answer", command.name()));
        }
    }
}

fn cache(context: &Context<'_>, told: &mut Told, programs: &'static [&'static str], folder: &str) {
    let mut seen = Vec::new();
    for (step, command, ..) in installs(context, programs) {
        // Asked once for each RUN: one may hold very many commands.
        if seen.last() == Some(&step.outer.line) {
            continue;
        }
        seen.push(step.outer.line);
        let commands = step.run.as_ref().map(|run| run.script.commands.as_slice()).unwrap_or_default();
        let cleans = |command: &Command| match command.name() {
            "rm" => command.arguments().iter().any(|word| word.text.starts_with(folder)),
            name => {
                programs.contains(&name)
                    && operands(command.arguments(), &VALUED).iter().map(|word| word.text.as_str()).eq(["clean", "all"])
            }
        };
        if !commands.iter().any(cleans) && !step.mounts(|target| target.starts_with(folder)) {
            told.at(step, command.name_start(), format!("{} leaves its cache in the image", command.name()));
        }
    }
}

pub(in crate::lint) fn yum_unpinned(context: &Context<'_>, told: &mut Told) {
    unpinned(context, told, YUM);
}

pub(in crate::lint) fn yum_no_yes(context: &Context<'_>, told: &mut Told) {
    no_yes(context, told, YUM);
}

pub(in crate::lint) fn yum_cache(context: &Context<'_>, told: &mut Told) {
    cache(context, told, YUM, "/var/cache/yum");
}

pub(in crate::lint) fn dnf_unpinned(context: &Context<'_>, told: &mut Told) {
    unpinned(context, told, DNF);
}

pub(in crate::lint) fn dnf_no_yes(context: &Context<'_>, told: &mut Told) {
    no_yes(context, told, DNF);
}

pub(in crate::lint) fn dnf_cache(context: &Context<'_>, told: &mut Told) {
    cache(context, told, DNF, "/var/cache/dnf");
}
