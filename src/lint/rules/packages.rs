//! Other package managers: DL3016, DL3028, DL3034 to DL3037, DL3060, DL3062.

use crate::lint::context::Context;
use crate::lint::shell::Word;
use crate::lint::told::{Told, some};
use crate::lint::words::{has_flag, operands, packages};

pub(in crate::lint) fn npm(context: &Context<'_>, told: &mut Told) {
    for (step, command) in context.commands().filter(|(_, command)| command.name() == "npm") {
        let Some(found) = packages(command, &["install"], &["--registry", "--prefix", "--loglevel"]) else { continue };
        let is_file = |text: &str| text.starts_with(['/', '.', '~']) || [".tar", ".tar.gz", ".tgz"].iter().any(|end| text.ends_with(end));
        let pinned = |text: &str| match text.strip_prefix("git") {
            Some(rest) if rest.contains("://") => text.contains('#'),
            _ => text[1.min(text.len())..].contains('@'),
        };
        let loose: Vec<&Word> = found.into_iter().filter(|word| !is_file(&word.text) && !pinned(&word.text)).collect();
        if !loose.is_empty() {
            told.at(step, command.name_start(), format!("npm installs packages in no given version: {}", some(&loose)));
        }
    }
}

pub(in crate::lint) fn gem(context: &Context<'_>, told: &mut Told) {
    for (step, command) in context.commands().filter(|(_, command)| command.name() == "gem") {
        let words = command.arguments();
        let version = words.iter().any(|word| word.text.starts_with("-v") || word.text.starts_with("--version"));
        let Some(found) = packages(command, &["install", "i"], &["-i", "--install-dir", "-n", "--bindir", "-s", "--source"]) else {
            continue;
        };
        let loose: Vec<&Word> = found.into_iter().filter(|word| !word.text.contains(':')).collect();
        if !version && !loose.is_empty() {
            told.at(step, command.name_start(), format!("gem installs in no given version: {}", some(&loose)));
        }
    }
}

pub(in crate::lint) fn go(context: &Context<'_>, told: &mut Told) {
    for (step, command) in context.commands().filter(|(_, command)| command.name() == "go") {
        let Some(found) = packages(command, &["install", "get", "run"], &["-C", "-ldflags", "-tags", "-o"]) else { continue };
        let loose = |word: &&Word| match word.text.split_once('@') {
            Some((_, version)) => version == "latest",
            None => !word.text.starts_with('.') && !word.text.ends_with(".go"),
        };
        let loose: Vec<&Word> = found.into_iter().filter(loose).collect();
        if !loose.is_empty() {
            told.at(step, command.name_start(), format!("go fetches in no given version: {}", some(&loose)));
        }
    }
}

const ZYPPER_INSTALL: [&str; 2] = ["install", "in"];

pub(in crate::lint) fn zypper_no_yes(context: &Context<'_>, told: &mut Told) {
    for (step, command) in context.commands().filter(|(_, command)| command.name() == "zypper") {
        let yes = has_flag(command.arguments(), &["-y", "--no-confirm", "-n", "--non-interactive"]);
        if !yes && packages(command, &["install", "in", "remove", "rm", "source-install", "si", "patch"], &[]).is_some() {
            told.at(step, command.name_start(), "zypper stops to ask, and nobody can answer");
        }
    }
}

pub(in crate::lint) fn zypper_upgrade(context: &Context<'_>, told: &mut Told) {
    for (step, command) in context.commands().filter(|(_, command)| command.name() == "zypper") {
        if packages(command, &["dist-upgrade", "dup"], &[]).is_some() {
            told.at(step, command.name_start(), "zypper dist-upgrade makes another release of the base image");
        }
    }
}

pub(in crate::lint) fn zypper_cache(context: &Context<'_>, told: &mut Told) {
    for (step, run) in context.runs() {
        let commands = &run.script.commands;
        let zypper = |words: &[&str]| commands.iter().find(|command| command.name() == "zypper" && packages(command, words, &[]).is_some());
        if let Some(install) = zypper(&ZYPPER_INSTALL).filter(|_| zypper(&["clean", "cc"]).is_none()) {
            told.at(step, install.name_start(), "zypper leaves its cache in the image");
        }
    }
}

pub(in crate::lint) fn zypper_unpinned(context: &Context<'_>, told: &mut Told) {
    for (step, command) in context.commands().filter(|(_, command)| command.name() == "zypper") {
        let Some(found) = packages(command, &ZYPPER_INSTALL, &["-t", "--type", "-r", "--repo", "--from"]) else { continue };
        let loose = |word: &&Word| !word.text.contains(['=', '<', '>']) && !word.text.ends_with(".rpm");
        let loose: Vec<&Word> = found.into_iter().filter(loose).collect();
        if !loose.is_empty() {
            told.at(step, command.name_start(), format!("zypper installs packages in no given version: {}", some(&loose)));
        }
    }
}

pub(in crate::lint) fn yarn(context: &Context<'_>, told: &mut Told) {
    for (step, run) in context.runs() {
        let commands = &run.script.commands;
        let install = commands.iter().find(|command| command.name() == "yarn" && packages(command, &["install"], &[]).is_some());
        let clean = |words: &[&Word]| words.iter().map(|word| word.text.as_str()).eq(["cache", "clean"]);
        let cleans = commands.iter().any(|command| command.name() == "yarn" && clean(&operands(command.arguments(), &[])));
        if let Some(install) = install.filter(|_| !cleans && !step.mounts(|target| target.contains("/.cache/yarn"))) {
            told.at(step, install.name_start(), "yarn leaves its cache in the image");
        }
    }
}
