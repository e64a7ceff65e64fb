//! The kinds of events and the words in them.

use crate::testing::Case;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One fact in a run. `v` is 1; it changes when a field changes its meaning.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    /// Version of this document.
    pub v: u32,
    /// Counts from 0 within a run.
    pub seq: u64,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// The run's id.
    pub run: String,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// A step of one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// `prebuild.sh`.
    Prebuild,
    /// Pulling a parent, a base image or the image itself.
    Pull,
    /// Checking the Dockerfile.
    Lint,
    /// Building.
    Build,
    /// Running the test.
    Test,
    /// Looking into the image.
    Scan,
    /// Pushing the version tag, moving floating tags.
    Publish,
}

impl Step {
    /// The word of documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prebuild => "prebuild",
            Self::Pull => "pull",
            Self::Lint => "lint",
            Self::Build => "build",
            Self::Test => "test",
            Self::Scan => "scan",
            Self::Publish => "publish",
        }
    }
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepOutcome {
    /// Good.
    Ok,
    /// It found or did something wrong.
    Failed,
    /// There was nothing to do.
    Skipped,
    /// Interrupted.
    Cancelled,
}

impl StepOutcome {
    /// The word of documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How an image ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageOutcome {
    /// Made, not pushed.
    Built,
    /// Pushed in this run.
    Published,
    /// The engine's copy was used, not pushed.
    Reused,
    /// Nothing was to be done.
    Skipped,
    /// A parent failed.
    Blocked,
    /// A step went wrong.
    Failed,
    /// Interrupted.
    Cancelled,
}

impl ImageOutcome {
    /// The word of documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Built => "built",
            Self::Published => "published",
            Self::Reused => "reused",
            Self::Skipped => "skipped",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Why: a stable code for programs, a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonText {
    /// A code of CLI.md, such as `missing`.
    pub code: String,
    /// The sentence.
    pub text: String,
}

/// A base image with the manifest that was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseImage {
    /// As the Dockerfile names it.
    pub reference: String,
    /// Of its manifest, where known.
    pub digest: Option<String>,
}

/// What one destination of an image holds now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The destination's name in the configuration.
    pub name: String,
    /// The image's reference there.
    pub reference: String,
    /// Of the manifest there.
    pub digest: Option<String>,
    /// The floating tags that were moved to it.
    pub tags: Vec<String>,
}

/// What became of a tag that was to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TagOutcome {
    /// It was not reached.
    Open,
    /// Something stands where a list of tags named nothing; settled before a run ends well.
    Unlisted,
    /// It moved.
    Moved,
    /// It stood there already.
    There,
    /// Somebody else moved it since it was looked at, so it was left alone.
    Left,
    /// Somebody else moved it right after us.
    Lost,
    /// What it was to hold is not there any more.
    Gone,
    /// It must not be made.
    Refused,
    /// It is in no registry of ours: whoever called sets it.
    Yours,
}

impl TagOutcome {
    /// The word of documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Unlisted => "unlisted",
            Self::Moved => "moved",
            Self::There => "there",
            Self::Left => "left",
            Self::Lost => "lost",
            Self::Gone => "gone",
            Self::Refused => "refused",
            Self::Yours => "yours",
        }
    }
}

/// A tag of `promote` or `rollback`, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledTag {
    /// The image.
    pub name: String,
    /// promote, commit, cache, stream or floating.
    pub kind: String,
    /// What it takes, for people.
    pub source: Option<String>,
    /// The tag.
    pub reference: String,
    /// What it is to hold.
    pub digest: Option<String>,
    /// What it held before.
    pub from: Option<String>,
    /// Under which name that is kept.
    pub kept_as: Option<String>,
    /// What became of it.
    pub outcome: TagOutcome,
    /// Why, where it did not move.
    pub reason: Option<String>,
}

/// Facts of one image that turn up while a run goes on. All are optional; `None` and empty say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageDetails {
    /// The engine's id of what was built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_id: Option<String>,
    /// The hash over what the image is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<String>,
    /// buildkit or classic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub builder: Option<String>,
    /// Base images that were used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bases: Vec<BaseImage>,
    /// Destinations that hold it now; a later one with the same name replaces the earlier.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<Delivery>,
    /// The digest of the inventory of its packages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inventory: Option<String>,
    /// Findings of a step, counted by severity.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub findings: BTreeMap<Step, BTreeMap<String, u64>>,
}

/// How many images ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Made, not pushed.
    pub built: usize,
    /// Pushed in this run.
    pub published: usize,
    /// The engine's copy was used.
    pub reused: usize,
    /// Nothing was to be done.
    pub skipped: usize,
    /// A parent failed.
    pub blocked: usize,
    /// A step went wrong.
    pub failed: usize,
    /// Interrupted.
    pub cancelled: usize,
}

