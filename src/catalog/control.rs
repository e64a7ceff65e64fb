//! The optional `control` file of a definition: which images it needs.
//!
//! Source of the format: deb822(5). Read here and not by a crate because every relation keeps its line, and so
//! does every mistake; the crates at hand report neither.

use super::relation::{Field, Relation};
use super::text::{excerpt, line_of_nul, lines};
use crate::finding::{Overrides, Step};

/// What a `control` file says. Without a file it is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// `Depends` and `Build-Depends` of every paragraph, in file order. A name may stand in it more than once.
    pub relations: Vec<Relation>,
    /// Whether a paragraph says `Tooling: yes`: an image that CI itself uses, built when nothing else is.
    pub tooling: bool,
    /// `Lint`, `Test` and `Scan` of every paragraph: what findings of these steps lead to for this image.
    pub policy: Overrides,
}

/// Why a `control` file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// A line that is neither a field nor the continuation of one.
    #[error("line {line} is neither \"Field: value\" nor the indented continuation of a field: \"{text}\"")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// A relation that cannot be read.
    #[error("{field} in line {line}: {reason}")]
    Relation {
        /// The line, from 1.
        line: usize,
        /// The field it stands in.
        field: Field,
        /// What is wrong with it.
        reason: String,
    },
    /// A policy that cannot be read.
    #[error("{field} in line {line}: {reason}")]
    Policy {
        /// The line, from 1.
        line: usize,
        /// The field it stands in.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A NUL byte.
    #[error("the control file is not a text file (line {line} holds a NUL byte)")]
    NotText {
        /// The line, from 1.
        line: usize,
    },
}

impl ControlError {
    /// The line in question, from 1.
    pub fn line(&self) -> usize {
        match self {
            Self::Line { line, .. } | Self::Relation { line, .. } | Self::Policy { line, .. } | Self::NotText { line } => *line,
        }
    }
}

impl Control {
    /// Reads a `control` file: paragraphs of `Field: value`, folded lines, comments.
    ///
    /// # Errors
    /// At the first line or relation that cannot be read.
    pub fn parse(bytes: &[u8]) -> Result<Self, ControlError> {
        if let Some(line) = line_of_nul(bytes) {
            return Err(ControlError::NotText { line });
        }
        let mut reader = Reader::default();
        for (at, line) in lines(bytes) {
            reader.take_line(&line, at)?;
        }
        reader.finish_relation()?;
        Ok(Self { relations: reader.relations, tooling: reader.tooling, policy: reader.policy })
    }
}

/// The field that the lines being read belong to.
#[derive(Clone, Copy, Default)]
enum Within {
    #[default]
    Nothing,
    Other,
    Relations(Field),
    Policy(Step),
}

#[derive(Default)]
struct Reader {
    within: Within,
    /// A relation may be folded (`name` here, `(>= 1)` on the next line): its text so far, and where it began.
    pending: String,
    pending_line: usize,
    relations: Vec<Relation>,
    tooling: bool,
    policy: Overrides,
}

impl Reader {
    fn take_line(&mut self, line: &str, at: usize) -> Result<(), ControlError> {
        if line.starts_with('#') {
            return Ok(());
        }
        if line.trim().is_empty() {
            self.finish_relation()?;
            self.within = Within::Nothing;
            return Ok(());
        }
        let broken = || ControlError::Line { line: at, text: excerpt(line) };
        if line.starts_with([' ', '\t']) {
            return match self.within {
                Within::Nothing => Err(broken()),
                Within::Other => Ok(()),
                Within::Relations(_) => self.take_value(line, at),
                Within::Policy(step) => self.take_policy(line, step, at),
            };
        }
        self.finish_relation()?;
        let (name, value) = line.split_once(':').ok_or_else(broken)?;
        let name = name.trim_end();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(broken());
        }
        self.within = which(name);
        self.tooling |= name.eq_ignore_ascii_case("Tooling") && value.trim().eq_ignore_ascii_case("yes");
        match self.within {
            Within::Relations(_) => self.take_value(value, at),
            Within::Policy(step) => self.take_policy(value, step, at),
            Within::Nothing | Within::Other => Ok(()),
        }
    }

    fn take_policy(&mut self, line: &str, step: Step, at: usize) -> Result<(), ControlError> {
        let taken = self.policy.of_mut(step).take(line, step);
        taken.map_err(|reason| ControlError::Policy { line: at, field: field_of(step), reason })
    }

    fn take_value(&mut self, value: &str, at: usize) -> Result<(), ControlError> {
        for (index, piece) in value.split(',').enumerate() {
            if index > 0 {
                self.finish_relation()?;
            }
            let piece = piece.trim();
            if piece.is_empty() {
                continue;
            }
            if self.pending.is_empty() {
                self.pending_line = at;
            } else {
                self.pending.push(' ');
            }
            self.pending.push_str(piece);
        }
        Ok(())
    }

    fn finish_relation(&mut self) -> Result<(), ControlError> {
        let Within::Relations(field) = self.within else { return Ok(()) };
        // Nothing between two commas, or behind the last one: people leave them there.
        if self.pending.is_empty() {
            return Ok(());
        }
        let line = self.pending_line;
        let relation = Relation::parse(&self.pending, field, line).map_err(|reason| ControlError::Relation { line, field, reason })?;
        self.relations.push(relation);
        self.pending.clear();
        Ok(())
    }
}

