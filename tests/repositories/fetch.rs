//! What is fetched, and what is not: limits, digests, tries, redirects.

use super::image::options;
use super::support::faults::Action;
use super::support::registry::certificates::{Ca, Leaf};
use super::support::site::Site;
use bytes::Bytes;
use cooperage::fetch::{Cache, FetchError, Fetcher, Request};
use cooperage::name::Digest;
use cooperage::registry::RegistryOptions;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

fn get(options: RegistryOptions, request: &Request) -> Result<Bytes, FetchError> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { Fetcher::new(options, None).unwrap().bytes(request).await })
}

fn reason(request: &Request) -> String {
    get(options(), request).unwrap_err().to_string()
}

#[test]
fn size_and_digest_are_held() {
    let site = Site::start();
    site.put("a", "four");
    let request = Request::new(&site.url("a"));
    assert_eq!(get(options(), &request.clone().at_most(4)).unwrap(), "four");
    assert!(reason(&request.clone().at_most(3)).contains("more than 3 bytes"));
    assert_eq!(get(options(), &request.clone().digest(Digest::of(b"four"))).unwrap(), "four");
    assert!(reason(&request.digest(Digest::of(b"five"))).contains("should be sha256:"));
    assert!(get(options(), &Request::new(&site.url("none"))).unwrap_err().is_absent());
    let secret = site.url("none?token=hunter2").replace("http://", "http://ann:hunter2@");
    let text = reason(&Request::new(&secret));
    assert!(text.contains("/none") && !text.contains("hunter2") && !text.contains("ann"), "{text}");
}

#[test]
fn trouble_that_may_pass_is_tried_again() {
    let site = Site::start();
    site.put("a", "four");
    let request = Request::new(&site.url("a")).digest(Digest::of(b"four"));
    site.faults.times(1, "GET", "/a", Action::reply(429, &[("Retry-After", "0")], ""));
    site.faults.times(1, "GET", "/a", Action::Close);
    site.faults.times(1, "GET", "/a", Action::CutResponse(60));
    assert_eq!(get(options(), &request).unwrap(), "four");
    site.faults.clear();
    site.faults.on("GET", "/a", Action::status(503));
    assert!(reason(&request).contains("503"));
    assert_eq!(site.faults.count("GET", "/a"), 3);
    site.faults.clear();
    site.faults.on("GET", "/a", Action::status(403));
    assert!(reason(&request).contains("403"));
    assert_eq!(site.faults.count("GET", "/a"), 1, "a clear no is not asked again");
    site.faults.clear();
    site.faults.on("GET", "/a", Action::reply(429, &[("Retry-After", "9999")], ""));
    assert!(reason(&request).contains("9999 s"));
}

#[test]
fn time_and_silence_are_held() {
    let site = Site::start();
    site.put("a", "x".repeat(500));
    let request = Request::new(&site.url("a"));
    site.faults.on("GET", "/a", Action::Slow(1, Duration::from_millis(50)));
    assert!(reason(&request.clone().within(Duration::from_secs(1))).contains("took longer than 1 s"));
    site.faults.clear();
    site.faults.on("GET", "/a", Action::Delay(Duration::from_secs(60)));
    let short = RegistryOptions { timeout: Duration::from_millis(300), ..options() };
    let text = get(short, &request).unwrap_err().to_string();
    assert!(text.contains("no answer in time"), "{text}");
    assert_eq!(site.faults.count("GET", "/a"), 3);
    site.faults.clear();
}

#[test]
fn redirects_end_and_lead_nowhere_else() {
    let site = Site::start();
    site.put("b", "four");
    let to = |address: &str| Action::reply(302, &[("Location", address)], "");
    site.faults.on("GET", "/a", to("/b"));
    assert_eq!(get(options(), &Request::new(&site.url("a"))).unwrap(), "four");
    site.faults.on("GET", "/round", to("/round"));
    assert!(reason(&Request::new(&site.url("round"))).contains("redirects"));
    site.faults.on("GET", "/file", to("file:///etc/passwd"));
    assert!(reason(&Request::new(&site.url("file"))).contains("http and https"));
    site.faults.on("GET", "/plain", to("http://r.example/x"));
    assert!(reason(&Request::new(&site.url("plain"))).contains("plain HTTP"));
}

