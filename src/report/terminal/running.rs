//! What runs at the moment, and how that is told in one line.

use crate::event::Step;
use crate::report::columns::{cut, padding, width};
use crate::report::screen::{Paint, Screen};
use crate::report::{amounts, clean};
use jiff::Timestamp;

/// Names on live lines get at most this many columns.
const LONGEST_NAME: usize = 30;
/// Columns of a progress bar.
const BAR: usize = 10;
/// A heartbeat names at most this many images.
const NAMED: usize = 5;
/// Seconds of silence after which a heartbeat tells what still runs.
pub(super) const SILENCE: f64 = 30.0;

/// One image at work.
pub(super) struct Activity {
    pub name: String,
    pub step: Step,
    pub since: Timestamp,
    pub moved: Option<(u64, Option<u64>)>,
    pub last_line: String,
}

/// A step, as what is being done.
pub(super) fn doing(step: Step) -> &'static str {
    match step {
        Step::Checkout => "fetching",
        Step::Prebuild => "preparing",
        Step::Pull => "pulling",
        Step::Lint => "checking",
        Step::Build => "building",
        Step::Test => "testing",
        Step::Scan => "scanning",
        Step::Publish => "pushing",
    }
}

/// Seconds from one time to a later one.
pub(super) fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}

impl Activity {
    pub fn begins(name: &str, step: Step, since: Timestamp) -> Self {
        Self { name: name.to_owned(), step, since, moved: None, last_line: String::new() }
    }

    /// The image goes on with another step.
    pub fn goes_on(&mut self, step: Step, since: Timestamp) {
        (self.step, self.since, self.moved) = (step, since, None);
        self.last_line.clear();
    }

    /// `python3  building  12s  the last line of its log`, as wide as the screen at most.
    pub fn told(&self, now: Timestamp, names: usize, screen: &Screen) -> String {
        // The last column stays free: some terminals break the line when it is used.
        let room = screen.width.saturating_sub(1);
        let name = cut(&self.name, names.min(LONGEST_NAME));
        let head = format!("{name}{}  {:<9} {:>6}", padding(&name, names.min(LONGEST_NAME)), doing(self.step), self.elapsed(now));
        let tail = self.moved.map(moved).unwrap_or_else(|| clean::line(&self.last_line));
        let head = cut(&head, room);
        let tail = cut(&tail, room.saturating_sub(width(&head) + 2));
        if tail.is_empty() { head } else { format!("{head}  {}", Paint::Faint.on(screen, &tail)) }
    }

    /// Whole seconds: tenths would flicker.
    fn elapsed(&self, now: Timestamp) -> String {
        let whole = seconds(self.since, now).floor();
        if whole < 60.0 { format!("{whole:.0}s") } else { amounts::duration(whole) }
    }
}

/// `██████░░░░ 3.1 MiB of 5.0 MiB`; without a bar where the whole is not known.
fn moved((done, total): (u64, Option<u64>)) -> String {
    let Some(total) = total.filter(|total| *total > 0) else { return amounts::bytes(done) };
    // At most BAR, so it fits every integer.
    let full = (u128::from(done.min(total)) * BAR as u128 / u128::from(total)) as usize;
    format!("{}{} {} of {}", "█".repeat(full), "░".repeat(BAR - full), amounts::bytes(done), amounts::bytes(total))
}

/// `… still building python3 (1m30s), pushing nginx (45s)`: what has run for long; nothing if nothing has.
pub(super) fn heartbeat<'a>(running: impl Iterator<Item = &'a Activity>, now: Timestamp) -> Option<String> {
    let long: Vec<&Activity> = running.filter(|activity| seconds(activity.since, now) >= SILENCE).collect();
    let named: Vec<String> =
        long.iter().take(NAMED).map(|it| format!("{} {} ({})", doing(it.step), clean::line(&it.name), it.elapsed(now))).collect();
    let more = long.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!named.is_empty()).then(|| format!("… still {}{rest}\n", named.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    fn activity(name: &str, seconds: i64) -> (Activity, Timestamp) {
        let now = Timestamp::UNIX_EPOCH + 1.hour();
        (Activity::begins(name, Step::Build, now - seconds.seconds()), now)
    }

    #[test]
    fn a_live_line_fits_the_screen() {
        let (mut python, now) = activity("python3", 12);
        python.last_line = "Get:1 漢字漢字漢字漢字 http://deb.example/debian bookworm".into();
        let screen = Screen { width: 40, live: true, ..Screen::plain() };
        let told = python.told(now, 7, &screen);
        assert_eq!(told, "python3  building     12s  Get:1 漢字…");
        assert!(width(&told) < 40);
        python.goes_on(Step::Publish, now);
        python.moved = Some((1024, Some(4096)));
        assert_eq!(python.told(now, 7, &screen), "python3  pushing       0s  ██░░░░░░░░ …");
        let wide = Screen { width: 80, ..screen };
        assert_eq!(python.told(now, 7, &wide), "python3  pushing       0s  ██░░░░░░░░ 1.0 KiB of 4.0 KiB");
        python.moved = Some((5000, Some(4096)));
        assert!(python.told(now, 7, &wide).ends_with("██████████ 4.9 KiB of 4.0 KiB"));
        python.moved = Some((1024, None));
        assert!(python.told(now, 7, &wide).ends_with("0s  1.0 KiB"));
        assert_eq!(python.told(now, 7, &Screen { width: 10, ..screen }), "python3 …");
    }

    #[test]
    fn only_what_takes_long_is_in_a_heartbeat() {
        let (slow, now) = activity("python3", 90);
        let (quick, _) = activity("nginx", 29);
        assert_eq!(heartbeat([&slow, &quick].into_iter(), now).as_deref(), Some("… still building python3 (1m30s)\n"));
        assert_eq!(heartbeat([&quick].into_iter(), now), None);
    }

    #[test]
    fn a_heartbeat_stays_one_short_line() {
        let (slow, now) = activity("x", 30);
        let told = heartbeat(std::iter::repeat_n(&slow, 16), now).unwrap();
        assert!(told.ends_with("building x (30s) and 11 more\n"), "{told}");
    }
}
