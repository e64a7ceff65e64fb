//! A Dockerfile prepared for rules: its instructions with their stages, those behind `ONBUILD` too, scripts read.

use super::place::Lines;
use super::pragma::Pragmas;
use super::shell::{self, Command, Script};
use super::subject::Facts;
use crate::dockerfile::{Dockerfile, Instruction};

/// What rules look at.
pub(super) struct Context<'a> {
    pub file: &'a Dockerfile,
    pub steps: Vec<Step<'a>>,
    pub facts: &'a Facts,
    pub lines: Option<&'a Lines>,
    pub pragmas: Pragmas,
}

/// One instruction.
pub(super) struct Step<'a> {
    /// The instruction; behind `ONBUILD` the one that stands there.
    pub instruction: &'a Instruction,
    /// The instruction as it stands in the file.
    pub outer: &'a Instruction,
    /// Its stage; none before the first `FROM`.
    pub stage: Option<usize>,
    /// What a `RUN` runs.
    pub run: Option<Run>,
}

/// The script of a `RUN`.
pub(super) struct Run {
    pub script: Script,
    origin: Origin,
}

/// Where the bytes of a script stand.
enum Origin {
    /// In the arguments.
    Arguments,
    /// In a heredoc; the bytes where its lines start, and the line of the first.
    Heredoc { starts: Vec<usize>, line: usize },
    /// Nowhere: it was put together from the words of the exec form.
    Words,
}

impl<'a> Context<'a> {
    pub fn new(file: &'a Dockerfile, text: &str, facts: &'a Facts, lines: Option<&'a Lines>) -> Self {
        let stage_of = |at: usize| file.stages.iter().rposition(|stage| stage.instructions.start <= at);
        let steps = file.instructions.iter().enumerate().map(|(at, outer)| {
            let instruction = outer.onbuild.as_deref().unwrap_or(outer);
            Step { instruction, outer, stage: stage_of(at), run: (instruction.keyword == "RUN").then(|| Run::of(instruction, outer)) }
        });
        Self { file, steps: steps.collect(), facts, lines, pragmas: Pragmas::read(text, &file.instructions) }
    }

    /// The instructions that the build of this file itself carries out.
    pub fn own(&self) -> impl Iterator<Item = &Step<'a>> {
        self.steps.iter().filter(|step| !step.is_onbuild())
    }

    /// Those of one keyword, without those behind `ONBUILD`.
    pub fn of(&self, keyword: &'static str) -> impl Iterator<Item = &Step<'a>> {
        self.own().filter(move |step| step.instruction.keyword == keyword)
    }

    /// Every `RUN`, those behind `ONBUILD` too.
    pub fn runs(&self) -> impl Iterator<Item = (&Step<'a>, &Run)> {
        self.steps.iter().filter_map(|step| Some((step, step.run.as_ref()?)))
    }

    /// Every command of every `RUN`.
    pub fn commands(&self) -> impl Iterator<Item = (&Step<'a>, &Command)> {
        self.runs().flat_map(|(step, run)| run.script.commands.iter().map(move |command| (step, command)))
    }
}

impl Step<'_> {
    pub fn is_onbuild(&self) -> bool {
        self.outer.onbuild.is_some()
    }

    /// The line and, where it is known, the byte of the file where a byte of the script stands.
    pub fn place(&self, byte: usize) -> (usize, Option<usize>) {
        match self.run.as_ref().map(|run| &run.origin) {
            Some(Origin::Heredoc { starts, line }) => (line + starts.partition_point(|start| *start <= byte).saturating_sub(1), None),
            Some(Origin::Words) => (self.outer.line, Some(self.outer.span.start)),
            _ => {
                let place = self.instruction.position(byte);
                (place.line, Some(place.byte))
            }
        }
    }

    /// Whether a cache or a tmpfs is mounted where `is_there` says, on this `RUN`.
    pub fn mounts(&self, is_there: impl Fn(&str) -> bool) -> bool {
        self.instruction.mounts().filter(|mount| ["cache", "tmpfs"].contains(&mount.kind())).any(|mount| {
            let target = ["target", "dst", "destination"].into_iter().find_map(|key| mount.get(key));
            target.is_some_and(|target| is_there(target.trim_end_matches('/')))
        })
    }
}

impl Run {
    fn of(instruction: &Instruction, outer: &Instruction) -> Self {
        if let Some(words) = &instruction.exec {
            return Self { script: shell::read(&words.join(" ")), origin: Origin::Words };
        }
        let heredoc = outer.heredocs.first().filter(|_| instruction.arguments.starts_with("<<"));
        let Some(heredoc) = heredoc else {
            return Self { script: shell::read(&instruction.arguments), origin: Origin::Arguments };
        };
        let starts = std::iter::once(0).chain(heredoc.body.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let script = if is_shell(&instruction.arguments, &heredoc.body) { shell::read(&heredoc.body) } else { Script::default() };
        Self { script, origin: Origin::Heredoc { starts, line: heredoc.line } }
    }
}

/// Whether a heredoc is for a shell: by its `#!`, or by the program behind it.
fn is_shell(arguments: &str, body: &str) -> bool {
    let by_line = body.strip_prefix("#!").and_then(|rest| {
        let mut words = rest.lines().next()?.split_whitespace();
        let program = words.next()?;
        if program.ends_with("/env") { words.find(|word| !word.starts_with('-')) } else { Some(program) }
    });
    let program = by_line.or_else(|| arguments.split_whitespace().nth(1)).unwrap_or("sh");
    let name = program.rsplit('/').next().unwrap_or(program);
    ["sh", "bash", "dash", "ash", "ksh", "zsh", "busybox"].contains(&name)
}
