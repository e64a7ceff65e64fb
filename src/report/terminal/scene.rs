//! What stands on the terminal, changed by events and by the time that passes between them.

use super::ending;
use super::headings::Headings;
use super::live::Live;
use super::running::{SILENCE, doing, seconds};
use super::surface::Surface;
use crate::event::{Event, EventKind, ImageOutcome, Step, StepOutcome};
use crate::report::ledger::Ledger;
use crate::report::screen::{Paint, Screen, Verbosity};
use crate::report::{amounts, clean};
use jiff::Timestamp;
use std::io::Write;
use std::time::Instant;

pub(super) struct Scene {
    screen: Screen,
    surface: Surface,
    headings: Headings,
    ledger: Ledger,
    live: Live,
    whole_log: Option<String>,
    /// The time of the last event and when that was seen here: the run's clock goes on between events.
    last: (Timestamp, Instant),
    /// When stderr was last written to.
    spoke: Timestamp,
}

impl Scene {
    pub fn new(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>, screen: Screen) -> Self {
        Self {
            screen,
            surface: Surface::new(out, err),
            headings: Headings::default(),
            ledger: Ledger::default(),
            live: Live::default(),
            whole_log: None,
            last: (Timestamp::UNIX_EPOCH, Instant::now()),
            spoke: Timestamp::UNIX_EPOCH,
        }
    }

    pub fn scanning(&mut self, directory: &str) {
        Headings::scanning(&mut self.surface, directory);
    }

    pub fn only_publishes(&mut self) {
        self.headings.only_publishes();
    }

    pub fn whole_log(&mut self, path: &str) {
        self.whole_log = Some(path.to_owned());
    }

    pub fn aside(&mut self, text: &str) {
        let text: String = clean::lines(text).map(|line| line + "\n").collect();
        self.say(&text);
    }

    pub fn close(&mut self) {
        self.live.clear();
        self.surface.draw(Vec::new());
    }

    /// Time has passed.
    pub fn beat(&mut self) {
        let now = self.now();
        if self.screen.live {
            self.surface.draw(self.live.lines(now, &self.screen));
        } else if seconds(self.spoke, now) >= SILENCE
            && let Some(text) = self.live.heartbeat(now)
        {
            self.say(&text);
        }
    }

    pub fn take(&mut self, event: &Event) {
        let at = event.at.parse().unwrap_or_else(|_| self.now());
        self.last = (at, Instant::now());
        if !self.screen.live {
            self.beat();
        }
        self.ledger.take(event);
        match &event.kind {
            EventKind::StepStarted { name, step } => self.step_started(name, *step),
            EventKind::Log { name, line, .. } => self.log(name, line),
            EventKind::Progress { name, step, done, total } => self.progress(name, *step, *done, *total),
            EventKind::StepFinished { name, step, outcome, seconds, message } => {
                self.step_finished(name, *step, *outcome);
                self.debug_step(name, *step, *outcome, *seconds, message.as_deref());
            }
            EventKind::TestCase { name, case } => {
                self.log(name, &format!("{} {} {}", case.outcome.as_str(), case.kind.as_str(), case.name));
            }
            EventKind::Warning { code, name, message } => self.warning(code, name.as_deref(), message),
            EventKind::ImageFinished { name, outcome, seconds, .. } => self.image_finished(name, *outcome, *seconds),
            EventKind::RunFinished { .. } => self.run_finished(),
            EventKind::RunStarted { .. } | EventKind::ImageQueued { .. } | EventKind::ImageDetails { .. } | EventKind::TagMoved { .. } => {}
        }
    }

    fn now(&self) -> Timestamp {
        let (at, seen) = self.last;
        at.checked_add(seen.elapsed()).unwrap_or(at)
    }

    fn say(&mut self, text: &str) {
        self.spoke = self.now();
        self.surface.err(text);
    }

    fn step_started(&mut self, name: &str, step: Step) {
        self.headings.plan(&self.ledger, &mut self.surface);
        let now = self.now();
        self.live.begins(name, step, now);
        if self.screen.live {
            self.beat();
        }
        if self.screen.verbosity >= Verbosity::Debug {
            self.say(&format!("{}: {}\n", clean::line(name), doing(step)));
        }
    }

