//! Writes a blob: mounted where that works, else sent; an upload that was cut goes on where it was.

use super::flow::{self, Flow};
use super::session::{Offer, Session};
use crate::name::Reference;
use crate::registry::client::{Client, Place};
use crate::registry::patience::Patience;
use crate::registry::transport::{Answer, after_answer, is_clear};
use crate::registry::trouble::Trouble;
use crate::registry::{Blob, BlobSource, RegistryError, Written, answer};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use reqwest::header::HeaderMap;

/// Up to this size a blob goes with the request that ends its upload.
const SMALL: u64 = 256 << 10;

/// The size of a piece where the registry does not take a blob at once.
const PIECE: u64 = 16 << 20;

/// One blob and where it goes.
pub(super) struct Upload<'a> {
    pub client: &'a Client,
    pub place: Place<'a>,
    pub blob: &'a Blob,
    pub source: &'a dyn BlobSource,
}

/// How one try went.
enum Try {
    /// The registry has it.
    Done,
    /// Something broke.
    Broken(Trouble),
    /// The registry answered something that another try may change.
    Busy(Answer),
    /// The registry does not take this much in one request.
    TooMuch(Answer),
}

impl<'a> Upload<'a> {
    pub(super) async fn new(
        client: &'a Client,
        reference: &'a Reference,
        blob: &'a Blob,
        source: &'a dyn BlobSource,
    ) -> Result<Self, RegistryError> {
        let mut place = client.place(reference).await?;
        place.subject = format!("the blob {} of {}", blob.digest, reference.name());
        Ok(Self { client, place, blob, source })
    }

    /// Mounts or sends it.
    pub(super) async fn write(&self, mount: &[String]) -> Result<Written, RegistryError> {
        let session = match self.mount(mount).await? {
            Offer::Mounted => return Ok(Written::Mounted),
            Offer::Session(session) => session,
        };
        // A registry that would not mount it may have it here all the same.
        if !mount.is_empty() && self.is_there().await? {
            session.cancel(self).await;
            return Ok(Written::There);
        }
        self.send(session).await.map(|()| Written::Sent)
    }

    /// Asks for a mount from each of them, and from wherever the registry likes, or for an upload.
    async fn mount(&self, from: &[String]) -> Result<Offer, RegistryError> {
        for source in from {
            match Session::mount(self, Some(source)).await? {
                Some(Offer::Session(session)) if Some(source) != from.last() => session.cancel(self).await,
                Some(offer) => return Ok(offer),
                None => {}
            }
        }
        if from.is_empty()
            && let Some(offer) = Session::mount(self, None).await?
        {
            return Ok(offer);
        }
        Session::start(self).await.map(Offer::Session)
    }

    async fn send(&self, session: Session) -> Result<(), RegistryError> {
        let transport = &self.client.door.transport;
        let mut patience = Patience::new(transport.options.retries, false);
        let (mut session, mut piece) = (session, None);
        loop {
            let before = session.offset;
            let tried = if self.blob.size <= SMALL { self.all_at_once(&session).await? } else { self.pieces(&mut session, piece).await? };
            if session.offset > before {
                patience = Patience::new(transport.options.retries, false);
            }
            match tried {
                Try::Done => return Ok(()),
                Try::Broken(trouble) => {
                    transport.after(&self.place.host, trouble, &mut patience, self.place.registry, &self.place.subject).await?;
                }
                Try::Busy(answer) => {
                    after_answer(&self.place.host, &session.call(self, reqwest::Method::PUT), &answer, &mut patience).await?
                }
                Try::TooMuch(answer) if piece.is_some() || self.blob.size <= PIECE.max(session.least) => return Err(self.refused(&answer)),
                Try::TooMuch(_) => piece = Some(PIECE.max(session.least)),
            }
            session = self.resume(session).await?;
        }
    }

    /// The upload as the registry has it by now; a new one where it has nothing of it.
    async fn resume(&self, mut session: Session) -> Result<Session, RegistryError> {
        if self.blob.size > SMALL && session.look(self).await? {
            return Ok(session);
        }
        session.cancel(self).await;
        Session::start(self).await
    }

