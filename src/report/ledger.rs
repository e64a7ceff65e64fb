//! Events of one run, put together image by image, for the readers that write at the end.

use crate::event::{Counts, Event, EventKind, ImageDetails, ImageOutcome, ReasonText, Step, StepOutcome};
use crate::testing::Case;
use std::collections::HashMap;

/// What is known of the run and its images so far.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    images: Vec<Image>,
    places: HashMap<String, usize>,
    /// When the run started, RFC 3339.
    pub started: Option<String>,
    /// When the last event came, RFC 3339.
    pub last: Option<String>,
    /// Whether images are pushed in this run.
    pub publishing: bool,
    /// How the run ended.
    pub end: Option<RunEnd>,
    /// Floating tags that were moved.
    pub moved: Vec<Moved>,
}

/// A floating tag that was moved.
#[derive(Clone, Debug)]
pub(super) struct Moved {
    pub name: String,
    pub destination: Option<String>,
    pub reference: String,
    pub digest: String,
}

/// How a run ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunEnd {
    pub counts: Counts,
    pub seconds: f64,
    pub exit: u8,
}

/// One image, in the order in which events named them.
#[derive(Debug, Default)]
pub(super) struct Image {
    pub name: String,
    pub reference: String,
    /// build, test or publish; `None` for what had nothing to do.
    pub action: Option<String>,
    pub reason: Option<ReasonText>,
    pub steps: Vec<StepEnd>,
    /// Its tests, as they ended.
    pub cases: Vec<Case>,
    /// What to look at, with its code.
    pub warnings: Vec<(String, String)>,
    pub end: Option<ImageEnd>,
    /// All details, one after the other.
    pub details: Vec<ImageDetails>,
}

/// A step that ended.
#[derive(Debug)]
pub(super) struct StepEnd {
    pub step: Step,
    pub outcome: StepOutcome,
    pub seconds: f64,
    pub message: Option<String>,
}

/// How an image ended.
#[derive(Debug)]
pub(super) struct ImageEnd {
    pub outcome: ImageOutcome,
    pub digest: Option<String>,
    pub seconds: f64,
    pub blocked_by: Option<String>,
    pub log_tail: Vec<String>,
}

impl Ledger {
    pub fn images(&self) -> &[Image] {
        &self.images
    }

    pub fn image(&self, name: &str) -> Option<&Image> {
        self.places.get(name).and_then(|place| self.images.get(*place))
    }

    /// Whether the image had something to do.
    pub fn is_queued(&self, name: &str) -> bool {
        self.image(name).is_some_and(|image| image.action.is_some())
    }

    pub fn ended(&self, outcome: ImageOutcome) -> impl Iterator<Item = (&Image, &ImageEnd)> {
        let ends = self.images.iter().filter_map(|image| image.end.as_ref().map(|end| (image, end)));
        ends.filter(move |(_, end)| end.outcome == outcome)
    }

    /// Counts of the run's end; before it, of the images that ended.
    pub fn counts(&self) -> Counts {
        self.end.map_or_else(
            || {
                let mut counts = Counts::default();
                self.images.iter().filter_map(|image| image.end.as_ref()).for_each(|end| counts.add(end.outcome));
                counts
            },
            |end| end.counts,
        )
    }

    pub fn take(&mut self, event: &Event) {
        self.last = Some(event.at.clone());
        match &event.kind {
            EventKind::RunStarted { publishing, .. } => {
                self.started = Some(event.at.clone());
                self.publishing = *publishing;
            }
            EventKind::TagMoved { name, destination, reference, digest } => self.moved.push(Moved {
                name: name.clone(),
                destination: destination.clone(),
                reference: reference.clone(),
                digest: digest.clone(),
            }),
            EventKind::RunFinished { counts, seconds, exit } => {
                self.end = Some(RunEnd { counts: *counts, seconds: *seconds, exit: *exit });
            }
            kind => self.take_of_image(kind),
        }
    }

