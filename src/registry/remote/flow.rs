//! A request's body that comes from a source, watched while it moves.

use crate::registry::host::lock;
use crate::registry::transport::Answer;
use crate::registry::trouble::Trouble;
use crate::registry::{BlobStream, RegistryError};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::try_unfold;
use reqwest::Body;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// After the last byte a registry may take this many times as long as between two bytes: it puts the blob away.
const PUTTING_AWAY: u32 = 10;

/// What is known of a body on its way.
pub(super) struct Flow {
    state: Arc<Mutex<State>>,
}

struct State {
    /// When the connection last took something, or the source gave something.
    moved: Instant,
    /// The source is asked for more: it has its own patience.
    waiting: bool,
    /// All of it was taken.
    taken: bool,
    failure: Option<RegistryError>,
}

struct Pieces {
    stream: BlobStream,
    left: u64,
    state: Arc<Mutex<State>>,
}

impl Flow {
    /// The next `length` bytes of a stream as a body.
    pub(super) fn of(stream: BlobStream, length: u64) -> (Self, Body) {
        let state = State { moved: Instant::now(), waiting: false, taken: length == 0, failure: None };
        let state = Arc::new(Mutex::new(state));
        let pieces = Pieces { stream, left: length, state: state.clone() };
        (Self { state }, Body::wrap_stream(try_unfold(pieces, Pieces::next)))
    }

    /// Why the source ended early.
    pub(super) fn failure(&self) -> Option<RegistryError> {
        lock(&self.state).failure.take()
    }

    /// Waits for the answer, and gives up where the connection takes nothing more for `limit`.
    pub(super) async fn watch(&self, limit: Duration, answer: impl Future<Output = Result<Answer, Trouble>>) -> Result<Answer, Trouble> {
        let mut answer = std::pin::pin!(answer);
        loop {
            let until = self.until(limit);
            tokio::select! {
                answer = &mut answer => return answer,
                () = tokio::time::sleep_until(until) => {}
            }
            if self.until(limit) <= Instant::now() {
                return Err(Trouble::Broken("it takes nothing more".to_owned()));
            }
        }
    }

    fn until(&self, limit: Duration) -> Instant {
        let state = lock(&self.state);
        match (state.waiting, state.taken) {
            (true, _) => Instant::now() + limit,
            (false, true) => state.moved + limit * PUTTING_AWAY,
            (false, false) => state.moved + limit,
        }
    }
}

impl Pieces {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, std::io::Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.note(true);
        let next = self.stream.next().await;
        self.note(false);
        match next {
            Some(Ok(mut bytes)) => {
                bytes.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
                self.left -= bytes.len() as u64;
                lock(&self.state).taken = self.left == 0;
                Ok(Some((bytes, self)))
            }
            Some(Err(error)) => {
                lock(&self.state).failure = Some(error);
                Err(std::io::Error::other("the source failed"))
            }
            None => Err(std::io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn note(&self, waiting: bool) {
        let mut state = lock(&self.state);
        state.moved = Instant::now();
        state.waiting = waiting;
    }
}

/// The headers of a piece. A piece that is the whole blob says no range: old registries do not know it.
pub(super) fn headers(offset: u64, length: u64, whole: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if !whole && let Ok(value) = HeaderValue::from_str(&format!("{offset}-{}", offset + length.saturating_sub(1))) {
        headers.insert(CONTENT_RANGE, value);
    }
    headers
}

/// The headers of a request without a body.
pub(super) fn no_body() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
    headers
}
