//! The detailed log of a run: all that builds and tests wrote, with time, definition and step on every line.

use super::clean;
use super::duration;
use super::file::{Finish, WriteError};
use crate::event::{Event, EventKind, Sink};
use jiff::Timestamp;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Writes the detailed log, usually `./cooperage-build.log`.
pub struct LogFile {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    file: File,
    begun: bool,
    trouble: Option<io::Error>,
    told: bool,
}

impl LogFile {
    /// Opens the log. What an earlier run left is removed with the first event and not before: while this run
    /// waits for another one in the same folder, the log is still the other's.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            state: Mutex::new(State {
                file: File::options().create(true).append(true).open(path)?,
                begun: false,
                trouble: None,
                told: false,
            }),
        })
    }
}

impl Sink for LogFile {
    fn take(&self, event: &Event) {
        let text = entry(event);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // After a failed write the rest would have a hole in it: better a log that ends.
        if !text.is_empty() && state.trouble.is_none() && !state.told {
            if !std::mem::replace(&mut state.begun, true) {
                // A pipe or a device has nothing to remove.
                let _ = state.file.set_len(0);
            }
            state.trouble = state.file.write_all(text.as_bytes()).err();
        }
    }
}

impl Finish for LogFile {
    /// Tells, once, the first write that failed.
    fn finish(&self) -> Result<(), WriteError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(source) = state.trouble.take() else { return Ok(()) };
        state.told = true;
        Err(WriteError { what: "the detailed log", path: self.path.clone(), source })
    }
}

/// What an event is in the log: whole lines, or nothing.
fn entry(event: &Event) -> String {
    let at = event.at.parse::<Timestamp>().map_or_else(|_| event.at.clone(), |at| format!("{at:.3}"));
    let Some((subject, text)) = told(&event.kind) else { return String::new() };
    clean::lines(&text).map(|line| format!("{at} {subject}{line}\n")).collect()
}

fn told(kind: &EventKind) -> Option<(String, String)> {
    let (subject, text) = match kind {
        EventKind::RunStarted { directory, version, images, .. } => {
            (String::new(), format!("cooperage {version} in {directory}: {images} images have something to do"))
        }
        EventKind::ImageQueued { name, reference, action, reason } => {
            (format!("{name} "), format!("{action} {reference}: {}", reason.text))
        }
        EventKind::StepStarted { name, step } => (format!("{name} {} ", step.as_str()), "begins".into()),
        EventKind::Log { name, step, line } => (format!("{name} {} | ", step.as_str()), line.clone()),
        EventKind::StepFinished { name, step, outcome, seconds, message } => {
            (format!("{name} {} ", step.as_str()), with(&format!("{} after {}", outcome.as_str(), duration(*seconds)), message.as_deref()))
        }
        EventKind::TestCase { name, case } => {
            let told = format!("{} test {:?} {}", case.kind.as_str(), case.name, case.outcome.as_str());
            (format!("{name} test "), format!("{told} after {}", duration(case.seconds)))
        }
        EventKind::Warning { code, name, message } => {
            (name.as_ref().map(|name| format!("{name} ")).unwrap_or_default(), format!("warning[{code}]: {message}"))
        }
        EventKind::TagMoved { name, reference, digest, .. } => (format!("{name} "), format!("{reference} points at {digest} now")),
        EventKind::ImageFinished { name, outcome, reason, .. } => (format!("{name} "), with(outcome.as_str(), Some(&reason.text))),
        EventKind::RunFinished { seconds, exit, .. } => (String::new(), format!("done after {}, exit {exit}", duration(*seconds))),
        EventKind::Progress { .. } | EventKind::ImageDetails { .. } => return None,
    };
    Some((subject, text))
}

fn with(text: &str, more: Option<&str>) -> String {
    more.filter(|more| !more.is_empty()).map_or_else(|| text.to_owned(), |more| format!("{text}: {more}"))
}
