//! A small reader of shell scripts: which commands stand in them, with their words, and where pipes are.
//!
//! It knows quotes, `$(…)` and backticks, `&&`, `||`, `;`, `|`, subshells, groups, `if`, `for`, `while`, `case`,
//! functions, redirections and heredocs, which is what rules need. It does not judge syntax: what a shell would refuse
//! is read as far as it makes sense, because templates write all kinds of things. Sources: POSIX.1-2024, Shell Command
//! Language; the Bash manual for what POSIX has not.
//!
//! Why not a crate: those at hand are GPL (yash-syntax), unmaintained (conch-parser), C (tree-sitter-bash), or bring a
//! whole interpreter and stop at the first thing they cannot read (brush-parser).

mod compound;
mod read;
mod word;

#[cfg(test)]
mod tests;

pub use read::read;

/// What a script holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Its simple commands in the order of the text, those of substitutions and subshells included.
    pub commands: Vec<Command>,
    /// The bytes where a `|` joins two commands.
    pub pipes: Vec<usize>,
}

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The variables set in front of it, or alone: name and value.
    pub assignments: Vec<(String, String)>,
    /// Its name and arguments.
    pub words: Vec<Word>,
    /// The byte where it starts.
    pub start: usize,
}

/// A word without its quotes. Variables and substitutions stay as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The text.
    pub text: String,
    /// The byte where it starts.
    pub start: usize,
}

impl Command {
    /// The name, behind `command`, `exec` and `builtin`, which run what follows them.
    pub fn name(&self) -> &str {
        self.words.get(self.skip()).map_or("", |word| word.text.as_str())
    }

    /// The arguments behind [`Command::name`].
    pub fn arguments(&self) -> &[Word] {
        self.words.get(self.skip() + 1..).unwrap_or_default()
    }

    /// The byte where the name starts.
    pub fn name_start(&self) -> usize {
        self.words.get(self.skip()).map_or(self.start, |word| word.start)
    }

    fn skip(&self) -> usize {
        let text = |at: usize| self.words.get(at).map(|word| word.text.as_str());
        match (text(0), text(1), text(2)) {
            (Some("exec"), Some("-a"), Some(_)) => 3,
            (Some("exec" | "command" | "builtin"), Some(next), _) if !next.starts_with('-') => 1,
            _ => 0,
        }
    }
}
