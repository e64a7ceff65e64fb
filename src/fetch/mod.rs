//! What stands at addresses: indexes, advisories and the like, into memory or into a file.
//!
//! Servers, proxies, certificates and waits are those of `registry`. Every request has limits of size and time; what
//! has an expected digest is checked against it, and kept where there is a folder for it. What has none can be kept as well; then
//! the server is asked whether it has changed. Nobody is signed in to, and
//! no name or password of an address is in any message.

mod cache;
mod error;
mod fetcher;
mod known;
mod outside;
mod post;
mod request;
mod sink;

pub use cache::Cache;
pub use error::FetchError;
pub use fetcher::Fetcher;
pub use post::Post;
pub use request::{Request, shown};

pub(crate) use crate::registry::digest_like;
