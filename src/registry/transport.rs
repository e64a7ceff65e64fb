//! Sends requests: waits, tries again, follows redirects without the sign-in, bounds what is read.

use super::host::{Host, Names, Scheme, bare, lock};
use super::manifest::MEDIA_TYPES;
use super::options::RegistryOptions;
use super::patience::{Patience, retry_after};
use super::tls::Tls;
use super::trouble::Trouble;
use super::{RegistryError, answer};
use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use reqwest::{Method, Response, StatusCode, Url};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// How many redirects are followed.
pub(crate) const REDIRECTS: usize = 5;

/// The most bytes that are read of an answer that tells of an error.
const ERROR_LIMIT: usize = 64 << 10;

/// One request.
pub(super) struct Call {
    pub method: Method,
    pub url: Url,
    /// Content type and body.
    pub body: Option<(String, Bytes)>,
    /// The most bytes to read of a good answer.
    pub limit: u64,
    /// Whether the whole answer must come within the time limit; a blob may take longer.
    pub bounded: bool,
    /// Whether it is sent once only, because somebody has to look before it is sent again.
    pub once: bool,
    /// The registry, for messages.
    pub registry: String,
    /// What it is about, for messages.
    pub subject: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// All servers that are spoken to.
pub(crate) struct Transport {
    pub options: RegistryOptions,
    tls: Arc<Tls>,
    names: Option<Names>,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

impl Transport {
    pub(crate) fn new(options: RegistryOptions) -> Result<Self, RegistryError> {
        let tls = Arc::new(Tls::load(&options)?);
        Ok(Self { options, tls, names: None, hosts: Mutex::new(HashMap::new()) })
    }

    /// The same servers, with another say in what their names lead to.
    pub(crate) fn with_names(&self, names: Names) -> Self {
        Self { options: self.options.clone(), tls: self.tls.clone(), names: Some(names), hosts: Mutex::new(HashMap::new()) }
    }

    /// The server of an authority; always the same one.
    pub(crate) fn host(&self, authority: &str) -> Result<Arc<Host>, RegistryError> {
        let key = authority.to_ascii_lowercase();
        let mut hosts = lock(&self.hosts);
        if let Some(host) = hosts.get(&key) {
            return Ok(host.clone());
        }
        let host = Arc::new(Host::new(&key, &self.options, &self.tls, self.names.map(|names| names(bare(&key))))?);
        hosts.insert(key, host.clone());
        Ok(host)
    }

    /// Whether we may speak to an address: HTTPS everywhere, HTTP only to this machine and listed hosts.
    pub(super) fn may_ask(&self, url: &Url) -> Result<bool, RegistryError> {
        Ok(url.scheme() == "https" || (url.scheme() == "http" && self.host(&authority(url))?.plain_allowed))
    }

    /// `https://host` or `http://host`, as it turned out for this host.
    pub(super) async fn base(&self, host: &Host, registry: &str, subject: &str) -> Result<Url, RegistryError> {
        let mut patience = Patience::new(self.options.retries, host.is_down());
        let scheme = loop {
            if let Some(scheme) = host.scheme.get() {
                break *scheme;
            }
            match self.probe(host).await {
                Ok(scheme) => break *host.scheme.get_or_init(|| scheme),
                Err(trouble) => self.after(host, trouble, &mut patience, registry, subject).await?,
            }
        };
        let text = format!("{}://{}", scheme.as_str(), host.authority);
        Url::parse(&text).map_err(|e| answer::unclear(registry, subject, format!("{text} is no address: {e}")))
    }

