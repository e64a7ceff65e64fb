//! The images at work and their live lines.

use super::running::{Activity, heartbeat};
use crate::event::Step;
use crate::report::columns::width;
use crate::report::screen::Screen;
use jiff::Timestamp;

/// More lines would not leave room for anything else on a terminal of 24.
const LINES: usize = 16;

/// All images at work, in the order in which they began.
#[derive(Default)]
pub(super) struct Live(Vec<Activity>);

impl Live {
    /// An image begins a step.
    pub fn begins(&mut self, name: &str, step: Step, now: Timestamp) {
        match self.find(name) {
            Some(activity) => activity.goes_on(step, now),
            None => self.0.push(Activity::begins(name, step, now)),
        }
    }

    pub fn find(&mut self, name: &str) -> Option<&mut Activity> {
        self.0.iter_mut().find(|activity| activity.name == name)
    }

    /// An image is not at work any more.
    pub fn ends(&mut self, name: &str) {
        self.0.retain(|activity| activity.name != name);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// A line for each.
    pub fn lines(&self, now: Timestamp, screen: &Screen) -> Vec<String> {
        let names = self.0.iter().map(|activity| width(&activity.name)).max().unwrap_or(0);
        let mut lines: Vec<String> = self.0.iter().take(LINES).map(|activity| activity.told(now, names, screen)).collect();
        if self.0.len() > LINES {
            lines.push(format!("and {} more", self.0.len() - LINES));
        }
        lines
    }

    pub fn heartbeat(&self, now: Timestamp) -> Option<String> {
        heartbeat(self.0.iter(), now)
    }
}
