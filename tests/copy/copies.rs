//! Whole images and indexes from one registry to another.

use super::*;
use cooperage::registry::{Lookup, Manifest};
use serde_json::{Value, json};
use std::process::Command;
use std::sync::Mutex;

/// Runs skopeo, which must be glad.
pub fn skopeo(args: &[&str]) -> String {
    let output = Command::new("skopeo").args(args).output().expect("skopeo is needed (apt install skopeo)");
    assert!(output.status.success(), "skopeo {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

async fn give(to: &Arc<dyn Repository>, from: &Arc<dyn Repository>, digest: &Digest, name: &str) {
    let manifest = from.manifest(digest.into()).await.unwrap();
    to.put_manifest((&tag(name)).into(), &manifest).await.unwrap();
}

#[tokio::test]
async fn an_image_arrives_byte_for_byte_and_a_second_copy_asks_one_question() {
    let pair = Pair::set();
    let (from, to) = pair.repositories();
    let bytes = Arc::new(Mutex::new(Vec::new()));
    let heard = bytes.clone();
    let progress: ProgressSink = Arc::new(move |done, total| heard.lock().unwrap().push((done, total)));
    let done = copy(&*from, &pair.image.digest, &*to, &CopyOptions::default(), &progress, &CancellationToken::new()).await.unwrap();
    let size = (pair.image.layer.len() + pair.image.config.len()) as u64;
    assert_eq!(done, Copied { manifests: 1, sent: 2, sent_bytes: size, ..Copied::default() });
    assert_eq!(bytes.lock().unwrap().last(), Some(&(size, Some(size))));
    give(&to, &from, &pair.image.digest, "1").await;
    let shown =
        skopeo(&["inspect", "--tls-verify=false", "--format", "{{.Digest}}", &format!("docker://{}/other/b:1", pair.destination.address)]);
    assert_eq!(shown.trim(), pair.image.digest.as_str());
    pair.to.clear();
    let again = copied(&*from, &pair.image.digest, &*to).await.unwrap();
    assert_eq!(again, Copied::default());
    assert_eq!(pair.to.requests().len(), 1);
}

/// An index over two images and another index over a third, in `team/a`.
fn nested(pair: &Pair) -> (Vec<u8>, Vec<TinyImage>) {
    let images: Vec<TinyImage> = (10..13).map(|seed| TinyImage::of_size(seed, 400_000)).collect();
    for image in &images {
        image.put(&pair.source.address, None, "team/a", image.digest.as_str());
    }
    let inner = index_of(&[(MANIFEST_TYPE, &images[2].manifest)]);
    put_manifest(&pair.source.address, "team/a", "inner", INDEX_TYPE, &inner);
    let outer = index_of(&[(MANIFEST_TYPE, &images[0].manifest), (MANIFEST_TYPE, &images[1].manifest), (INDEX_TYPE, &inner)]);
    put_manifest(&pair.source.address, "team/a", "outer", INDEX_TYPE, &outer);
    (outer, images)
}

#[tokio::test]
async fn indexes_come_whole_with_all_below_them() {
    let pair = Pair::set();
    let (from, to) = pair.repositories();
    let (outer, images) = nested(&pair);
    let done = copied(&*from, &Digest::of(&outer), &*to).await.unwrap();
    assert_eq!((done.manifests, done.sent), (5, 6));
    assert_eq!(to.manifest((&Digest::of(&outer)).into()).await.unwrap().bytes, outer);
    for image in &images {
        assert_eq!(to.head((&image.digest).into()).await.unwrap(), Lookup::Found(image.digest.clone()));
    }
    let puts: Vec<String> =
        pair.to.requests().into_iter().filter(|one| one.method == "PUT" && one.path.contains("/manifests/")).map(|one| one.path).collect();
    assert!(puts.last().unwrap().ends_with(Digest::of(&outer).as_str()), "the index comes last: {puts:?}");
    assert!(to.tags().await.unwrap().is_empty(), "names are given by others");
}

#[tokio::test]
async fn copies_at_once_send_each_blob_once_to_a_registry() {
    let pair = Pair::set();
    let client = stranger();
    let from = repository(&client, &pair.from.address, "team/a");
    let places: Vec<Arc<dyn Repository>> = (0..8).map(|at| repository(&client, &pair.to.address, &format!("other/b{}", at % 4))).collect();
    let all = places.iter().map(|to| copied(&*from, &pair.image.digest, &**to));
    let done: Vec<Copied> = futures_util::future::join_all(all).await.into_iter().map(Result::unwrap).collect();
    let sent: u64 = done.iter().map(|one| one.sent_bytes).sum();
    assert_eq!(sent, (pair.image.layer.len() + pair.image.config.len()) as u64);
    assert_eq!((done.iter().map(|one| one.mounted).sum::<u64>(), pair.to.count("PATCH", "/uploads/")), (6, 1));
    assert_eq!(pair.from.count("GET", &format!("/blobs/{}", Digest::of(&pair.image.layer))), 1);
    for to in &places {
        assert_eq!(to.manifest((&pair.image.digest).into()).await.unwrap().bytes, pair.image.manifest);
    }
}

#[tokio::test]
async fn within_one_registry_everything_is_mounted() {
    let pair = Pair::set();
    let client = stranger();
    let from = repository(&client, &pair.from.address, "team/a");
    let to = repository(&client, &pair.from.address, "other/b");
    let done = copied(&*from, &pair.image.digest, &*to).await.unwrap();
    assert_eq!((done.mounted, done.sent), (2, 0));
    assert_eq!(pair.from.count("GET", "/blobs/"), 0);
}

#[tokio::test]
async fn other_repositories_of_the_destination_are_asked_for_mounts() {
    let pair = Pair::set();
    pair.image.put(&pair.destination.address, None, "base/image", "1");
    let (from, to) = pair.repositories();
    let options = CopyOptions { mount_from: vec!["base/image".to_owned()], ..CopyOptions::default() };
    let done = copy(&*from, &pair.image.digest, &*to, &options, &no_progress(), &CancellationToken::new()).await.unwrap();
    assert_eq!((done.mounted, done.sent), (2, 0));
}

#[tokio::test]
async fn one_request_at_once_is_enough_even_in_both_directions() {
    let pair = Pair::set();
    let other = TinyImage::of_size(5, 1 << 20);
    other.put(&pair.destination.address, None, "other/b", "1");
    let client = Client::new(RegistryOptions { parallel: 1, ..quick() }, Arc::new(NoCredentials)).unwrap();
    let left = repository(&client, &pair.from.address, "team/a");
    let right = repository(&client, &pair.to.address, "other/b");
    let there = copied(&*left, &pair.image.digest, &*right);
    let back = copied(&*right, &other.digest, &*left);
    let both = tokio::time::timeout(Duration::from_secs(60), async { tokio::join!(there, back) }).await.expect("no one waits for ever");
    assert_eq!((both.0.unwrap().sent, both.1.unwrap().sent), (2, 2));
}

#[tokio::test]
async fn trouble_on_both_sides_is_gone_through() {
    let pair = Pair::set();
    let (from, to) = pair.repositories();
    pair.from.times(2, "GET", "/blobs/", Action::CutResponse(1 << 20));
    pair.from.times(1, "GET", "/manifests/", Action::status(502));
    pair.to.times(1, "PATCH", "/uploads/", Action::CutRequest(1 << 20));
    pair.to.times(1, "HEAD", "/blobs/", Action::reply(429, &[("Retry-After", "0")], ""));
    pair.to.times(1, "PUT", "/manifests/", Action::Close);
    let done = copied(&*from, &pair.image.digest, &*to).await.unwrap();
    assert_eq!(done.sent, 2);
    assert_eq!(pair.destination.digest("other/b", pair.image.digest.as_str()), Some(pair.image.digest.to_string()));
}

#[tokio::test]
async fn a_source_that_sends_something_else_is_blamed_and_nothing_arrives() {
    let pair = Pair::set();
    let (from, to) = pair.repositories();
    let mut other = pair.image.layer.clone();
    other[1 << 20] ^= 1;
    pair.from.on("GET", &format!("/blobs/{}", Digest::of(&pair.image.layer)), Action::ReplaceBody(other));
    let error = copied(&*from, &pair.image.digest, &*to).await.unwrap_err();
    assert!(matches!(&error, CopyError::Source { source, .. } if matches!(**source, RegistryError::WrongDigest { .. })), "{error:?}");
    assert!(error.to_string().contains(&pair.from.address), "{error}");
    assert_eq!(pair.to.count("PUT", "/manifests/"), 0);
    assert!(!to.has_blob(&blob_of(&pair.image.layer)).await.unwrap());
    pair.from.clear();
    copied(&*from, &pair.image.digest, &*to).await.unwrap();
}

#[tokio::test]
async fn a_registry_that_lies_about_a_blob_gets_it_all_the_same() {
    let pair = Pair::set();
    let (from, to) = pair.repositories();
    let layer = Digest::of(&pair.image.layer);
    let there = Action::Reply { status: 200, headers: Vec::new(), body: vec![0; pair.image.layer.len()] };
    pair.to.times(1, "HEAD", &format!("/blobs/{layer}"), there);
    let done = copied(&*from, &pair.image.digest, &*to).await.unwrap();
    assert_eq!(pair.to.count("PUT", "/manifests/"), 2);
    assert!(done.sent_bytes > pair.image.layer.len() as u64, "{done:?}");
    assert_eq!(to.head((&pair.image.digest).into()).await.unwrap(), Lookup::Found(pair.image.digest.clone()));
}

#[tokio::test]
async fn a_missing_part_is_said_with_its_side() {
    let pair = Pair::set();
    let (from, to) = pair.repositories();
    let error = copied(&*from, &Digest::of(b"nowhere"), &*to).await.unwrap_err();
    assert!(matches!(&error, CopyError::Source { source, .. } if matches!(**source, RegistryError::NotFound { .. })), "{error}");
    pair.to.on("*", "/blobs/", Action::error(403, "DENIED"));
    let error = copied(&*from, &pair.image.digest, &*to).await.unwrap_err();
    assert!(matches!(&error, CopyError::Destination { source, .. } if matches!(**source, RegistryError::Denied { .. })), "{error}");
}

#[tokio::test]
async fn manifests_of_docker_are_copied_and_those_of_schema_1_are_not() {
    let pair = Pair::set();
    let (from, to) = pair.repositories();
    let mut docker: Value = serde_json::from_slice(&pair.image.manifest).unwrap();
    docker["mediaType"] = json!("application/vnd.docker.distribution.manifest.v2+json");
    docker["config"]["mediaType"] = json!("application/vnd.docker.container.image.v1+json");
    docker["layers"][0]["mediaType"] = json!("application/vnd.docker.image.rootfs.diff.tar.gzip");
    let foreign = json!({"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "digest": Digest::of(b"elsewhere"),
        "size": 9, "urls": ["https://elsewhere.example/layer"]});
    docker["layers"].as_array_mut().unwrap().push(foreign);
    let bytes = serde_json::to_vec(&docker).unwrap();
    let kind = "application/vnd.docker.distribution.manifest.v2+json";
    // docker-registry refuses addresses it was not told of: a layout holds the image, and the answers are ours.
    let digest = Digest::of(&bytes);
    pair.from.on("GET", digest.as_str(), Action::reply(200, &[("Content-Type", kind)], std::str::from_utf8(&bytes).unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let layout = cooperage::registry::Layout::open(&folder.path().join("l")).unwrap();
    assert_eq!(copied(&*from, &digest, &layout).await.unwrap().sent, 2, "the foreign layer stays where it is");
    assert_eq!(layout.manifest((&digest).into()).await.unwrap(), Manifest { media_type: kind.to_owned(), bytes: bytes.into(), digest });

    let old = br#"{"schemaVersion":1,"name":"team/a","tag":"1","fsLayers":[],"signatures":[]}"#;
    let digest = Digest::of(old);
    let kind = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    pair.from.on("GET", digest.as_str(), Action::reply(200, &[("Content-Type", kind)], std::str::from_utf8(old).unwrap()));
    let error = copied(&*from, &digest, &*to).await.unwrap_err();
    assert!(matches!(&error, CopyError::Document { reason, .. } if reason.contains("schema 1")), "{error}");
}

#[tokio::test]
async fn a_copy_ends_when_it_is_told_to() {
    let pair = Pair::set();
    let (from, to) = pair.repositories();
    pair.from.on("GET", "/blobs/", Action::Slow(1000, Duration::from_secs(5)));
    let cancel = CancellationToken::new();
    let other = cancel.clone();
    let (options, progress) = (CopyOptions::default(), no_progress());
    let work = copy(&*from, &pair.image.digest, &*to, &options, &progress, &cancel);
    let (done, ()) = tokio::join!(work, async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        other.cancel();
    });
    assert!(matches!(done, Err(CopyError::Cancelled)));
}
