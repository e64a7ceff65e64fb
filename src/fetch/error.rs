//! Why something could not be fetched.

use crate::name::Digest;
use crate::registry::RegistryError;
use std::io;
use std::time::Duration;

/// Why something could not be fetched. Addresses in it hold no names, passwords and questions.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address cannot be asked.
    #[error("{address}: {reason}")]
    Address {
        /// The address.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It is not there: 404 or 410.
    #[error("{address} is not there (404)")]
    Absent {
        /// The address.
        address: String,
    },
    /// The server says no.
    #[error("{address}: the server answers {status}")]
    Refused {
        /// The address.
        address: String,
        /// The status with its words.
        status: String,
    },
    /// The server cannot be reached, breaks off or is too busy.
    #[error("{address} cannot be read: {reason}")]
    Unreachable {
        /// The address.
        address: String,
        /// Why.
        reason: String,
    },
    /// It took longer than it may.
    #[error("{address} took longer than {} s", time.as_secs())]
    TooSlow {
        /// The address.
        address: String,
        /// How long it may take.
        time: Duration,
    },
    /// It has more bytes than are accepted.
    #[error("{address} has more than {limit} bytes, the most that is read")]
    TooLarge {
        /// The address.
        address: String,
        /// The most bytes.
        limit: u64,
    },
    /// Its bytes are not those that were asked for.
    #[error("{address} is not what it should be: its digest is {found} and should be {expected}")]
    WrongDigest {
        /// The address.
        address: String,
        /// The digest it should have.
        expected: Digest,
        /// The digest it has.
        found: Digest,
    },
    /// The connection cannot be set up: certificates, proxies.
    #[error("{address}: {source}")]
    Setup {
        /// The address.
        address: String,
        /// Why.
        #[source]
        source: Box<RegistryError>,
    },
    /// What came could not be written or read again.
    #[error("what {address} sends cannot be kept: {source}")]
    Store {
        /// The address.
        address: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl FetchError {
    /// Whether the server said that there is no such thing.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent { .. })
    }
}
