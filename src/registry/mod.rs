//! Registries: what stands there, writing manifests under names, and copies from one to another; OCI layouts on disk.
//!
//! Speaks the OCI distribution specification over HTTP: signs in, waits when told to, tries again, checks
//! digests. This room decides nothing: it says found, absent or unclear, and no secret leaves it in a message.
//! It does not read the environment itself; the HTTP client takes proxies from there, the system's roots
//! `SSL_CERT_FILE`.

mod answer;
mod auth;
mod certificates;
mod challenge;
mod client;
mod copy;
mod credentials;
mod document;
mod error;
mod host;
mod keychain;
mod layout;
mod manifest;
mod options;
mod lists;
mod pages;
mod patience;
mod refusal;
mod remote;
mod repository;
mod sign_in;
mod stale;
mod tls;
mod token;
mod transport;
mod trouble;
mod verify;

pub use client::Client;
pub use copy::{Copied, CopyError, CopyOptions, ProgressSink, Store, copy};
pub use credentials::{Credentials, CredentialsError, FoundLogin, NoCredentials, Origin, advice, engine_advice};
pub use error::RegistryError;
pub use keychain::{Keychain, KeychainSources, Removed, SignIns, Site, Spot};
pub use layout::{Layout, LayoutError};
pub use manifest::{ImagePlatform, Lookup, Manifest};
pub use options::{RegistryOptions, Retries, usual_certificate_folders};
pub use repository::{Blob, BlobSource, BlobStream, Named, Repository, Written};
pub use sign_in::{Welcome, sign_in};
pub use stale::{StaleLogin, StaleLogins};

// For the room `fetch`: the same servers, proxies, certificates and waits for what is no registry.
pub(crate) use host::{Host, is_listed, is_loopback};
pub(crate) use patience::{Patience, retry_after};
pub(crate) use transport::{REDIRECTS, Transport, authority, is_clear, target};
pub(crate) use trouble::Trouble;
pub(crate) use verify::{Checker, digest_like};

use crate::name::{Digest, Reference};
use bytes::Bytes;
use std::sync::Arc;

/// What we ask of registries. Tries again by itself: 429 as told by `Retry-After`, 5xx, time-outs and cut
/// connections with growing waits.
#[async_trait::async_trait]
pub trait Registry: Send + Sync {
    /// The repository of a reference, for all that is done with more than one manifest. Asks nothing yet; tag and
    /// digest of the reference do not matter.
    ///
    /// # Errors
    /// When there is no HTTP client for its host.
    fn repository(&self, reference: &Reference) -> Result<Arc<dyn Repository>, RegistryError>;

    /// Whether a reference is there. `Absent` only for 404, or for 401/403 after a successful sign-in, or
    /// where `denied_means_absent` is set.
    async fn head(&self, reference: &Reference) -> Result<Lookup, RegistryError>;

    /// The manifest of a reference. By digest, the bytes are checked against it.
    async fn manifest(&self, reference: &Reference) -> Result<Manifest, RegistryError>;

    /// Writes a manifest under the reference's tag and checks the digest the registry answers.
    async fn put_manifest(&self, reference: &Reference, manifest: &Manifest) -> Result<(), RegistryError>;

    /// A blob of the reference's repository, at most `limit` bytes, checked against its digest.
    async fn blob(&self, reference: &Reference, digest: &Digest, limit: u64) -> Result<Bytes, RegistryError>;

    /// All tags of the reference's repository, sorted; empty when the repository does not exist.
    async fn tags(&self, reference: &Reference) -> Result<Vec<String>, RegistryError>;

    /// The same where the list has no more than so many pages; else `None`, after as many requests.
    async fn few_tags(&self, reference: &Reference, pages: usize) -> Result<Option<Vec<String>>, RegistryError>;
}
