//! The caller's terminal, while a container has it.

use crate::engine::TerminalSize;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use std::io::{self, IsTerminal as _};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Whether somebody sits in front of both ends.
pub fn is_there() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Every key goes to the container, as long as this lives.
pub struct RawMode {
    before: Termios,
}

impl RawMode {
    /// Sets the terminal of stdin.
    pub fn enter() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Drain, &raw)?;
        Ok(Self { before })
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = tcsetattr(io::stdin(), OptionalActions::Drain, &self.before);
    }
}

/// The size of the terminal, now and whenever it changes.
pub fn sizes() -> io::Result<watch::Receiver<TerminalSize>> {
    let mut changes = signal(SignalKind::window_change())?;
    let (sender, receiver) = watch::channel(size()?);
    tokio::spawn(async move {
        while changes.recv().await.is_some() {
            if size().is_ok_and(|size| sender.send(size).is_err()) {
                return;
            }
        }
    });
    Ok(receiver)
}

fn size() -> io::Result<TerminalSize> {
    let size = tcgetwinsize(io::stdout())?;
    Ok(TerminalSize { rows: size.ws_row, columns: size.ws_col })
}
