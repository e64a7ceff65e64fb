//! Puts lines, flags and heredocs together into instructions.

use super::error::{ParseError, excerpt};
use super::instruction::{Instruction, KEYWORDS, shift};
use super::lines::{Directives, Lines, Logical, logical};
use super::{Dockerfile, flags, heredoc, stage};
use crate::name::nearest;

/// Reads a Dockerfile or a fragment of one.
///
/// # Errors
/// The first mistake of the file: an unknown instruction, a `FROM` without an image, a heredoc that never ends,
/// an instruction other than `ARG` before the first `FROM`, no instruction at all.
pub fn parse(text: &str) -> Result<Dockerfile, ParseError> {
    let (dockerfile, errors) = parse_all(text);
    errors.into_iter().next().map_or(Ok(dockerfile), Err)
}

/// After so many mistakes the text is no Dockerfile, and reading ends.
const MOST_ERRORS: usize = 100;

/// Reads what can be read, and says what is wrong with the rest, in the order of the lines. After 100 mistakes it
/// reads no further.
pub fn parse_all(text: &str) -> (Dockerfile, Vec<ParseError>) {
    let mut directives = Directives::new();
    let mut errors = Vec::new();
    let mut instructions = Vec::new();
    let mut lines = Lines::new(text);
    while let Some(line) = lines.next().filter(|_| errors.len() < MOST_ERRORS) {
        errors.extend(directives.read(&line).err());
        if let Some(logical) = logical(line, &mut lines, directives.escape) {
            match whole(logical, &mut lines) {
                Ok(instruction) => instructions.push(instruction),
                Err(error) => errors.push(error),
            }
        }
    }
    if instructions.is_empty() && errors.is_empty() {
        let message = "there is no instruction in this Dockerfile";
        errors.push(ParseError::new(lines.number().max(1), message).help("begin with FROM IMAGE"));
    }
    let stages = stage::stages(&instructions, &mut errors);
    errors.sort_by_key(|error| error.line);
    (Dockerfile { instructions, stages, escape: directives.escape, directives: directives.seen }, errors)
}

/// An instruction with the bodies of its heredocs.
fn whole(logical: Logical, lines: &mut Lines<'_>) -> Result<Instruction, ParseError> {
    let mut instruction = instruction(&logical, 0)?;
    let taker = instruction.onbuild.as_deref().unwrap_or(&instruction);
    if !matches!(taker.keyword.as_str(), "ADD" | "COPY" | "RUN") || taker.exec.is_some() {
        return Ok(instruction);
    }
    let mut heredocs = heredoc::announced(&logical.text);
    for heredoc in &mut heredocs {
        instruction.span.end = heredoc::read_body(heredoc, instruction.line, lines)?;
        instruction.end_line = lines.number();
    }
    instruction.heredocs = heredocs;
    Ok(instruction)
}

/// The instruction that starts at byte `from` of a logical line: 0, or behind `ONBUILD`.
fn instruction(logical: &Logical, from: usize) -> Result<Instruction, ParseError> {
    let text = logical.text[from..].trim_end();
    let end = text.find([' ', '\t', '\x0b', '\x0c', '\r']).unwrap_or(text.len());
    let keyword = known_keyword(&text[..end], logical.line)?;
    let rest = &text[end..];
    let (flags, skipped) = flags::take(rest, from + end, &logical.pieces);
    let start = from + end + skipped;
    let arguments = rest[skipped..].to_owned();
    let onbuild = (keyword == "ONBUILD").then(|| behind_onbuild(logical, start)).transpose()?.map(Box::new);
    Ok(Instruction {
        keyword: keyword.to_owned(),
        line: logical.line,
        end_line: logical.end_line,
        span: logical.start..logical.end,
        flags,
        exec: exec_form(keyword, &arguments),
        arguments,
        heredocs: Vec::new(),
        onbuild,
        pieces: shift(&logical.pieces, start),
    })
}

fn known_keyword(word: &str, line: usize) -> Result<&'static str, ParseError> {
    if let Some(known) = KEYWORDS.iter().find(|known| known.eq_ignore_ascii_case(word)) {
        return Ok(known);
    }
    let error = ParseError::new(line, format!("\"{}\" is no instruction", excerpt(word)));
    let upper = excerpt(word).to_uppercase();
    // Similarity says little about words of three letters, so one wrong, missing or swapped letter counts too.
    let swapped = || KEYWORDS.into_iter().find(|known| strsim::osa_distance(&upper, known) == 1);
    Err(match nearest(&upper, KEYWORDS).first().copied().or_else(swapped) {
        Some(known) => error.help(format!("did you mean {known}?")),
        None => error.help("if it belongs to the line before, end that line with a continuation character"),
    })
}

/// The instruction to run in children; it cannot be `ONBUILD`, so this goes one level deep.
fn behind_onbuild(logical: &Logical, from: usize) -> Result<Instruction, ParseError> {
    let word = logical.text[from..].split_whitespace().next().unwrap_or_default();
    for forbidden in ["ONBUILD", "FROM", "MAINTAINER"] {
        if word.eq_ignore_ascii_case(forbidden) {
            return Err(ParseError::new(logical.line, format!("{forbidden} cannot stand behind ONBUILD")));
        }
    }
    if word.is_empty() {
        return Err(ParseError::new(logical.line, "ONBUILD without an instruction"));
    }
    instruction(logical, from)
}

/// The words of a JSON list. What looks like one but is none is a shell command to Docker, and to us.
fn exec_form(keyword: &str, arguments: &str) -> Option<Vec<String>> {
    let list = match keyword {
        "ADD" | "CMD" | "COPY" | "ENTRYPOINT" | "RUN" | "SHELL" | "VOLUME" => arguments,
        "HEALTHCHECK" => arguments.get(..3).filter(|word| word.eq_ignore_ascii_case("CMD")).map(|_| arguments[3..].trim_start())?,
        _ => return None,
    };
    list.starts_with('[').then(|| serde_json::from_str(list).ok()).flatten()
}
