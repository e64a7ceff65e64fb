//! Blobs are written at once or in pieces, go on after a cut, and are never taken wrong.

use super::*;
use cooperage::registry::Written;

fn noise(bytes: usize) -> Bytes {
    let mut noise = vec![0; bytes];
    fastrand::Rng::with_seed(7).fill(&mut noise);
    noise.into()
}

/// Writes these bytes to `other/b` and reads them back with nothing in between.
async fn arrives(pair: &Pair, bytes: &Bytes) -> Result<Written, RegistryError> {
    let (_, to) = pair.repositories();
    let written = to.write_blob(&blob_of(bytes), &Bytewise(bytes.clone()), &[]).await?;
    let direct = repository(&stranger(), &pair.destination.address, "other/b");
    assert!(all(direct.read_blob(&blob_of(bytes), 0).await.unwrap()).await.unwrap() == bytes[..]);
    assert!(to.has_blob(&blob_of(bytes)).await.unwrap());
    Ok(written)
}

#[tokio::test]
async fn small_ones_take_two_requests_and_large_ones_three() {
    let pair = Pair::set();
    for (bytes, requests) in [(Bytes::new(), 2), (noise(1000), 2), (noise(2 << 20), 3)] {
        pair.to.clear();
        let (_, to) = pair.repositories();
        assert!(!to.has_blob(&blob_of(&bytes)).await.unwrap());
        assert_eq!(arrives(&pair, &bytes).await.unwrap(), Written::Sent);
        let sent: Vec<String> = pair.to.requests().into_iter().filter(|one| one.path.contains("/uploads/")).map(|one| one.method).collect();
        assert_eq!(sent.len(), requests, "{sent:?}");
    }
}

#[tokio::test]
async fn a_cut_upload_goes_on_where_it_was() {
    let pair = Pair::set();
    let bytes = noise(6 << 20);
    // docker-registry itself forgets what a connection that was cut has brought; others keep it.
    for cut in [2 << 20, 1 << 20] {
        pair.to.times(1, "PATCH", "/uploads/", Action::Swallow(cut));
        pair.to.times(1, "GET", "/uploads/", Action::Kept);
    }
    assert_eq!(arrives(&pair, &bytes).await.unwrap(), Written::Sent);
    let requests = pair.to.requests();
    let lengths: Vec<u64> = requests.iter().filter(|one| one.method == "PATCH").map(|one| one.length.unwrap()).collect();
    assert_eq!(lengths, [6 << 20, 4 << 20, 3 << 20]);
    let ranges: Vec<Option<&str>> = requests.iter().filter(|one| one.method == "PATCH").map(|one| one.range.as_deref()).collect();
    assert_eq!(ranges, [None, Some("2097152-6291455"), Some("3145728-6291455")]);
    assert_eq!(pair.to.count("POST", "/uploads/"), 1, "one upload from beginning to end");
}

#[tokio::test]
async fn where_the_registry_forgets_a_cut_upload_it_is_begun_again() {
    let pair = Pair::set();
    let bytes = noise(6 << 20);
    pair.to.times(2, "PATCH", "/uploads/", Action::CutRequest(2 << 20));
    assert_eq!(arrives(&pair, &bytes).await.unwrap(), Written::Sent);
    assert_eq!(pair.to.count("POST", "/uploads/"), 3);
}

#[tokio::test]
async fn trouble_in_the_middle_of_an_upload_is_gone_through() {
    let pair = Pair::set();
    let troubles = [
        Action::status(500),
        Action::status(503),
        Action::Close,
        Action::CutResponse(20),
        Action::reply(429, &[("Retry-After", "0")], ""),
        Action::error(429, "TOOMANYREQUESTS"),
        Action::error(404, "BLOB_UPLOAD_UNKNOWN"),
        Action::status(416),
    ];
    for (at, trouble) in troubles.into_iter().enumerate() {
        for (method, size) in [("PATCH", 1 << 20), ("PUT", 1 << 20), ("PUT", 1000)] {
            if matches!(&trouble, Action::Reply { status: 416, .. }) && method == "PUT" {
                continue;
            }
            pair.to.clear();
            pair.to.times(1, method, "/uploads/", trouble.clone());
            let written = arrives(&pair, &noise(size + at)).await;
            assert!(written.is_ok(), "{method} {size} {trouble:?}: {written:?}");
        }
    }
}

#[tokio::test]
async fn an_upload_that_the_registry_has_lost_is_begun_again() {
    let pair = Pair::set();
    let bytes = noise(2 << 20);
    pair.to.times(1, "PATCH", "/uploads/", Action::CutRequest(1 << 20));
    pair.to.times(1, "GET", "/uploads/", Action::error(404, "BLOB_UPLOAD_UNKNOWN"));
    arrives(&pair, &bytes).await.unwrap();
    assert_eq!(pair.to.count("POST", "/uploads/"), 2);
}

#[tokio::test]
async fn trouble_without_end_is_an_error_with_the_blob() {
    let pair = Pair::set();
    let (_, to) = pair.repositories();
    let bytes = noise(1 << 20);
    pair.to.on("PATCH", "/uploads/", Action::error(500, "UNKNOWN"));
    let error = to.write_blob(&blob_of(&bytes), &Bytewise(bytes.clone()), &[]).await.unwrap_err();
    assert!(error.to_string().contains("500") && error.to_string().contains(blob_of(&bytes).digest.as_str()), "{error}");
    assert_eq!(pair.to.count("PATCH", "/uploads/"), 3);
    pair.to.clear();
    pair.to.on("PATCH", "/uploads/", Action::error(400, "BLOB_UPLOAD_INVALID"));
    let error = to.write_blob(&blob_of(&bytes), &Bytewise(bytes.clone()), &[]).await.unwrap_err();
    assert!(error.to_string().contains("BLOB_UPLOAD_INVALID"), "{error}");
    assert_eq!(pair.to.count("PATCH", "/uploads/"), 1, "another try cannot help");
}

