//! Questions on the terminal, one line each; the answer to a secret one does not show.

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, Write as _};
use tokio_util::sync::CancellationToken;

/// Asks and reads a line. `None` when interrupted, or when the input ended without one.
pub async fn line(question: &str, cancel: &CancellationToken) -> io::Result<Option<String>> {
    ask(question)?;
    read(cancel).await
}

/// The same, without showing what is typed. However it ends, the terminal is as it was.
pub async fn secret(question: &str, cancel: &CancellationToken) -> io::Result<Option<String>> {
    let silence = Silence::begin()?;
    ask(question)?;
    let answer = read(cancel).await;
    drop(silence);
    // The end of the line did not show either.
    writeln!(io::stderr())?;
    answer
}

fn ask(question: &str) -> io::Result<()> {
    let mut err = io::stderr().lock();
    write!(err, "{question}")?;
    err.flush()
}

async fn read(cancel: &CancellationToken) -> io::Result<Option<String>> {
    let reading = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|read| (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
    });
    tokio::select! {
        read = reading => read.map_err(io::Error::other)?,
        () = cancel.cancelled() => Ok(None),
    }
}

/// The terminal of stdin does not show what is typed, as long as this lives.
struct Silence {
    before: Termios,
}

impl Silence {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Drain, &silent)?;
        Ok(Self { before })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = tcsetattr(io::stdin(), OptionalActions::Drain, &self.before);
    }
}