    /// Whether a host that may speak either speaks HTTPS. A bad certificate is never a reason for HTTP.
    async fn probe(&self, host: &Host) -> Result<Scheme, Trouble> {
        let _permit = host.permits.acquire().await;
        let ping =
            |scheme: Scheme| host.http.get(format!("{}://{}/v2/", scheme.as_str(), host.authority)).timeout(self.options.timeout).send();
        let secure = match ping(Scheme::Https).await {
            Ok(_) => return Ok(Scheme::Https),
            Err(error) => Trouble::of(error),
        };
        if matches!(secure, Trouble::Certificate { .. } | Trouble::ClientCertificate { .. }) {
            return Err(secure);
        }
        match ping(Scheme::Http).await {
            // A TLS server answers 400 to plain HTTP: then it was the first try that went wrong.
            Ok(response) if response.status() == StatusCode::BAD_REQUEST => Err(secure),
            Ok(_) => Ok(Scheme::Http),
            Err(error) => Err(Trouble::of(error)),
        }
    }

    /// Sends until there is an answer other than 429 and 5xx.
    pub(super) async fn send(&self, call: &Call, authorization: Option<&HeaderValue>) -> Result<Answer, RegistryError> {
        let host = self.host(&authority(&call.url))?;
        let mut patience = Patience::new(self.options.retries, host.is_down());
        loop {
            tokio::time::sleep(host.pause()).await;
            let result = {
                let _permit = host.permits.acquire().await;
                self.once(call, authorization).await
            };
            match result {
                Ok(answer) if is_clear(answer.status) || call.once => {
                    host.reached(true);
                    return Ok(answer);
                }
                Ok(answer) => after_answer(&host, call, &answer, &mut patience).await?,
                Err(Trouble::Broken(reason)) if call.once => {
                    let (host, reference) = (call.registry.clone(), call.subject.clone());
                    return Err(RegistryError::Unreachable { host, reference, reason });
                }
                Err(trouble) => self.after(&host, trouble, &mut patience, &call.registry, &call.subject).await?,
            }
        }
    }

    /// Sends a body that comes piece by piece, once. The caller watches that it moves.
    pub(super) async fn upload(
        &self,
        call: &Call,
        authorization: Option<&HeaderValue>,
        more: HeaderMap,
        body: reqwest::Body,
    ) -> Result<Answer, Trouble> {
        let host = self.host(&authority(&call.url)).map_err(Trouble::Setup)?;
        let mut request = host.uploads.request(call.method.clone(), call.url.clone()).headers(more).body(body);
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value);
        }
        read(request.send().await.map_err(Trouble::of)?, call.limit).await
    }

