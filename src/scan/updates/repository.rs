//! What all repositories have in common while they are asked.

use super::super::{Found, Subject};
use super::address::rewritten;
use super::offer::Offer;
use crate::fetch::{FetchError, Fetcher, Request, shown};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use std::fs::File;
use std::io;
use tokio::time::Instant;

/// Repositories asked at once.
const AT_ONCE: usize = 8;

/// Repositories of one kind that an image may name.
pub(super) const MOST: usize = 200;

/// The most bytes of a document that is signed or names others.
const DOCUMENT: u64 = 32 << 20;

/// The most bytes of a compressed index.
const INDEX: u64 = 512 << 20;

/// Who asks.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub subject: &'a Subject<'a>,
    pub fetcher: &'a Fetcher,
    /// When whatever is not done has failed, so that the rest still counts.
    pub deadline: Instant,
}

/// Why a repository cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// Its text, its digests, its signature or its time are not right.
    #[error("{0}")]
    Wrong(String),
    /// An index could not be read.
    #[error("{address} cannot be read: {source}")]
    Index {
        /// The address.
        address: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// What came of one repository: some of its indexes may be there and others not.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub offers: Vec<Offer>,
    pub errors: Vec<String>,
}

/// A repository and what asks it.
pub(super) type Asked<'a> = (String, BoxFuture<'a, Result<Answer, Trouble>>);

/// Asks several repositories at once and gathers what they answer, in their order.
pub(super) async fn gathered<'a>(asker: Asker<'a>, mut asked: Vec<Asked<'a>>, found: &mut Found) -> Vec<Offer> {
    if asked.len() > MOST {
        found.errors.push(format!("the image names more than {MOST} repositories; the others are not asked"));
        asked.truncate(MOST);
    }
    let mut bounded: Vec<BoxFuture<'a, Answer>> = Vec::new();
    for (who, ask) in asked {
        bounded.push(Box::pin(in_time(asker, who, ask)));
    }
    let mut answers = futures_util::stream::iter(bounded).buffered(AT_ONCE);
    let mut offers = Vec::new();
    while let Some(answer) = answers.next().await {
        offers.extend(answer.offers);
        found.errors.extend(answer.errors);
    }
    offers
}

/// One that fails, or is not done when the time is over, is an error with its name.
async fn in_time<'a>(asker: Asker<'a>, who: String, ask: BoxFuture<'a, Result<Answer, Trouble>>) -> Answer {
    let error = match tokio::time::timeout_at(asker.deadline, ask).await {
        Ok(Ok(answer)) => return answer,
        Ok(Err(error)) => format!("{who}: {error}"),
        Err(_) => format!("{who} did not answer in time; `scanners.timeout` gives it more"),
    };
    Answer { offers: Vec::new(), errors: vec![error] }
}

impl Trouble {
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Fetch(error) if error.is_absent())
    }
}

impl<'a> Asker<'a> {
    /// Who asks for an image. Four fifths of the scanner's time are for the network.
    pub(super) fn new(subject: &'a Subject<'a>, fetcher: &'a Fetcher) -> Self {
        Self { subject, fetcher, deadline: Instant::now() + subject.settings.timeout.mul_f64(0.8) }
    }

    /// Where an address is asked for.
    pub(super) fn place(&self, address: &str) -> String {
        rewritten(address, &self.subject.settings.mirrors)
    }

    /// A document that is read whole.
    pub(super) async fn document(&self, address: &str) -> Result<Bytes, Trouble> {
        Ok(self.fetcher.bytes(&self.request(address).at_most(DOCUMENT).kept()).await?)
    }

    /// An index with a digest, into a file.
    pub(super) async fn index(&self, address: &str, digest: crate::name::Digest) -> Result<File, Trouble> {
        Ok(self.fetcher.file(&self.request(address).at_most(INDEX).digest(digest)).await?)
    }

    fn request(&self, address: &str) -> Request {
        let settings = &self.subject.settings;
        let place = self.place(address);
        let request = Request::new(&place).plain().within(settings.timeout);
        // A mirror is the configuration's choice; other addresses are those of the image or of a list of mirrors.
        if place == address { request.outside(&settings.private) } else { request }
    }
}

/// Takes what a closure makes of an index, away from the threads that wait for the network.
pub(super) async fn reading<T: Send + 'static>(address: &str, read: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Trouble> {
    let done = tokio::task::spawn_blocking(read).await.map_err(io::Error::other);
    done.and_then(|result| result).map_err(|source| Trouble::Index { address: shown(address), source })
}
