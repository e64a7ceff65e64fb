//! OCI layouts on disk: written, read by us and by skopeo, shared by many, damaged.

use super::copies::skopeo;
use super::*;
use cooperage::registry::{Layout, LayoutError, Lookup};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

struct Place {
    pair: Pair,
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("layout");
        Self { pair: Pair::set(), _folder: folder, path }
    }

    fn layout(&self) -> Layout {
        Layout::open(&self.path).unwrap()
    }

    /// The image of the pair, under `1`.
    async fn filled() -> Self {
        let place = Self::set();
        let (from, _) = place.pair.repositories();
        copied(&*from, &place.pair.image.digest, &place.layout()).await.unwrap();
        place.name("1").await;
        place
    }

    async fn name(&self, name: &str) {
        let (from, layout) = (self.pair.repositories().0, self.layout());
        let manifest = from.manifest((&self.pair.image.digest).into()).await.unwrap();
        layout.put_manifest((&tag(name)).into(), &manifest).await.unwrap();
    }

    fn blob(&self, digest: &Digest) -> PathBuf {
        self.path.join("blobs/sha256").join(&digest.as_str()[7..])
    }
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_layout_is_made_filled_and_read_by_others() {
    let place = Place::filled().await;
    let digest = &place.pair.image.digest;
    let at = format!("oci:{}:1", place.path.display());
    assert_eq!(skopeo(&["inspect", "--format", "{{.Digest}}", &at]).trim(), digest.as_str());
    let target = format!("docker://{}/from/layout:1", place.pair.destination.address);
    skopeo(&["copy", "--preserve-digests", "--dest-tls-verify=false", &at, &target]);
    assert_eq!(place.pair.destination.digest("from/layout", "1"), Some(digest.to_string()));
    assert_eq!(files(&place.path), [".cooperage.lock", "blobs", "index.json", "oci-layout"]);
    let mark: Value = serde_json::from_slice(&fs::read(place.path.join("oci-layout")).unwrap()).unwrap();
    assert_eq!(mark["imageLayoutVersion"], "1.0.0");
}

#[tokio::test]
async fn what_skopeo_writes_is_read_and_stays() {
    let place = Place::set();
    let image = &place.pair.image;
    let source = format!("docker://{}/team/a:1", place.pair.source.address);
    skopeo(&["copy", "--preserve-digests", "--src-tls-verify=false", &source, &format!("oci:{}:theirs", place.path.display())]);
    fs::write(place.path.join("README"), "foreign").unwrap();
    place.name("ours").await;
    let layout = place.layout();
    assert_eq!(layout.tags().await.unwrap(), ["ours", "theirs"]);
    for name in ["ours", "theirs"] {
        assert_eq!(layout.head((&tag(name)).into()).await.unwrap(), Lookup::Found(image.digest.clone()));
    }
    assert_eq!(fs::read_to_string(place.path.join("README")).unwrap(), "foreign");
    // And back into a registry.
    let (_, to) = place.pair.repositories();
    assert_eq!(copied(&layout, &image.digest, &*to).await.unwrap().sent, 2);
}

#[tokio::test]
async fn tags_move_and_go_and_manifests_with_them() {
    let place = Place::filled().await;
    let layout = place.layout();
    let (first, second) = (&place.pair.image, TinyImage::of_size(9, 1000));
    second.put(&place.pair.source.address, None, "team/a", "2");
    let (from, _) = place.pair.repositories();
    copied(&*from, &second.digest, &layout).await.unwrap();
    let manifest = from.manifest((&second.digest).into()).await.unwrap();
    for name in ["latest", "2", "1"] {
        layout.put_manifest((&tag(name)).into(), &manifest).await.unwrap();
    }
    assert_eq!(layout.head((&tag("1")).into()).await.unwrap(), Lookup::Found(second.digest.clone()));
    assert_eq!(layout.tags().await.unwrap(), ["1", "2", "latest"]);
    layout.delete((&tag("2")).into()).await.unwrap();
    assert_eq!(layout.tags().await.unwrap(), ["1", "latest"]);
    layout.delete((&second.digest).into()).await.unwrap();
    assert!(layout.tags().await.unwrap().is_empty());
    assert_eq!(layout.head((&second.digest).into()).await.unwrap(), Lookup::Absent);
    assert_eq!(layout.head((&first.digest).into()).await.unwrap(), Lookup::Found(first.digest.clone()));
    layout.delete((&second.digest).into()).await.unwrap();
}

