//! A Dockerfile, read as BuildKit reads it: directives, instructions, flags, heredocs and stages, each with its lines.
//!
//! Fragments without `FROM` are read too, and [`parse_all`] goes on after an error. Nothing here does I/O or
//! judges style. The rules are those of BuildKit's Dockerfile frontend
//! (<https://docs.docker.com/reference/dockerfile/>).

mod error;
mod expand;
mod features;
mod flags;
mod heredoc;
mod instruction;
mod lines;
mod mount;
mod parse;
mod references;
mod stage;
#[cfg(test)]
mod tests;

pub use error::ParseError;
pub use features::{Feature, FeatureKind};
pub use instruction::{Flag, Heredoc, Instruction, KEYWORDS, Position};
pub use lines::Directive;
pub use mount::Mount;
pub use parse::{parse, parse_all};
pub use references::{ExternalReference, Via};
pub use stage::Stage;

/// A Dockerfile, or a fragment of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// The instructions in the order of the file.
    pub instructions: Vec<Instruction>,
    /// The stages in the order of the file; none in a fragment without `FROM`.
    pub stages: Vec<Stage>,
    /// The character that continues lines: a backslash, or the backtick of `# escape=`.
    pub escape: char,
    /// The directives at the top: `syntax`, `escape`, `check`.
    pub directives: Vec<Directive>,
}
