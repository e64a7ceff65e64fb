//! The images at work and their live lines.

use super::running::{Activity, heartbeat};
use super::surface::Surface;
use crate::event::Step;
use crate::report::columns::width;
use crate::report::screen::Screen;
use jiff::Timestamp;

/// All images at work, in the order in which they began.
#[derive(Default)]
pub(super) struct Live(Vec<Activity>);

impl Live {
    /// An image begins a step.
    pub fn begins(&mut self, name: &str, step: Step, now: Timestamp, surface: &Surface) {
        match self.find(name) {
            Some(activity) => activity.goes_on(step, now),
            None => self.0.push(Activity::begins(name, step, now, surface.line())),
        }
    }

    pub fn find(&mut self, name: &str) -> Option<&mut Activity> {
        self.0.iter_mut().find(|activity| activity.name == name)
    }

    /// An image is not at work any more.
    pub fn ends(&mut self, name: &str, surface: &Surface) {
        if let Some(place) = self.0.iter().position(|activity| activity.name == name) {
            let activity = self.0.remove(place);
            activity.line.iter().for_each(|line| surface.remove(line));
        }
    }

    pub fn clear(&mut self, surface: &Surface) {
        self.0.drain(..).filter_map(|activity| activity.line).for_each(|line| surface.remove(&line));
    }

    /// Draws all lines anew.
    pub fn draw(&self, now: Timestamp, screen: &Screen) {
        let names = self.0.iter().map(|activity| width(&activity.name)).max().unwrap_or(0);
        for activity in &self.0 {
            if let Some(line) = &activity.line {
                line.set_message(activity.told(now, names, screen));
            }
        }
    }

    pub fn heartbeat(&self, now: Timestamp) -> Option<String> {
        heartbeat(self.0.iter(), now)
    }
}
