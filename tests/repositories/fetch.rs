//! What is fetched, and what is not: limits, digests, tries, redirects.

use super::image::options;
use super::support::faults::Action;
use super::support::site::Site;
use bytes::Bytes;
use cooperage::fetch::{Cache, FetchError, Fetcher, Request};
use cooperage::name::Digest;
use cooperage::registry::RegistryOptions;
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
