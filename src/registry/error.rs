//! Why a registry did not do what it was asked.

use super::{CredentialsError, LayoutError};
use crate::name::Digest;

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
    #[error(
        "the certificate of {host} is not trusted: {reason}; trusted are the system's roots, `ca_bundle` ({ca_bundle}) and *.crt in certs.d/{host}, \
         which stands below ~/.config/containers, /etc/containers and /etc/docker"
    )]
    Certificate {
        /// The server.
        host: String,
        /// What TLS said.
        reason: String,
        /// The configured bundle, or "not set".
        ca_bundle: String,
    },
    /// 401 or 403.
    #[error("the registry {host} refuses {reference}: {reason}")]
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
    #[error("{host} returned {found} for {reference}, expected {expected}")]
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
    #[error("{host} does not have {reference}")]
    NotFound {
        /// The registry.
        host: String,
        /// What was asked for.
        reference: String,
    },
    /// A manifest names something that the repository does not have.
    #[error("{host} does not take {reference}, because it lacks something that the manifest names: {reason}")]
    Incomplete {
        /// The registry.
        host: String,
        /// What was written.
        reference: String,
        /// What the registry said.
        reason: String,
    },
    /// The registry does not delete this: by tag many cannot, and some not at all.
    #[error("{host} cannot delete {reference}: {reason}")]
    CannotDelete {
        /// The registry.
        host: String,
        /// What was to be removed.
        reference: String,
        /// The status and what the registry said.
        reason: String,
    },
    /// An OCI layout cannot be used.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The answer is larger than the caller accepts.
    #[error("{host} sends more than {limit} bytes for {reference}")]
    TooLarge {
        /// The registry.
        host: String,
        /// What was asked for.
        reference: String,
        /// The most bytes that were accepted.
        limit: u64,
    },
    /// `ca_bundle` cannot be used. Nothing was asked yet.
    #[error("`ca_bundle` {path}: {reason}; it must be a PEM file with at least one certificate")]
    CaBundle {
        /// The configured file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of `certs.d` cannot be used. The server it is for was not asked.
    #[error("the certificate {path} cannot be used: {reason}")]
    HostCertificate {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server wants to know us by a certificate.
    #[error(
        "{host} does not let us in without a client's certificate that it knows ({reason}); put NAME.cert and NAME.key into certs.d/{host}"
    )]
    ClientCertificate {
        /// The server.
        host: String,
        /// What TLS said.
        reason: String,
    },
    /// The HTTP client cannot be set up; the proxy settings of the environment are the usual cause.
    #[error(
        "no HTTP client for the registry {host}: {reason}; look at `http_proxy` of the configuration, HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
    )]
    Setup {
        /// The registry.
        host: String,
        /// What was wrong.
        reason: String,
    },
    /// The stored sign-ins cannot be read.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}
