//! What is asked for, and how much of it is accepted.

use super::FetchError;
use crate::name::Digest;
use crate::registry::{authority, is_loopback};
use reqwest::Url;
use std::sync::Arc;
use std::time::Duration;

/// One thing that is fetched.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where it stands.
    pub address: String,
    /// The most bytes it may have; 64 MiB.
    pub limit: u64,
    /// The longest it may take in all, with every try; two minutes. The longest silence is that of the options.
    pub time: Duration,
    /// What its bytes must be. With it, what was kept of an earlier time serves without a question.
    pub digest: Option<Digest>,
    /// Whether what came is kept without a digest, too: the next time the server is asked whether it is still that.
    pub kept: bool,
    /// Whether it may come without TLS from elsewhere than this machine, because something else proves what it is.
    pub plain: bool,
    /// Where somebody else chose the address: it must not lead to this machine or a private network, except to these hosts,
    /// with or without port. Neither must what it redirects to.
    pub outside: Option<Arc<[String]>>,
    /// The kinds that are taken, as the header `Accept` says it.
    pub accept: Option<&'static str>,
}

impl Request {
    /// Asks for what stands at an address.
    pub fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            limit: 64 << 20,
            time: Duration::from_secs(120),
            digest: None,
            kept: false,
            plain: false,
            outside: None,
            accept: None,
        }
    }

    /// At most so many bytes.
    pub fn at_most(self, limit: u64) -> Self {
        Self { limit, ..self }
    }

    /// In so much time.
    pub fn within(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// With this digest.
    pub fn digest(self, digest: Digest) -> Self {
        Self { digest: Some(digest), ..self }
    }

    /// Kept, and asked for again only if it has changed.
    pub fn kept(self) -> Self {
        Self { kept: true, ..self }
    }

    /// Also over plain HTTP.
    pub fn plain(self) -> Self {
        Self { plain: true, ..self }
    }

    /// Only outside, and to these hosts.
    pub fn outside(self, allowed: &[String]) -> Self {
        Self { outside: Some(allowed.into()), ..self }
    }

    /// Of these kinds.
    pub fn accept(self, kinds: &'static str) -> Self {
        Self { accept: Some(kinds), ..self }
    }

    /// The address, where it may be asked.
    pub(super) fn url(&self) -> Result<Url, FetchError> {
        let wrong = |reason: &str| FetchError::Address { address: shown(&self.address), reason: reason.to_owned() };
        let url = Url::parse(&self.address).map_err(|error| wrong(&error.to_string()))?;
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.plain || is_loopback(&authority(&url)) => Ok(url),
            "http" => Err(wrong("only this machine is asked over plain HTTP; write https")),
            _ => Err(wrong("only http and https can be asked")),
        }
    }
}

/// An address for people: without name and password, and without what stands behind `?` or `#`, which may be a secret
/// as well.
pub fn shown(address: &str) -> String {
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let address = &address[..end];
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_shown() {
        assert_eq!(shown("https://ann:hunter2@r.example:1/a@b?token=x#y"), "https://r.example:1/a@b");
        assert_eq!(shown("https://ann@r.example"), "https://r.example");
        assert_eq!(shown("nonsense?x"), "nonsense");
    }

    #[test]
    fn plain_http_needs_a_reason() {
        assert!(Request::new("http://127.0.0.1:1/x").url().is_ok());
        assert!(Request::new("http://r.example/x").plain().url().is_ok());
        for (address, said) in [("http://u:p@r.example/x", "https"), ("file:///etc/passwd", "http and https"), ("x", "relative")] {
            let error = Request::new(address).url().unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("u:p"), "{error}");
        }
    }
}
