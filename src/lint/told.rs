//! What rules tell.

use super::context::Step;
use super::shell::Word;

/// Something that breaks a rule, in the rendered Dockerfile.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    /// The line, from 1.
    pub line: usize,
    /// The byte of the file, where that is known.
    pub byte: Option<usize>,
    /// The line where the instruction starts, which comments refer to.
    pub start: usize,
    /// What is wrong.
    pub message: String,
}

/// The hits of one rule.
#[derive(Default)]
pub(super) struct Told(pub Vec<Hit>);

impl Told {
    /// At the start of an instruction.
    pub fn step(&mut self, step: &Step<'_>, message: impl Into<String>) {
        let start = step.outer.line;
        self.0.push(Hit { line: start, byte: Some(step.outer.span.start), start, message: message.into() });
    }

    /// At a byte of an instruction's arguments, or of its script.
    pub fn at(&mut self, step: &Step<'_>, byte: usize, message: impl Into<String>) {
        let (line, byte) = step.place(byte);
        self.0.push(Hit { line, byte, start: step.outer.line, message: message.into() });
    }

    /// At a line.
    pub fn line(&mut self, line: usize, message: impl Into<String>) {
        self.0.push(Hit { line, byte: None, start: line, message: message.into() });
    }
}

/// What may stand in a message: short, and without what an address may carry.
pub(super) fn shown(text: &str) -> String {
    if text.contains("://") {
        return "an address".to_owned();
    }
    let line = text.split(['\n', '\r']).next().unwrap_or_default();
    if line.chars().count() > 40 { line.chars().take(40).chain(['…']).collect() } else { line.to_owned() }
}

/// Some words of a list for a message, the others counted.
pub(super) fn some(words: &[&Word]) -> String {
    let mut names: Vec<String> = words.iter().take(3).map(|word| shown(&word.text)).collect();
    if words.len() > names.len() {
        names.push(format!("{} more", words.len() - names.len()));
    }
    names.join(", ")
}