#[tokio::test]
async fn addresses_of_uploads_may_be_relative_absolute_and_with_a_query() {
    let pair = Pair::set();
    pair.to.on("POST", "/uploads/", Action::RelativeLocation);
    pair.to.on("PATCH", "/uploads/", Action::RelativeLocation);
    arrives(&pair, &noise(1 << 20)).await.unwrap();
    // docker-registry's own addresses are absolute and have a query.
    assert!(
        pair.to.requests().iter().any(|one| one.method == "PUT" && one.path.contains("_state=") && one.path.contains("&digest=sha256"))
    );
    pair.to.clear();
    arrives(&pair, &noise(1 << 19)).await.unwrap();
}

#[tokio::test]
async fn what_does_not_go_through_at_once_goes_in_pieces() {
    let pair = Pair::set();
    let bytes = noise(40 << 20);
    pair.to.times(1, "PATCH", "/uploads/", Action::status(413));
    arrives(&pair, &bytes).await.unwrap();
    let ranges: Vec<String> = pair.to.requests().into_iter().filter(|one| one.method == "PATCH").filter_map(|one| one.range).collect();
    assert_eq!(ranges, ["0-16777215", "16777216-33554431", "33554432-41943039"]);

    pair.to.clear();
    pair.to.on("POST", "/uploads/", Action::WithHeader("OCI-Chunk-Min-Length", "20000000".to_owned()));
    pair.to.times(1, "PATCH", "/uploads/", Action::status(413));
    arrives(&pair, &noise(41 << 20)).await.unwrap();
    let ranges: Vec<String> = pair.to.requests().into_iter().filter(|one| one.method == "PATCH").filter_map(|one| one.range).collect();
    assert_eq!(ranges[0], "0-19999999", "no piece but the last is smaller than the registry says");
}

#[tokio::test]
async fn an_address_elsewhere_gets_no_sign_in() {
    use support::faults::gate::Gate;
    let pair = Pair::set();
    pair.to.gate(Gate::new("ann", "s3cret-word"));
    let store = Faults::in_front_of(&pair.destination);
    let start = support::registry::plain::request(&store.address, "POST", "/v2/other/b/blobs/uploads/", None, Some(("", &[])));
    pair.to.on("POST", "/uploads/", Action::WithHeader("Location", start.header("location").unwrap().to_owned()));
    let client = member(&[&pair.to.address], "ann", "s3cret-word");
    let to = repository(&client, &pair.to.address, "other/b");
    let bytes = noise(1 << 20);
    to.write_blob(&blob_of(&bytes), &Bytewise(bytes.clone()), &[]).await.unwrap();
    let received = store.requests();
    assert!(
        received.iter().any(|one| one.method == "PATCH") && received.iter().skip(1).all(|one| one.authorization.is_none()),
        "{received:?}"
    );
}

#[tokio::test]
async fn a_token_that_runs_out_on_the_way_is_renewed() {
    use support::faults::gate::Gate;
    let pair = Pair::set();
    pair.to.gate(Gate::new("ann", "s3cret-word"));
    let client = member(&[&pair.to.address], "ann", "s3cret-word");
    let to = repository(&client, &pair.to.address, "other/b");
    for (method, size) in [("PATCH", 1 << 20), ("PUT", 1 << 20), ("PUT", 900)] {
        pair.to.times(
            1,
            method,
            "/uploads/",
            Action::reply(
                401,
                &[("WWW-Authenticate", &format!("Bearer realm=\"http://{}/token\",error=\"invalid_token\"", pair.to.address))],
                "",
            ),
        );
        let bytes = noise(size + method.len());
        assert_eq!(to.write_blob(&blob_of(&bytes), &Bytewise(bytes.clone()), &[]).await.unwrap(), Written::Sent, "{method} {size}");
    }
}

#[tokio::test]
async fn bytes_that_are_not_what_was_said_are_not_taken() {
    let pair = Pair::set();
    let (_, to) = pair.repositories();
    for size in [1000, 1 << 20] {
        let (said, sent) = (noise(size), Bytes::from(vec![0; size]));
        let error = to.write_blob(&blob_of(&said), &Bytewise(sent), &[]).await.unwrap_err();
        assert!(error.to_string().contains("DIGEST_INVALID"), "{error}");
        assert!(!to.has_blob(&blob_of(&said)).await.unwrap());
    }
}

#[tokio::test]
async fn manifests_are_removed_by_digest_and_a_registry_that_cannot_says_so() {
    let pair = Pair::set();
    let (from, _) = pair.repositories();
    let error = from.delete((&tag("1")).into()).await.unwrap_err();
    assert!(matches!(error, RegistryError::CannotDelete { .. }), "docker-registry does not delete tags: {error}");
    pair.from.times(1, "DELETE", "/manifests/", Action::error(405, "UNSUPPORTED"));
    let error = from.delete((&pair.image.digest).into()).await.unwrap_err();
    assert!(matches!(&error, RegistryError::CannotDelete { reason, .. } if reason.contains("UNSUPPORTED")), "{error}");
    from.delete((&pair.image.digest).into()).await.unwrap();
    assert_eq!(pair.source.digest("team/a", "1"), None);
    from.delete((&pair.image.digest).into()).await.unwrap();
}
