//! Comments that speak to hadolint: `# hadolint ignore=DL3008`, `# hadolint global ignore=…`, `# hadolint shell=…`.
//! Source: hadolint's README, "Inline ignores" and "Global ignores".

use crate::dockerfile::Instruction;
use std::collections::{BTreeMap, BTreeSet};

const MARK: &str = "hadolint";

/// What the comments of a file say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pragmas {
    /// The lines of comments that ignore something in one instruction.
    pub inline: Vec<usize>,
    /// The rules to leave out in the instruction that starts on a line.
    ignored: BTreeMap<usize, BTreeSet<String>>,
    /// The rules to leave out everywhere.
    everywhere: BTreeSet<String>,
    /// The shells, and the lines that name them.
    shells: Vec<(usize, String)>,
}

enum Pragma {
    Here(BTreeSet<String>),
    Everywhere(BTreeSet<String>),
    Shell(String),
}

impl Pragmas {
    /// Reads the comments between the instructions of a file.
    pub fn read(text: &str, instructions: &[Instruction]) -> Self {
        let mut pragmas = Self::default();
        let inside = |line: usize| {
            let after = instructions.partition_point(|instruction| instruction.line <= line);
            after.checked_sub(1).is_some_and(|at| line <= instructions[at].end_line)
        };
        for (at, line) in text.lines().enumerate().filter(|(at, line)| line.contains(MARK) && !inside(at + 1)) {
            match pragma(line) {
                None => {}
                Some(Pragma::Here(ids)) => {
                    pragmas.inline.push(at + 1);
                    pragmas.ignored.entry(at + 2).or_default().extend(ids);
                }
                Some(Pragma::Everywhere(ids)) => pragmas.everywhere.extend(ids),
                Some(Pragma::Shell(shell)) => pragmas.shells.push((at + 1, shell)),
            }
        }
        pragmas
    }

    /// Whether a rule is left out in the instruction that starts on a line.
    pub fn ignores(&self, id: &str, line: usize) -> bool {
        self.everywhere.contains(id) || self.ignored.get(&line).is_some_and(|ids| ids.contains(id))
    }

    /// The shell that the last comment above a line names.
    pub fn shell(&self, line: usize) -> Option<(usize, &str)> {
        self.shells.iter().rev().find(|(at, _)| *at < line).map(|(at, shell)| (*at, shell.as_str()))
    }
}

fn pragma(line: &str) -> Option<Pragma> {
    let rest = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix(MARK)?;
    let words = rest.strip_prefix([' ', '\t'])?.trim_start();
    let (global, words) = match words.strip_prefix("global") {
        Some(words) => (true, words.trim_start()),
        None => (false, words),
    };
    let (name, value) = words.split_once('=')?;
    match name.trim() {
        "ignore" => {
            // A comment may stand behind the list.
            let list = value.split('#').next().unwrap_or_default().trim();
            let ids: BTreeSet<String> = list.split(',').map(|id| id.trim().to_owned()).collect();
            let good = ids.iter().all(|id| is_code(id));
            good.then_some(if global { Pragma::Everywhere(ids) } else { Pragma::Here(ids) })
        }
        "shell" if !global => value.split_whitespace().next().map(|shell| Pragma::Shell(shell.to_owned())),
        _ => None,
    }
}

/// `DL3008`, `SC2046`.
fn is_code(text: &str) -> bool {
    let number = text.strip_prefix("DL").or_else(|| text.strip_prefix("SC"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::Pragmas;
    use crate::dockerfile::parse_all;

    fn read(text: &str) -> Pragmas {
        Pragmas::read(text, &parse_all(text).0.instructions)
    }

    #[test]
    fn comments_are_read_as_hadolint_reads_them() {
        for (comment, ignored) in [
            ("# hadolint ignore=DL3004", true),
            ("#hadolint ignore=DL3004", true),
            ("  #  hadolint   ignore = DL3001 , DL3004", true),
            ("# hadolint ignore=DL3004 # because", true),
            ("# hadolint ignore=SC2046,DL3004", true),
            ("# hadolint ignore=DL3004 because", false),
            ("# hadolint ignore=DL3004,", false),
            ("# hadolint ignore=DL3004;DL3001", false),
            ("# hadolint ignore=dl3004", false),
            ("# hadolint ignore DL3004", false),
            ("# Hadolint ignore=DL3004", false),
            ("# x hadolint ignore=DL3004", false),
            ("# hadolint ignore=DL3004: because", false),
            ("RUN a \\\n# hadolint ignore=DL3004\n  && b", false),
        ] {
            let pragmas = read(&format!("FROM x\n{comment}\nRUN sudo a\nRUN sudo b\nRUN sudo c\n"));
            assert_eq!((pragmas.ignores("DL3004", 3), pragmas.ignores("DL3004", 5)), (ignored, false), "{comment}");
        }
    }

    #[test]
    fn a_global_comment_counts_for_the_whole_file() {
        let pragmas = read("FROM x\nRUN a\n# hadolint global ignore=DL3004\n# hadolint  global  ignore = DL3001\n");
        assert!(pragmas.ignores("DL3004", 2) && pragmas.ignores("DL3001", 1) && !pragmas.ignores("DL3002", 1));
    }
}
