//! What a manifest or an index names, as far as those who move it have to know it.

use crate::name::Digest;
use crate::registry::{Blob, Manifest};
use oci_distribution::manifest::{OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE};
use serde::Deserialize;

/// What one manifest names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Document {
    /// An index: manifests and other indexes.
    Index(Vec<Digest>),
    /// A manifest: config and layers.
    Image(Vec<Blob>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    #[serde(default)]
    schema_version: u32,
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    #[serde(default)]
    media_type: String,
    digest: Digest,
    size: u64,
    #[serde(default)]
    urls: Option<Vec<String>>,
}

/// Reads a manifest.
///
/// # Errors
/// For schema 1, and for what is no manifest, in words.
pub(super) fn read(manifest: &Manifest) -> Result<Document, String> {
    if manifest.media_type.contains(".manifest.v1+") && manifest.media_type.contains("docker") {
        return Err(schema_1());
    }
    let raw: Raw = serde_json::from_slice(&manifest.bytes)
        .map_err(|e| format!("it is no manifest that can be read ({}): {e}", manifest.media_type))?;
    match raw {
        Raw { schema_version: 1, .. } => Err(schema_1()),
        Raw { manifests: Some(manifests), config: None, layers: None, .. } => {
            Ok(Document::Index(manifests.into_iter().map(|child| child.digest).collect()))
        }
        Raw { config: Some(config), layers, manifests: None, .. } => {
            let all = std::iter::once(config).chain(layers.unwrap_or_default());
            Ok(Document::Image(all.filter(|part| !is_elsewhere(part)).map(|part| Blob { digest: part.digest, size: part.size }).collect()))
        }
        _ => Err(format!("it is neither a manifest nor an index ({})", manifest.media_type)),
    }
}

/// The media type that a manifest says it has, else the one of its shape. `None` where it is no manifest.
pub(super) fn media_type(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Head {
        media_type: Option<String>,
        manifests: Option<Vec<serde::de::IgnoredAny>>,
        config: Option<serde::de::IgnoredAny>,
    }
    let head: Head = serde_json::from_slice(bytes).ok()?;
    let shape = match (head.manifests, head.config) {
        (Some(_), None) => OCI_IMAGE_INDEX_MEDIA_TYPE,
        (None, Some(_)) => OCI_IMAGE_MEDIA_TYPE,
        _ => return None,
    };
    Some(head.media_type.unwrap_or_else(|| shape.to_owned()))
}

fn schema_1() -> String {
    "it is a manifest of Docker's old schema 1, whose digest does not survive a copy; pull it and push it again with a current engine"
        .to_owned()
}

/// Layers that may not be handed on, and say where they are: Docker leaves them there.
fn is_elsewhere(part: &Descriptor) -> bool {
    let kind = part.media_type.as_str();
    (kind.contains(".foreign.") || kind.contains(".nondistributable.")) && part.urls.as_ref().is_some_and(|urls| !urls.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn manifest(media_type: &str, value: &Value) -> Manifest {
        let bytes = serde_json::to_vec(value).unwrap();
        Manifest { media_type: media_type.to_owned(), digest: Digest::of(&bytes), bytes: bytes.into() }
    }

    const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

    #[test]
    fn layers_that_stand_elsewhere_are_left_there() {
        let digest = |text: &str| Digest::of(text.as_bytes());
        let value = json!({"schemaVersion": 2, "config": {"mediaType": "c", "digest": digest("c"), "size": 1}, "layers": [
            {"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "digest": digest("f"), "size": 9, "urls": ["https://x"]},
            {"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar", "digest": digest("n"), "size": 9},
            {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest("l"), "size": 9, "urls": ["https://x"]},
        ]});
        let Document::Image(blobs) = read(&manifest(IMAGE, &value)).unwrap() else { panic!("an image") };
        let digests: Vec<Digest> = blobs.into_iter().map(|blob| blob.digest).collect();
        assert_eq!(digests, [digest("c"), digest("n"), digest("l")]);
    }

    #[test]
    fn schema_1_is_refused_with_what_to_do() {
        let signed = manifest("application/vnd.docker.distribution.manifest.v1+prettyjws", &json!({"schemaVersion": 1, "fsLayers": []}));
        let plain = manifest("application/json", &json!({"schemaVersion": 1, "fsLayers": []}));
        for one in [signed, plain] {
            let reason = read(&one).unwrap_err();
            assert!(reason.contains("schema 1") && reason.contains("push it again"), "{reason}");
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for value in [json!({}), json!([]), json!({"schemaVersion": 2, "config": {"digest": "md5:1", "size": 1}})] {
            assert!(read(&manifest(IMAGE, &value)).is_err(), "{value}");
        }
        let both = json!({"schemaVersion": 2, "manifests": [], "config": {"digest": Digest::of(b""), "size": 0}, "layers": []});
        assert!(read(&manifest(IMAGE, &both)).unwrap_err().contains("neither"));
    }
}
