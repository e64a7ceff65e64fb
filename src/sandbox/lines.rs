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
    let mut pending = Vec::new();
    let mut buffer = vec![0; 8192];
    // A stream that fails has nothing more to say; the exit code tells how the program did.
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        pending.extend_from_slice(&buffer[..count]);
        while let Some(end) = pending.iter().position(|&b| b == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            log(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
        }
        if pending.len() >= LONGEST {
            log(&String::from_utf8_lossy(&pending));
            pending.clear();
        }
    }
    if !pending.is_empty() {
        log(&String::from_utf8_lossy(&pending));
    }
}