fn which(name: &str) -> Within {
    if name.eq_ignore_ascii_case("Depends") {
        Within::Relations(Field::Depends)
    } else if name.eq_ignore_ascii_case("Build-Depends") {
        Within::Relations(Field::BuildDepends)
    } else {
        let step = Step::ALL.into_iter().find(|step| name.eq_ignore_ascii_case(step.as_str()));
        step.map_or(Within::Other, Within::Policy)
    }
}

fn field_of(step: Step) -> &'static str {
    match step {
        Step::Lint => "Lint",
        Step::Test => "Test",
        Step::Scan => "Scan",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Mode;

    fn relations(text: &str) -> Vec<(String, Field, usize)> {
        let control = Control::parse(text.as_bytes()).unwrap();
        control.relations.iter().map(|r| (r.to_string(), r.field, r.line)).collect()
    }

    #[test]
    fn reads_every_paragraph_with_lines() {
        let text = "# about\nPackage: a\nDescription: x: y\n long, (text\n .\nBuild-Depends: golang, node (>= 20),\n\n\nPackage: b\ndepends:\n ci-common,\n# not this one\n\tgolang (>= 1)\n  [amd64] ,\n  ,\n";
        assert_eq!(
            relations(text),
            [
                ("golang".to_owned(), Field::BuildDepends, 6),
                ("node (>= 20)".to_owned(), Field::BuildDepends, 6),
                ("ci-common".to_owned(), Field::Depends, 11),
                ("golang (>= 1)".to_owned(), Field::Depends, 13),
            ]
        );
    }

    #[test]
    fn a_relation_may_be_folded_in_its_middle() {
        assert_eq!(relations("Depends: a\n (>= 1), b"), [("a (>= 1)".to_owned(), Field::Depends, 1), ("b".to_owned(), Field::Depends, 2)]);
    }

    #[test]
    fn tooling_is_yes_or_not() {
        for (text, tooling) in [("Tooling: yes\n", true), ("Depends: a\n\ntooling:  YES \n", true), ("Tooling: no\n", false), ("", false)] {
            assert_eq!(Control::parse(text.as_bytes()).unwrap().tooling, tooling, "{text:?}");
        }
    }

    #[test]
    fn policies_are_read_with_their_exceptions() {
        let text = "Lint: gate warning\n ignore DL3008 until 2026-12-31: weekly anyway\nScan: off\n\nPackage: x\nlint:\n ignore a until 2026-12-31: b\n";
        let policy = Control::parse(text.as_bytes()).unwrap().policy;
        assert_eq!((policy.lint.mode, policy.lint.ignore.len()), (Some(Mode::Gate), 2));
        assert_eq!((policy.scan.mode, policy.test.mode), (Some(Mode::Off), None));
    }

    #[test]
    fn empty_is_fine() {
        for text in ["", "\n\n", "Depends:\n", "Depends: ,\r\n", "Package: x\nPre-Depends: y z\n"] {
            assert_eq!(relations(text), [], "{text:?}");
        }
    }

    #[test]
    fn mistakes_have_their_line() {
        for (text, line, reason) in [
            ("Package: x\nDepends a\n", 2, "neither"),
            (" Depends: a\n", 1, "neither"),
            ("Depends: a\n\n b\n", 3, "neither"),
            ("Depends: a,\n b c,\n d\n", 2, "Depends in line 2"),
            ("Build-Depends: a (>= 1\nDepends: b", 1, "Build-Depends in line 1"),
            ("two words: a\n", 1, "neither"),
            (": a\n", 1, "neither"),
            ("Lint: gate\n ignore DL3008: x\n", 2, "Lint in line 2: an exception is written"),
            ("Scan: error\n", 1, "none of gate"),
            ("Depends: a\n\0", 2, "not a text file"),
        ] {
            let error = Control::parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.line(), line, "{text:?}: {error}");
            assert!(error.to_string().contains(reason), "{text:?}: {error}");
        }
    }
}