impl Counts {
    /// Counts one more image.
    pub fn add(&mut self, outcome: ImageOutcome) {
        let field = match outcome {
            ImageOutcome::Built => &mut self.built,
            ImageOutcome::Published => &mut self.published,
            ImageOutcome::Reused => &mut self.reused,
            ImageOutcome::Skipped => &mut self.skipped,
            ImageOutcome::Blocked => &mut self.blocked,
            ImageOutcome::Failed => &mut self.failed,
            ImageOutcome::Cancelled => &mut self.cancelled,
        };
        *field += 1;
    }
}

/// What happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// The run begins; the catalogue has been read and planned.
    RunStarted {
        /// DIRECTORY as it was given.
        directory: String,
        /// The version of cooperage.
        version: String,
        /// How many images have something to do.
        images: usize,
        /// Whether images will be pushed.
        publishing: bool,
    },
    /// An image has something to do. Sent for all of them before the first one starts, in plan order.
    ImageQueued {
        /// The definition.
        name: String,
        /// Its reference.
        reference: String,
        /// build, test or publish.
        action: String,
        /// Why.
        reason: ReasonText,
    },
    /// A step begins.
    StepStarted {
        /// The definition.
        name: String,
        /// Which.
        step: Step,
    },
    /// A line that a build, a test or `prebuild.sh` wrote.
    Log {
        /// The definition.
        name: String,
        /// Which step wrote it.
        step: Step,
        /// The line, without its end.
        line: String,
    },
    /// Bytes that moved.
    Progress {
        /// The definition.
        name: String,
        /// Which step moves them.
        step: Step,
        /// Bytes done.
        done: u64,
        /// Bytes in all, where known.
        total: Option<u64>,
    },
    /// A step ended.
    StepFinished {
        /// The definition.
        name: String,
        /// Which.
        step: Step,
        /// How.
        outcome: StepOutcome,
        /// How long it took.
        seconds: f64,
        /// What went wrong, for `failed`; a note, for `skipped`.
        message: Option<String>,
    },
    /// A test of an image ended; before its step does.
    TestCase {
        /// The definition.
        name: String,
        /// Which test, and how it ended.
        case: Case,
    },
    /// Something to look at that stops nothing.
    Warning {
        /// A stable word.
        code: String,
        /// The definition, if it is about one.
        name: Option<String>,
        /// What, and what to do.
        message: String,
    },
    /// A floating tag was moved at the end of the run.
    TagMoved {
        /// The definition.
        name: String,
        /// The destination's name in the configuration.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        destination: Option<String>,
        /// The floating reference.
        reference: String,
        /// Where it points now.
        digest: String,
    },
    /// The result of `promote` or `rollback`: every tag and what became of it.
    TagsSettled {
        /// Whether all is as it should be.
        ok: bool,
        /// In the order of the plan.
        tags: Vec<SettledTag>,
    },
    /// What became known of an image, for its record. May come several times: a value that is there replaces
    /// the earlier one, lists grow.
    ImageDetails {
        /// The definition.
        name: String,
        /// What became known.
        #[serde(flatten)]
        details: ImageDetails,
    },
    /// An image is done.
    ImageFinished {
        /// The definition.
        name: String,
        /// Its reference.
        reference: String,
        /// How it ended.
        outcome: ImageOutcome,
        /// The manifest's digest in the registry, where it is there.
        digest: Option<String>,
        /// Why it ended so.
        reason: ReasonText,
        /// From its first step to its end.
        seconds: f64,
        /// The parent that failed, for `blocked`.
        blocked_by: Option<String>,
        /// The last lines of its log, for `failed`, at most 15.
        log_tail: Vec<String>,
    },
    /// The run is over.
    RunFinished {
        /// How many ended how.
        counts: Counts,
        /// How long it took.
        seconds: f64,
        /// The exit code.
        exit: u8,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(value: impl Serialize) -> String {
        serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn words_of_tables_are_those_of_documents() {
        for step in [Step::Prebuild, Step::Pull, Step::Lint, Step::Build, Step::Test, Step::Scan, Step::Publish] {
            assert_eq!(step.as_str(), document(step));
        }
        for outcome in [StepOutcome::Ok, StepOutcome::Failed, StepOutcome::Skipped, StepOutcome::Cancelled] {
            assert_eq!(outcome.as_str(), document(outcome));
        }
        for outcome in [ImageOutcome::Built, ImageOutcome::Published, ImageOutcome::Reused, ImageOutcome::Blocked, ImageOutcome::Failed] {
            assert_eq!(outcome.as_str(), document(outcome));
        }
    }
}
