//! Blobs are read piece by piece, go on after a cut, and are checked.

use super::*;

#[tokio::test]
async fn a_cut_download_goes_on_where_it_was() {
    let pair = Pair::set();
    let (from, _) = pair.repositories();
    let blob = blob_of(&pair.image.layer);
    pair.from.times(1, "GET", "/blobs/", Action::CutResponse(1 << 20));
    pair.from.times(1, "GET", "/blobs/", Action::CutResponse(1 << 20));
    assert!(all(from.read_blob(&blob, 0).await.unwrap()).await.unwrap() == pair.image.layer);
    let ranges: Vec<Option<String>> =
        pair.from.requests().into_iter().filter(|one| one.method == "GET" && one.path.contains("/blobs/")).map(|one| one.range).collect();
    assert_eq!(ranges.len(), 3);
    assert_eq!(ranges[0], None);
    assert!(ranges[1].as_ref().is_some_and(|range| range.starts_with("bytes=10")), "{ranges:?}");
    assert!(ranges[2].as_ref().is_some_and(|range| range.starts_with("bytes=20")), "{ranges:?}");
}

#[tokio::test]
async fn where_ranges_are_ignored_it_starts_again() {
    let pair = Pair::set();
    let (from, _) = pair.repositories();
    pair.from.times(1, "GET", "/blobs/", Action::CutResponse(2 << 20));
    pair.from.on("GET", "/blobs/", Action::ForgetHeader("range"));
    let blob = blob_of(&pair.image.layer);
    assert!(all(from.read_blob(&blob, 0).await.unwrap()).await.unwrap() == pair.image.layer);
    assert!(all(from.read_blob(&blob, 1000).await.unwrap()).await.unwrap() == pair.image.layer[1000..]);
    assert_eq!(pair.from.count("GET", "/blobs/"), 3);
}

#[tokio::test]
async fn cuts_without_end_are_given_up_but_not_as_long_as_it_moves() {
    let pair = Pair::set();
    let (from, _) = pair.repositories();
    let blob = blob_of(&pair.image.layer);
    // Far more cuts than tries: each connection brings something.
    pair.from.times(20, "GET", "/blobs/", Action::CutResponse(150_000));
    assert!(all(from.read_blob(&blob, 0).await.unwrap()).await.unwrap() == pair.image.layer);
    assert!(pair.from.count("GET", "/blobs/") > 15);
    pair.from.clear();
    pair.from.on("GET", "/blobs/", Action::CutResponse(500));
    let error = match from.read_blob(&blob, 0).await {
        Ok(stream) => all(stream).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(&error, RegistryError::Unreachable { reference, .. } if reference.contains(blob.digest.as_str())), "{error}");
    assert_eq!(pair.from.count("GET", "/blobs/"), 3);
}

#[tokio::test]
async fn what_is_too_busy_or_broken_is_asked_again() {
    let pair = Pair::set();
    let (from, _) = pair.repositories();
    let blob = blob_of(&pair.image.layer);
    pair.from.times(1, "GET", "/blobs/", Action::reply(429, &[("Retry-After", "1")], ""));
    pair.from.times(1, "GET", "/blobs/", Action::error(429, "TOOMANYREQUESTS"));
    pair.from.times(1, "GET", "/blobs/", Action::status(503));
    pair.from.times(1, "GET", "/blobs/", Action::Close);
    assert!(all(from.read_blob(&blob, 0).await.unwrap()).await.unwrap() == pair.image.layer);
    pair.from.clear();
    pair.from.on("GET", "/blobs/", Action::reply(429, &[("Retry-After", "3600")], ""));
    let error = from.read_blob(&blob, 0).await.err().unwrap();
    assert!(error.to_string().contains("3600 s"), "{error}");
}

