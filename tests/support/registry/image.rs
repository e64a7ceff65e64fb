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
pub const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";

impl TinyImage {
    /// An image whose only file holds `text`: other texts are other digests.
    pub fn new(text: &str) -> Self {
        Self::with_labels(text, &[("text", text)])
    }

    /// One with these labels.
    pub fn with_labels(text: &str, labels: &[(&str, &str)]) -> Self {
        Self::with_layer(layer(text.as_bytes()), labels)
    }

    /// One whose layer holds about this many bytes that do not compress.
    pub fn of_size(seed: u64, bytes: usize) -> Self {
        let mut noise = vec![0; bytes];
        fastrand::Rng::with_seed(seed).fill(&mut noise);
        Self::with_layer(layer(&noise), &[("seed", &seed.to_string())])
    }

    fn with_layer(layer: Vec<u8>, labels: &[(&str, &str)]) -> Self {
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

/// An index over these images, as bytes.
pub fn index_of(children: &[(&str, &[u8])]) -> Vec<u8> {
    let entry = |(kind, bytes): &(&str, &[u8])| json!({"mediaType": kind, "digest": Digest::of(bytes), "size": bytes.len()});
    let manifests: Vec<serde_json::Value> = children.iter().map(entry).collect();
    serde_json::to_vec(&json!({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests})).unwrap()
}

/// Puts a manifest or an index.
pub fn put_manifest(address: &str, repository: &str, name: &str, kind: &str, bytes: &[u8]) {
    let response = request(address, "PUT", &format!("/v2/{repository}/manifests/{name}"), None, Some((kind, bytes)));
    assert_eq!(response.status, 201, "{}", String::from_utf8_lossy(&response.body));
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

fn layer(bytes: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut header, "hello", bytes).unwrap();
    builder.into_inner().unwrap()
}
