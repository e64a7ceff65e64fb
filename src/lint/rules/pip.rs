//! Python's package manager: DL3013, DL3042.

use crate::lint::context::{Context, Step};
use crate::lint::rules::variables::assignments;
use crate::lint::shell::{Command, Word};
use crate::lint::told::{Told, some};
use crate::lint::words::{has_flag, operands};

const VALUED: &[&str] = &[
    "-i",
    "--index-url",
    "--extra-index-url",
    "--trusted-host",
    "-t",
    "--target",
    "--prefix",
    "-f",
    "--find-links",
    "--no-binary",
    "--only-binary",
    "--platform",
    "--root",
    "--src",
    "--progress-bar",
    "--proxy",
    "--python-version",
    "--upgrade-strategy",
    "-b",
    "--build",
    "--abi",
    "--implementation",
    "-e",
    "--editable",
    "--timeout",
    "--retries",
    "--cert",
    "--client-cert",
    "--config-settings",
    "-C",
    "--log",
    "--exists-action",
    "--cache-dir",
    "--global-option",
    "--install-option",
    "--python",
    "--keyring-provider",
];

/// Every `pip install`, `python -m pip install` or, for versions, `pipx install`, with what is installed.
fn installs<'c>(context: &'c Context<'_>, pipx: bool) -> impl Iterator<Item = (&'c Step<'c>, &'c Command, &'c [Word], Vec<&'c Word>)> {
    context.commands().filter_map(move |(step, command)| {
        let words = command.arguments();
        let words = match command.name() {
            "pipx" if pipx => words,
            name if name.strip_prefix("pip").is_some_and(is_version) => words,
            name if name.strip_prefix("python").is_some_and(is_version) => behind_module(words)?,
            _ => return None,
        };
        let mut packages = operands(words, VALUED);
        if packages.first().is_none_or(|word| word.text != "install") {
            return None;
        }
        packages.remove(0);
        Some((step, command, words, packages))
    })
}

/// What stands behind `pip` or `python` in a program's name.
fn is_version(rest: &str) -> bool {
    rest.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-')
}

fn behind_module(words: &[Word]) -> Option<&[Word]> {
    let at = words.windows(2).position(|pair| pair[0].text == "-m" && pair[1].text == "pip")?;
    Some(&words[at + 2..])
}

pub(in crate::lint) fn unpinned(context: &Context<'_>, told: &mut Told) {
    for (step, command, words, packages) in installs(context, true) {
        // A list of requirements or constraints says the versions, a project of its own says them itself.
        let listed = |word: &Word| {
            let long = word.text.split('=').next().is_some_and(|flag| ["--requirement", "--constraint"].contains(&flag));
            long || (word.text.starts_with("-r") || word.text.starts_with("-c")) || word.text == "."
        };
        if words.iter().any(listed) {
            continue;
        }
        let loose: Vec<&Word> = packages.into_iter().filter(|word| !is_pinned(&word.text)).collect();
        if !loose.is_empty() {
            told.at(step, command.name_start(), format!("pip installs packages in no given version: {}", some(&loose)));
        }
    }
}

fn is_pinned(package: &str) -> bool {
    let from_repository = ["git+", "hg+", "svn+", "bzr+"].iter().any(|kind| package.starts_with(kind));
    if from_repository {
        return package.contains('@');
    }
    let file = [".whl", ".tar.gz"].iter().any(|end| package.ends_with(end));
    package.contains(['<', '>', '/']) || ["==", "~=", "!="].iter().any(|sign| package.contains(sign)) || file
}

pub(in crate::lint) fn cache(context: &Context<'_>, told: &mut Told) {
    // Asked once for each RUN: one may hold very many commands.
    let mut kept: Option<(usize, bool)> = None;
    for (step, command, words, _) in installs(context, false) {
        let line = step.outer.line;
        let keeps = kept.filter(|(known, _)| *known == line).map_or_else(|| !is_switched_off(context, step), |(_, keeps)| keeps);
        kept = Some((line, keeps));
        if keeps && !has_flag(words, &["--no-cache-dir"]) {
            told.at(step, command.name_start(), "pip keeps what it downloads, and the image with it");
        }
    }
}

/// Whether the cache is no part of the image for this whole `RUN`: a variable says so, or it is kept in a mount.
fn is_switched_off(context: &Context<'_>, step: &Step<'_>) -> bool {
    let set = |name: &str, value: &str| name == VARIABLE && is_true(value);
    let sets = |command: &Command| {
        let pair = |word: &Word| word.text.split_once('=').is_some_and(|(name, value)| set(name, value));
        let exported = ["export", "env"].contains(&command.name()) && command.arguments().iter().any(pair);
        exported || command.assignments.iter().any(|(name, value)| set(name, value))
    };
    let here = step.run.as_ref().is_some_and(|run| run.script.commands.iter().any(sets));
    here || step.mounts(|target| target.contains("/.cache/pip")) || is_set_above(context, step)
}

const VARIABLE: &str = "PIP_NO_CACHE_DIR";

fn is_true(value: &str) -> bool {
    ["1", "true", "yes", "on"].contains(&value.to_ascii_lowercase().as_str())
}

/// Whether an `ENV` above says it, the last one counting.
fn is_set_above(context: &Context<'_>, step: &Step<'_>) -> bool {
    let above = context.of("ENV").take_while(|env| env.outer.line < step.outer.line);
    let values = above.flat_map(|env| assignments(env.instruction, context.file.escape));
    values.filter(|set| set.name == VARIABLE).last().is_some_and(|set| is_true(&set.value))
}
