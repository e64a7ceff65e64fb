//! Telling what happens to one image: its steps, its log, its end.

use super::failure::{Failure, Scope};
use crate::engine::{LogSink, ProgressSink};
use crate::event::{Emitter, EventKind, ImageDetails, Step, StepOutcome};
use crate::testing::{Case, CaseKind};
use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many of the last lines of a log are kept for a failure.
const TAIL: usize = 15;
/// Progress is told at most so often.
const PROGRESS_PAUSE: Duration = Duration::from_millis(200);

/// What one image tells.
#[derive(Clone)]
pub struct Teller {
    name: Arc<str>,
    emitter: Arc<Emitter>,
    tail: Arc<Mutex<VecDeque<String>>>,
}

impl Teller {
    /// For the image of this name.
    pub fn new(name: &str, emitter: Arc<Emitter>) -> Self {
        Self { name: name.into(), emitter, tail: Arc::new(Mutex::new(VecDeque::with_capacity(TAIL))) }
    }

    /// Runs a step and tells its start, its end and how long it took. A good step may carry a note.
    pub async fn step<T>(&self, step: Step, work: impl Future<Output = Result<(T, Option<String>), Failure>>) -> Result<T, Failure> {
        self.emitter.emit(EventKind::StepStarted { name: self.name.to_string(), step });
        let started = Instant::now();
        let (result, outcome, message) = match work.await {
            Ok((value, None)) => (Ok(value), StepOutcome::Ok, None),
            Ok((value, Some(note))) => (Ok(value), StepOutcome::Skipped, Some(note)),
            Err(failure) => {
                let outcome = if failure.scope == Scope::Cancelled { StepOutcome::Cancelled } else { StepOutcome::Failed };
                let message = Some(failure.message.clone());
                (Err(failure), outcome, message)
            }
        };
        let seconds = started.elapsed().as_secs_f64();
        self.emitter.emit(EventKind::StepFinished { name: self.name.to_string(), step, outcome, seconds, message });
        result
    }

    /// Where a step's output goes.
    pub fn log(&self, step: Step) -> LogSink {
        let teller = self.clone();
        Arc::new(move |line: &str| {
            let mut tail = lock(&teller.tail);
            if tail.len() == TAIL {
                tail.pop_front();
            }
            tail.push_back(line.to_owned());
            drop(tail);
            teller.emitter.emit(EventKind::Log { name: teller.name.to_string(), step, line: line.to_owned() });
        })
    }

    /// A line for the detailed log that a failure does not show.
    pub fn note(&self, step: Step, line: &str) {
        self.emitter.emit(EventKind::Log { name: self.name.to_string(), step, line: line.to_owned() });
    }

    /// Where a step's bytes go.
    pub fn progress(&self, step: Step) -> ProgressSink {
        let teller = self.clone();
        let last: Mutex<Option<Instant>> = Mutex::new(None);
        Arc::new(move |done, total| {
            let mut last = lock(&last);
            if last.is_none_or(|last| last.elapsed() >= PROGRESS_PAUSE) || Some(done) == total {
                *last = Some(Instant::now());
                teller.emitter.emit(EventKind::Progress { name: teller.name.to_string(), step, done, total });
            }
        })
    }

    /// Tells how a test ended.
    pub fn case(&self, case: &Case) {
        // A script has said itself what it does not like; the others are named by the failure that they lead to.
        if case.outcome.is_bad() && case.kind != CaseKind::Script {
            case.errors.iter().for_each(|error| self.note(Step::Test, &format!("{} {:?}: {error}", case.kind.as_str(), case.name)));
        }
        self.emitter.emit(EventKind::TestCase { name: self.name.to_string(), case: case.clone() });
    }

    /// Tells something to look at.
    pub fn warn(&self, code: &str, message: impl Into<String>) {
        let name = Some(self.name.to_string());
        self.emitter.emit(EventKind::Warning { code: code.to_owned(), name, message: message.into() });
    }

    /// Tells facts for the record.
    pub fn details(&self, details: ImageDetails) {
        self.emitter.emit(EventKind::ImageDetails { name: self.name.to_string(), details });
    }

    /// The last lines of the log so far.
    pub fn tail(&self) -> Vec<String> {
        lock(&self.tail).iter().cloned().collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