    /// Lines of others always carry the name, so that none can pass for one of ours.
    fn log(&mut self, name: &str, line: &str) {
        if let Some(activity) = self.live.find(name) {
            line.clone_into(&mut activity.last_line);
            activity.moved = None;
        }
        if self.screen.verbosity >= Verbosity::Info {
            let name = Paint::Faint.on(&self.screen, &format!("{} |", clean::line(name)));
            let text: String = clean::lines(line).map(|line| format!("{name} {line}").trim_end().to_owned() + "\n").collect();
            self.say(&text);
        }
    }

    fn progress(&mut self, name: &str, step: Step, done: u64, total: Option<u64>) {
        if let Some(activity) = self.live.find(name) {
            activity.moved = Some((done, total));
        }
        if self.screen.verbosity >= Verbosity::Debug {
            let of = total.map(|total| format!(" of {}", amounts::bytes(total))).unwrap_or_default();
            self.say(&format!("{}: {} {}{of}\n", clean::line(name), doing(step), amounts::bytes(done)));
        }
    }

    fn step_finished(&mut self, name: &str, step: Step, outcome: StepOutcome) {
        // What was never queued (a base image, say) does not finish as an image either.
        if !self.ledger.is_queued(name) {
            self.live.ends(name);
        }
        match (step, outcome) {
            (Step::Build, StepOutcome::Ok) => self.headings.build_is_good(name),
            (Step::Test, StepOutcome::Ok | StepOutcome::Skipped) => self.headings.test_is_good(name, &self.ledger, &mut self.surface),
            _ => {}
        }
    }

    fn debug_step(&mut self, name: &str, step: Step, outcome: StepOutcome, seconds: f64, message: Option<&str>) {
        if self.screen.verbosity >= Verbosity::Debug {
            let message = message.map(|message| format!(": {}", clean::line(message))).unwrap_or_default();
            let (step, outcome, time) = (step.as_str(), outcome.as_str(), amounts::duration(seconds));
            self.say(&format!("{}: {step} {outcome} after {time}{message}\n", clean::line(name)));
        }
    }

    fn warning(&mut self, code: &str, name: Option<&str>, message: &str) {
        let word = Paint::Caution.on(&self.screen, &format!("warning[{}]", clean::line(code)));
        let name = name.map(|name| format!("{}: ", clean::line(name))).unwrap_or_default();
        let message = clean::lines(message).skip_while(|line| line.trim().is_empty()).collect::<Vec<_>>().join("\n    ");
        self.say(&format!("{word}: {name}{message}\n"));
    }

    fn image_finished(&mut self, name: &str, outcome: ImageOutcome, seconds: f64) {
        self.live.ends(name);
        if self.screen.live {
            self.beat();
        }
        let good = matches!(outcome, ImageOutcome::Built | ImageOutcome::Published | ImageOutcome::Reused);
        if good {
            self.headings.plan(&self.ledger, &mut self.surface);
            self.headings.test_is_good(name, &self.ledger, &mut self.surface);
        }
        let Some(image) = self.ledger.image(name) else { return };
        match outcome {
            ImageOutcome::Published => self.headings.published(&image.name),
            ImageOutcome::Failed | ImageOutcome::Blocked => {
                self.headings.plan(&self.ledger, &mut self.surface);
                self.headings.not_built(image, &mut self.surface);
            }
            _ => {}
        }
        // What is skipped is told at the end, all at once.
        if outcome != ImageOutcome::Skipped {
            let line = ending::finished(image, outcome, seconds, &self.screen);
            self.say(&line);
        }
    }

    fn run_finished(&mut self) {
        self.close();
        let begun = self.ledger.images().iter().any(|image| image.action.is_some());
        if begun || self.ledger.end.is_some_and(|end| end.exit <= 1) {
            self.headings.plan(&self.ledger, &mut self.surface);
        }
        self.headings.publishing(&self.ledger, &mut self.surface);
        if self.ledger.end.is_some_and(|end| end.exit <= 1) {
            self.headings.done(&mut self.surface);
        }
        self.surface.out(&ending::ending(&self.ledger, self.whole_log.as_deref(), &self.screen));
    }
}