#[tokio::test]
async fn a_child_of_an_index_that_has_a_tag_stays() {
    let place = Place::filled().await;
    let layout = place.layout();
    let index = index_of(&[(MANIFEST_TYPE, &place.pair.image.manifest)]);
    put_manifest(&place.pair.source.address, "team/a", "index", INDEX_TYPE, &index);
    let (from, _) = place.pair.repositories();
    let digest = Digest::of(&index);
    copied(&*from, &digest, &layout).await.unwrap();
    let manifest = from.manifest((&digest).into()).await.unwrap();
    layout.put_manifest((&tag("all")).into(), &manifest).await.unwrap();
    layout.delete((&place.pair.image.digest).into()).await.unwrap();
    assert_eq!(layout.tags().await.unwrap(), ["all"]);
    assert_eq!(layout.head((&place.pair.image.digest).into()).await.unwrap(), Lookup::Found(place.pair.image.digest.clone()));
}

#[tokio::test]
async fn a_manifest_without_its_parts_is_not_taken() {
    let place = Place::set();
    let (from, layout) = (place.pair.repositories().0, place.layout());
    assert_eq!(layout.head((&tag("1")).into()).await.unwrap(), Lookup::Absent);
    assert!(layout.tags().await.unwrap().is_empty() && !place.path.exists(), "reading makes nothing");
    let manifest = from.manifest((&place.pair.image.digest).into()).await.unwrap();
    let error = layout.put_manifest((&tag("1")).into(), &manifest).await.unwrap_err();
    assert!(matches!(&error, RegistryError::Incomplete { host, .. } if host.starts_with("oci:")), "{error}");
    let error = layout.manifest((&tag("1")).into()).await.unwrap_err();
    assert!(matches!(error, RegistryError::NotFound { .. }), "{error}");
    let bytes = Bytes::from_static(b"these");
    let error = layout.write_blob(&blob_of(b"those"), &Bytewise(bytes), &[]).await.unwrap_err();
    assert!(matches!(error, RegistryError::WrongDigest { .. }), "{error}");
    assert_eq!(files(&place.path), [".cooperage.lock", "blobs", "index.json", "oci-layout"], "nothing is left lying about");
}

#[tokio::test]
async fn many_that_write_at_once_lose_nothing() {
    let place = Place::set();
    let images: Vec<TinyImage> = (20..36).map(|seed| TinyImage::of_size(seed, 50_000)).collect();
    for image in &images {
        image.put(&place.pair.source.address, None, "team/a", "x");
    }
    let one = async |(at, image): (usize, &TinyImage)| {
        // A layout of its own, as another process has.
        let (from, layout) = (place.pair.repositories().0, place.layout());
        copied(&*from, &image.digest, &layout).await.unwrap();
        let manifest = from.manifest((&image.digest).into()).await.unwrap();
        layout.put_manifest((&tag(&format!("t{at}"))).into(), &manifest).await.unwrap();
    };
    futures_util::future::join_all(images.iter().enumerate().map(one)).await;
    assert_eq!(place.layout().tags().await.unwrap().len(), 16);
    for (at, image) in images.iter().enumerate() {
        assert_eq!(place.layout().head((&tag(&format!("t{at}"))).into()).await.unwrap(), Lookup::Found(image.digest.clone()));
    }
}

#[tokio::test]
async fn what_a_killed_run_has_left_is_removed() {
    let place = Place::filled().await;
    let left = place.path.join(".cooperage-left");
    fs::write(&left, "half").unwrap();
    place.name("2").await;
    assert!(!left.exists());
}

#[tokio::test]
async fn damage_is_said_with_the_file() {
    let place = Place::filled().await;
    let image = &place.pair.image;
    let (config, layer) = (place.blob(&Digest::of(&image.config)), place.blob(&Digest::of(&image.layer)));
    fs::write(&layer, vec![0; image.layer.len()]).unwrap();
    let (_, to) = place.pair.repositories();
    let error = copied(&place.layout(), &image.digest, &*to).await.unwrap_err();
    let CopyError::Source { source, .. } = &error else { panic!("{error:?}") };
    let RegistryError::Layout(LayoutError::Damaged { path, .. }) = source.as_ref() else { panic!("{error:?}") };
    assert_eq!(*path, layer.display().to_string());
    fs::write(&layer, b"short").unwrap();
    assert!(!place.layout().has_blob(&blob_of(&image.layer)).await.unwrap(), "so it is written again");
    fs::remove_file(&config).unwrap();
    let error = place.layout().read_blob(&blob_of(&image.config), 0).await.err().unwrap();
    assert!(matches!(error, RegistryError::NotFound { .. }), "{error}");
    fs::write(place.blob(&image.digest), b"{}").unwrap();
    let error = place.layout().head((&tag("1")).into()).await.unwrap_err();
    assert!(error.to_string().contains("its bytes have the digest"), "{error}");
    fs::remove_file(place.blob(&image.digest)).unwrap();
    let error = place.layout().head((&tag("1")).into()).await.unwrap_err();
    assert!(error.to_string().contains("it is missing"), "{error}");
}

