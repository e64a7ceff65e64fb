//! Bytes that come from elsewhere, for a thread that reads them.

use crate::engine::ProgressSink;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_util::io::{StreamReader, SyncIoBridge};
use tokio_util::sync::CancellationToken;

/// What was read of an image so far.
#[derive(Clone)]
pub struct Meter {
    sink: ProgressSink,
    done: Arc<AtomicU64>,
    total: Option<u64>,
}

impl Meter {
    pub fn new(sink: &ProgressSink, total: Option<u64>) -> Self {
        Self { sink: sink.clone(), done: Arc::default(), total }
    }

    pub fn add(&self, bytes: u64) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        (self.sink)(done, self.total);
    }
}

/// Reads a stream, which ends when the call is cancelled.
pub fn reader<S>(stream: S, meter: Meter, cancel: &CancellationToken) -> impl Read + Send + use<S>
where
    S: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    let counted = stream.inspect(move |piece| {
        if let Ok(piece) = piece {
            meter.add(piece.len() as u64);
        }
    });
    let cancelled = cancel.clone();
    let ending = futures_util::stream::once(async move {
        cancelled.cancelled_owned().await;
        Err(io::Error::other("cancelled"))
    });
    // The error comes as soon as there is one; the end of the stream ends both.
    let both = futures_util::stream::select(counted.map(Some).chain(futures_util::stream::iter([None])), ending.map(Some));
    let until_end = both.take_while(|piece| std::future::ready(piece.is_some())).filter_map(std::future::ready);
    SyncIoBridge::new(StreamReader::new(until_end.boxed()))
}