    fn take_of_image(&mut self, kind: &EventKind) {
        match kind {
            EventKind::ImageQueued { name, reference, action, reason } => {
                let image = self.entry(name);
                image.reference.clone_from(reference);
                image.action = Some(action.clone());
                image.reason = Some(reason.clone());
            }
            EventKind::StepFinished { name, step, outcome, seconds, message } => {
                let end = StepEnd { step: *step, outcome: *outcome, seconds: *seconds, message: message.clone() };
                self.entry(name).steps.push(end);
            }
            EventKind::TestCase { name, case } => self.entry(name).cases.push(case.clone()),
            EventKind::Warning { code, name: Some(name), message } => {
                // A warning alone makes no image of the run.
                if let Some(image) = self.places.get(name).and_then(|place| self.images.get_mut(*place)) {
                    image.warnings.push((code.clone(), message.clone()));
                }
            }
            EventKind::ImageDetails { name, details } => self.entry(name).details.push(details.clone()),
            EventKind::ImageFinished { name, reference, outcome, digest, reason, seconds, blocked_by, log_tail } => {
                let image = self.entry(name);
                image.reference.clone_from(reference);
                image.reason = Some(reason.clone());
                let (digest, blocked_by, log_tail) = (digest.clone(), blocked_by.clone(), log_tail.clone());
                image.end = Some(ImageEnd { outcome: *outcome, digest, seconds: *seconds, blocked_by, log_tail });
            }
            _ => {}
        }
    }

    fn entry(&mut self, name: &str) -> &mut Image {
        let place = *self.places.entry(name.to_owned()).or_insert_with(|| {
            self.images.push(Image { name: name.to_owned(), ..Image::default() });
            self.images.len() - 1
        });
        &mut self.images[place]
    }
}

impl Image {
    /// `name:tag`, the end of the reference: what tells images apart where there is little room.
    pub fn short(&self) -> &str {
        self.reference.rfind(self.name.as_str()).map_or(&self.name, |start| &self.reference[start..])
    }

    /// The step that went wrong, with what it said.
    pub fn failed_step(&self) -> Option<&StepEnd> {
        self.steps.iter().rev().find(|step| step.outcome == StepOutcome::Failed)
    }

    /// The same for a table above the whole story: of a failure the step alone.
    pub fn why_in_short(&self) -> String {
        let failed = self.end.as_ref().is_some_and(|end| end.outcome == ImageOutcome::Failed);
        self.failed_step().filter(|_| failed).map_or_else(|| self.why(), |step| format!("{} failed", step.step.as_str()))
    }

    /// What a step found that stopped nothing.
    pub fn found(&self, step: Step) -> impl Iterator<Item = &str> {
        self.warnings.iter().filter(move |(code, _)| code == step.as_str()).map(|(_, message)| message.as_str())
    }

    /// Why it ended so, in a sentence: the step that failed, the parent that blocks, or the reason given.
    pub fn why(&self) -> String {
        let reason = || self.reason.as_ref().map(|reason| reason.text.clone()).unwrap_or_default();
        let Some(end) = &self.end else { return "the run stopped before its end".into() };
        match (end.outcome, &end.blocked_by, self.failed_step()) {
            (ImageOutcome::Blocked, Some(parent), _) => format!("blocked by {parent}"),
            (ImageOutcome::Failed, _, Some(step)) => {
                let message = step.message.clone().filter(|message| !message.is_empty()).unwrap_or_else(reason);
                format!("{}: {message}", step.step.as_str())
            }
            _ => reason(),
        }
    }
}

/// `2 published, 1 failed`: what happened to how many, without the zeros.
pub(super) fn counted(counts: &Counts) -> String {
    let words = [
        (counts.built, "built"),
        (counts.published, "published"),
        (counts.reused, "reused"),
        (counts.skipped, "skipped"),
        (counts.blocked, "blocked"),
        (counts.failed, "failed"),
        (counts.cancelled, "cancelled"),
    ];
    let parts: Vec<String> = words.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() { "no images".into() } else { parts.join(", ") }
}