#[tokio::test]
async fn a_damaged_index_is_never_overwritten() {
    let place = Place::filled().await;
    let index = place.path.join("index.json");
    let twice = br#"{"manifests":[{"digest":"sha256:DIGEST","annotations":{"org.opencontainers.image.ref.name":"1"}},{"digest":"sha256:DIGEST","annotations":{"org.opencontainers.image.ref.name":"1"}}]}"#;
    let twice = String::from_utf8_lossy(twice).replace("sha256:DIGEST", place.pair.image.digest.as_str());
    for (text, said) in
        [("{\"manifests\":[", "EOF"), ("[]", "object"), ("{}", "manifests"), ("{\"manifests\":[{}]}", "manifests[0]"), (&twice, "twice")]
    {
        fs::write(&index, text).unwrap();
        let error = place.layout().head((&tag("1")).into()).await.unwrap_err().to_string();
        assert!(error.contains("index.json") && error.contains(said), "{error}");
        let (from, layout) = (place.pair.repositories().0, place.layout());
        if text != twice {
            let manifest = from.manifest((&place.pair.image.digest).into()).await.unwrap();
            layout.put_manifest((&tag("2")).into(), &manifest).await.unwrap_err();
            assert_eq!(fs::read_to_string(&index).unwrap(), text);
        }
    }
    fs::remove_file(&index).unwrap();
    let error = place.layout().tags().await.unwrap_err();
    assert!(error.to_string().contains("missing"), "{error}");
}

#[test]
fn folders_that_are_no_layout_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "x").unwrap();
    let error = Layout::open(folder.path()).err().unwrap();
    assert!(matches!(&error, LayoutError::NotALayout { .. }) && error.to_string().contains("other files"), "{error}");
    let error = Layout::open(&folder.path().join("thesis.txt")).err().unwrap();
    assert!(error.to_string().contains("it is a file"), "{error}");
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("oci-layout"), r#"{"imageLayoutVersion":"2.0.0"}"#).unwrap();
    assert!(Layout::open(other.path()).err().unwrap().to_string().contains("2.0.0"));
    fs::write(other.path().join("oci-layout"), "{").unwrap();
    assert!(matches!(Layout::open(other.path()).err().unwrap(), LayoutError::Damaged { .. }));
}

#[tokio::test]
async fn a_tag_is_compared_and_written_in_one_step() {
    let place = Place::filled().await;
    let layout = place.layout();
    let digest = &place.pair.image.digest;
    let manifest = layout.manifest((&tag("1")).into()).await.unwrap();
    let other = Digest::of(b"other");
    for held in [None, Some(&other)] {
        layout.put_tag(&tag("1"), &manifest, held).await.expect("it holds that already");
    }
    layout.put_tag(&tag("2"), &manifest, None).await.unwrap();
    let refused = layout.put_tag(&tag("3"), &manifest, Some(digest)).await.unwrap_err();
    assert!(matches!(refused, RegistryError::Moved { found: None, .. }), "{refused}");
    assert_eq!(layout.tags().await.unwrap(), ["1", "2"]);
}

#[tokio::test]
async fn a_lock_that_is_a_link_is_not_followed() {
    let place = Place::filled().await;
    let (lock, victim) = (place.path.join(".cooperage.lock"), place.path.with_file_name("victim"));
    fs::remove_file(&lock).unwrap();
    std::os::unix::fs::symlink(&victim, &lock).unwrap();
    let manifest = place.layout().manifest((&tag("1")).into()).await.unwrap();
    assert!(place.layout().put_manifest((&tag("2")).into(), &manifest).await.is_err());
    assert!(!victim.exists());
}
