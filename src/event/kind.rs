//! The kinds of events.

use super::image::{ImageDetails, ReasonText};
use super::outcome::{Counts, ImageOutcome, Step, StepOutcome};
use super::tag::SettledTag;
use crate::testing::Case;
use serde::{Deserialize, Serialize};

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
