//! One instruction and its parts.

use super::lines::Piece;
use super::mount::Mount;
use std::ops::Range;

/// The instructions that a Dockerfile may hold, in capitals.
pub const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// One instruction, from its keyword to the end of its last heredoc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The keyword in capitals.
    pub keyword: String,
    /// The line where it starts, from 1.
    pub line: usize,
    /// The line where it ends, from 1, heredocs included.
    pub end_line: usize,
    /// Its bytes in the file, without the last line end.
    pub span: Range<usize>,
    /// The flags before the arguments.
    pub flags: Vec<Flag>,
    /// What follows keyword and flags: continuations joined, comments and blank lines inside left out, trimmed.
    pub arguments: String,
    /// The words, where the arguments are a JSON list of strings and the instruction takes one.
    pub exec: Option<Vec<String>>,
    /// The heredocs in the order of the file. Those of an `ONBUILD` stand here, not in the instruction inside.
    pub heredocs: Vec<Heredoc>,
    /// The instruction behind `ONBUILD`.
    pub onbuild: Option<Box<Instruction>>,
    pub(super) pieces: Vec<Piece>,
}

/// A place in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The byte in the file, from 0.
    pub byte: usize,
}

impl Instruction {
    /// Where a byte of `arguments` stands in the file.
    pub fn position(&self, offset: usize) -> Position {
        locate(&self.pieces, offset).unwrap_or(Position { line: self.line, byte: self.span.start })
    }

    /// The last flag of that name, without its dashes.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().rev().find(|flag| flag.name == name)
    }

    /// The mounts of a `RUN`, in order.
    pub fn mounts(&self) -> impl Iterator<Item = Mount> + '_ {
        let of_run = self.keyword == "RUN";
        self.flags.iter().filter(move |flag| of_run && flag.name == "mount").map(Mount::read)
    }
}

/// Finds the part that holds `offset`; a binary search, as a part may be one of a hundred thousand.
pub(super) fn locate(pieces: &[Piece], offset: usize) -> Option<Position> {
    let after = pieces.partition_point(|piece| piece.offset <= offset);
    let piece = pieces.get(after.checked_sub(1)?)?;
    Some(Position { line: piece.line, byte: piece.start + (offset - piece.offset) })
}

/// The parts of what is left of a logical line after its first `skip` bytes.
pub(super) fn shift(pieces: &[Piece], skip: usize) -> Vec<Piece> {
    let first = pieces.partition_point(|piece| piece.offset <= skip).saturating_sub(1);
    let moved = |piece: &Piece| match piece.offset.checked_sub(skip) {
        Some(offset) => Piece { offset, ..*piece },
        None => Piece { offset: 0, line: piece.line, start: piece.start + (skip - piece.offset) },
    };
    pieces.iter().skip(first).map(moved).collect()
}

/// A flag such as `--from=build`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its name without the dashes, as written.
    pub name: String,
    /// What stands behind `=`; none where there is no `=`.
    pub value: Option<String>,
    /// The line, from 1.
    pub line: usize,
}

/// A text given in the file itself, as in `RUN <<EOF`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it, without quotes.
    pub name: String,
    /// Its lines as they stand in the file, line ends and tabs included.
    pub body: String,
    /// Whether variables are replaced: not when any of the word was quoted.
    pub expand: bool,
    /// Whether leading tabs are taken away (`<<-`).
    pub chomp: bool,
    /// The line of the file where the body starts, from 1.
    pub line: usize,
}
