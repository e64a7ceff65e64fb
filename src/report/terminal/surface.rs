//! The two streams, with live lines at the bottom of stderr that everything else is written above.
//!
//! Drawn by hand and not by indicatif: that panics when stderr breaks while it draws around other output, and it
//! counts on the terminal to wrap at the very width it had at the start. What cannot be written is dropped.

use std::io::Write;
use std::time::{Duration, Instant};

/// In a flood of text the live lines are drawn again at most this often.
const PAUSE: Duration = Duration::from_millis(50);

/// stdout and stderr.
pub(super) struct Surface {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    /// The live lines as they are meant to stand.
    lines: Vec<String>,
    /// How many of them stand on the terminal now.
    standing: usize,
    drawn: Option<Instant>,
}

impl Surface {
    pub fn new(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        Self { out, err, lines: Vec::new(), standing: 0, drawn: None }
    }

    /// Writes whole lines to stdout.
    pub fn out(&mut self, text: &str) {
        // Both streams may be the same terminal.
        let erased = self.erased();
        send(&mut self.err, &erased);
        send(&mut self.out, text);
        self.redraw(String::new());
    }

    /// Writes whole lines to stderr.
    pub fn err(&mut self, text: &str) {
        let erased = self.erased();
        self.redraw(erased + text);
    }

    /// Replaces the live lines.
    pub fn draw(&mut self, lines: Vec<String>) {
        if lines != self.lines || self.standing != lines.len() {
            let erased = self.erased();
            self.lines = lines;
            self.drawn = None;
            self.redraw(erased);
        }
    }

    /// Takes the live lines off the terminal. ECMA-48: cursor up, then erase to the end of the page.
    fn erased(&mut self) -> String {
        match std::mem::take(&mut self.standing) {
            0 => String::new(),
            lines => format!("\u{1b}[{lines}A\r\u{1b}[0J"),
        }
    }

    /// Sends text and the live lines below it. Wrapping is off for these, so that each stays one line when the
    /// terminal has become narrower (DECAWM).
    fn redraw(&mut self, mut text: String) {
        if !self.lines.is_empty() && self.drawn.is_none_or(|drawn| drawn.elapsed() >= PAUSE) {
            text.push_str("\u{1b}[?7l");
            self.lines.iter().for_each(|line| text.extend([line.as_str(), "\r\n"]));
            text.push_str("\u{1b}[?7h");
            self.standing = self.lines.len();
            self.drawn = Some(Instant::now());
        }
        send(&mut self.err, &text);
    }
}

fn send(stream: &mut Box<dyn Write + Send>, text: &str) {
    if !text.is_empty() {
        let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    }
}
