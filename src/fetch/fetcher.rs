//! Asks, waits, asks again, follows redirects.

use super::request::{Request, shown};
use super::sink::{Full, Place, Sink};
use super::{Cache, FetchError, outside};
use crate::registry::{Patience, REDIRECTS, RegistryOptions, Transport, Trouble, authority, is_clear, retry_after, target};
use bytes::{Bytes, BytesMut};
use reqwest::header::ACCEPT;
use reqwest::{Response, StatusCode, Url};
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::time::Duration;

/// Fetches. One serves a whole run: connections are shared, and a server that is busy is left alone by everybody.
pub struct Fetcher {
    pub(super) transport: Transport,
    cache: Option<Cache>,
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
        Ok(Self { transport, cache })
    }

    /// Into memory.
    ///
    /// # Errors
    /// When it cannot be had, is too large, or is not what was asked for.
    pub async fn bytes(&self, request: &Request) -> Result<Bytes, FetchError> {
        if self.cache.is_some() && request.digest.is_some() {
            let mut bytes = Vec::new();
            self.file(request).await?.read_to_end(&mut bytes).map_err(|error| store(request, error))?;
            return Ok(bytes.into());
        }
        let mut bytes = BytesMut::new();
        self.fetch(request, Sink::new(Place::Memory(&mut bytes), request.limit)).await?;
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
                    self.fetch(request, Sink::new(Place::File(draft.as_file_mut()), request.limit)).await?;
                    cache.keep(draft, digest).map_err(failed)?
                }
            },
            _ => {
                let mut file = tempfile::tempfile().map_err(failed)?;
                self.fetch(request, Sink::new(Place::File(&mut file), request.limit)).await?;
                file
            }
        };
        file.rewind().map_err(failed)?;
        Ok(file)
    }

    async fn fetch(&self, request: &Request, sink: Sink<'_>) -> Result<(), FetchError> {
        let late = || FetchError::TooSlow { address: shown(&request.address), time: request.time };
        tokio::time::timeout(request.time, self.tries(request, sink)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn tries(&self, request: &Request, mut sink: Sink<'_>) -> Result<(), FetchError> {
        let url = request.url()?;
        let setup = |source| FetchError::Setup { address: shown(&request.address), source: Box::new(source) };
        let host = self.transport.host(&authority(&url)).map_err(setup)?;
        let mut patience = Patience::new(self.transport.options.retries, host.is_down());
        loop {
            tokio::time::sleep(host.pause()).await;
            let tried = {
                let _permit = host.permits.acquire().await;
                self.once(request, &url, &mut sink).await
            };
            let wait = match tried {
                Ok(()) => {
                    host.reached(true);
                    return Ok(());
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

    /// Asks once.
    async fn once(&self, request: &Request, url: &Url, sink: &mut Sink<'_>) -> Result<(), Failure> {
        let response = self.open(request, url).await?;
        let status = response.status();
        match status {
            StatusCode::OK => {}
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
    async fn open(&self, request: &Request, url: &Url) -> Result<Response, Failure> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            outside::check(request, &url).await.map_err(Failure::Last)?;
            let host = self.transport.host(&authority(&url)).map_err(|error| Failure::Trouble(Trouble::Setup(error)))?;
            let mut call = host.http.get(url.clone());
            if let Some(kinds) = request.accept {
                call = call.header(ACCEPT, kinds);
            }
            let response = call.send().await.map_err(|error| Failure::Trouble(Trouble::of(error)))?;
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
async fn read(request: &Request, mut response: Response, sink: &mut Sink<'_>) -> Result<(), Failure> {
    let failed = |error| Failure::Last(store(request, error));
    let too_large = || Failure::Last(FetchError::TooLarge { address: shown(&request.address), limit: request.limit });
    if response.content_length().is_some_and(|length| length > request.limit) {
        return Err(too_large());
    }
    sink.restart(request.digest.as_ref()).map_err(failed)?;
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
        _ => Ok(()),
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
