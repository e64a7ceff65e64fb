//! 429, 5xx, time-outs, cut connections.

use super::*;
use cooperage::registry::{Lookup, RegistryError};

#[tokio::test]
async fn what_passes_is_tried_again() {
    let stage = Stage::set();
    let found = Lookup::Found(stage.image.digest.clone());
    let troubles =
        [Action::status(500), Action::status(502), Action::status(503), Action::status(408), Action::Close, Action::CutResponse(40)];
    for trouble in troubles {
        stage.faults.clear();
        stage.faults.times(2, "HEAD", "/manifests/", trouble.clone());
        assert_eq!(stranger().head(&stage.at("team/a:1")).await.unwrap(), found, "{trouble:?}");
        assert_eq!(stage.faults.count("HEAD", "/manifests/"), 3, "{trouble:?}");
    }
}

#[tokio::test]
async fn what_does_not_pass_is_unclear_and_never_absent() {
    let stage = Stage::set();
    for status in [500, 502, 503, 504] {
        stage.faults.clear();
        stage.faults.on("*", "/manifests/", Action::error(status, "UNAVAILABLE"));
        let error = stranger().head(&stage.at("team/a:1")).await.unwrap_err();
        assert!(matches!(error, RegistryError::Unclear { .. }), "{error}");
        assert_eq!(stage.faults.count("HEAD", "/manifests/"), 3);
    }
    let text = stranger().manifest(&stage.at("team/a:1")).await.unwrap_err().to_string();
    assert!(text.contains("504") && text.contains("UNAVAILABLE: said the test") && text.contains("team/a:1"), "{text}");
}

#[tokio::test]
async fn other_refusals_are_not_tried_again() {
    let stage = Stage::set();
    for status in [400, 405, 418] {
        stage.faults.clear();
        stage.faults.on("*", "/manifests/", Action::status(status));
        let error = stranger().head(&stage.at("team/a:1")).await.unwrap_err();
        assert!(matches!(error, RegistryError::Unclear { .. }), "{error}");
        assert_eq!(stage.faults.count("HEAD", "/manifests/"), 1);
    }
}

#[tokio::test]
async fn too_many_requests_are_waited_for_as_told() {
    let stage = Stage::set();
    let found = Lookup::Found(stage.image.digest.clone());
    // More often than failures are tried: waiting as told is no failure.
    stage.faults.times(5, "HEAD", "/manifests/", Action::reply(429, &[("Retry-After", "0")], ""));
    stage.faults.times(1, "HEAD", "/manifests/", Action::reply(429, &[("Retry-After", "1")], ""));
    stage.faults.times(1, "HEAD", "/manifests/", Action::error(429, "TOOMANYREQUESTS"));
    let date = [("Date", "Wed, 21 Oct 2015 07:28:00 GMT"), ("Retry-After", "Wed, 21 Oct 2015 07:28:01 GMT")];
    stage.faults.times(1, "HEAD", "/manifests/", Action::reply(429, &date, ""));
    assert_eq!(stranger().head(&stage.at("team/a:1")).await.unwrap(), found);
    assert_eq!(stage.faults.count("HEAD", "/manifests/"), 9);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_said_and_not_waited_for() {
    let stage = Stage::set();
    stage.faults.on("HEAD", "/manifests/", Action::reply(429, &[("Retry-After", "3600")], ""));
    let error = stranger().head(&stage.at("team/a:1")).await.unwrap_err();
    assert!(matches!(error, RegistryError::Unclear { .. }), "{error}");
    assert!(error.to_string().contains("3600 s") && error.to_string().contains("3 s"), "{error}");
    assert_eq!(stage.faults.count("HEAD", "/manifests/"), 1);
}

#[tokio::test]
async fn a_registry_that_stays_silent_cannot_be_reached() {
    let stage = Stage::set();
    let client = Client::new(RegistryOptions { timeout: Duration::from_millis(300), ..quick() }, Arc::new(NoCredentials)).unwrap();
    assert!(client.head(&stage.at("team/a:1")).await.is_ok());
    stage.faults.on("HEAD", "/manifests/", Action::Delay(Duration::from_secs(2)));
    let error = client.head(&stage.at("team/a:1")).await.unwrap_err();
    assert!(matches!(&error, RegistryError::Unreachable { reason, .. } if reason.contains("in time")), "{error}");
    assert_eq!(stage.faults.count("HEAD", "/manifests/"), 4);
}

#[tokio::test]
async fn a_refused_connection_cannot_be_reached_and_is_asked_only_once_then() {
    let mut stage = Stage::set();
    let client = stranger();
    stage.registry.stop();
    let gone = reference(&stage.registry.address, "team/a:1");
    for _ in 0..2 {
        let error = client.head(&gone).await.unwrap_err();
        assert!(matches!(&error, RegistryError::Unreachable { reason, .. } if reason.contains("refused")), "{error}");
    }
    stage.faults.stop();
    let error = client.head(&stage.at("team/a:1")).await.unwrap_err();
    assert!(matches!(error, RegistryError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_host_that_was_down_is_asked_once_and_is_forgiven_when_it_answers() {
    let stage = Stage::set();
    let client = stranger();
    assert!(client.head(&stage.at("team/a:1")).await.is_ok());
    stage.faults.clear();
    stage.faults.times(4, "HEAD", "/manifests/", Action::Close);
    for tries in [3, 4, 5] {
        assert_eq!(client.head(&stage.at("team/a:1")).await.is_ok(), tries == 5);
        assert_eq!(stage.faults.count("HEAD", "/manifests/"), tries);
    }
    stage.faults.times(2, "HEAD", "/manifests/", Action::Close);
    assert!(client.head(&stage.at("team/a:1")).await.is_ok(), "all tries again");
}

#[tokio::test]
async fn writing_is_tried_again_too() {
    let stage = Stage::set();
    for trouble in [Action::status(500), Action::CutResponse(10), Action::CutRequest(20)] {
        stage.faults.clear();
        stage.faults.times(2, "PUT", "/manifests/", trouble.clone());
        stranger().put_manifest(&stage.at("team/a:2"), &manifest_of(&stage.image)).await.unwrap();
        assert_eq!(stage.faults.count("PUT", "/manifests/"), 3, "{trouble:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_cut_is_tried_again() {
    let stage = Stage::set();
    stage.faults.times(2, "GET", "/manifests/", Action::CutResponse(400));
    assert_eq!(stranger().manifest(&stage.at("team/a:1")).await.unwrap(), manifest_of(&stage.image));
    assert_eq!(stage.faults.count("GET", "/manifests/"), 3);
}
