//! Sends a body to an address that the operator chose.

use super::FetchError;
use super::fetcher::{Fetcher, busy, reason, unreachable};
use super::request::{Request, shown};
use crate::registry::{Patience, Trouble, authority, is_clear, retry_after};
use bytes::Bytes;

/// A body, and where it goes to. Private hosts are fine; redirects are not followed, because the body is not for others.
#[derive(Clone, Debug)]
pub struct Post {
    /// Where to, and how long all tries may take.
    pub request: Request,
    /// Headers. Their values are plain ASCII; what is not makes the request fail.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Bytes,
}

impl Fetcher {
    /// Sends it, again where the server is busy or in trouble, until there is an answer that it was taken (2xx).
    ///
    /// # Errors
    /// When no try brought that.
    pub async fn post(&self, post: &Post) -> Result<(), FetchError> {
        let late = || FetchError::TooSlow { address: shown(&post.request.address), time: post.request.time };
        tokio::time::timeout(post.request.time, self.post_tries(post)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn post_tries(&self, post: &Post) -> Result<(), FetchError> {
        let request = &post.request;
        let url = request.url()?;
        let setup = |source| FetchError::Setup { address: shown(&request.address), source: Box::new(source) };
        let host = self.transport.host(&authority(&url)).map_err(setup)?;
        let mut patience = Patience::new(self.transport.options.retries, host.is_down());
        loop {
            tokio::time::sleep(host.pause()).await;
            let mut call = host.http.post(url.clone()).timeout(self.transport.options.timeout).body(post.body.clone());
            for (name, value) in &post.headers {
                call = call.header(*name, value);
            }
            let wait = match call.send().await {
                Ok(answer) if answer.status().is_success() => {
                    host.reached(true);
                    return Ok(());
                }
                Ok(answer) if is_clear(answer.status()) => {
                    return Err(FetchError::Refused { address: shown(&request.address), status: answer.status().to_string() });
                }
                Ok(answer) => busy(request, answer.status(), retry_after(answer.headers()), &mut patience)?,
                Err(error) => {
                    let reason = reason(request, Trouble::of(error))?;
                    patience.after_failure().ok_or_else(|| {
                        host.reached(false);
                        unreachable(request, reason)
                    })?
                }
            };
            tokio::time::sleep(wait).await;
        }
    }
}
