//! OCI layouts written by hand, as nobody's program would.

use cooperage::name::Digest;
use serde_json::json;
use std::fs;
use std::io::Read as _;
use std::path::Path;

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

/// A layout with one image of these layers, given as the bytes of blobs with the digests that the config names.
pub fn layout(folder: &Path, layers: &[(&[u8], Digest)]) {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let put = |bytes: &[u8], kind: &str| {
        let digest = Digest::of(bytes);
        fs::write(blobs.join(&digest.as_str()[7..]), bytes).unwrap();
        json!({"mediaType": kind, "digest": digest, "size": bytes.len()})
    };
    let diff_ids: Vec<&Digest> = layers.iter().map(|(_, diff_id)| diff_id).collect();
    let config = json!({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": diff_ids}}).to_string();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": put(config.as_bytes(), "application/vnd.oci.image.config.v1+json"),
        "layers": layers.iter().map(|(bytes, _)| put(bytes, "application/vnd.oci.image.layer.v1.tar")).collect::<Vec<_>>(),
    });
    let image = put(manifest.to_string().as_bytes(), "application/vnd.oci.image.manifest.v1+json");
    let index = json!({"schemaVersion": 2, "manifests": [image]});
    let mut index = put(index.to_string().as_bytes(), "application/vnd.oci.image.index.v1+json");
    index["annotations"] = json!({"org.opencontainers.image.ref.name": "1"});
    fs::write(folder.join("index.json"), json!({"schemaVersion": 2, "manifests": [index]}).to_string()).unwrap();
    fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
}
