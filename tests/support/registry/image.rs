//! Puts a tiny image into a registry, without an engine and without the client under test.

use super::plain::request;
use cooperage::name::Digest;
use serde_json::json;

/// A tiny image: config, one layer and manifest.
pub struct TinyImage {
    pub config: Vec<u8>,
    pub layer: Vec<u8>,
    pub manifest: Vec<u8>,
    /// The digest of the manifest.
    pub digest: Digest,
}

pub const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

impl TinyImage {
    /// An image whose only file holds `text`: other texts are other digests.
    pub fn new(text: &str) -> Self {
        Self::with_labels(text, &[("text", text)])
    }

    /// One with these labels.
    pub fn with_labels(text: &str, labels: &[(&str, &str)]) -> Self {
        let layer = layer(text);
        let labels: std::collections::BTreeMap<&str, &str> = labels.iter().copied().collect();
        let config = serde_json::to_vec(&json!({
            "architecture": "amd64", "os": "linux", "config": {"Cmd": ["/hello"], "Labels": labels},
            "rootfs": {"type": "layers", "diff_ids": [Digest::of(&layer)]}, "created": "2024-01-01T00:00:00Z",
            "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "test"}]
        }));
        let config = config.unwrap();
        let manifest = serde_json::to_vec(&json!({
            "schemaVersion": 2, "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": Digest::of(&config), "size": config.len()},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": Digest::of(&layer), "size": layer.len()}]
        }));
        let manifest = manifest.unwrap();
        let digest = Digest::of(&manifest);
        Self { config, layer, manifest, digest }
    }

    /// Puts it into a registry that speaks plain HTTP.
    pub fn put(&self, address: &str, login: Option<(&str, &str)>, repository: &str, tag: &str) {
        for blob in [&self.config, &self.layer] {
            put_blob(address, login, repository, blob);
        }
        let path = format!("/v2/{repository}/manifests/{tag}");
        let response = request(address, "PUT", &path, login, Some((MANIFEST_TYPE, &self.manifest)));
        assert_eq!(response.status, 201, "{}", String::from_utf8_lossy(&response.body));
    }
}

fn put_blob(address: &str, login: Option<(&str, &str)>, repository: &str, blob: &[u8]) {
    let start = request(address, "POST", &format!("/v2/{repository}/blobs/uploads/"), login, Some(("application/octet-stream", &[])));
    assert_eq!(start.status, 202, "{}", String::from_utf8_lossy(&start.body));
    let location = start.header("location").unwrap();
    let path = location.split_once(address).map_or(location, |(_, path)| path);
    let separator = if path.contains('?') { '&' } else { '?' };
    let target = format!("{path}{separator}digest={}", Digest::of(blob));
    let response = request(address, "PUT", &target, login, Some(("application/octet-stream", blob)));
    assert_eq!(response.status, 201, "{}", String::from_utf8_lossy(&response.body));
}

fn layer(text: &str) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut header, "hello", text.as_bytes()).unwrap();
    builder.into_inner().unwrap()
}
