//! What follows from the findings of a step.

use super::exception::Exception;
use super::overrides::Override;
use super::severity::{Family, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

/// The steps of an image that find something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Static check of its Dockerfile.
    Lint,
    /// Check of the image by running it.
    Test,
    /// Check of its contents.
    Scan,
}

impl Step {
    /// All of them, in the order of a run.
    pub const ALL: [Self; 3] = [Self::Lint, Self::Test, Self::Scan];

    /// As people and documents name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::Test => "test",
            Self::Scan => "scan",
        }
    }

    /// Whose severities it uses.
    pub fn family(self) -> Family {
        if self == Self::Scan { Family::Contents } else { Family::Text }
    }
}

/// What a step does with an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Findings that reach the threshold stop the image.
    Gate,
    /// Findings are told.
    Warn,
    /// The step does not happen.
    Off,
}

impl Mode {
    /// The words, for messages.
    pub const WORDS: [&'static str; 3] = ["gate", "warn", "off"];

    /// The mode of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "gate" => Self::Gate,
            "warn" => Self::Warn,
            "off" => Self::Off,
            _ => return None,
        })
    }

    /// As people and documents name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Warn => "warn",
            Self::Off => "off",
        }
    }
}

/// What a step does with an image: mode, threshold, exceptions.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The step.
    pub step: Step,
    /// What it does.
    pub mode: Mode,
    /// The least severity that counts; one of the step's family.
    pub threshold: Severity,
    /// What is accepted until a day.
    pub ignore: Vec<Exception>,
}

impl Policy {
    /// The policy of a step where nobody says anything: tests gate, lint and scan warn, so that a catalogue that comes
    /// from docker-pkg builds as before. Errors count, of a scan what is critical or high.
    pub fn default_of(step: Step) -> Self {
        let mode = if step == Step::Test { Mode::Gate } else { Mode::Warn };
        let threshold = if step == Step::Scan { Severity::High } else { Severity::Error };
        Self { step, mode, threshold, ignore: Vec::new() }
    }

    /// As a definition overrides it. Its exceptions come on top of those of the configuration.
    #[must_use]
    pub fn with(&self, told: &Override) -> Self {
        let ignore = self.ignore.iter().chain(&told.ignore).cloned().collect();
        Self { step: self.step, mode: told.mode.unwrap_or(self.mode), threshold: told.threshold.unwrap_or(self.threshold), ignore }
    }

    /// As the configuration says. What it leaves out is as [`Policy::default_of`] says. The configuration was checked when
    /// it was read, so what is no word of the step counts as left out.
    pub fn of(step: Step, told: &PolicySetting) -> Self {
        let default = Self::default_of(step);
        let map = match told {
            PolicySetting::Mode(word) => return Self { mode: word.mode(), ..default },
            PolicySetting::Map(map) => map,
        };
        let threshold = map.threshold.as_deref().and_then(|word| Severity::parse(word, step.family()));
        let exception = |told: &ExceptionSetting| Exception::new(&told.id, &told.image, &told.until, &told.reason).ok();
        Self {
            step,
            mode: map.policy.as_ref().map_or(default.mode, ModeSetting::mode),
            threshold: threshold.unwrap_or(default.threshold),
            ignore: map.ignore.iter().flatten().filter_map(exception).collect(),
        }
    }
}

/// `cooperage.lint`, `cooperage.test`, `cooperage.scan`: the mode alone, or everything.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum PolicySetting {
    /// The mode alone.
    Mode(ModeSetting),
    /// Everything.
    Map(PolicyMap),
}

/// A policy written out.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct PolicyMap {
    policy: Option<ModeSetting>,
    threshold: Option<String>,
    ignore: Option<Vec<ExceptionSetting>>,
}

/// A mode as YAML reads it: an `off` without quotes is false there.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum ModeSetting {
    /// A word.
    Word(ModeWord),
    /// `off`.
    Flag(#[schemars(extend("const" = false))] bool),
}

/// The words of a mode.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum ModeWord {
    /// Findings stop the image.
    Gate,
    /// Findings are told.
    Warn,
    /// The step does not happen.
    Off,
}

impl ModeSetting {
    fn mode(&self) -> Mode {
        match self {
            Self::Word(ModeWord::Gate) => Mode::Gate,
            Self::Word(ModeWord::Warn) => Mode::Warn,
            // `true` does not come here: the kind of the key refuses it.
            Self::Word(ModeWord::Off) | Self::Flag(_) => Mode::Off,
        }
    }
}

/// One exception as the configuration writes it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct ExceptionSetting {
    id: String,
    #[serde(default = "every")]
    image: String,
    until: String,
    reason: String,
}

fn every() -> String {
    "*".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_defaults_let_a_catalogue_of_docker_pkg_build_as_before() {
        let modes = Step::ALL.map(|step| Policy::default_of(step).mode);
        assert_eq!(modes, [Mode::Warn, Mode::Gate, Mode::Warn]);
    }

    #[test]
    fn the_configuration_says_as_much_as_it_likes() {
        let read = |value: serde_json::Value| Policy::of(Step::Scan, &serde_json::from_value(value).unwrap());
        assert_eq!(read(json!("gate")).mode, Mode::Gate);
        assert_eq!(read(json!(false)).mode, Mode::Off);
        let full = read(json!({"threshold": "critical", "ignore": [{"id": "CVE-1", "until": "2026-12-31", "reason": "x"}]}));
        assert_eq!((full.mode, full.threshold, full.ignore.len()), (Mode::Warn, Severity::Critical, 1));
        assert!(full.ignore[0].is_for("anything"));
        assert!(serde_json::from_value::<PolicySetting>(json!({"treshold": "high"})).is_err());
    }

    #[test]
    fn a_definition_overrides_what_it_names() {
        let base = Policy { ignore: vec![Exception::new("a", "*", "2026-12-31", "x").unwrap()], ..Policy::default_of(Step::Lint) };
        let told = Override { mode: Some(Mode::Gate), threshold: None, ignore: vec![Exception::new("b", "*", "2026-12-31", "y").unwrap()] };
        let policy = base.with(&told);
        assert_eq!((policy.mode, policy.threshold, policy.ignore.len()), (Mode::Gate, Severity::Error, 2));
    }
}
