//! What `RUN` runs: DL3001, DL3003, DL3004, DL3059, DL4001, DL4005, DL4006, DL3046, DL3047.

use crate::dockerfile::Instruction;
use crate::lint::context::{Context, Step};
use crate::lint::told::Told;
use crate::lint::words::{has_flag, operands};

/// Makes no sense in a build: nobody looks, and nothing is left of it.
const POINTLESS: [&str; 9] = ["ssh", "vim", "shutdown", "service", "ps", "free", "top", "kill", "mount"];

pub(in crate::lint) fn pointless(context: &Context<'_>, told: &mut Told) {
    once_a_run(context, told, |name| POINTLESS.contains(&name), |name| format!("{name} has no use while an image is built"));
}

pub(in crate::lint) fn cd(context: &Context<'_>, told: &mut Told) {
    once_a_run(context, told, |name| name == "cd", |_| "cd holds for this RUN alone".to_owned());
}

pub(in crate::lint) fn sudo(context: &Context<'_>, told: &mut Told) {
    once_a_run(
        context,
        told,
        |name| name == "sudo",
        |_| "sudo behaves otherwise in a build, and is one more way to become root".to_owned(),
    );
}

/// The first such command of each `RUN`.
fn once_a_run(context: &Context<'_>, told: &mut Told, is_meant: impl Fn(&str) -> bool, message: impl Fn(&str) -> String) {
    for (step, run) in context.runs() {
        if let Some(command) = run.script.commands.iter().find(|command| is_meant(command.name())) {
            told.at(step, command.name_start(), message(command.name()));
        }
    }
}

/// Two in a row that do one thing each could be one layer.
pub(in crate::lint) fn consecutive(context: &Context<'_>, told: &mut Told) {
    let single = |step: &Step<'_>| {
        let commands = step.run.as_ref().map(|run| run.script.commands.iter().filter(|command| !command.words.is_empty()).count());
        !step.is_onbuild() && commands.is_some_and(|count| count <= 1)
    };
    for pair in context.steps.windows(2) {
        if single(&pair[0]) && single(&pair[1]) && flags(pair[0].instruction) == flags(pair[1].instruction) {
            told.step(&pair[1], "this RUN could be part of the one above it");
        }
    }
}

fn flags(instruction: &Instruction) -> Vec<(&str, Option<&str>)> {
    let mut flags: Vec<_> = instruction.flags.iter().map(|flag| (flag.name.as_str(), flag.value.as_deref())).collect();
    flags.sort_unstable();
    flags
}

pub(in crate::lint) fn shell_link(context: &Context<'_>, told: &mut Told) {
    for (step, command) in context.commands().filter(|(_, command)| command.name() == "ln") {
        if operands(command.arguments(), &[]).iter().any(|word| word.text == "/bin/sh") {
            told.at(step, command.name_start(), "ln puts another shell in the place of /bin/sh");
        }
    }
}

/// A pipe ends as its last command does. Whether that is so is up to the shell, or to the script itself.
pub(in crate::lint) fn pipefail(context: &Context<'_>, told: &mut Told) {
    for (step, run) in context.runs().filter(|(step, _)| !step.is_onbuild()) {
        let Some(&pipe) = run.script.pipes.first() else { continue };
        let sets = run.script.commands.iter().any(|command| {
            let words = command.arguments();
            command.start < pipe && command.name() == "set" && words.iter().any(|word| word.text == "pipefail" || word.text == "-opipefail")
        });
        if !sets && !has_pipefail(context, step) {
            told.at(step, pipe, "the pipe succeeds when its last command does, whatever happened to the others");
        }
    }
}

/// Whether the shell of a `RUN` sees to pipes itself, or is none that has any such thing.
fn has_pipefail(context: &Context<'_>, step: &Step<'_>) -> bool {
    let above = |other: &&Step<'_>| other.stage == step.stage && other.outer.line < step.outer.line;
    let shell = context.of("SHELL").filter(above).last();
    let comment = context.pragmas.shell(step.outer.line).filter(|(line, _)| shell.is_none_or(|shell| shell.outer.line < *line));
    if let Some((_, named)) = comment {
        return is_foreign(named);
    }
    let Some(shell) = shell else { return false };
    let Some(words) = &shell.instruction.exec else { return true };
    let Some((program, options)) = words.split_first() else { return false };
    if is_foreign(program) {
        return true;
    }
    let name = program.rsplit('/').next().unwrap_or(program);
    let set = options.iter().zip(options.iter().skip(1)).any(|(flag, option)| is_option(flag) && option == "pipefail");
    ["bash", "zsh", "ash"].contains(&name) && (set || options.iter().any(|word| word == "-opipefail"))
}

fn is_option(flag: &str) -> bool {
    flag.starts_with('-') && flag.ends_with('o')
}

fn is_foreign(program: &str) -> bool {
    ["pwsh", "powershell", "cmd"].iter().any(|name| program.starts_with(name))
}

/// A user with a number so large that the log files of logins, which have a place for each, become huge.
pub(in crate::lint) fn large_uid(context: &Context<'_>, told: &mut Told) {
    for (step, command) in context.commands().filter(|(_, command)| command.name() == "useradd") {
        let words = command.arguments();
        let number = words.iter().zip(words.iter().skip(1)).find(|(flag, _)| flag.text == "-u").map(|(_, number)| number);
        let large = number.is_some_and(|number| number.text.len() > 5 && number.text.bytes().all(|b| b.is_ascii_digit()));
        if large && !has_flag(words, &["-l", "--no-log-init"]) {
            told.at(step, command.name_start(), "useradd with a number this large makes a log of logins of many gigabytes");
        }
    }
}

pub(in crate::lint) fn wget_bar(context: &Context<'_>, told: &mut Told) {
    let quiet = ["-q", "--quiet", "-nv", "--no-verbose", "--progress", "-o", "--output-file", "-a", "--append-output"];
    for (step, command) in context.commands().filter(|(_, command)| command.name() == "wget") {
        if !has_flag(command.arguments(), &quiet) {
            told.at(step, command.name_start(), "wget draws its bar into the log of the build");
        }
    }
}

pub(in crate::lint) fn both_fetchers(context: &Context<'_>, told: &mut Told) {
    let stages: Vec<Option<usize>> = context.steps.iter().map(|step| step.stage).collect();
    for stage in stages.first().copied().into_iter().chain(stages.windows(2).filter(|pair| pair[0] != pair[1]).map(|pair| pair[1])) {
        let mut first = None;
        let fetchers = context.commands().filter(|(step, command)| step.stage == stage && ["wget", "curl"].contains(&command.name()));
        for (step, command) in fetchers {
            if *first.get_or_insert(command.name()) != command.name() {
                told.at(step, command.name_start(), "wget and curl are both used; one of them does");
            }
        }
    }
}
