//! Follows the output of a program.

use crate::engine::LogSink;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Child;
use tokio::task::JoinHandle;

/// A line longer than this, in bytes, is handed on in pieces.
const LONGEST: usize = 64 * 1024;

/// Reads both streams of `child` in the background.
pub fn follow(child: &mut Child, log: &LogSink) -> Vec<JoinHandle<()>> {
    let mut readers = Vec::new();
    if let Some(stream) = child.stdout.take() {
        readers.push(tokio::spawn(read(stream, log.clone())));
    }
    if let Some(stream) = child.stderr.take() {
        readers.push(tokio::spawn(read(stream, log.clone())));
    }
    readers
}

async fn read(mut stream: impl AsyncRead + Unpin, log: LogSink) {
    let mut lines = Lines::new(log);
    let mut buffer = vec![0; 8192];
    // A stream that fails has nothing more to say; the exit code tells how the program did.
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        lines.push(&buffer[..count]);
    }
    lines.finish();
}

/// Makes lines of what comes in pieces.
pub struct Lines {
    pending: Vec<u8>,
    log: LogSink,
}

impl Lines {
    /// Of one stream.
    pub fn new(log: LogSink) -> Self {
        Self { pending: Vec::new(), log }
    }

    /// Takes a piece and hands on the lines that are whole.
    pub fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        while let Some(end) = self.pending.iter().position(|&b| b == b'\n') {
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            (self.log)(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
        }
        if self.pending.len() >= LONGEST {
            self.finish();
        }
    }

    /// Hands on what has no line end.
    pub fn finish(&mut self) {
        if !self.pending.is_empty() {
            (self.log)(&String::from_utf8_lossy(&self.pending));
            self.pending.clear();
        }
    }
}
