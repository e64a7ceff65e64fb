//! What owners are told of a build: put together from its events, sent when it is over.

use crate::cli::reporters::Reporters;
use crate::config::Config;
use crate::event::{Event, EventKind, ImageOutcome, Sink, Step, StepOutcome};
use crate::name::Reference;
use crate::notify::{Cause, DeliveryOutcome, FailedStage, Notification, Notifier, ScanNote, Told};
use crate::run::{Causes, Making, Survey, Why};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// How many of the last lines of a stage owners get.
const TAIL: usize = 30;

/// Who is told of an image, and why it was made.
struct Addressee {
    owners: Vec<String>,
    registry: String,
    reference: Option<String>,
    cause: Cause,
    links: Vec<(String, String)>,
}

/// What became of an image.
#[derive(Default)]
struct Story {
    tail: VecDeque<String>,
    of: Option<Step>,
    failed: Option<FailedStage>,
    findings: BTreeMap<String, usize>,
    found: Option<Vec<String>>,
    end: Option<(ImageOutcome, Option<String>, String, f64)>,
}

/// Reads the events of a run and writes them down for owners.
#[derive(Default)]
pub struct Telling {
    run: Mutex<String>,
    stories: Mutex<BTreeMap<String, Story>>,
    addressees: Mutex<BTreeMap<String, Addressee>>,
}

impl Sink for Telling {
    fn take(&self, event: &Event) {
        lock(&self.run).clone_from(&event.run);
        match &event.kind {
            EventKind::Log { name, step, line } => self.of(name, |story| {
                if story.of.replace(*step) != Some(*step) {
                    story.tail.clear();
                }
                if story.tail.len() == TAIL {
                    story.tail.pop_front();
                }
                story.tail.push_back(line.clone());
            }),
            EventKind::StepFinished { name, step, outcome: StepOutcome::Failed, message, .. } => self.of(name, |story| {
                let tail = if story.of == Some(*step) { story.tail.iter().cloned().collect() } else { Vec::new() };
                let message = message.clone().unwrap_or_default();
                story.failed = Some(FailedStage { stage: step.as_str().to_owned(), message, tail });
            }),
            EventKind::ImageDetails { name, details } => self.of(name, |story| {
                for (severity, count) in details.findings.get(&Step::Scan).into_iter().flatten() {
                    story.findings.insert(severity.clone(), usize::try_from(*count).unwrap_or(usize::MAX));
                }
                story.found = details.found.clone().or(story.found.take());
            }),
            EventKind::ImageFinished { name, outcome, digest, reason, seconds, .. } => self.of(name, |story| {
                story.end = Some((*outcome, digest.clone(), reason.text.clone(), *seconds));
            }),
            _ => {}
        }
    }
}

impl Telling {
    fn of(&self, name: &str, take: impl FnOnce(&mut Story)) {
        take(lock(&self.stories).entry(name.to_owned()).or_default());
    }

    /// Whom to tell of which image, and why each is made.
    pub fn address(&self, survey: &Survey, selected: &[bool], causes: &Causes, changed: &BTreeMap<String, Vec<String>>) {
        let mut addressees = lock(&self.addressees);
        for (node, _) in selected.iter().enumerate().filter(|(_, selected)| **selected) {
            let name = &survey.graph.nodes[node].name;
            let Some(making) = &survey.item(node).making else { continue };
            let placements = survey.placements.find(name);
            let floating = placements.iter().flat_map(|placement| placement.floating.iter().chain([&placement.version]));
            let reference = floating.filter_map(|location| location.reference()).next();
            let known = reference.unwrap_or(&survey.graph.nodes[node].reference);
            let addressee = Addressee {
                owners: vec![making.entry.notify_email.clone()],
                registry: known.registry().to_owned(),
                reference: reference.map(Reference::to_string),
                cause: cause(making, causes.get(name), changed.get(name)),
                links: vec![("source".to_owned(), making.entry.git_url.clone())],
            };
            addressees.insert(name.clone(), addressee);
        }
    }

