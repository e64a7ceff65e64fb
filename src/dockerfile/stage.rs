//! Stages: what stands between one `FROM` and the next.

use super::error::{ParseError, excerpt};
use super::instruction::Instruction;
use std::ops::Range;

/// One stage of a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its number, from 0, as `COPY --from=0` names it.
    pub index: usize,
    /// The name behind `AS`, in lower case: stage names ignore case.
    pub name: Option<String>,
    /// The image or stage it starts from, as written.
    pub base: String,
    /// The line where the base is named, from 1.
    pub line: usize,
    /// What `--platform` says, as written.
    pub platform: Option<String>,
    /// Its instructions in [`super::Dockerfile::instructions`]; the first is its `FROM`.
    pub instructions: Range<usize>,
}

/// Finds the stages and what is wrong with their order.
pub(super) fn stages(instructions: &[Instruction], errors: &mut Vec<ParseError>) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for (at, instruction) in instructions.iter().enumerate().filter(|(_, i)| i.keyword == "FROM") {
        if let Some(previous) = stages.last_mut() {
            previous.instructions.end = at;
        }
        match stage(instruction, stages.len(), at..instructions.len()) {
            Ok(stage) => stages.push(stage),
            Err(error) => errors.push(error),
        }
    }
    let Some(first) = instructions.iter().position(|i| i.keyword == "FROM") else { return stages };
    for early in instructions[..first].iter().filter(|i| i.keyword != "ARG") {
        let message = format!("{} stands before the first FROM", early.keyword);
        errors.push(ParseError::new(early.line, message).help("only ARG may stand there; move it below FROM"));
    }
    stages
}

fn stage(from: &Instruction, index: usize, instructions: Range<usize>) -> Result<Stage, ParseError> {
    let mut words = from.arguments.split_whitespace();
    let Some(base) = words.next() else {
        return Err(ParseError::new(from.line, "FROM names no image").help("write FROM IMAGE or FROM IMAGE AS NAME"));
    };
    let name = match (words.next(), words.next(), words.next()) {
        (None, ..) => None,
        (Some(word), Some(name), None) if word.eq_ignore_ascii_case("as") => Some(stage_name(name, from.line)?),
        _ => {
            let message = format!("\"FROM {}\" holds more than an image and a name", excerpt(&from.arguments));
            return Err(ParseError::new(from.line, message).help("write FROM IMAGE or FROM IMAGE AS NAME"));
        }
    };
    let platform = from.flag("platform").and_then(|flag| flag.value.clone());
    Ok(Stage { index, name, base: base.to_owned(), line: from.position(0).line, platform, instructions })
}

/// BuildKit's rule: a letter, then letters, digits, `-`, `_` and `.`.
fn stage_name(text: &str, line: usize) -> Result<String, ParseError> {
    let name = text.to_ascii_lowercase();
    let rest = name.trim_start_matches(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c));
    if rest.is_empty() && name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Ok(name);
    }
    let message = format!("\"{}\" cannot be the name of a stage", excerpt(text));
    Err(ParseError::new(line, message).help("begin with a letter and use letters, digits, -, _ and ."))
}
