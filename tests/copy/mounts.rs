//! What a registry has in another repository is mounted, and what it will not mount is sent.

use super::*;
use cooperage::registry::Written;
use support::faults::gate::Gate;

/// A layer that the registry has in `team/a`, written to `other/b` of the same registry with these mounts.
async fn write(pair: &Pair, client: &Client, mount: &[&str]) -> Result<Written, RegistryError> {
    let to = repository(client, &pair.from.address, "other/b");
    let mount: Vec<String> = mount.iter().map(|one| (*one).to_owned()).collect();
    let layer = Bytes::from(pair.image.layer.clone());
    let written = to.write_blob(&blob_of(&layer), &Bytewise(layer.clone()), &mount).await?;
    assert!(to.has_blob(&blob_of(&layer)).await?);
    Ok(written)
}

#[tokio::test]
async fn a_mount_sends_nothing() {
    let pair = Pair::set();
    assert_eq!(write(&pair, &stranger(), &["nobody/knows", "team/a"]).await.unwrap(), Written::Mounted);
    assert_eq!((pair.from.count("PATCH", "/"), pair.from.count("PUT", "/")), (0, 0));
    assert_eq!(pair.from.count("DELETE", "/uploads/"), 1, "the upload that the first one opened is given up");
}

#[tokio::test]
async fn a_mount_that_is_answered_with_an_upload_is_sent() {
    let pair = Pair::set();
    // What the registry answers where it cannot mount: an upload is open, and is used.
    pair.from.on("POST", "mount=", Action::ForgetHeader("nothing"));
    assert_eq!(write(&pair, &stranger(), &["nobody/knows"]).await.unwrap(), Written::Sent);
    assert_eq!(pair.from.count("POST", "/uploads/"), 1, "no second upload is opened");
}

#[tokio::test]
async fn a_registry_that_knows_no_mounts_is_asked_for_an_upload() {
    let pair = Pair::set();
    for status in [400, 404, 405, 500] {
        pair.from.clear();
        pair.from.on("POST", "mount=", Action::status(status));
        let to = repository(&stranger(), &pair.from.address, &format!("other/c{status}"));
        let layer = Bytes::from(pair.image.layer.clone());
        assert_eq!(to.write_blob(&blob_of(&layer), &Bytewise(layer), &["team/a".to_owned()]).await.unwrap(), Written::Sent);
    }
}

#[tokio::test]
async fn what_is_there_after_all_is_not_sent() {
    let pair = Pair::set();
    pair.image.put(&pair.source.address, None, "other/b", "1");
    assert_eq!(write(&pair, &stranger(), &["nobody/knows"]).await.unwrap(), Written::There);
    assert_eq!(pair.from.count("PATCH", "/"), 0);
}

#[tokio::test]
async fn a_mount_is_signed_in_for_both_repositories() {
    let pair = Pair::set();
    pair.from.gate(Gate::new("ann", "s3cret-word"));
    let client = member(&[&pair.from.address], "ann", "s3cret-word");
    assert_eq!(write(&pair, &client, &["team/a"]).await.unwrap(), Written::Mounted);
    let asked: Vec<String> = pair.from.requests().into_iter().filter(|one| one.path.starts_with("/token")).map(|one| one.path).collect();
    let both = asked.iter().any(|path| path.contains("other%2Fb%3Apull%2Cpush") && path.contains("team%2Fa%3Apull"));
    assert!(both, "{asked:?}");
}

#[tokio::test]
async fn without_a_name_the_registry_may_mount_from_where_it_likes() {
    let pair = Pair::set();
    let digest = Digest::of(&pair.image.layer);
    pair.from.on("POST", &format!("mount={}", digest.as_str().replace(':', "%3A")), Action::status(201));
    let to = repository(&stranger(), &pair.from.address, "other/b");
    let layer = Bytes::from(pair.image.layer.clone());
    assert_eq!(to.write_blob(&blob_of(&layer), &Bytewise(layer), &[]).await.unwrap(), Written::Mounted);
}
