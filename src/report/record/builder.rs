//! Puts the record together: facts that the plan knows come in at the start, the rest comes as events.

use super::document::{ImageRecord, RunRecord, StepRecord, VERSION};
use crate::event::{Delivery, Event, ImageDetails, Sink};
use crate::report::ledger::{Ledger, Moved};
use jiff::Timestamp;
use std::sync::{Mutex, PoisonError};

/// What is known of a run before it starts.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    /// The version of the tool.
    pub version: String,
    /// The run's id.
    pub run: String,
    /// When it started, RFC 3339 in UTC.
    pub started: String,
    /// The catalogue's revision, where it is in git.
    pub revision: Option<String>,
    /// Whether files differ from that revision.
    pub dirty: Option<bool>,
    /// The detailed log, where one is written.
    pub log: Option<String>,
}

/// What the plan knows of an image.
#[derive(Clone, Debug, Default)]
pub struct ImageFacts {
    /// The definition.
    pub name: String,
    /// What the changelog says.
    pub version: String,
    /// Version and stamp.
    pub tag: String,
    /// The reference.
    pub reference: String,
    /// The definition's folder, relative to DIRECTORY.
    pub path: String,
    /// What else is known already, such as the inputs or where it is.
    pub details: ImageDetails,
}

/// Collects facts and events for the record of one run.
pub struct RecordBuilder {
    run: RunFacts,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    images: Vec<ImageFacts>,
    ledger: Ledger,
}

impl RecordBuilder {
    /// A record without images, for runs that stop before they have planned any.
    pub fn new(run: RunFacts) -> Self {
        Self { run, state: Mutex::default() }
    }

    /// Takes what was planned: all that was selected and what that brought along, also what is skipped.
    pub fn images(&self, images: Vec<ImageFacts>) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).images = images;
    }

    /// The record of a run that ends with this exit code.
    pub fn record(&self, exit: u8) -> RunRecord {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut images: Vec<ImageRecord> = state.images.iter().map(|facts| image(facts, &state.ledger, self.run.log.as_ref())).collect();
        images.sort_by(|one, other| one.name.cmp(&other.name));
        RunRecord {
            v: VERSION,
            tool: "cooperage".into(),
            version: self.run.version.clone(),
            run: self.run.run.clone(),
            started: self.run.started.clone(),
            seconds: self.seconds(&state.ledger),
            exit,
            revision: self.run.revision.clone(),
            dirty: self.run.dirty,
            images,
        }
    }

    /// As the run says; of a run that stopped without a word, until its last event.
    fn seconds(&self, ledger: &Ledger) -> f64 {
        let parsed = |at: &str| at.parse::<Timestamp>().ok();
        ledger.end.map(|end| end.seconds).unwrap_or_else(|| {
            let (start, last) = (parsed(&self.run.started), ledger.last.as_deref().and_then(parsed));
            start.zip(last).map_or(0.0, |(start, last)| last.duration_since(start).as_secs_f64().max(0.0))
        })
    }
}

impl Sink for RecordBuilder {
    fn take(&self, event: &Event) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).ledger.take(event);
    }
}

fn image(facts: &ImageFacts, ledger: &Ledger, log: Option<&String>) -> ImageRecord {
    let mut record = ImageRecord {
        name: facts.name.clone(),
        version: facts.version.clone(),
        tag: facts.tag.clone(),
        reference: facts.reference.clone(),
        path: facts.path.clone(),
        ..ImageRecord::default()
    };
    learn(&mut record, &facts.details);
    let Some(events) = ledger.image(&facts.name) else { return record };
    events.details.iter().for_each(|details| learn(&mut record, details));
    record.reason.clone_from(&events.reason);
    record.steps = events.steps.iter().map(|step| StepRecord { name: step.step, outcome: step.outcome, seconds: step.seconds }).collect();
    if let Some(end) = &events.end {
        record.outcome = Some(end.outcome);
        record.digest.clone_from(&end.digest);
    }
    let own = ledger.moved.iter().filter(|moved| moved.name == facts.name);
    own.for_each(|moved| tagged(&mut record.destinations, moved));
    // What had nothing to do wrote nothing there.
    record.log = log.filter(|_| events.action.is_some()).cloned();
    record
}

fn learn(record: &mut ImageRecord, details: &ImageDetails) {
    let values = [
        (&mut record.image_id, &details.image_id),
        (&mut record.inputs, &details.inputs),
        (&mut record.builder, &details.builder),
        (&mut record.inventory, &details.inventory),
    ];
    for (value, learned) in values {
        if learned.is_some() {
            value.clone_from(learned);
        }
    }
    for base in &details.bases {
        match record.bases.iter_mut().find(|known| known.reference == base.reference) {
            Some(known) => known.clone_from(base),
            None => record.bases.push(base.clone()),
        }
    }
    details.destinations.iter().for_each(|delivery| deliver(&mut record.destinations, delivery));
    record.findings.extend(details.findings.iter().map(|(step, counts)| (*step, counts.clone())));
}

fn deliver(known: &mut Vec<Delivery>, delivery: &Delivery) {
    match known.iter_mut().find(|known| known.name == delivery.name) {
        Some(known) => known.clone_from(delivery),
        None => {
            known.push(delivery.clone());
            known.sort_by(|one, other| one.name.cmp(&other.name));
        }
    }
}

/// Notes a floating tag at its destination.
fn tagged(destinations: &mut [Delivery], moved: &Moved) {
    let Some((repository, tag)) = moved.reference.rsplit_once(':') else { return };
    let is_there = |destination: &Delivery| match &moved.destination {
        Some(name) => destination.name == *name,
        None => destination.reference.rsplit_once(':').is_some_and(|(other, _)| other == repository),
    };
    for destination in destinations.iter_mut().filter(|destination| is_there(destination)) {
        if !destination.tags.iter().any(|known| known == tag) {
            destination.tags.push(tag.to_owned());
            destination.tags.sort();
        }
    }
}
