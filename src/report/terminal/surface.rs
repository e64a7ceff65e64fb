//! The two streams, with live lines at the bottom of one of them that everything else is written above.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// stdout and stderr.
pub(super) struct Surface {
    out: Box<dyn Write + Send>,
    err: Shared,
    bars: Option<MultiProgress>,
}

impl Surface {
    /// With `columns`, stderr is a terminal of that width and gets live lines.
    pub fn new(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>, columns: Option<usize>) -> Self {
        let err = Shared(Arc::new(Mutex::new(err)));
        let bars = columns.map(|columns| {
            let columns = u16::try_from(columns).unwrap_or(u16::MAX).max(1);
            let terminal = Device { err: err.clone(), columns };
            MultiProgress::with_draw_target(ProgressDrawTarget::term_like(Box::new(terminal)))
        });
        Self { out, err, bars }
    }

    /// Writes whole lines to stdout.
    pub fn out(&mut self, text: &str) {
        let out = &mut self.out;
        above(self.bars.as_ref(), || drop(out.write_all(text.as_bytes()).and_then(|()| out.flush())));
    }

    /// Writes whole lines to stderr.
    pub fn err(&mut self, text: &str) {
        let err = &self.err;
        above(self.bars.as_ref(), || drop(err.write(text)));
    }

    /// Adds a live line; none where lines cannot be drawn again.
    pub fn line(&self) -> Option<ProgressBar> {
        let bars = self.bars.as_ref()?;
        let style = ProgressStyle::with_template("{msg}").ok()?;
        Some(bars.add(ProgressBar::new_spinner().with_style(style)))
    }

    /// Takes a live line away.
    pub fn remove(&self, line: &ProgressBar) {
        line.finish_and_clear();
        if let Some(bars) = &self.bars {
            bars.remove(line);
        }
    }
}

fn above(bars: Option<&MultiProgress>, write: impl FnOnce()) {
    match bars {
        Some(bars) => bars.suspend(write),
        None => write(),
    }
}

/// stderr, shared with the live lines.
#[derive(Clone)]
struct Shared(Arc<Mutex<Box<dyn Write + Send>>>);

impl Shared {
    fn write(&self, text: &str) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes())
    }

    fn flush(&self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

/// What indicatif draws on: any writer that understands ECMA-48.
struct Device {
    err: Shared,
    columns: u16,
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl Device {
    fn moved(&self, count: usize, direction: char) -> io::Result<()> {
        if count == 0 { Ok(()) } else { self.err.write(&format!("\u{1b}[{count}{direction}")) }
    }
}

impl TermLike for Device {
    fn width(&self) -> u16 {
        self.columns
    }

    fn move_cursor_up(&self, count: usize) -> io::Result<()> {
        self.moved(count, 'A')
    }

    fn move_cursor_down(&self, count: usize) -> io::Result<()> {
        self.moved(count, 'B')
    }

    fn move_cursor_right(&self, count: usize) -> io::Result<()> {
        self.moved(count, 'C')
    }

    fn move_cursor_left(&self, count: usize) -> io::Result<()> {
        self.moved(count, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.err.write(&format!("{text}\r\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.err.write(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.err.write("\r\u{1b}[2K")
    }

    fn flush(&self) -> io::Result<()> {
        self.err.flush()
    }
}
