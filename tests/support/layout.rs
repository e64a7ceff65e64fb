//! OCI layouts made by hand: images of any files with any config, without an engine.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A layer with files, each with its path, mode and content. A path stands in it as it is, up to 100 bytes.
pub fn layer(files: &[(&[u8], u32, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, mode, content) in files {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path);
        header.set_size(content.len() as u64);
        header.set_mode(*mode);
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap()
}

/// A layout in `folder` with one image under the tag 1.0, and how the program names it.
pub fn layout(folder: &Path, layers: &[Vec<u8>], config: &Value) -> (PathBuf, String) {
    let layout = folder.join("layout");
    let held: Vec<Value> = layers.iter().map(|bytes| blob(&layout, bytes, "application/vnd.oci.image.layer.v1.tar")).collect();
    let diffs: Vec<&Value> = held.iter().map(|layer| &layer["digest"]).collect();
    let config = json!({
        "architecture": "amd64", "os": "linux", "created": "2024-05-06T07:08:09Z", "config": config,
        "rootfs": {"type": "layers", "diff_ids": diffs},
    });
    let config = blob(&layout, config.to_string().as_bytes(), "application/vnd.oci.image.config.v1+json");
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": held});
    let mut entry = blob(&layout, manifest.to_string().as_bytes(), kind);
    entry["annotations"] = json!({"org.opencontainers.image.ref.name": "1.0"});
    fs::write(layout.join("index.json"), json!({"schemaVersion": 2, "manifests": [entry]}).to_string()).unwrap();
    fs::write(layout.join("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}").unwrap();
    let name = format!("oci:{}:1.0", layout.display());
    (layout, name)
}

fn blob(layout: &Path, bytes: &[u8], kind: &str) -> Value {
    let hex = Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    fs::create_dir_all(layout.join("blobs/sha256")).unwrap();
    fs::write(layout.join("blobs/sha256").join(&hex), bytes).unwrap();
    json!({"mediaType": kind, "digest": format!("sha256:{hex}"), "size": bytes.len()})
}
