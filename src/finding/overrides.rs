//! What a definition says about its own policy, in the fields `Lint`, `Test` and `Scan` of `control`.

use super::exception::Exception;
use super::policy::{Mode, Step};
use super::severity::Severity;

/// What one field says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Override {
    /// Instead of the configured mode.
    pub mode: Option<Mode>,
    /// Instead of the configured threshold.
    pub threshold: Option<Severity>,
    /// On top of the configured exceptions.
    pub ignore: Vec<Exception>,
}

/// What all three fields say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `Lint`.
    pub lint: Override,
    /// `Test`.
    pub test: Override,
    /// `Scan`.
    pub scan: Override,
}

impl Overrides {
    /// What the field of a step says.
    pub fn of(&self, step: Step) -> &Override {
        match step {
            Step::Lint => &self.lint,
            Step::Test => &self.test,
            Step::Scan => &self.scan,
        }
    }

    /// The same, to be written.
    pub fn of_mut(&mut self, step: Step) -> &mut Override {
        match step {
            Step::Lint => &mut self.lint,
            Step::Test => &mut self.test,
            Step::Scan => &mut self.scan,
        }
    }
}

impl Override {
    /// Whether it changes anything.
    pub fn says_something(&self) -> bool {
        *self != Self::default()
    }

    /// Takes one line of the field of a step: `[gate|warn|off] [THRESHOLD]`, or `ignore ID until YYYY-MM-DD: REASON`.
    /// An empty line says nothing.
    ///
    /// # Errors
    /// What is wrong with the line.
    pub fn take(&mut self, line: &str, step: Step) -> Result<(), String> {
        match line.trim().strip_prefix("ignore ") {
            Some(rest) => {
                self.ignore.push(exception(rest)?);
                Ok(())
            }
            None => line.split_whitespace().try_for_each(|word| self.word(word, step)),
        }
    }

    fn word(&mut self, word: &str, step: Step) -> Result<(), String> {
        let mode = Mode::parse(word);
        let threshold = Severity::parse(word, step.family());
        if (mode.is_some() && self.mode.is_some()) || (threshold.is_some() && self.threshold.is_some()) {
            return Err(format!("\"{word}\" says a second time what was said before"));
        }
        self.mode = self.mode.or(mode);
        self.threshold = self.threshold.or(threshold);
        if mode.is_some() || threshold.is_some() {
            return Ok(());
        }
        let severities: Vec<&str> = Severity::of(step.family()).map(Severity::as_str).collect();
        let shown: String = word.chars().take(40).collect();
        Err(format!(
            "\"{shown}\" is none of {} and {}, nor the start of ignore ID until YYYY-MM-DD: REASON",
            Mode::WORDS.join(", "),
            severities.join(", ")
        ))
    }
}

fn exception(text: &str) -> Result<Exception, String> {
    let shape = || "an exception is written ignore ID until YYYY-MM-DD: REASON".to_owned();
    let (head, reason) = text.split_once(':').ok_or_else(shape)?;
    let words: Vec<&str> = head.split_whitespace().collect();
    let [id, "until", until] = words.as_slice() else { return Err(shape()) };
    Exception::new(id, "*", until, reason).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str], step: Step) -> Result<Override, String> {
        let mut told = Override::default();
        lines.iter().try_for_each(|line| told.take(line, step)).map(|()| told)
    }

    #[test]
    fn mode_threshold_and_exceptions_are_read() {
        let told = read(&["gate high", " ignore CVE-2026-1 until 2026-12-31: fixed in 3.2, they say: soon", ""], Step::Scan).unwrap();
        assert_eq!((told.mode, told.threshold, told.ignore.len()), (Some(Mode::Gate), Some(Severity::High), 1));
        assert_eq!(told.ignore[0].reason, "fixed in 3.2, they say: soon");
        let told = read(&["warning"], Step::Lint).unwrap();
        assert_eq!((told.mode, told.threshold), (None, Some(Severity::Warning)));
    }

    #[test]
    fn mistakes_are_named() {
        for (lines, said) in [
            (vec!["maybe"], "none of gate"),
            (vec!["gate critical"], "\"critical\""),
            (vec!["gate", "off"], "second time"),
            (vec!["ignore DL3008"], "is written"),
            (vec!["ignore DL3008 until 2026-12-31:"], "a reason"),
            (vec!["ignore DL3008 until soon: x"], "no day"),
            (vec!["ignore a b until 2026-12-31: x"], "is written"),
        ] {
            let error = read(&lines, Step::Lint).unwrap_err();
            assert!(error.contains(said), "{lines:?}: {error}");
        }
    }
}
