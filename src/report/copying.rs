//! Copies on their way, on stderr: a line that is drawn again on a terminal, and a line for each image that has ended.

use super::amounts::bytes;
use super::columns::cut;
use super::screen::Screen;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The line is not drawn again before this time has passed.
const PAUSE: Duration = Duration::from_millis(100);

/// What is on its way.
pub struct Copying {
    screen: Screen,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Bytes done and in all, by image.
    moving: BTreeMap<String, (u64, Option<u64>)>,
    drawn: Option<Instant>,
}

impl Copying {
    /// Draws on a screen as it is on stderr.
    pub fn new(screen: Screen) -> Self {
        Self { screen, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many bytes of an image are done, of so many.
    pub fn moved(&self, image: &str, done: u64, total: Option<u64>) {
        let mut state = self.state();
        state.moving.insert(image.to_owned(), (done, total));
        if self.screen.live && state.drawn.is_none_or(|drawn| drawn.elapsed() >= PAUSE) {
            state.drawn = Some(Instant::now());
            let line = cut(&told(&state.moving), self.screen.width.saturating_sub(1));
            put(&format!("\r\u{1b}[2K{line}"));
        }
    }

    /// An image has ended; `line` is what is to be said of it here.
    pub fn ended(&self, image: &str, line: Option<&str>) {
        let mut state = self.state();
        state.moving.remove(image);
        state.drawn = None;
        let clear = if self.screen.live { "\r\u{1b}[2K" } else { "" };
        put(&line.map_or_else(|| clear.to_owned(), |line| format!("{clear}{line}\n")));
    }

    /// Nothing moves any more.
    pub fn done(&self) {
        if self.screen.live {
            put("\r\u{1b}[2K");
        }
    }
}

fn told(moving: &BTreeMap<String, (u64, Option<u64>)>) -> String {
    let one = |(image, (done, total)): (&String, &(u64, Option<u64>))| {
        let of = total.map(|total| format!(" of {}", bytes(total))).unwrap_or_default();
        format!("{image} {}{of}", bytes(*done))
    };
    moving.iter().map(one).collect::<Vec<_>>().join("  ")
}

/// There is nobody left to tell when stderr is gone.
pub(super) fn put(text: &str) {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_of_all_that_moves() {
        let moving = BTreeMap::from([("a:1".to_owned(), (1024, Some(2048))), ("b:1".to_owned(), (3, None))]);
        assert_eq!(told(&moving), "a:1 1.0 KiB of 2.0 KiB  b:1 3 B");
    }
}
