//! Which platforms a manifest serves, so that a tag does not lose one unnoticed.

use crate::registry::{ImagePlatform, Manifest};
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Child>,
}

#[derive(Deserialize)]
struct Child {
    platform: Option<ImagePlatform>,
}

/// `linux/arm/v7`; `None` for what is no platform, such as an attestation.
fn named(platform: ImagePlatform) -> Option<String> {
    let known = |part: &str| !part.is_empty() && part != "unknown";
    // What BuildKit and the engines take an arm64 without a variant for.
    let usual = platform.architecture == "arm64" && platform.variant.as_deref() == Some("v8");
    let platform = ImagePlatform { variant: platform.variant.filter(|_| !usual), ..platform };
    (known(&platform.os) && known(&platform.architecture)).then(|| platform.name())
}

/// The platforms of an image index; `None` for the manifest of a single image. Images that an index does not name a
/// platform for are counted: how many there are must not shrink either.
pub fn platforms_of_index(manifest: &Manifest) -> Option<BTreeSet<String>> {
    let index: Index = serde_json::from_slice(&manifest.bytes).ok()?;
    let unnamed = index.manifests.iter().filter(|child| child.platform.is_none()).count();
    let named = index.manifests.into_iter().filter_map(|child| named(child.platform?));
    Some(named.chain((1..=unnamed).map(|number| format!("image {number} without a platform"))).collect())
}

/// The platform that the config of a single image names.
pub fn platform_of_config(config: &[u8]) -> Option<String> {
    named(serde_json::from_slice(config).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Digest;

    fn manifest(text: &str) -> Manifest {
        Manifest { media_type: String::new(), bytes: text.as_bytes().to_vec().into(), digest: Digest::of(text.as_bytes()) }
    }

    #[test]
    fn attestations_are_no_platforms() {
        let index = manifest(
            r#"{"manifests":[{"platform":{"os":"linux","architecture":"amd64"}},{"platform":{"os":"linux","architecture":"arm64","variant":"v8"}},
            {"platform":{"os":"linux","architecture":"arm","variant":"v7"}},{"platform":{"os":"unknown","architecture":"unknown"}}]}"#,
        );
        let found: Vec<String> = platforms_of_index(&index).unwrap().into_iter().collect();
        assert_eq!(found, ["linux/amd64", "linux/arm/v7", "linux/arm64"]);
        let unnamed = platforms_of_index(&manifest(r#"{"manifests":[{},{}]}"#)).unwrap();
        assert_eq!(unnamed.into_iter().collect::<Vec<_>>(), ["image 1 without a platform", "image 2 without a platform"]);
        assert_eq!(platforms_of_index(&manifest(r#"{"config":{},"layers":[]}"#)), None);
        assert_eq!(platform_of_config(br#"{"os":"linux","architecture":"amd64","config":{}}"#), Some("linux/amd64".to_owned()));
    }
}
