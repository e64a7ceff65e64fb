//! Asks, waits, asks again, follows redirects.

use super::known::{Known, Marks};
use super::request::{Request, shown};
use super::sink::{Full, Place, Sink};
use super::{Cache, FetchError, outside};
use crate::name::Digest;
use crate::registry::{
    Host, Patience, REDIRECTS, RegistryError, RegistryOptions, Transport, Trouble, authority, is_clear, retry_after, target,
};
use bytes::{Bytes, BytesMut};
use reqwest::header::ACCEPT;
use reqwest::{Response, StatusCode, Url};
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::sync::Arc;
use std::time::Duration;

/// Fetches. One serves a whole run: connections are shared, and a server that is busy is left alone by everybody.
pub struct Fetcher {
    pub(super) transport: Transport,
    /// For addresses that must lead outside.
    pub(super) outside: Transport,
    cache: Option<Cache>,
}

/// What came of a question.
enum Came {
    /// What stands there is what was kept.
    Same,
    /// Something, what the server says of it, and its digest where that was wanted.
    Other(Marks, Option<Digest>),
}

/// Why one try brought nothing.
enum Failure {
    /// Another try does not help.
    Last(FetchError),
    /// The server is busy or in trouble, and may have said for how long.
    Busy(StatusCode, Option<Duration>),
    Trouble(Trouble),
}

impl Fetcher {
    /// One with the servers' options of registries, and a folder for what has digests.
    ///
    /// # Errors
    /// When the bundle of certificates cannot be read.
    pub fn new(options: RegistryOptions, cache: Option<Cache>) -> Result<Self, FetchError> {
        let transport =
            Transport::new(options).map_err(|source| FetchError::Setup { address: "HTTP".to_owned(), source: Box::new(source) })?;
        let outside = transport.with_names(outside::names);
        Ok(Self { transport, outside, cache })
    }

    /// Into memory.
    ///
    /// # Errors
    /// When it cannot be had, is too large, or is not what was asked for.
    pub async fn bytes(&self, request: &Request) -> Result<Bytes, FetchError> {
        if self.cache.is_some() && (request.digest.is_some() || request.kept) {
            let mut bytes = Vec::new();
            self.file(request).await?.read_to_end(&mut bytes).map_err(|error| store(request, error))?;
            return Ok(bytes.into());
        }
        let mut bytes = BytesMut::new();
        self.fetch(request, Sink::new(Place::Memory(&mut bytes), request.limit), None).await?;
        Ok(bytes.freeze())
    }

    /// Into a file without a name, which is gone once it is closed; it stands at its beginning.
    ///
    /// # Errors
    /// When it cannot be had, is too large, or is not what was asked for.
    pub async fn file(&self, request: &Request) -> Result<File, FetchError> {
        let failed = |error| store(request, error);
        let mut file = match (&self.cache, &request.digest) {
            (Some(cache), Some(digest)) => match cache.get(digest) {
                Some(file) => return Ok(file),
                None => {
                    let mut draft = cache.draft().map_err(failed)?;
                    self.fetch(request, Sink::new(Place::File(draft.as_file_mut()), request.limit), None).await?;
                    cache.keep(draft, digest).map_err(failed)?
                }
            },
            (Some(cache), None) if request.kept => self.current(request, cache).await?,
            _ => {
                let mut file = tempfile::tempfile().map_err(failed)?;
                self.fetch(request, Sink::new(Place::File(&mut file), request.limit), None).await?;
                file
            }
        };
        file.rewind().map_err(failed)?;
        Ok(file)
    }

    /// What stands there now: what was kept, where the server says that it is still that.
    async fn current(&self, request: &Request, cache: &Cache) -> Result<File, FetchError> {
        let failed = |error| store(request, error);
        let (before, kept) = cache.known(&request.address).unzip();
        let marks = before.map(|known| known.marks);
        let mut draft = cache.draft().map_err(failed)?;
        let came = self.fetch(request, Sink::new(Place::File(draft.as_file_mut()), request.limit), marks.as_ref()).await?;
        match (came, kept) {
            (Came::Same, Some(kept)) => Ok(kept),
            (Came::Other(marks, Some(digest)), _) if !marks.is_empty() => {
                let file = cache.keep(draft, &digest).map_err(failed)?;
                // Without the note it is fetched again the next time, and nothing else is lost.
                let _ = cache.note(&request.address, &Known { digest, marks });
                Ok(file)
            }
            _ => Ok(draft.into_file()),
        }
    }

