//! What manifests are asked for, written, and what the answers mean.

use super::*;
use cooperage::registry::{Lookup, RegistryError};

#[tokio::test]
async fn what_is_there_is_found_and_what_is_not_is_absent() {
    let stage = Stage::set();
    let client = stranger();
    let found = Lookup::Found(stage.image.digest.clone());
    assert_eq!(client.head(&stage.at("team/a:1")).await.unwrap(), found);
    assert_eq!(client.head(&stage.at("team/a").with_digest(stage.image.digest.clone())).await.unwrap(), found);
    assert_eq!(client.head(&stage.at("team/a:2")).await.unwrap(), Lookup::Absent);
    assert_eq!(client.head(&stage.at("nobody/knows:1")).await.unwrap(), Lookup::Absent);
    let accept = &stage.faults.requests().iter().find(|one| one.path.contains("/manifests/")).unwrap().accept.clone();
    for kind in ["docker.distribution.manifest.v2", "docker.distribution.manifest.list.v2", "oci.image.manifest.v1", "oci.image.index.v1"] {
        assert!(accept.contains(kind), "{accept}");
    }
}

#[tokio::test]
async fn manifests_come_byte_for_byte() {
    let stage = Stage::set();
    let client = stranger();
    for reference in [stage.at("team/a:1"), stage.at("team/a").with_digest(stage.image.digest.clone())] {
        assert_eq!(client.manifest(&reference).await.unwrap(), manifest_of(&stage.image));
    }
    let missing = client.manifest(&stage.at("team/a:2")).await.unwrap_err();
    assert!(matches!(missing, RegistryError::NotFound { .. }), "{missing}");
}

#[tokio::test]
async fn a_manifest_that_is_not_what_was_asked_for_is_refused() {
    let stage = Stage::set();
    let client = stranger();
    stage.faults.on("GET", "/manifests/", Action::ReplaceBody(TinyImage::new("b").manifest));
    for reference in [stage.at("team/a:1"), stage.at("team/a").with_digest(stage.image.digest.clone())] {
        let error = client.manifest(&reference).await.unwrap_err();
        let RegistryError::WrongDigest { expected, found, .. } = &error else { panic!("{error}") };
        assert_eq!((expected, found), (&stage.image.digest, &TinyImage::new("b").digest));
    }
    stage.faults.on("HEAD", "/manifests/", Action::WrongDigestHeader);
    let error = client.head(&stage.at("team/a").with_digest(stage.image.digest.clone())).await.unwrap_err();
    assert!(matches!(error, RegistryError::WrongDigest { .. }), "{error}");
}

#[tokio::test]
async fn a_missing_digest_header_is_computed() {
    let stage = Stage::set();
    stage.faults.on("*", "/manifests/", Action::WithoutHeader("docker-content-digest"));
    let found = stranger().head(&stage.at("team/a:1")).await.unwrap();
    assert_eq!(found, Lookup::Found(stage.image.digest.clone()));
    assert_eq!(stage.faults.count("GET", "/manifests/"), 1);
}

#[tokio::test]
async fn manifests_are_written_under_another_tag_byte_for_byte() {
    let stage = Stage::set();
    let client = stranger();
    let manifest = manifest_of(&stage.image);
    client.put_manifest(&stage.at("team/a:latest"), &manifest).await.unwrap();
    assert_eq!(client.manifest(&stage.at("team/a:latest")).await.unwrap(), manifest);

    stage.faults.times(1, "PUT", "/manifests/", Action::WithoutHeader("docker-content-digest"));
    client.put_manifest(&stage.at("team/a:latest"), &manifest).await.unwrap();

    stage.faults.on("PUT", "/manifests/", Action::WrongDigestHeader);
    let error = client.put_manifest(&stage.at("team/a:latest"), &manifest).await.unwrap_err();
    assert!(matches!(&error, RegistryError::WrongDigest { expected, .. } if *expected == manifest.digest), "{error}");
}

#[tokio::test]
async fn a_manifest_the_registry_does_not_take_is_an_error_with_its_words() {
    let stage = Stage::set();
    let foreign = manifest_of(&TinyImage::new("its layers are nowhere"));
    let error = stranger().put_manifest(&stage.at("team/a:2"), &foreign).await.unwrap_err();
    assert!(error.to_string().contains("MANIFEST_BLOB_UNKNOWN"), "{error}");
    assert_eq!(stage.faults.count("PUT", "/manifests/"), 1, "another try cannot help");
}

#[tokio::test]
async fn a_page_in_between_is_neither_yes_nor_no() {
    let stage = Stage::set();
    let page = [("Content-Type", "text/html")];
    for status in [200, 203, 403] {
        stage.faults.clear();
        stage.faults.on("*", "/manifests/", Action::reply(status, &page, "<h1>Please sign in to the network</h1>"));
        let error = stranger().head(&stage.at("team/a:1")).await.unwrap_err();
        assert!(matches!(error, RegistryError::Unclear { .. } | RegistryError::Denied { .. }), "{status}: {error}");
    }
    stage.faults.clear();
    stage.faults.on("*", "/v2/", Action::reply(404, &[("Content-Type", "text/plain")], "404 page not found"));
    let error = stranger().head(&stage.at("team/a:1")).await.unwrap_err();
    assert!(matches!(error, RegistryError::Unclear { .. }), "a router whose way to the registry is gone: {error}");

    stage.faults.clear();
    stage.faults.on("HEAD", "/manifests/", Action::reply(404, &page, ""));
    assert_eq!(stranger().head(&stage.at("team/a:2")).await.unwrap(), Lookup::Absent, "a registry answers at /v2/");
}

#[tokio::test]
async fn a_manifest_without_end_is_not_read() {
    let stage = Stage::set();
    stage.faults.on("GET", "/manifests/", Action::ReplaceBody(vec![b' '; 5 << 20]));
    let error = stranger().manifest(&stage.at("team/a:1")).await.unwrap_err();
    assert!(matches!(error, RegistryError::TooLarge { limit: 4_194_304, .. }), "{error}");
}

#[test]
fn the_misbehaving_server_passes_uploads_of_engines_on() {
    use std::io::{Read as _, Write as _};
    let stage = Stage::set();
    let start = support::registry::plain::request(&stage.faults.address, "POST", "/v2/team/b/blobs/uploads/", None, Some(("", &[])));
    let location = start.header("location").unwrap();
    let path = location.split_once(&stage.faults.address).unwrap().1;
    let mut stream = std::net::TcpStream::connect(&stage.faults.address).unwrap();
    let head = format!("PATCH {path} HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\n", stage.faults.address);
    stream.write_all(format!("{head}Expect: 100-continue\r\n\r\n").as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\nGET /v2/ HTTP/1.0\r\nConnection: close\r\n\r\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert!(answers.starts_with("HTTP/1.1 202") && answers.contains("Range: 0-10"), "{answers}");
    assert!(answers.contains("HTTP/1.0 200") || answers.contains("HTTP/1.1 200"), "the same connection goes on: {answers}");
}