    /// Waits after trouble, or gives up.
    pub(super) async fn after(
        &self,
        host: &Host,
        trouble: Trouble,
        patience: &mut Patience,
        registry: &str,
        subject: &str,
    ) -> Result<(), RegistryError> {
        let (registry, reference) = (registry.to_owned(), subject.to_owned());
        let reason = match trouble {
            Trouble::Certificate { host, reason } => {
                return Err(RegistryError::Certificate { host, reason, ca_bundle: self.tls.bundle.clone() });
            }
            Trouble::ClientCertificate { host, reason } => return Err(RegistryError::ClientCertificate { host, reason }),
            Trouble::Setup(error) => return Err(error),
            Trouble::Redirect(reason) => return Err(RegistryError::Unclear { host: registry, reference, reason }),
            Trouble::TooLarge(limit) => return Err(RegistryError::TooLarge { host: registry, reference, limit }),
            Trouble::NotTls => {
                let reason = "it does not speak TLS; registries on plain HTTP must be listed in `insecure_registries`".to_owned();
                return Err(RegistryError::Unreachable { host: registry, reference, reason });
            }
            Trouble::Broken(reason) => reason,
        };
        let Some(wait) = patience.after_failure() else {
            host.reached(false);
            if host.asked_who_we_are() {
                return Err(RegistryError::ClientCertificate { host: host.authority.clone(), reason });
            }
            return Err(RegistryError::Unreachable { host: registry, reference, reason });
        };
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// Sends once, without waiting and without another try.
    pub(super) async fn once(&self, call: &Call, authorization: Option<&HeaderValue>) -> Result<Answer, Trouble> {
        read(self.open(call, authorization, &HeaderMap::new()).await?, call.limit).await
    }

    /// Sends once, with more headers, and leaves the answer's body unread.
    pub(super) async fn open(&self, call: &Call, authorization: Option<&HeaderValue>, more: &HeaderMap) -> Result<Response, Trouble> {
        let (mut url, mut authorization) = (call.url.clone(), authorization);
        for _ in 0..=REDIRECTS {
            let host = self.host(&authority(&url)).map_err(Trouble::Setup)?;
            let request = self.request(&host, call, &url, authorization).headers(more.clone());
            let mut response = request.send().await.map_err(Trouble::of)?;
            if url.origin() != call.url.origin() {
                // Only the registry says who gets the sign-in, and nobody that it leads us to.
                response.headers_mut().remove(WWW_AUTHENTICATE);
            }
            let Some(next) = self.redirect(call, &response, &url)? else { return Ok(response) };
            if next.origin() != url.origin() {
                authorization = None;
            }
            url = next;
        }
        Err(Trouble::Redirect(format!("more than {REDIRECTS} redirects")))
    }

    fn request(&self, host: &Host, call: &Call, url: &Url, authorization: Option<&HeaderValue>) -> reqwest::RequestBuilder {
        let mut request = host.http.request(call.method.clone(), url.clone());
        if url.path().contains("/manifests/") {
            request = request.header(ACCEPT, MEDIA_TYPES.join(", "));
        }
        if call.bounded {
            request = request.timeout(self.options.timeout);
        }
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value);
        }
        if let Some((content_type, body)) = &call.body {
            request = request.header(CONTENT_TYPE, content_type).body(body.clone());
        }
        request
    }

    /// Where an answer sends us. Requests with a body are never sent on: it may hold a secret.
    fn redirect(&self, call: &Call, response: &Response, url: &Url) -> Result<Option<Url>, Trouble> {
        if call.body.is_some() {
            return Ok(None);
        }
        let Some(next) = target(response, url)? else { return Ok(None) };
        if !self.may_ask(&next).map_err(Trouble::Setup)? {
            return Err(Trouble::Redirect(format!("it redirects to {} without TLS", authority(&next))));
        }
        Ok(Some(next))
    }
}

/// Where an answer to a request for `url` sends us, without names and passwords: they are of no use here.
pub(crate) fn target(response: &Response, url: &Url) -> Result<Option<Url>, Trouble> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let told = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).and_then(|text| url.join(text).ok());
    let Some(mut next) = told else { return Err(Trouble::Redirect("a redirect to nowhere".to_owned())) };
    // Neither call can fail for http and https.
    let _ = next.set_username("");
    let _ = next.set_password(None);
    Ok(Some(next))
}

/// Host and port of an address.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether another try cannot change the answer.
pub(crate) fn is_clear(status: StatusCode) -> bool {
    !(status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::REQUEST_TIMEOUT || status.is_server_error())
}

/// Waits after 429 and 5xx, or gives up.
pub(super) async fn after_answer(host: &Host, call: &Call, answer: &Answer, patience: &mut Patience) -> Result<(), RegistryError> {
    let told = retry_after(&answer.headers);
    let said = answer::said(answer);
    let unclear = |reason| answer::unclear(&call.registry, &call.subject, reason);
    if answer.status == StatusCode::TOO_MANY_REQUESTS {
        let wait = patience.as_told(told).map_err(unclear)?;
        host.hold(wait);
        return Ok(());
    }
    let mut wait = patience.after_failure().ok_or_else(|| unclear(said))?;
    if told.is_some() {
        wait = patience.as_told(told).map_err(unclear)?;
    }
    tokio::time::sleep(wait).await;
    Ok(())
}

pub(super) async fn read(mut response: Response, limit: u64) -> Result<Answer, Trouble> {
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(Trouble::of)? {
        if !status.is_success() && body.len() + chunk.len() > ERROR_LIMIT {
            break;
        }
        if (body.len() + chunk.len()) as u64 > limit && status.is_success() {
            return Err(Trouble::TooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body: body.freeze() })
}