#[tokio::test]
async fn other_bytes_are_never_handed_on_to_their_end() {
    let pair = Pair::set();
    let (from, _) = pair.repositories();
    let layer = &pair.image.layer;
    let mut other = layer.clone();
    other[5000] ^= 1;
    pair.from.times(1, "GET", "/blobs/", Action::ReplaceBody(other));
    let mut stream = from.read_blob(&blob_of(layer), 0).await.unwrap();
    let mut seen = 0;
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(bytes) => seen += bytes.len(),
            Err(error) => break error,
        }
    };
    assert!(matches!(&error, RegistryError::WrongDigest { expected, .. } if *expected == Digest::of(layer)), "{error}");
    assert!(seen < layer.len(), "the last piece comes only when all is right");

    pair.from.times(1, "GET", "/blobs/", Action::ReplaceBody([&layer[..], b"more"].concat()));
    let longer = all(from.read_blob(&blob_of(layer), 0).await.unwrap()).await;
    assert!(longer.is_ok_and(|bytes| bytes == *layer), "what stands behind the end is not read");
    let short = Blob { size: 100, ..blob_of(layer) };
    let error = all(from.read_blob(&short, 0).await.unwrap()).await.unwrap_err();
    assert!(matches!(error, RegistryError::TooLarge { limit: 100, .. }), "{error}");
    let long = Blob { size: 4 << 20, ..blob_of(layer) };
    let error = from.read_blob(&long, 0).await.err().unwrap();
    assert!(error.to_string().contains("and the manifest says 4194304"), "{error}");
}

#[tokio::test]
async fn a_redirected_blob_is_read_elsewhere_without_the_sign_in_and_goes_on_there() {
    use support::faults::gate::Gate;
    let pair = Pair::set();
    pair.from.gate(Gate::new("ann", "s3cret-word"));
    let store = Faults::in_front_of(&pair.source);
    let digest = Digest::of(&pair.image.layer);
    let target = format!("http://{}/v2/team/a/blobs/{digest}?signature=hush-hush", store.address);
    pair.from.on("GET", "/blobs/", Action::reply(307, &[("Location", &target)], ""));
    store.times(1, "GET", "/blobs/", Action::CutResponse(1 << 20));
    store.times(1, "GET", "/blobs/", Action::status(403));
    let client = member(&[&pair.from.address], "ann", "s3cret-word");
    let from = repository(&client, &pair.from.address, "team/a");
    let bytes = all(from.read_blob(&blob_of(&pair.image.layer), 0).await.unwrap()).await.unwrap();
    assert!(bytes == pair.image.layer);
    let received = store.requests();
    assert!(received.iter().all(|one| one.authorization.is_none()), "{received:?}");
    assert!(received.last().unwrap().range.as_ref().is_some_and(|range| range.starts_with("bytes=10")), "{received:?}");
    assert!(pair.from.requests().iter().any(|one| one.authorization.as_deref() == Some("Bearer")));
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed_is_said_at_once() {
    use support::faults::gate::Gate;
    let pair = Pair::set();
    let (from, _) = pair.repositories();
    let error = from.read_blob(&blob_of(b"nowhere"), 0).await.err().unwrap();
    assert!(matches!(error, RegistryError::NotFound { .. }), "{error}");
    pair.from.gate(Gate::new("ann", "s3cret-word"));
    let error = from.read_blob(&blob_of(&pair.image.layer), 0).await.err().unwrap();
    assert!(matches!(&error, RegistryError::Denied { reason, .. } if reason.contains("no sign-in")), "{error}");
}

#[tokio::test]
async fn a_slow_body_is_waited_for_and_a_silent_one_is_not() {
    let pair = Pair::set();
    let client = Client::new(RegistryOptions { timeout: Duration::from_millis(500), ..quick() }, Arc::new(NoCredentials)).unwrap();
    let from = repository(&client, &pair.from.address, "team/a");
    let blob = blob_of(&pair.image.layer);
    pair.from.on("GET", "/blobs/", Action::Slow(200_000, Duration::from_millis(100)));
    assert!(all(from.read_blob(&blob, 0).await.unwrap()).await.unwrap() == pair.image.layer, "1.6 s in all");
    assert_eq!(pair.from.count("GET", "/blobs/"), 1);
    pair.from.clear();
    pair.from.on("GET", "/blobs/", Action::Slow(200_000, Duration::from_secs(3)));
    let error = match from.read_blob(&blob, 0).await {
        Ok(stream) => all(stream).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(&error, RegistryError::Unreachable { reason, .. } if reason.contains("in time")), "{error}");
}