    /// Tells everybody of what was made, or was to be made. Nothing that goes wrong here changes how the run ended.
    pub async fn tell(&self, config: &Config, state: Option<&Path>, reporters: &Reporters, cancel: &CancellationToken) {
        // Without a home folder there is no mail that waits for the next run, and all is told that can be told now.
        let elsewhere = std::env::temp_dir().join("cooperage-state");
        let state = state.unwrap_or(&elsewhere);
        let notifier = match Notifier::new(config, state) {
            Ok(notifier) => notifier,
            Err(error) => return reporters.aside(&format!("warning: nobody was told: {error}")),
        };
        if notifier.is_silent() {
            return;
        }
        let notifications = self.notifications(&state.join("index"));
        let deliveries = notifier.tell(notifications, cancel).await;
        let mut sent = 0;
        for delivery in &deliveries {
            let what = match &delivery.outcome {
                DeliveryOutcome::Sent => {
                    sent += 1;
                    continue;
                }
                DeliveryOutcome::Queued => "could not be told yet; the next run tells it".to_owned(),
                DeliveryOutcome::Held(count) => format!("comes in a digest: {count} mails went to this address in an hour"),
                DeliveryOutcome::Failed(why) => format!("could not be told: {why}"),
            };
            let note = delivery.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
            reporters.aside(&format!("warning: {} to {}: {what}{note}", delivery.image, delivery.to));
        }
        if sent > 0 {
            reporters.aside(&format!("owners: {sent} message{} sent", if sent == 1 { "" } else { "s" }));
        }
    }

    fn notifications(&self, known: &Path) -> Vec<Notification> {
        let (addressees, mut stories) = (lock(&self.addressees), lock(&self.stories));
        let digests: BTreeMap<String, String> =
            stories.iter().filter_map(|(image, story)| Some((image.clone(), story.end.as_ref()?.1.clone()?))).collect();
        let told = addressees.iter().filter_map(|(image, addressee)| {
            let story = stories.remove(image)?;
            let (outcome, digest, why, seconds) = story.end?;
            let told = match outcome {
                ImageOutcome::Published | ImageOutcome::Built | ImageOutcome::Reused => Told::Success,
                ImageOutcome::Failed | ImageOutcome::Blocked => Told::Failed,
                ImageOutcome::Skipped | ImageOutcome::Cancelled => return None,
            };
            let stage = || FailedStage { stage: "parent".to_owned(), message: why, tail: Vec::new() };
            let failed = (told == Told::Failed).then(|| story.failed.unwrap_or_else(stage));
            let scan = story.found.map(|found| scan_note(known, image, story.findings, found, told == Told::Success));
            Some(Notification {
                run: lock(&self.run).clone(),
                at: jiff::Timestamp::now(),
                owners: addressee.owners.clone(),
                image: image.clone(),
                registry: addressee.registry.clone(),
                reference: addressee.reference.clone(),
                digest,
                outcome: told,
                cause: with_digest(&addressee.cause, &digests),
                failed,
                scan,
                links: addressee.links.clone(),
                seconds,
            })
        });
        told.collect()
    }
}

/// A parent that this run made has its digest only now.
fn with_digest(cause: &Cause, digests: &BTreeMap<String, String>) -> Cause {
    match cause {
        Cause::Parent { image, .. } => Cause::Parent { image: image.clone(), digest: digests.get(image).cloned() },
        other => other.clone(),
    }
}

/// What the scan found, beside what the last told scan of the image found. A list that cannot be kept makes everything new
/// again, and nothing worse.
fn scan_note(known: &Path, image: &str, counts: BTreeMap<String, usize>, found: Vec<String>, keep: bool) -> ScanNote {
    let file: PathBuf = known.join(format!("{}.json", image.replace(['/', ':'], "_")));
    let before: Option<Vec<String>> = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let without = |one: &[String], other: &[String]| one.iter().filter(|line| !other.contains(line)).cloned().collect::<Vec<_>>();
    let before = before.unwrap_or_default();
    let note = ScanNote { counts, new: without(&found, &before), gone: without(&before, &found) };
    if keep && std::fs::create_dir_all(known).is_ok() {
        let _ = crate::report::replace("what was found", &file, serde_json::json!(found).to_string().as_bytes());
    }
    note
}

fn cause(making: &Making, why: Option<&Why>, changed: Option<&Vec<String>>) -> Cause {
    match (why, &making.ready) {
        (Some(Why::Commit), Ok(ready)) => Cause::Commit {
            commit: ready.fetched.commit.clone(),
            author: ready.fetched.author.clone(),
            subject: ready.fetched.subject.clone(),
            branch: making.entry.git_branch.clone(),
            url: ready.fetched.url.clone(),
        },
        (Some(Why::Parent(image)), _) => Cause::Parent { image: image.clone(), digest: None },
        (Some(Why::Base { reference, digest }), _) => Cause::Base { reference: reference.clone(), digest: digest.clone() },
        (Some(Why::Entry), _) => Cause::IndexChange { keys: changed.cloned().unwrap_or_default() },
        (Some(Why::First), _) => Cause::FirstBuild,
        _ => changed.map_or(Cause::Requested, |keys| Cause::IndexChange { keys: keys.clone() }),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
