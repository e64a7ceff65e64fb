//! One server: how it may be spoken to, and what was learnt about it.

use super::options::RegistryOptions;
use super::tls::Tls;
use super::{RegistryError, Store, challenge::Bearer, token::Tokens};
use reqwest::dns::Resolve;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// How long a host that could not be reached is asked only once, not again and again.
const DOWN: Duration = Duration::from_secs(10);

/// The most blobs on their way to or from one host at once.
const MOST_STREAMS: usize = 6;

/// HTTP or HTTPS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Https,
    Http,
}

impl Scheme {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }
}

/// How a host wants to be signed in to, once it has said so.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    Basic,
    Bearer(Bearer),
}

/// What looks up the names that the client of a host meets: its own, and those of proxies.
pub(crate) type Names = fn(&str) -> Arc<dyn Resolve>;

/// One server.
pub(crate) struct Host {
    /// Host and port as they stand in addresses.
    pub authority: String,
    /// Whether plain HTTP is allowed.
    pub plain_allowed: bool,
    pub http: reqwest::Client,
    /// For bodies that come piece by piece: their time is not limited here.
    pub uploads: reqwest::Client,
    pub permits: Semaphore,
    /// What HTTPS or HTTP it speaks; known from the first answer where both are possible.
    pub(super) scheme: OnceLock<Scheme>,
    /// Tokens of this registry.
    pub(super) tokens: Tokens,
    /// What it is known to hold.
    pub store: Arc<Store>,
    asked_who_we_are: Arc<AtomicBool>,
    wanted: Mutex<Option<Wanted>>,
    busy_until: Mutex<Option<Instant>>,
    down_since: Mutex<Option<Instant>>,
}

impl Host {
    /// Its client looks names up with `names`, where there is one.
    pub(super) fn new(
        authority: &str,
        options: &RegistryOptions,
        tls: &Tls,
        names: Option<Arc<dyn Resolve>>,
    ) -> Result<Self, RegistryError> {
        let listed = is_listed(authority, &options.insecure);
        let loopback = is_loopback(authority);
        let ways = tls.ways_to(authority)?;
        let config = if listed { ways.unverified } else { ways.verified };
        let builder = || {
            let mut builder = reqwest::Client::builder()
                .tls_backend_preconfigured(config.clone())
                .user_agent(options.user_agent.as_str())
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .connect_timeout(options.timeout.min(Duration::from_secs(10)));
            if let Some(address) = &options.proxy {
                let except = options.no_proxy.as_deref().and_then(reqwest::NoProxy::from_string);
                builder = builder.proxy(reqwest::Proxy::all(address.as_str())?.no_proxy(except));
            }
            if let Some(names) = &names {
                builder = builder.dns_resolver(names.clone());
            }
            // A proxy cannot reach this machine's own addresses; Docker and Go leave it out too.
            Ok(if loopback { builder.no_proxy() } else { builder })
        };
        let setup = |e: reqwest::Error| RegistryError::Setup { host: authority.to_owned(), reason: e.without_url().to_string() };
        let http = builder().and_then(|builder| builder.read_timeout(options.timeout).build()).map_err(setup)?;
        let streams = (options.parallel / 4).clamp(1, MOST_STREAMS);
        Ok(Self {
            authority: authority.to_owned(),
            plain_allowed: listed || loopback,
            http,
            uploads: builder().and_then(reqwest::ClientBuilder::build).map_err(setup)?,
            permits: Semaphore::new(options.parallel.saturating_sub(streams).max(1)),
            scheme: if listed || loopback { OnceLock::new() } else { OnceLock::from(Scheme::Https) },
            tokens: Tokens::default(),
            store: Arc::new(Store::new(authority, streams)),
            asked_who_we_are: ways.asked,
            wanted: Mutex::new(None),
            busy_until: Mutex::new(None),
            down_since: Mutex::new(None),
        })
    }

    /// Whether it asked for a client's certificate.
    pub(super) fn asked_who_we_are(&self) -> bool {
        self.asked_who_we_are.load(Ordering::Relaxed)
    }

    /// How it wants to be signed in to, as far as it has said.
    pub(super) fn wanted(&self) -> Option<Wanted> {
        lock(&self.wanted).clone()
    }

    pub(super) fn set_wanted(&self, wanted: Wanted) {
        *lock(&self.wanted) = Some(wanted);
    }

    /// Everyone who asks this host waits until then.
    pub(crate) fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut busy = lock(&self.busy_until);
        *busy = Some(busy.map_or(until, |earlier| earlier.max(until)));
    }

    /// How long to wait before asking it.
    pub(crate) fn pause(&self) -> Duration {
        lock(&self.busy_until).map(|until| until.saturating_duration_since(Instant::now())).unwrap_or_default()
    }

    /// Remembers whether it could be reached.
    pub(crate) fn reached(&self, reached: bool) {
        *lock(&self.down_since) = (!reached).then(Instant::now);
    }

    /// Whether all tries failed a moment ago.
    pub(crate) fn is_down(&self) -> bool {
        lock(&self.down_since).is_some_and(|since| since.elapsed() < DOWN)
    }
}

/// Locks; what is inside stays whole even where a thread panicked.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The host of `host`, `host:port`, `[v6]` or `[v6]:port`.
pub(super) fn bare(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    authority.split(':').next().unwrap_or(authority)
}

/// Whether an authority is this machine: `localhost`, 127.0.0.0/8 or `::1`.
pub(crate) fn is_loopback(authority: &str) -> bool {
    let host = bare(authority);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether an authority is in the list, with its port or by its host alone.
pub(crate) fn is_listed(authority: &str, list: &[String]) -> bool {
    list.iter()
        .any(|entry| entry.eq_ignore_ascii_case(authority) || bare_entry(entry).is_some_and(|e| e.eq_ignore_ascii_case(bare(authority))))
}

/// The entry as a host alone; `None` where it has a port.
fn bare_entry(entry: &str) -> Option<&str> {
    let has_port =
        entry.rsplit_once(':').is_some_and(|(host, port)| port.parse::<u16>().is_ok() && (!host.contains(':') || host.ends_with(']')));
    (!has_port).then(|| entry.trim_start_matches('[').trim_end_matches(']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_all_its_names() {
        for yes in ["localhost", "LOCALHOST:5000", "127.0.0.1", "127.3.2.1:80", "[::1]", "[::1]:5000"] {
            assert!(is_loopback(yes), "{yes}");
        }
        for no in ["128.0.0.1", "localhost.example", "registry.example:5000", "[::2]:1", "127.0.0.1.example"] {
            assert!(!is_loopback(no), "{no}");
        }
    }

    #[test]
    fn a_listed_host_covers_its_ports_and_a_listed_port_only_itself() {
        let list = ["r.example:5000".to_owned(), "Open.example".to_owned(), "[fd00::1]".to_owned()];
        for yes in ["r.example:5000", "open.example", "open.example:8080", "[fd00::1]:5000"] {
            assert!(is_listed(yes, &list), "{yes}");
        }
        for no in ["r.example", "r.example:5001", "x.open.example", "[fd00::2]:5000"] {
            assert!(!is_listed(no, &list), "{no}");
        }
    }
}
