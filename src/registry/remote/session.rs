//! An upload that a registry has opened: where it goes on, and how much of it is there.

use super::upload::Upload;
use crate::registry::auth::{Aim, Reply};
use crate::registry::transport::{Answer, Call};
use crate::registry::{RegistryError, answer};
use bytes::Bytes;
use reqwest::header::{HeaderName, HeaderValue, LOCATION, RANGE};
use reqwest::{Method, Url};

/// What those who write a blob must be allowed.
const WRITE: &str = "pull,push";

/// The smallest piece the registry takes, but for the last.
const LEAST: HeaderName = HeaderName::from_static("oci-chunk-min-length");

/// What came of asking for a mount.
pub(super) enum Offer {
    /// It is there now.
    Mounted,
    /// The registry wants it sent.
    Session(Session),
}

/// An open upload.
#[derive(Clone)]
pub(super) struct Session {
    url: Url,
    /// How many bytes the registry has.
    pub offset: u64,
    /// The least bytes of a piece that is not the last.
    pub least: u64,
}

impl Session {
    /// Opens an upload.
    pub(super) async fn start(upload: &Upload<'_>) -> Result<Self, RegistryError> {
        let reply = post(upload, &[], None).await?;
        match reply.answer.status.as_u16() {
            202 => Self::read(upload, &reply.answer),
            401 | 403 => Err(upload.client.denied(&upload.place, &reply)),
            404 => Err(upload.place.unclear(format!("it opens no upload: {}", answer::said(&reply.answer)))),
            _ => Err(upload.refused(&reply.answer)),
        }
    }

    /// Asks to mount the blob from `from`, or from wherever the registry finds it. `None` where the registry
    /// does not let us, or does not know how.
    pub(super) async fn mount(upload: &Upload<'_>, from: Option<&str>) -> Result<Option<Offer>, RegistryError> {
        let digest = upload.blob.digest.as_str();
        let query: Vec<(&str, &str)> = [("mount", digest)].into_iter().chain(from.map(|from| ("from", from))).collect();
        let reply = match post(upload, &query, from).await {
            // A registry that stumbles over mounts may still take the blob.
            Err(RegistryError::Unclear { .. }) => return Ok(None),
            other => other?,
        };
        match reply.answer.status.as_u16() {
            201 => Ok(Some(Offer::Mounted)),
            202 => Self::read(upload, &reply.answer).map(|session| Some(Offer::Session(session))),
            _ => Ok(None),
        }
    }

    fn read(upload: &Upload<'_>, answer: &Answer) -> Result<Self, RegistryError> {
        let url = location(upload, answer, None)?.ok_or_else(|| upload.place.unclear("it opens an upload but does not say where"))?;
        let least = answer.headers.get(LEAST).and_then(|value| value.to_str().ok()).and_then(|text| text.trim().parse().ok());
        Ok(Self { url, offset: 0, least: least.unwrap_or(0) })
    }

    /// A request about the upload.
    pub(super) fn call(&self, upload: &Upload<'_>, method: Method) -> Call {
        let (registry, subject) = (upload.place.registry.to_owned(), upload.place.subject.clone());
        Call { method, url: self.url.clone(), body: None, limit: 64 << 10, bounded: true, once: false, registry, subject }
    }

    /// The request that ends the upload.
    pub(super) fn end(&self, upload: &Upload<'_>, bytes: Option<Bytes>) -> Call {
        let mut call = self.call(upload, Method::PUT);
        call.url.query_pairs_mut().append_pair("digest", upload.blob.digest.as_str());
        call.body = bytes.map(|bytes| ("application/octet-stream".to_owned(), bytes));
        call
    }

    /// What requests about the upload are signed with; nothing where it stands on another host.
    pub(super) async fn authorization(&self, upload: &Upload<'_>) -> Result<Option<HeaderValue>, RegistryError> {
        if self.url.origin() != upload.place.base.origin() {
            return Ok(None);
        }
        upload.client.door.header(upload.place.aim(WRITE)).await
    }

    /// Notes that a piece has arrived.
    pub(super) fn moved(&mut self, upload: &Upload<'_>, answer: &Answer, length: u64) -> Result<(), RegistryError> {
        self.offset = held(answer).unwrap_or(self.offset + length).min(self.offset + length);
        if let Some(url) = location(upload, answer, Some(&self.url))? {
            self.url = url;
        }
        Ok(())
    }

    /// Asks how much the registry has. False where it has nothing, or has lost the upload.
    pub(super) async fn look(&mut self, upload: &Upload<'_>) -> Result<bool, RegistryError> {
        let call = self.call(upload, Method::GET);
        let answer = if self.url.origin() == upload.place.base.origin() {
            let reply = upload.client.door.ask(upload.place.aim(WRITE), &call).await?;
            if matches!(reply.answer.status.as_u16(), 401 | 403) {
                return Err(upload.client.denied(&upload.place, &reply));
            }
            reply.answer
        } else {
            upload.client.door.transport.send(&call, None).await?
        };
        let Some(held) = held(&answer).filter(|held| answer.status.is_success() && *held <= upload.blob.size) else { return Ok(false) };
        if let Some(url) = location(upload, &answer, Some(&self.url))? {
            self.url = url;
        }
        self.offset = held;
        Ok(true)
    }

    /// Gives it up. The registry forgets it by itself some day, so it does not matter whether this works.
    pub(super) async fn cancel(self, upload: &Upload<'_>) {
        let call = self.call(upload, Method::DELETE);
        if let Ok(header) = self.authorization(upload).await {
            let _ = upload.client.door.transport.once(&call, header.as_ref()).await;
        }
    }
}

/// Opens an upload, or asks for a mount. A mount's sign-in must allow to read its source.
async fn post(upload: &Upload<'_>, query: &[(&str, &str)], also: Option<&str>) -> Result<Reply, RegistryError> {
    let mut call = upload.place.call(Method::POST, &format!("{}/blobs/uploads/", upload.place.repository), 64 << 10);
    if !query.is_empty() {
        call.url.query_pairs_mut().extend_pairs(query);
    }
    call.body = Some(("application/octet-stream".to_owned(), Bytes::new()));
    upload.client.door.ask(Aim { also, ..upload.place.aim(WRITE) }, &call).await
}

/// Where an answer says that the upload goes on: absolute or relative, with or without a query.
fn location(upload: &Upload<'_>, answer: &Answer, current: Option<&Url>) -> Result<Option<Url>, RegistryError> {
    let Some(text) = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok()) else { return Ok(None) };
    let base = &upload.place.base;
    let joined = current.unwrap_or(base).join(text).map_err(|e| upload.place.unclear(format!("the address of its upload: {e}")))?;
    let mut url = joined;
    // Neither can fail for http and https.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    // A registry behind a proxy that ends TLS often does not know that it is spoken to over HTTPS.
    if base.scheme() == "https" && url.scheme() == "http" && url.host() == base.host() {
        let _ = url.set_scheme("https");
    }
    if !upload.client.door.transport.may_ask(&url)? {
        let reason = format!("its uploads go to {} without TLS", crate::registry::transport::authority(&url));
        return Err(upload.place.unclear(reason));
    }
    Ok(Some(url))
}

/// How many bytes `Range: 0-9` tells of. `0-0` is one byte or none, so it tells nothing.
fn held(answer: &Answer) -> Option<u64> {
    let text = answer.headers.get(RANGE)?.to_str().ok()?;
    let (first, last) = text.trim().trim_start_matches("bytes=").split_once('-')?;
    let last: u64 = last.trim().parse().ok()?;
    (first.trim() == "0" && last > 0).then_some(last + 1)
}
