//! OCI layouts written by hand, as nobody's program would.

use cooperage::name::Digest;
use serde_json::{Value, json};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// An entry of a layer: its path, what it is, and its text. `-` is a file, `0` one of so many zeros, `d` a folder, `l` a link and `h`
/// a hard link to its text, `b` a device, `p` a pipe.
pub type Entry<'a> = (&'a str, char, &'a str);

/// The tar of a layer; paths stand in it as they are, also hostile ones.
pub fn layer(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, kind, text) in entries {
        let kinds = [
            ('d', tar::EntryType::Directory),
            ('l', tar::EntryType::Symlink),
            ('h', tar::EntryType::Link),
            ('b', tar::EntryType::Block),
            ('p', tar::EntryType::Fifo),
        ];
        let special = kinds.into_iter().find(|(letter, _)| letter == kind).map(|(_, kind)| kind);
        let size = match kind {
            '-' => text.len() as u64,
            '0' => text.parse().unwrap(),
            _ => 0,
        };
        let mut header = entry(special.unwrap_or(tar::EntryType::Regular), path, size);
        header.set_device_major(0).and_then(|()| header.set_device_minor(0)).unwrap();
        if matches!(kind, 'l' | 'h') {
            header.as_old_mut().linkname[..text.len()].copy_from_slice(text.as_bytes());
        }
        header.set_cksum();
        match kind {
            '0' => tar.append(&header, std::io::repeat(0).take(size)).unwrap(),
            '-' => tar.append(&header, text.as_bytes()).unwrap(),
            _ => tar.append(&header, std::io::empty()).unwrap(),
        }
    }
    tar.into_inner().unwrap()
}

/// The header of an entry whose name is not looked at.
pub fn entry(kind: tar::EntryType, name: &str, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
    header
}

/// A layout with one image, `1`, of these layers.
pub fn of_entries(folder: &Path, layers: &[&[Entry<'_>]]) {
    let tars: Vec<Vec<u8>> = layers.iter().map(|entries| layer(entries)).collect();
    let named: Vec<(&[u8], Digest)> = tars.iter().map(|tar| (tar.as_slice(), Digest::of(tar))).collect();
    layout(folder, &named);
}

/// A layout with one image of these layers, given as the bytes of blobs with the digests that the config names. Its manifest
/// stands in an index within the index.
pub fn layout(folder: &Path, layers: &[(&[u8], Digest)]) {
    let image = image(folder, layers, &json!({}));
    let index = json!({"schemaVersion": 2, "manifests": [image]});
    name(folder, blob(folder, index.to_string().as_bytes(), "application/vnd.oci.image.index.v1+json"), "1");
}

/// The tar of files, each with its path of up to 100 bytes, its mode and its content.
pub fn of_files(files: &[(&[u8], u32, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, mode, content) in files {
        let mut header = entry(tar::EntryType::Regular, "", content.len() as u64);
        header.as_old_mut().name[..path.len()].copy_from_slice(path);
        header.set_mode(*mode);
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap()
}

/// A layout in `folder` with one image of a config under the tag 1.0, and how the program names it.
pub fn with_config(folder: &Path, layers: &[Vec<u8>], config: &Value) -> (PathBuf, String) {
    let layout = folder.join("layout");
    let named: Vec<(&[u8], Digest)> = layers.iter().map(|tar| (tar.as_slice(), Digest::of(tar))).collect();
    name(&layout, image(&layout, &named, config), "1.0");
    (layout.clone(), format!("oci:{}:1.0", layout.display()))
}

/// Writes the blobs of an image and returns what names its manifest.
fn image(layout: &Path, layers: &[(&[u8], Digest)], config: &Value) -> Value {
    let diff_ids: Vec<&Digest> = layers.iter().map(|(_, diff_id)| diff_id).collect();
    let config = json!({
        "architecture": "amd64", "os": "linux", "created": "2024-05-06T07:08:09Z", "config": config,
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    });
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": kind,
        "config": blob(layout, config.to_string().as_bytes(), "application/vnd.oci.image.config.v1+json"),
        "layers": layers.iter().map(|(bytes, _)| blob(layout, bytes, "application/vnd.oci.image.layer.v1.tar")).collect::<Vec<_>>(),
    });
    blob(layout, manifest.to_string().as_bytes(), kind)
}

fn name(layout: &Path, mut what: Value, tag: &str) {
    what["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
    fs::write(layout.join("index.json"), json!({"schemaVersion": 2, "manifests": [what]}).to_string()).unwrap();
    fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
}

fn blob(layout: &Path, bytes: &[u8], kind: &str) -> Value {
    let (digest, blobs) = (Digest::of(bytes), layout.join("blobs/sha256"));
    fs::create_dir_all(&blobs).unwrap();
    fs::write(blobs.join(&digest.as_str()[7..]), bytes).unwrap();
    json!({"mediaType": kind, "digest": digest, "size": bytes.len()})
}
