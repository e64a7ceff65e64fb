//! How registries are spoken to.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// How registries are spoken to.
#[derive(Clone, Debug)]
pub struct RegistryOptions {
    /// Hosts, or `host:port`, that may be spoken to over HTTP or without checking certificates.
    pub insecure: Vec<String>,
    /// A PEM file of certificates to trust besides the system's roots.
    pub ca_bundle: Option<PathBuf>,
    /// Folders like `/etc/docker/certs.d`, which hold certificates in folders named after servers (`HOST[:PORT]`):
    /// authorities of all of them are trusted, the first client's pair is shown.
    pub certificate_folders: Vec<PathBuf>,
    /// Proxy for every registry but those of [`Self::no_proxy`] and this machine's own; none for what the
    /// environment says.
    pub proxy: Option<String>,
    /// Hosts, domains and networks without proxy, with commas, as the environment's `NO_PROXY`.
    pub no_proxy: Option<String>,
    /// Whether 401 and 403 mean that a reference is not there.
    pub denied_means_absent: bool,
    /// The longest silence of a server, and the longest time for one answer that is no blob.
    pub timeout: Duration,
    /// Requests at once to one host; a quarter of them, at most 6 and at least one, may be blobs on their way.
    pub parallel: usize,
    /// When to try again.
    pub retries: Retries,
    /// What we call ourselves.
    pub user_agent: String,
}

/// Where certificates for single servers usually stand: one's own folder, then those of containers and Docker.
/// `environment` names one's own: `XDG_CONFIG_HOME`, else `HOME`.
pub fn usual_certificate_folders(environment: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let own = variable("XDG_CONFIG_HOME").or_else(|| variable("HOME").map(|home| home.join(".config")));
    let own = own.map(|folder| folder.join("containers/certs.d"));
    own.into_iter().chain(["/etc/containers/certs.d", "/etc/docker/certs.d"].map(PathBuf::from)).collect()
}

impl Default for RegistryOptions {
    fn default() -> Self {
        Self {
            insecure: Vec::new(),
            ca_bundle: None,
            certificate_folders: Vec::new(),
            proxy: None,
            no_proxy: None,
            denied_means_absent: false,
            timeout: Duration::from_secs(30),
            parallel: 16,
            retries: Retries::default(),
            user_agent: concat!("cooperage/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// When to try again.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    /// Tries in all where the connection breaks, time runs out or the registry answers 5xx.
    pub tries: u32,
    /// The first wait; each next one is twice as long, shortened at random by up to a half.
    pub first_wait: Duration,
    /// The longest that one request waits in all because a registry says so (429, `Retry-After`).
    pub patience: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { tries: 4, first_wait: Duration::from_millis(200), patience: Duration::from_secs(300) }
    }
}