#[test]
fn what_has_a_digest_is_fetched_once() {
    let site = Site::start();
    site.put("a", "four");
    let folder = tempfile::tempdir().unwrap();
    let request = Request::new(&site.url("a")).digest(Digest::of(b"four"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for _ in 0..2 {
        let fetcher = Fetcher::new(options(), Some(Cache::new(folder.path().to_owned(), 100))).unwrap();
        assert_eq!(runtime.block_on(fetcher.bytes(&request)).unwrap(), "four");
    }
    assert_eq!(site.faults.count("GET", "/a"), 1);
    site.put("a", "five");
    let fetcher = Fetcher::new(options(), Some(Cache::new(folder.path().to_owned(), 100))).unwrap();
    assert!(runtime.block_on(fetcher.bytes(&request.clone().digest(Digest::of(b"six")))).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "what is wrong is not kept");
}

/// A server behind TLS that sends everybody on; its address.
fn secure(leaf: &Leaf, to: &str) -> String {
    let certificate = CertificateDer::from_pem_slice(leaf.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(leaf.key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut tls = rustls::StreamOwned::new(rustls::ServerConnection::new(config.clone()).unwrap(), stream);
            // Whoever breaks off has seen enough.
            let _ = tls.read(&mut [0; 4096]).and_then(|_| tls.write_all(answer.as_bytes())).and_then(|()| tls.flush());
        }
    });
    format!("https://{address}/a")
}

#[test]
fn what_was_asked_over_tls_is_not_read_without() {
    let (site, folder, ca) = (Site::start(), tempfile::tempdir().unwrap(), Ca::new());
    site.put("b", "four");
    ca.write_to(&folder.path().join("ca.pem"));
    let trusting = RegistryOptions { ca_bundle: Some(folder.path().join("ca.pem")), ..options() };
    let address = secure(&ca.local(), &site.url("b"));
    let error = get(trusting, &Request::new(&address).plain()).unwrap_err().to_string();
    assert!(error.contains("redirects to 127.0.0.1:") && error.contains("without TLS"), "{error}");
    assert!(site.faults.requests().is_empty());
}

#[test]
fn redirects_do_not_lead_inside() {
    let (site, inner) = (Site::start(), Site::start());
    inner.put("b", "four");
    let port = inner.faults.address.rsplit_once(':').unwrap().1.to_owned();
    for (at, host) in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1"].into_iter().enumerate() {
        let part = format!("/a{at}");
        site.faults.on("GET", &part, Action::reply(302, &[("Location", &format!("http://{host}:{port}/b"))], ""));
        let request = Request::new(&site.url(&part[1..])).plain().outside(std::slice::from_ref(&site.faults.address));
        assert!(reason(&request).contains("in a private network"), "{host}: {}", reason(&request));
    }
    assert!(inner.faults.requests().is_empty());
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let (site, folder) = (Site::start(), tempfile::tempdir().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fetch = |request: &Request| {
        let fetcher = Fetcher::new(options(), Some(Cache::new(folder.path().to_owned(), 10_000))).unwrap();
        runtime.block_on(fetcher.bytes(request))
    };
    let request = Request::new(&site.url("a?token=hunter2")).kept();
    let answer = |status: u16, mark: &str, body: &str| {
        let (name, value) = mark.split_once(": ").unwrap();
        site.faults.times(1, "GET", "/a", Action::reply(status, &[(name, value)], body));
    };
    answer(200, "ETag: \"1\"", "four");
    assert_eq!(fetch(&request).unwrap(), "four");
    answer(304, "ETag: \"1\"", "");
    assert_eq!(fetch(&request).unwrap(), "four");
    answer(200, "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT", "five");
    assert_eq!(fetch(&request).unwrap(), "five");
    answer(304, "X: y", "");
    assert_eq!(fetch(&request).unwrap(), "five");
    let asked: Vec<_> = site.faults.requests().into_iter().map(|one| one.unless).collect();
    let day = Some("Thu, 01 Jan 2026 00:00:00 GMT".to_owned());
    assert_eq!(asked, [None, Some("\"1\"".to_owned()), Some("\"1\"".to_owned()), day]);
    // What was kept has been damaged: it is asked for as if it was new.
    let kept = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    kept.filter(|path| path.display().to_string().contains("sha256-")).for_each(|path| std::fs::write(path, "other").unwrap());
    answer(200, "X: y", "six");
    assert_eq!(fetch(&request).unwrap(), "six");
    assert_eq!(site.faults.requests().last().unwrap().unless, None);
    // A server that says "the same" to somebody who has nothing.
    let nothing = Request::new(&site.url("other")).kept();
    site.faults.on("GET", "/other", Action::reply(304, &[], ""));
    assert!(fetch(&nothing).unwrap_err().to_string().contains("304"));
    // What is too large now is so, too.
    answer(200, "ETag: \"2\"", "seven");
    assert!(fetch(&request.clone().at_most(4)).unwrap_err().to_string().contains("more than 4 bytes"));
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let text = format!("{} {}", path.display(), std::fs::read_to_string(&path).unwrap());
        assert!(!text.contains("hunter2") && !text.contains("draft-"), "{text}");
    }
}
