//! The terminal: docker-pkg's headings and the results on stdout, progress and warnings on stderr.
//!
//! A reader that goes away (`cooperage … | head`) never disturbs a run: what cannot be written here is dropped.

mod ending;
mod headings;
mod live;
mod pulse;
mod running;
mod scene;
mod surface;

use super::screen::Screen;
use crate::event::{Event, EventKind, Sink};
use pulse::Pulse;
use scene::Scene;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

/// Tells people what goes on.
pub struct Terminal {
    scene: Arc<Mutex<Scene>>,
    pulse: Mutex<Option<Pulse>>,
}

impl Terminal {
    /// Writes results to `out` (stdout) and progress to `err` (stderr).
    pub fn new(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>, screen: Screen) -> Self {
        Self { scene: Arc::new(Mutex::new(Scene::new(out, err, screen))), pulse: Mutex::new(None) }
    }

    /// Says that DIRECTORY is being read: docker-pkg's first heading. Comes before any event.
    pub fn scanning(&self, directory: &str) {
        self.with(|scene| scene.scanning(directory));
    }

    /// The command builds nothing: the headings speak of publishing alone. Comes before any event.
    pub fn only_publishes(&self) {
        self.with(Scene::only_publishes);
    }

    /// Says where the whole log is; told at the end of a run, in docker-pkg's words.
    pub fn whole_log(&self, path: &str) {
        self.with(|scene| scene.whole_log(path));
    }

    /// Writes text to stderr above the live lines: for what `cli` has to say while a run goes on.
    pub fn aside(&self, text: &str) {
        self.with(|scene| scene.aside(text));
    }

    /// Removes the live lines and ends the clock behind them. Also happens when the run finishes and on drop.
    pub fn close(&self) {
        let pulse = self.pulse.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The pulse ends here, while nothing is locked that it may be waiting for.
        drop(pulse);
        self.with(Scene::close);
    }

    fn with(&self, act: impl FnOnce(&mut Scene)) {
        act(&mut self.scene.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Sink for Terminal {
    fn take(&self, event: &Event) {
        self.with(|scene| scene.take(event));
        match event.kind {
            EventKind::RunStarted { .. } => {
                *self.pulse.lock().unwrap_or_else(PoisonError::into_inner) = Pulse::start(&self.scene);
            }
            EventKind::RunFinished { .. } => self.close(),
            _ => {}
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.close();
    }
}
