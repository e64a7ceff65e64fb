//! Addresses that somebody else chose, such as an image: this machine and private networks are not asked for them.
//!
//! An address is looked at before it is asked, because a proxy may do the asking; and a name is looked at again when the
//! connection is made ([`names`]), so that one that leads elsewhere a moment later is caught.

use super::FetchError;
use super::request::{Request, shown};
use crate::registry::{authority, is_listed};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// Whether an address of a request may lead anywhere: the configuration chose it, or it is listed.
pub(super) fn is_free(request: &Request, url: &Url) -> bool {
    request.outside.as_ref().is_none_or(|allowed| is_listed(&authority(url), allowed))
}

/// What looks names up for the client of a host: that host must lead outside. Other names are those of proxies, which stand in
/// private networks and were chosen by whoever called us.
pub(super) fn names(host: &str) -> Arc<dyn Resolve> {
    Arc::new(Outside { host: host.to_owned() })
}

struct Outside {
    host: String,
}

/// A name leads inside, now that it is connected to.
#[derive(Debug, thiserror::Error)]
#[error("{host} leads to this machine or into a private network")]
struct Inside {
    host: String,
}

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        let guarded = name.as_str().eq_ignore_ascii_case(&self.host);
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if guarded && found.iter().any(|one| !is_public(one.ip())) {
                return Err(Inside { host: name.as_str().to_owned() }.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The error where it is that a name leads inside.
pub(super) fn refused(url: &Url, error: &reqwest::Error) -> Option<FetchError> {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.into_iter().any(|cause| cause.is::<Inside>()).then(|| inside(url))
}

/// Looks where an address leads that must lead outside.
pub(super) async fn check(request: &Request, url: &Url) -> Result<(), FetchError> {
    if is_free(request, url) {
        return Ok(());
    }
    let host = url.host_str().unwrap_or_default();
    let leads_inside = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => !is_public(address),
        // A name that is not known here may be known to a proxy, which has rules of its own.
        Err(_) => tokio::net::lookup_host((host, 0)).await.is_ok_and(|mut all| all.any(|one| !is_public(one.ip()))),
    };
    if leads_inside { Err(inside(url)) } else { Ok(()) }
}

fn inside(url: &Url) -> FetchError {
    let host = url.host_str().unwrap_or_default();
    let reason = format!(
        "{host} is this machine or in a private network, and such hosts are not asked because an image or a repository names them; \
         name it in `cooperage.scanners.private` where it is meant"
    );
    FetchError::Address { address: shown(url.as_str()), reason }
}

/// Whether an address is one of the internet. Source: IANA, special-purpose address registries of IPv4 and IPv6.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_loopback() || address.is_private() || address.is_link_local() || address.is_multicast();
    // This network, shared with a provider, protocols, tests of speed, reserved.
    let reserved = a == 0 || (a == 100 && b & 0xc0 == 64) || (a, b, c) == (192, 0, 0) || (a == 198 && b & 0xfe == 18) || a >= 240;
    !special && !reserved
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let v4 = |high: u16, low: u16| is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match parts {
        // Mapped and translated addresses of IPv4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => v4(high, low),
        // Only what begins with these three bits is given out.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refused(address: &str, allowed: &[&str]) -> bool {
        let allowed: Vec<String> = allowed.iter().map(|one| (*one).to_owned()).collect();
        let request = Request::new(address).plain().outside(&allowed);
        check(&request, &request.url().unwrap()).await.is_err()
    }

    #[tokio::test]
    async fn what_is_inside_is_not_asked_in_any_spelling() {
        for address in [
            "http://169.254.169.254/latest",
            "http://127.0.0.1:8080/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://localhost/",
            "http://10.1.2.3/",
            "http://172.16.0.1/",
            "http://192.168.1.1/",
            "http://100.100.100.200/",
            "http://0.0.0.0/",
            "http://[::1]/",
            "http://[::]/",
            "http://[fd00:ec2::254]/",
            "http://[fe80::1]/",
            "http://[::ffff:169.254.169.254]/",
            "http://[64:ff9b::a9fe:a9fe]/",
            "http://[2002:7f00:1::]/",
        ] {
            assert!(refused(address, &[]).await, "{address}");
        }
    }

    /// A name that led outside when it was looked at, and leads to this machine when it is connected to.
    #[tokio::test]
    async fn a_name_that_leads_inside_later_is_not_connected_to() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = Url::parse(&format!("http://localhost:{}/", listener.local_addr().unwrap().port())).unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = |host: &str| reqwest::Client::builder().no_proxy().dns_resolver(names(host)).build().unwrap();
        let error = client("LOCALHOST").get(url.clone()).send().await.unwrap_err();
        let told = super::refused(&url, &error).expect("the reason is known").to_string();
        assert!(told.contains("localhost is this machine or in a private network"), "{told}");
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        // A proxy may stand there.
        let asking = tokio::spawn(client("elsewhere.example").get(url).send());
        while listener.accept().is_err() {
            tokio::task::yield_now().await;
        }
        asking.abort();
    }

    #[tokio::test]
    async fn what_is_outside_or_named_is_asked() {
        for address in ["http://93.184.216.34/", "https://[2606:2800:220:1::1]/", "http://198.20.0.1/", "http://nobody.invalid/"] {
            assert!(!refused(address, &[]).await, "{address}");
        }
        assert!(!refused("http://127.0.0.1:8080/", &["127.0.0.1"]).await);
        assert!(!refused("http://127.0.0.1:8080/", &["127.0.0.1:8080"]).await);
        assert!(refused("http://127.0.0.1:8081/", &["127.0.0.1:8080"]).await);
        let request = Request::new("http://127.0.0.1:1/").outside(&[]);
        let error = check(&request, &request.url().unwrap()).await.unwrap_err().to_string();
        assert!(error.contains("127.0.0.1 is this machine or in a private network") && error.contains("scanners.private"), "{error}");
    }
}
