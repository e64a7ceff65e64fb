//! Archives of both kinds, whole and damaged.

use super::super::manifests::{Name, find};
use super::*;
use std::io::Write as _;
use tar::EntryType;

/// A tar of files, in this order; links are `path -> target`.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        if let Some((path, target)) = path.split_once(" -> ") {
            header.set_entry_type(EntryType::Symlink);
            header.set_size(0);
            builder.append_link(&mut header, path, target).unwrap();
        } else {
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            builder.append_data(&mut header, path, *bytes).unwrap();
        }
    }
    builder.into_inner().unwrap()
}

fn config(layers: &[&[u8]]) -> Vec<u8> {
    let diff_ids: Vec<Digest> = layers.iter().map(|layer| Digest::of(layer)).collect();
    serde_json::to_vec(&json!({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": diff_ids}})).unwrap()
}

fn list(config: &str, layers: &[&str]) -> Vec<u8> {
    serde_json::to_vec(&json!([{"Config": config, "RepoTags": ["a:1"], "Layers": layers}])).unwrap()
}

fn fresh() -> (tempfile::TempDir, Folder) {
    let at = tempfile::tempdir().unwrap();
    let folder = Folder::open(at.path()).unwrap();
    folder.prepare().unwrap();
    (at, folder)
}

fn layers_of(manifest: &Manifest) -> Vec<(String, String)> {
    let document: serde_json::Value = serde_json::from_slice(&manifest.bytes).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    document["layers"].as_array().unwrap().iter().map(|layer| (text(&layer["mediaType"]), text(&layer["digest"]))).collect()
}

#[test]
fn old_archives_with_links_and_the_list_at_the_end() {
    let (layer, empty) = (archive(&[("hello", b"hello")]), vec![0; 1024]);
    let config = config(&[&layer, &empty, &layer]);
    let name = format!("{}.json", &Digest::of(&config).as_str()[7..]);
    let list = list(&name, &["a/layer.tar", "b/layer.tar", "c/layer.tar"]);
    let files: [(&str, &[u8]); 8] = [
        ("a/VERSION", b"1.0"),
        ("a/json", b"{}"),
        ("a/layer.tar", &layer),
        ("b/layer.tar", &empty),
        (&name, &config),
        ("c/layer.tar -> ../a/layer.tar", b""),
        ("manifest.json", &list),
        ("repositories", b"{}"),
    ];
    let taken = |_| {
        let (at, folder) = fresh();
        let manifest = import(&folder, &archive(&files)[..], &Digest::of(&config)).map_err(|e| e.to_string()).unwrap();
        assert!(find(&folder, &Name::Digest(manifest.digest.clone())).unwrap().is_some());
        assert_eq!(std::fs::read(folder.blob(&Digest::of(&config))).unwrap(), config, "the config stays as it is");
        drop(at);
        manifest
    };
    let [first, second] = [0, 1].map(taken);
    assert_eq!(first, second, "the same bytes each time");
    let layers = layers_of(&first);
    assert_eq!((layers.len(), &layers[0]), (3, &layers[2]));
    assert!(layers.iter().all(|(kind, _)| kind.ends_with("tar+gzip")), "{layers:?}");
}

#[test]
fn layers_that_are_compressed_stay_as_they_are() {
    let layer = archive(&[("hello", b"hello")]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&layer).unwrap();
    let packed = gzip.finish().unwrap();
    let config = config(&[&layer]);
    let list = list("blobs/sha256/c", &["blobs/sha256/l"]);
    // The engine's id is the digest of a manifest, as with containerd's store.
    let files: [(&str, &[u8]); 4] =
        [("blobs/sha256/m", b"{\"a\":1}"), ("manifest.json", &list), ("blobs/sha256/l", &packed), ("blobs/sha256/c", &config)];
    let (_at, folder) = fresh();
    let manifest = import(&folder, &archive(&files)[..], &Digest::of(b"{\"a\":1}")).map_err(|e| e.to_string()).unwrap();
    assert_eq!(layers_of(&manifest)[0].1, Digest::of(&packed).as_str());
}

#[test]
fn damage_is_said_with_the_image() {
    let (layer, other) = (archive(&[("hello", b"hello")]), archive(&[("hello", b"world")]));
    let config = config(&[&layer]);
    let (id, list) = (Digest::of(&config), list("c.json", &["l/layer.tar"]));
    let whole: [(&str, &[u8]); 3] = [("l/layer.tar", &layer), ("c.json", &config), ("manifest.json", &list)];
    let refused = |bytes: &[u8], id: &Digest| {
        let (_at, folder) = fresh();
        let text = import(&folder, bytes, id).unwrap_err().to_string();
        assert!(text.contains(id.as_str()), "{text}");
        text
    };
    assert!(refused(&archive(&whole[..2]), &id).contains("no manifest.json"));
    assert!(refused(&archive(&whole[1..]), &id).contains("l/layer.tar is not in it"));
    assert!(refused(&archive(&whole), &Digest::of(b"x")).contains("no image with this id"));
    assert!(refused(&archive(&[("l/layer.tar", &other[..]), whole[1], whole[2]]), &id).contains("the config says"));
    assert!(refused(&archive(&[whole[0], whole[1], ("manifest.json", b"[{")]), &id).contains("manifest.json"));
    let cut = archive(&whole);
    assert!(refused(&cut[..1300], &id).contains("end"), "cut in the middle of a layer");
    assert!(refused(b"", &id).contains("no manifest.json"));
}
