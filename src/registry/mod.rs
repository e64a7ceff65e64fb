//! Registries: what stands there, and writing manifests under names.
//!
//! One client per registry and sign-in. This room decides nothing: it says found, absent or unclear.

use crate::name::{Digest, Reference};
use bytes::Bytes;

/// A manifest as the registry holds it, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its media type as the registry says it.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Bytes,
    /// The digest of the bytes.
    pub digest: Digest,
}

/// What a registry says about a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// It is there, with this digest.
    Found(Digest),
    /// It is certainly not there.
    Absent,
}

/// Why a registry gave no clear answer, or did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RegistryError {
    /// Nobody answers, or the connection broke each time.
    #[error("the registry {host} cannot be reached for {reference}: {reason}")]
    Unreachable {
        /// The registry.
        host: String,
        /// What was asked for.
        reference: String,
        /// What the system said.
        reason: String,
    },
    /// The server's certificate is not trusted.
    #[error("the certificate of {host} is not trusted: {reason}; trusted are the system's roots and `ca_bundle` ({ca_bundle})")]
    Certificate {
        /// The registry.
        host: String,
        /// What TLS said.
        reason: String,
        /// The configured bundle, or "not set".
        ca_bundle: String,
    },
    /// 401 or 403.
    #[error("the registry {host} refuses {reference} ({status}): {reason}")]
    Denied {
        /// The registry.
        host: String,
        /// What was asked for.
        reference: String,
        /// 401 or 403.
        status: u16,
        /// What it said, and what to do.
        reason: String,
    },
    /// An answer that is neither yes nor no, after all tries.
    #[error("the registry {host} gives no clear answer for {reference}: {reason}")]
    Unclear {
        /// The registry.
        host: String,
        /// What was asked for.
        reference: String,
        /// The last status and text.
        reason: String,
    },
    /// The registry holds or returned another digest than was sent or asked for.
    #[error("the registry {host} returned {found} for {reference}, expected {expected}")]
    WrongDigest {
        /// The registry.
        host: String,
        /// What was asked for.
        reference: String,
        /// What was expected.
        expected: Digest,
        /// What came.
        found: Digest,
    },
    /// What was asked for is not there.
    #[error("the registry {host} does not have {reference}")]
    NotFound {
        /// The registry.
        host: String,
        /// What was asked for.
        reference: String,
    },
}

/// What we ask of registries. Tries again by itself: 429 as told by `Retry-After`, 5xx, time-outs and cut
/// connections with growing waits.
#[async_trait::async_trait]
pub trait Registry: Send + Sync {
    /// Whether a reference is there. `Absent` only for 404, or for 401/403 after a successful sign-in, or
    /// where `denied_means_absent` is set.
    async fn head(&self, reference: &Reference) -> Result<Lookup, RegistryError>;

    /// The manifest of a reference. By digest, the bytes are checked against it.
    async fn manifest(&self, reference: &Reference) -> Result<Manifest, RegistryError>;

    /// Writes a manifest under the reference's tag and checks the digest the registry answers.
    async fn put_manifest(&self, reference: &Reference, manifest: &Manifest) -> Result<(), RegistryError>;

    /// A blob of the reference's repository, at most `limit` bytes, checked against its digest.
    async fn blob(&self, reference: &Reference, digest: &Digest, limit: u64) -> Result<Bytes, RegistryError>;

    /// All tags of the reference's repository; empty when the repository does not exist.
    async fn tags(&self, reference: &Reference) -> Result<Vec<String>, RegistryError>;
}
