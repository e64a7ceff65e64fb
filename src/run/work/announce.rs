//! Tells a run before it starts: what will be done, what will not, and what somebody should know.

use super::execute::{Course, RunEnd};
use super::shared::Shared;
use crate::event::{Counts, EventKind, ImageOutcome, ReasonText};
use crate::plan::{Action, Planned, RegistrySide};
use crate::run::survey::Survey;

/// A run in which nothing is selected, because nothing changed: told and over, without an engine.
pub fn nothing_selected(survey: &Survey, course: &Course) -> RunEnd {
    course.emitter.emit(EventKind::RunStarted {
        directory: survey.root.display().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        images: 0,
        publishing: course.options.publishing,
    });
    let message = "no definition changed since the revision, so nothing is selected".to_owned();
    course.emitter.emit(EventKind::Warning { code: "nothing_selected".to_owned(), name: None, message });
    course.emitter.emit(EventKind::RunFinished { counts: Counts::default(), seconds: 0.0, exit: RunEnd::Good.exit() });
    RunEnd::Good
}

/// Tells the run, what will be done, and what somebody should know.
pub fn announce(shared: &Shared, course: &Course) {
    let prepared = &shared.prepared;
    let name = |node: usize| prepared.survey.graph.nodes[node].name.clone();
    course.emitter.emit(EventKind::RunStarted {
        directory: prepared.survey.root.display().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        images: prepared.plan.work().count(),
        publishing: shared.publication.is_some(),
    });
    course.resumed.tell(&course.emitter);
    for image in prepared.plan.work() {
        course.emitter.emit(EventKind::ImageQueued {
            name: name(image.node),
            reference: image.reference.to_string(),
            action: image.action.as_str().to_owned(),
            reason: reason(image),
        });
    }
    for note in &prepared.plan.notes {
        course.emitter.emit(EventKind::Warning { code: note.code.to_owned(), name: Some(name(note.node)), message: note.text.clone() });
    }
    for image in prepared.plan.images.iter().filter(|image| image.action == Action::Skip) {
        let digest = match &prepared.presence.facts[image.node] {
            facts if course.options.stamp.is_some() => published(&facts.stamped),
            facts => published(&facts.registry),
        };
        course.emitter.emit(EventKind::ImageFinished {
            name: name(image.node),
            reference: image.reference.to_string(),
            outcome: ImageOutcome::Skipped,
            digest,
            reason: reason(image),
            seconds: 0.0,
            blocked_by: None,
            log_tail: Vec::new(),
        });
    }
}

fn published(side: &RegistrySide) -> Option<String> {
    match side {
        RegistrySide::Published(digest) => Some(digest.to_string()),
        _ => None,
    }
}

pub fn reason(image: &Planned) -> ReasonText {
    ReasonText { code: image.reason.code().to_owned(), text: image.reason.text() }
}
