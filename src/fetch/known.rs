//! What a server said of what came from an address, so that the next question can be whether it is still that.

use crate::name::Digest;
use reqwest::RequestBuilder;
use reqwest::header::{ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use serde::{Deserialize, Serialize};

/// The most bytes of a mark.
const LONGEST: usize = 1 << 10;

/// By what a server knows the state of something. Source: RFC 9110, 8.8, "Validator Fields".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    etag: Option<String>,
    modified: Option<String>,
}

/// What came from an address the last time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Known {
    /// Its bytes.
    pub digest: Digest,
    /// What the server said of them.
    pub marks: Marks,
}

impl Marks {
    /// Those of an answer.
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| text.len() <= LONGEST);
        Self { etag: text(ETAG).map(str::to_owned), modified: text(LAST_MODIFIED).map(str::to_owned) }
    }

    /// Whether the server said nothing.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.modified.is_none()
    }

    /// Asks for something else than what has these marks.
    pub fn ask(&self, call: RequestBuilder) -> RequestBuilder {
        match (&self.etag, &self.modified) {
            (Some(etag), _) => call.header(IF_NONE_MATCH, etag),
            (None, Some(modified)) => call.header(IF_MODIFIED_SINCE, modified),
            (None, None) => call,
        }
    }
}
