//! Alpine's package manager: DL3018, DL3019.

use crate::lint::context::{Context, Step};
use crate::lint::shell::{Command, Word};
use crate::lint::told::{Told, some};
use crate::lint::words::{has_flag, packages};

/// `-t` and `--virtual` name the packages installed, the others say where from and to.
const VALUED: [&str; 14] = [
    "-t",
    "--virtual",
    "-X",
    "--repository",
    "-p",
    "--root",
    "--arch",
    "--keys-dir",
    "--repositories-file",
    "--wait",
    "--cache-dir",
    "--cache-max-age",
    "--progress-fd",
    "--timeout",
];

fn adds<'c>(context: &'c Context<'_>) -> impl Iterator<Item = (&'c Step<'c>, &'c Command, Vec<&'c Word>)> {
    let commands = context.commands().filter(|(_, command)| command.name() == "apk");
    commands.filter_map(|(step, command)| Some((step, command, packages(command, &["add"], &VALUED)?)))
}

pub(in crate::lint) fn unpinned(context: &Context<'_>, told: &mut Told) {
    for (step, command, packages) in adds(context) {
        let loose = |word: &&Word| !word.text.contains(['=', '<', '>', '~']) && !word.text.ends_with(".apk");
        let loose: Vec<&Word> = packages.into_iter().filter(loose).collect();
        if !loose.is_empty() {
            told.at(step, command.name_start(), format!("apk adds packages in no given version: {}", some(&loose)));
        }
    }
}

pub(in crate::lint) fn cache(context: &Context<'_>, told: &mut Told) {
    for (step, command, _) in adds(context) {
        if !has_flag(command.arguments(), &["--no-cache"]) && !step.mounts(|target| target == "/var/cache/apk") {
            told.at(step, command.name_start(), "apk add leaves its index in the image");
        }
    }
}
