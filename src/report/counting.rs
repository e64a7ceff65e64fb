//! How many of something are done, on a line of stderr that is drawn again; nothing where that is no terminal.

use super::copying::put;
use super::screen::Screen;

/// A count on its way.
pub struct Counting {
    screen: Screen,
    what: &'static str,
    total: usize,
}

impl Counting {
    /// Of `total` things; `what` is what is said of those that are done: `repositories fetched`.
    pub fn new(screen: Screen, what: &'static str, total: usize) -> Self {
        Self { screen, what, total }
    }

    /// So many are done.
    pub fn done(&self, count: usize) {
        if self.screen.live {
            put(&format!("\r\u{1b}[2K{count} of {} {}", self.total, self.what));
        }
    }

    /// Takes the line away.
    pub fn end(&self) {
        if self.screen.live {
            put("\r\u{1b}[2K");
        }
    }
}
