//! A program whose output is an answer, and not a log.

use super::{DRAIN, Ended, Program, SandboxError};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What is kept of the error stream, in bytes.
const MOST_ERRORS: usize = 64 << 10;

/// What a program answered.
#[derive(Debug)]
pub struct Captured {
    /// How it ended.
    pub end: Ended,
    /// What it wrote.
    pub stdout: Vec<u8>,
    /// The beginning of what it wrote to its error stream.
    pub stderr: Vec<u8>,
    /// Whether it was stopped because it wrote too much.
    pub flooded: bool,
}

impl Program {
    /// Runs the program to its end and keeps what it writes, `most` bytes at most: one that writes more is stopped, like one
    /// that takes too long.
    ///
    /// # Errors
    /// When it cannot be started or waited for.
    pub async fn capture(&self, most: usize, cancel: &CancellationToken) -> Result<Captured, SandboxError> {
        let mut child = self.spawn().await.map_err(|source| self.error(source))?;
        let stop = cancel.child_token();
        let out = child.stdout.take().map(|stream| Gathering::start(stream, most, Some(stop.clone())));
        let errors = child.stderr.take().map(|stream| Gathering::start(stream, MOST_ERRORS, None));
        let end = self.watch(&mut child, &stop).await?;
        let flooded = stop.is_cancelled() && !cancel.is_cancelled();
        Ok(Captured { end, stdout: gathered(out).await, stderr: gathered(errors).await, flooded })
    }
}

/// A stream that is read in the background.
struct Gathering {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Gathering {
    /// Keeps `most` bytes; beyond, `full` is fired where there is one, and the rest is thrown away.
    fn start(mut stream: impl AsyncRead + Unpin + Send + 'static, most: usize, full: Option<CancellationToken>) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let into = bytes.clone();
        let reader = tokio::spawn(async move {
            let mut buffer = vec![0; 64 << 10];
            // A stream that fails has nothing more to say; the exit code tells how the program did.
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                let mut kept = into.lock().unwrap_or_else(PoisonError::into_inner);
                let room = most - kept.len();
                kept.extend_from_slice(&buffer[..count.min(room)]);
                if count > room
                    && let Some(full) = &full
                {
                    full.cancel();
                }
            }
        });
        Self { bytes, reader }
    }
}

/// What was read once the program ended; a background process may hold the stream open.
async fn gathered(stream: Option<Gathering>) -> Vec<u8> {
    let Some(mut stream) = stream else { return Vec::new() };
    if tokio::time::timeout(DRAIN, &mut stream.reader).await.is_err() {
        stream.reader.abort();
    }
    std::mem::take(&mut stream.bytes.lock().unwrap_or_else(PoisonError::into_inner))
}
