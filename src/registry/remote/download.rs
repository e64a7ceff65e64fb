//! Reads a blob: goes on where the connection was cut, and checks what comes.

use crate::name::{Digest, Reference};
use crate::registry::client::{Client, Place};
use crate::registry::patience::Patience;
use crate::registry::transport::{Call, after_answer, is_clear, read};
use crate::registry::trouble::Trouble;
use crate::registry::verify::Checker;
use crate::registry::{Blob, BlobStream, RegistryError, answer};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::try_unfold;
use reqwest::header::{CONTENT_RANGE, HeaderMap, HeaderValue, RANGE};
use reqwest::{Method, Response};

/// What a connection must have brought for the tries to be counted anew.
const PROGRESS: u64 = 64 << 10;

/// The most bytes read of an answer that is no blob.
const REFUSAL_LIMIT: u64 = 64 << 10;

/// A blob on its way.
struct Download {
    client: Client,
    reference: Reference,
    blob: Blob,
    /// How many bytes were handed on, with those before the start.
    position: u64,
    /// Where the last connection began to bring something new.
    resumed: u64,
    /// Only where it is read from its beginning.
    checker: Option<Checker>,
    response: Option<Response>,
    /// Bytes that come again, because the server does not read on from where we are.
    skip: u64,
    patience: Patience,
}

/// The bytes from `offset` on. What can be refused is refused here and not in the stream.
pub(super) async fn open(client: &Client, reference: &Reference, blob: &Blob, offset: u64) -> Result<BlobStream, RegistryError> {
    let patience = Patience::new(client.door.transport.options.retries, false);
    let checker = (offset == 0).then(|| Checker::like(&blob.digest));
    let (client, reference, blob) = (client.clone(), reference.clone(), blob.clone());
    let mut download = Download { client, reference, blob, position: offset, resumed: offset, checker, response: None, skip: 0, patience };
    download.connect().await?;
    let next = |mut download: Download| async move { Ok(download.next().await?.map(|bytes| (bytes, download))) };
    Ok(try_unfold(download, next).boxed())
}

impl Download {
    fn subject(&self) -> String {
        format!("the blob {} of {}", self.blob.digest, self.reference.name())
    }

