//! What is told: one notification an image and run.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What became of one image in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// The run's id.
    pub run: String,
    /// When the image's part of the run ended.
    pub at: Timestamp,
    /// The mail addresses of the entry's owners.
    pub owners: Vec<String>,
    /// The image: `app/job:tag`.
    pub image: String,
    /// The registry as `host` or `host:port`.
    pub registry: String,
    /// The reference it was published under.
    pub reference: Option<String>,
    /// The digest of its manifest.
    pub digest: Option<String>,
    /// How it ended.
    pub outcome: Told,
    /// Why it was built.
    pub cause: Cause,
    /// The stage that went wrong.
    pub failed: Option<FailedStage>,
    /// What the scanners found.
    pub scan: Option<ScanNote>,
    /// Names and addresses of pages: the run, the log, the source.
    pub links: Vec<(String, String)>,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// Built, tested and published.
    Success,
    /// Not.
    Failed,
}

/// Why an image was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Cause {
    /// It was never built before.
    FirstBuild,
    /// The branch of the entry has a new commit.
    Commit {
        /// The commit.
        commit: String,
        /// Who wrote it.
        author: String,
        /// Its first line.
        subject: String,
        /// The branch.
        branch: String,
        /// The repository.
        url: String,
    },
    /// A parent was built anew.
    Parent {
        /// The parent: `app/job:tag`.
        image: String,
        /// Its new digest.
        digest: Option<String>,
    },
    /// A base image moved.
    Base {
        /// Its reference.
        reference: String,
        /// Its new digest.
        digest: Option<String>,
    },
    /// The entry changed.
    IndexChange {
        /// The keys that changed.
        keys: Vec<String>,
    },
    /// Somebody asked for it.
    Requested,
}

/// The stage that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedStage {
    /// Its name.
    pub stage: String,
    /// What went wrong.
    pub message: String,
    /// The last lines of its output, the oldest first; the last 30 are told.
    pub tail: Vec<String>,
}

/// What the scanners found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanNote {
    /// How many findings, by severity.
    pub counts: BTreeMap<String, usize>,
    /// Findings that the last scan did not have.
    pub new: Vec<String>,
    /// Findings that only the last scan had.
    pub gone: Vec<String>,
}

/// What became of a notification on one way to one receiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// The way.
    pub channel: Channel,
    /// The address, host, folder or file.
    pub to: String,
    /// The image; empty where it is about none or several.
    pub image: String,
    /// What became of it.
    pub outcome: DeliveryOutcome,
    /// Why it waits, where it does.
    pub note: Option<String>,
}

/// The ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A mail about one image.
    Mail,
    /// A mail about what was held.
    Digest,
    /// The webhook.
    Webhook,
    /// The folder.
    File,
    /// The mailbox file.
    Mbox,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryOutcome {
    /// The receiver took it.
    Sent,
    /// It is kept on disk, and the next run sends it.
    Queued,
    /// The owner had so many mails in the past hour already; it comes in a digest.
    Held(usize),
    /// It is lost, and why.
    Failed(String),
}

impl Delivery {
    /// A delivery of a notification about `image`.
    pub(super) fn new(channel: Channel, to: impl Into<String>, image: &str, outcome: DeliveryOutcome) -> Self {
        Self { channel, to: to.into(), image: image.to_owned(), outcome, note: None }
    }

    /// Sent, or failed for a reason.
    pub(super) fn of<E: std::error::Error>(channel: Channel, to: impl Into<String>, image: &str, result: Result<(), E>) -> Self {
        let outcome = result.map_or_else(|error| DeliveryOutcome::Failed(told(&error)), |()| DeliveryOutcome::Sent);
        Self::new(channel, to, image, outcome)
    }

    /// With the reason for waiting.
    pub(super) fn because(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }
}

/// An error with its causes in one line.
pub(super) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let more = inner.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = inner.source();
    }
    crate::report::one_line(&text)
}