    /// The whole blob in the request that ends the upload.
    async fn all_at_once(&self, session: &Session) -> Result<Try, RegistryError> {
        let bytes = self.read().await?;
        let call = session.end(self, Some(bytes));
        let header = session.authorization(self).await?;
        let answer = match self.client.door.transport.once(&call, header.as_ref()).await {
            Ok(answer) => answer,
            Err(trouble) => return Ok(Try::Broken(trouble)),
        };
        self.judge(session, answer).await
    }

    async fn read(&self) -> Result<Bytes, RegistryError> {
        let mut stream = self.source.open(0).await?;
        let mut bytes = BytesMut::new();
        while let Some(piece) = stream.next().await {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes.freeze())
    }

    /// What is left of the blob in one request, or in several; then the request that ends the upload.
    async fn pieces(&self, session: &mut Session, piece: Option<u64>) -> Result<Try, RegistryError> {
        while session.offset < self.blob.size {
            let left = self.blob.size - session.offset;
            let length = piece.map_or(left, |piece| piece.min(left));
            let answer = match self.patch(session, length).await? {
                Ok(answer) => answer,
                Err(trouble) => return Ok(Try::Broken(trouble)),
            };
            match answer.status.as_u16() {
                200..=204 => session.moved(self, &answer, length)?,
                413 => return Ok(Try::TooMuch(answer)),
                // 401: the token has run out on the way; looking where we are gets a new one.
                // 404 and 416: the registry has lost the upload, or counts otherwise.
                401 | 404 | 416 => return Ok(Try::Broken(Trouble::Broken(answer::said(&answer)))),
                _ if is_clear(answer.status) => return Err(self.refused(&answer)),
                _ => return Ok(Try::Busy(answer)),
            }
        }
        let call = session.end(self, None);
        let header = session.authorization(self).await?;
        let transport = &self.client.door.transport;
        let (flow, body) = Flow::of(futures_util::stream::empty().boxed(), 0);
        match flow.watch(transport.options.timeout, transport.upload(&call, header.as_ref(), flow::no_body(), body)).await {
            Ok(answer) => self.judge(session, answer).await,
            Err(trouble) => Ok(Try::Broken(trouble)),
        }
    }

    async fn patch(&self, session: &Session, length: u64) -> Result<Result<Answer, Trouble>, RegistryError> {
        let whole = length == self.blob.size;
        let headers: HeaderMap = flow::headers(session.offset, length, whole);
        let (flow, body) = Flow::of(self.source.open(session.offset).await?, length);
        let header = session.authorization(self).await?;
        let call = session.call(self, reqwest::Method::PATCH);
        let transport = &self.client.door.transport;
        let answer = flow.watch(transport.options.timeout, transport.upload(&call, header.as_ref(), headers, body)).await;
        // A source that failed has tried again itself: that is the reason, not the connection that it broke.
        flow.failure().map_or(Ok(answer), Err)
    }

    /// What the answer to the request that ends an upload means.
    async fn judge(&self, session: &Session, answer: Answer) -> Result<Try, RegistryError> {
        match answer.status.as_u16() {
            200 | 201 | 204 => Ok(Try::Done),
            401 => Ok(Try::Broken(Trouble::Broken(answer::said(&answer)))),
            // An earlier try may have ended it without our hearing of it.
            404 if self.is_there().await? => Ok(Try::Done),
            404 => Ok(Try::Broken(Trouble::Broken(answer::said(&answer)))),
            413 => Ok(Try::TooMuch(answer)),
            _ if is_clear(answer.status) => {
                session.clone().cancel(self).await;
                Err(self.refused(&answer))
            }
            _ => Ok(Try::Busy(answer)),
        }
    }

    pub(super) async fn is_there(&self) -> Result<bool, RegistryError> {
        super::has_blob(self.client, &self.place, self.blob).await
    }

    pub(super) fn refused(&self, answer: &Answer) -> RegistryError {
        self.place.unclear(format!("it does not take the blob: {}", answer::said(answer)))
    }
}