    async fn place(&self) -> Result<Place<'_>, RegistryError> {
        let mut place = self.client.place(&self.reference).await?;
        place.subject = self.subject();
        Ok(place)
    }

    /// The next piece; `None` at the end. The last one is handed on only when the digest is right.
    async fn next(&mut self) -> Result<Option<Bytes>, RegistryError> {
        loop {
            if self.response.is_none() {
                if self.position == self.blob.size && self.checker.is_none() {
                    return Ok(None);
                }
                self.connect().await?;
            }
            let Some(response) = &mut self.response else { continue };
            match response.chunk().await {
                Ok(Some(bytes)) => {
                    let bytes = self.unseen(bytes);
                    if let Some(mut bytes) = bytes.filter(|_| self.position < self.blob.size) {
                        self.take(&mut bytes)?;
                        return Ok(Some(bytes));
                    }
                }
                Ok(None) if self.position == self.blob.size => {
                    self.finish(false)?;
                    return Ok(None);
                }
                Ok(None) => self.interrupted(Trouble::Broken(format!("it ended after {} bytes", self.position))).await?,
                // All is there and right: how the connection ends does not matter.
                Err(_) if self.position == self.blob.size && self.checker.is_none() => return Ok(None),
                Err(error) => self.interrupted(Trouble::of(error)).await?,
            }
        }
    }

    /// What of a piece is new.
    fn unseen(&mut self, mut bytes: Bytes) -> Option<Bytes> {
        let known = self.skip.min(bytes.len() as u64);
        self.skip -= known;
        // `known` is at most the length of the piece.
        let rest = bytes.split_off(known as usize);
        (!rest.is_empty()).then_some(rest)
    }

    /// Notes a piece; what stands behind the end is cut off.
    fn take(&mut self, bytes: &mut Bytes) -> Result<(), RegistryError> {
        let left = usize::try_from(self.blob.size - self.position).unwrap_or(usize::MAX);
        let too_much = bytes.len() > left;
        bytes.truncate(left);
        self.position += bytes.len() as u64;
        if let Some(checker) = &mut self.checker {
            checker.update(bytes);
        }
        if self.position == self.blob.size { self.finish(too_much) } else { Ok(()) }
    }

    fn finish(&mut self, too_much: bool) -> Result<(), RegistryError> {
        let Some(checker) = self.checker.take() else { return Ok(()) };
        let (expected, found): (Digest, Digest) = (self.blob.digest.clone(), checker.finish());
        if expected == found {
            return Ok(());
        }
        let (host, reference) = (self.reference.registry().to_owned(), self.subject());
        if too_much {
            return Err(RegistryError::TooLarge { host, reference, limit: self.blob.size });
        }
        Err(RegistryError::WrongDigest { host, reference, expected, found })
    }

    /// Waits before the next connection, or gives up. A connection that brought something counts as a fresh start.
    async fn interrupted(&mut self, trouble: Trouble) -> Result<(), RegistryError> {
        self.response = None;
        let transport = &self.client.door.transport;
        let mut patience = if self.position >= self.resumed + PROGRESS {
            Patience::new(transport.options.retries, false)
        } else {
            std::mem::replace(&mut self.patience, Patience::new(transport.options.retries, true))
        };
        let place = self.place().await?;
        let waited = transport.after(&place.host, trouble, &mut patience, place.registry, &place.subject).await;
        self.resumed = self.position;
        self.patience = patience;
        waited
    }

    /// Asks for the blob from where we are.
    async fn connect(&mut self) -> Result<(), RegistryError> {
        let mut signed_in = false;
        loop {
            let place = self.place().await?;
            let call = blob_call(&place, Method::GET, &self.blob);
            let header = self.client.door.header(place.aim("pull")).await?;
            tokio::time::sleep(place.host.pause()).await;
            let response = match self.client.door.transport.open(&call, header.as_ref(), &from(self.position)).await {
                Ok(response) => response,
                Err(trouble) => {
                    self.interrupted(trouble).await?;
                    continue;
                }
            };
            match response.status().as_u16() {
                200 => {
                    if let Some(found) = response.content_length().filter(|found| *found < self.blob.size) {
                        return Err(place.unclear(format!("it has {found} bytes, and the manifest says {}", self.blob.size)));
                    }
                    self.skip = self.position;
                }
                206 if first_byte(&response) == Some(self.position) => self.skip = 0,
                206 => {
                    self.interrupted(Trouble::Broken("it sends another part than was asked for".to_owned())).await?;
                    continue;
                }
                401 | 403 | 404 if !signed_in => {
                    // The ordinary way of asking signs in, and knows what a refusal means.
                    self.client
                        .read_as(&place, "pull", &blob_call(&place, Method::HEAD, &self.blob))
                        .await?
                        .ok_or_else(|| place.not_found())?;
                    signed_in = true;
                    continue;
                }
                _ => {
                    self.refused(response, &call).await?;
                    continue;
                }
            }
            self.response = Some(response);
            return Ok(());
        }
    }

    /// Waits after 429 and 5xx; anything else is the end.
    async fn refused(&mut self, response: Response, call: &Call) -> Result<(), RegistryError> {
        let answer = match read(response, REFUSAL_LIMIT).await {
            Ok(answer) => answer,
            Err(trouble) => return self.interrupted(trouble).await,
        };
        let host = self.client.place(&self.reference).await?.host;
        if is_clear(answer.status) {
            return Err(answer::unclear(&call.registry, &call.subject, answer::said(&answer)));
        }
        after_answer(&host, call, &answer, &mut self.patience).await
    }
}

/// A request for a blob.
pub(super) fn blob_call(place: &Place<'_>, method: Method, blob: &Blob) -> Call {
    let mut call = place.call(method, &format!("{}/blobs/{}", place.repository, blob.digest), REFUSAL_LIMIT);
    call.bounded = call.method == Method::HEAD;
    call
}

/// `Range`, where it is not the beginning.
fn from(position: u64) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if position > 0
        && let Ok(value) = HeaderValue::from_str(&format!("bytes={position}-"))
    {
        headers.insert(RANGE, value);
    }
    headers
}

/// The first byte that a partial answer holds: `Content-Range: bytes 5-9/10`.
fn first_byte(response: &Response) -> Option<u64> {
    let text = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    text.trim().strip_prefix("bytes")?.trim_start().split('-').next()?.parse().ok()
}
