//! Blobs through redirects, and lists of tags over several pages.

use super::*;
use cooperage::registry::RegistryError;
use support::faults::gate::Gate;

#[tokio::test]
async fn blobs_are_checked_and_bounded() {
    let stage = Stage::set();
    let client = stranger();
    let (at, digest) = (stage.at("team/a:1"), Digest::of(&stage.image.layer));
    assert_eq!(client.blob(&at, &digest, 1 << 20).await.unwrap(), stage.image.layer);
    let error = client.blob(&at, &digest, 100).await.unwrap_err();
    assert!(matches!(error, RegistryError::TooLarge { limit: 100, .. }), "{error}");
    let error = client.blob(&at, &other_digest(), 100).await.unwrap_err();
    assert!(matches!(&error, RegistryError::NotFound { reference, .. } if reference.contains(other_digest().as_str())), "{error}");
    stage.faults.times(1, "GET", "/blobs/", Action::CutResponse(700));
    assert_eq!(client.blob(&at, &digest, 1 << 20).await.unwrap(), stage.image.layer, "tried again");
    stage.faults.on("GET", "/blobs/", Action::ReplaceBody(b"another".to_vec()));
    let error = client.blob(&at, &digest, 1 << 20).await.unwrap_err();
    assert!(matches!(&error, RegistryError::WrongDigest { found, .. } if *found == other_digest()), "{error}");
}

#[tokio::test]
async fn redirects_are_followed_without_the_sign_in() {
    let stage = Stage::set();
    stage.faults.gate(Gate::new("ann", "s3cret-word"));
    let digest = Digest::of(&stage.image.layer);
    let store = Faults::in_front_of(&stage.registry);
    let target = format!("http://{}/v2/team/a/blobs/{digest}?signature=hush-hush", store.address);
    stage.faults.on("GET", "/blobs/", Action::reply(307, &[("Location", &target)], ""));
    let client = member(&stage.faults.address, "ann", "s3cret-word");
    client.head(&stage.at("team/a:1")).await.unwrap();
    let bytes = client.blob(&stage.at("team/a:1"), &digest, 1 << 20).await.unwrap();
    assert_eq!(bytes, stage.image.layer);
    let asked = stage.faults.requests().into_iter().rfind(|one| one.path.contains("/blobs/")).unwrap();
    assert_eq!(asked.authorization.as_deref(), Some("Bearer"));
    let received = store.requests();
    assert!(received.len() == 1 && received[0].authorization.is_none(), "{received:?}");

    store.on("GET", "/blobs/", Action::Close);
    let error = client.blob(&stage.at("team/a:1"), &digest, 1 << 20).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
}

#[tokio::test]
async fn whoever_a_registry_leads_us_to_does_not_say_where_the_sign_in_goes() {
    let stage = Stage::set();
    stage.faults.gate(Gate::new("ann", "s3cret-word"));
    let (store, thief) = (Faults::alone(), Faults::alone());
    let digest = Digest::of(&stage.image.layer);
    for challenge in [format!("Bearer realm=\"http://{}/token\",service=\"x\"", thief.address), "Basic realm=\"x\"".to_owned()] {
        store.on("*", "/", Action::reply(401, &[("WWW-Authenticate", &challenge)], ""));
        stage.faults.on("GET", "/blobs/", Action::reply(307, &[("Location", &format!("http://{}/x", store.address))], ""));
        stage.faults.on("HEAD", "/blobs/", Action::reply(307, &[("Location", &format!("http://{}/x", store.address))], ""));
        let client = member(&stage.faults.address, "ann", "s3cret-word");
        client.head(&stage.at("team/a:1")).await.unwrap();
        assert!(client.blob(&stage.at("team/a:1"), &digest, 1 << 20).await.is_err());
        assert!(!store.requests().is_empty() && store.requests().iter().all(|one| one.authorization.is_none()), "{:?}", store.requests());
        assert!(thief.requests().is_empty(), "{:?}", thief.requests());
        store.clear();
    }
}

#[tokio::test]
async fn redirects_have_an_end_and_do_not_leave_tls() {
    let stage = Stage::set();
    let (at, digest) = (stage.at("team/a:1"), Digest::of(&stage.image.layer));
    let round = format!("/v2/team/a/blobs/{digest}");
    stage.faults.on("GET", "/blobs/", Action::reply(302, &[("Location", &round)], ""));
    let error = stranger().blob(&at, &digest, 1 << 20).await.unwrap_err();
    assert!(error.to_string().contains("5 redirects"), "{error}");
    stage.faults.clear();
    stage.faults.on("GET", "/blobs/", Action::reply(302, &[("Location", "http://blobs.example/x")], ""));
    let error = stranger().blob(&at, &digest, 1 << 20).await.unwrap_err();
    assert!(error.to_string().contains("blobs.example without TLS"), "{error}");
}

#[tokio::test]
async fn tags_of_a_repository() {
    let stage = Stage::set();
    assert_eq!(stranger().tags(&stage.at("team/a")).await.unwrap(), ["1"]);
    assert!(stranger().tags(&stage.at("nobody/knows")).await.unwrap().is_empty());
}

#[tokio::test]
async fn pages_of_tags_are_followed_both_ways_they_are_written() {
    let stage = Stage::set();
    let absolute = format!("<http://{}/v2/team/a/tags/list?last=c>; rel=\"next\"", stage.faults.address);
    let page = |tags: &str| format!(r#"{{"name":"team/a","tags":{tags}}}"#);
    stage.faults.on("GET", "list?last=c", Action::reply(200, &[], &page("null")));
    stage.faults.on("GET", "list?last=b", Action::reply(200, &[("Link", &absolute)], &page(r#"["c"]"#)));
    let relative = "</v2/team/a/tags/list?last=b>; rel=\"next\"";
    stage.faults.on("GET", "/tags/list", Action::reply(200, &[("Link", relative)], &page(r#"["a","b"]"#)));
    assert_eq!(stranger().tags(&stage.at("team/a")).await.unwrap(), ["a", "b", "c"]);
}

#[tokio::test]
async fn pages_that_lead_in_circles_or_elsewhere_are_refused() {
    let stage = Stage::set();
    for (link, expected) in
        [("</v2/team/a/tags/list?last=a>; rel=\"next\"", "in circles"), ("<http://127.0.0.1:1/v2/>; rel=next", "another host")]
    {
        stage.faults.clear();
        stage.faults.on("GET", "/tags/list", Action::reply(200, &[("Link", link)], r#"{"tags":["a"]}"#));
        let error = stranger().tags(&stage.at("team/a")).await.unwrap_err();
        assert!(matches!(&error, RegistryError::Unclear { reason, .. } if reason.contains(expected)), "{error}");
    }
}