    async fn fetch(&self, request: &Request, sink: Sink<'_>, marks: Option<&Marks>) -> Result<Came, FetchError> {
        let late = || FetchError::TooSlow { address: shown(&request.address), time: request.time };
        tokio::time::timeout(request.time, self.tries(request, sink, marks)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn tries(&self, request: &Request, mut sink: Sink<'_>, marks: Option<&Marks>) -> Result<Came, FetchError> {
        let url = request.url()?;
        let setup = |source| FetchError::Setup { address: shown(&request.address), source: Box::new(source) };
        let host = self.host(request, &url).map_err(setup)?;
        let mut patience = Patience::new(self.transport.options.retries, host.is_down());
        loop {
            tokio::time::sleep(host.pause()).await;
            let tried = {
                let _permit = host.permits.acquire().await;
                self.once(request, &url, &mut sink, marks).await
            };
            let wait = match tried {
                Ok(came) => {
                    host.reached(true);
                    return Ok(came);
                }
                Err(Failure::Last(error)) => return Err(error),
                Err(Failure::Busy(status, told)) => busy(request, status, told, &mut patience)?,
                Err(Failure::Trouble(trouble)) => {
                    let reason = reason(request, trouble)?;
                    patience.after_failure().ok_or_else(|| {
                        host.reached(false);
                        unreachable(request, reason)
                    })?
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// The server of an address, as it may be asked.
    fn host(&self, request: &Request, url: &Url) -> Result<Arc<Host>, RegistryError> {
        let transport = if outside::is_free(request, url) { &self.transport } else { &self.outside };
        transport.host(&authority(url))
    }

    /// Asks once.
    async fn once(&self, request: &Request, url: &Url, sink: &mut Sink<'_>, marks: Option<&Marks>) -> Result<Came, Failure> {
        let response = self.open(request, url, marks).await?;
        let status = response.status();
        match status {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if marks.is_some() => return Ok(Came::Same),
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                return Err(Failure::Last(FetchError::Absent { address: shown(&request.address) }));
            }
            status if is_clear(status) => {
                return Err(Failure::Last(FetchError::Refused { address: shown(&request.address), status: status.to_string() }));
            }
            status => return Err(Failure::Busy(status, retry_after(response.headers()))),
        }
        read(request, response, sink).await
    }

    /// Asks, and follows redirects.
    async fn open(&self, request: &Request, url: &Url, marks: Option<&Marks>) -> Result<Response, Failure> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            outside::check(request, &url).await.map_err(Failure::Last)?;
            let host = self.host(request, &url).map_err(|error| Failure::Trouble(Trouble::Setup(error)))?;
            let mut call = host.http.get(url.clone());
            if let Some(kinds) = request.accept {
                call = call.header(ACCEPT, kinds);
            }
            call = match marks {
                Some(marks) => marks.ask(call),
                None => call,
            };
            let response = call.send().await.map_err(|error| match outside::refused(&url, &error) {
                Some(refused) => Failure::Last(refused),
                None => Failure::Trouble(Trouble::of(error)),
            })?;
            let Some(next) = target(&response, &url).map_err(Failure::Trouble)? else { return Ok(response) };
            let from = authority(&next);
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(Failure::Trouble(Trouble::Redirect(format!("it redirects to {from} without TLS"))));
            }
            Request { address: next.to_string(), ..request.clone() }.url().map_err(Failure::Last)?;
            url = next;
        }
        Err(Failure::Trouble(Trouble::Redirect(format!("more than {REDIRECTS} redirects"))))
    }
}

/// Reads an answer to its end, and checks what came.
async fn read(request: &Request, mut response: Response, sink: &mut Sink<'_>) -> Result<Came, Failure> {
    let failed = |error| Failure::Last(store(request, error));
    let too_large = || Failure::Last(FetchError::TooLarge { address: shown(&request.address), limit: request.limit });
    if response.content_length().is_some_and(|length| length > request.limit) {
        return Err(too_large());
    }
    let marks = Marks::of(response.headers());
    let own = request.kept.then(|| Digest::of(b""));
    sink.restart(request.digest.as_ref().or(own.as_ref())).map_err(failed)?;
    while let Some(piece) = response.chunk().await.map_err(|error| Failure::Trouble(Trouble::of(error)))? {
        match sink.take(&piece) {
            Ok(()) => {}
            Err(Full::TooLarge) => return Err(too_large()),
            Err(Full::Io(error)) => return Err(failed(error)),
        }
    }
    match (&request.digest, sink.found()) {
        (Some(expected), Some(found)) if *expected != found => {
            let (address, expected) = (shown(&request.address), expected.clone());
            Err(Failure::Last(FetchError::WrongDigest { address, expected, found }))
        }
        (_, found) => Ok(Came::Other(marks, found)),
    }
}

/// How long to wait for a busy server.
pub(super) fn busy(request: &Request, status: StatusCode, told: Option<Duration>, patience: &mut Patience) -> Result<Duration, FetchError> {
    let failed = |reason| unreachable(request, reason);
    if status == StatusCode::TOO_MANY_REQUESTS {
        return patience.as_told(told).map_err(failed);
    }
    let wait = patience.after_failure().ok_or_else(|| failed(format!("the server answers {status}, again and again")))?;
    if told.is_some() { patience.as_told(told).map_err(failed) } else { Ok(wait) }
}

/// What went wrong, where another try may help.
pub(super) fn reason(request: &Request, trouble: Trouble) -> Result<String, FetchError> {
    match trouble {
        Trouble::Broken(reason) => Ok(reason),
        Trouble::Setup(source) => Err(FetchError::Setup { address: shown(&request.address), source: Box::new(source) }),
        Trouble::Redirect(reason) => Err(unreachable(request, reason)),
        Trouble::NotTls => Err(unreachable(request, "it does not speak TLS".to_owned())),
        Trouble::TooLarge(limit) => Err(FetchError::TooLarge { address: shown(&request.address), limit }),
        Trouble::Certificate { host, reason } => {
            let advice = "a certificate to trust is set with the key `ca_bundle`";
            Err(unreachable(request, format!("the certificate of {host} is not good: {reason}; {advice}")))
        }
        Trouble::ClientCertificate { host, reason } => {
            Err(unreachable(request, format!("{host} wants a certificate that shows who asks: {reason}")))
        }
    }
}

pub(super) fn unreachable(request: &Request, reason: String) -> FetchError {
    FetchError::Unreachable { address: shown(&request.address), reason }
}

fn store(request: &Request, source: io::Error) -> FetchError {
    FetchError::Store { address: shown(&request.address), source }
}
