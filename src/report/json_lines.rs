//! `--format json` of commands that run: one event a line on stdout.

use super::documents;
use super::file::{Finish, WriteError};
use crate::event::{Event, Sink};
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

/// Writes every event as one line of JSON.
pub struct JsonLines(Mutex<Lines>);

struct Lines {
    out: Box<dyn Write + Send>,
    trouble: Option<io::Error>,
}

impl JsonLines {
    /// Writes to `out`, which holds nothing else.
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        Self(Mutex::new(Lines { out, trouble: None }))
    }
}

impl Sink for JsonLines {
    fn take(&self, event: &Event) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written = serde_json::to_vec(event).map_err(io::Error::from).and_then(|mut line| {
            line.push(b'\n');
            documents::put(&mut lines.out, &line)
        });
        if let Err(error) = written {
            lines.trouble.get_or_insert(error);
        }
    }
}

impl Finish for JsonLines {
    /// Tells the first write that failed; a reader that went away is no failure.
    fn finish(&self) -> Result<(), WriteError> {
        let trouble = self.0.lock().unwrap_or_else(PoisonError::into_inner).trouble.take();
        trouble.map_or(Ok(()), |source| Err(WriteError { what: "the events", path: "stdout".into(), source }))
    }
}
