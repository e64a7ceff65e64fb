//! Manifests and indexes, as far as reading an image needs them. Source: OCI image specification; Docker's manifest schema 2.

use super::ImageError;
use crate::name::Digest;
use crate::registry::{Blob, ImagePlatform, Manifest};
use serde::Deserialize;

/// A manifest or an index.
#[derive(Deserialize)]
pub struct Document {
    /// Of an index.
    pub manifests: Option<Vec<Part>>,
    /// Of a manifest.
    pub config: Option<Part>,
    /// Of a manifest, from the lowest.
    #[serde(default)]
    pub layers: Vec<Part>,
}

/// Something that a document names.
#[derive(Deserialize)]
pub struct Part {
    digest: Digest,
    size: u64,
    platform: Option<ImagePlatform>,
}

impl Document {
    pub fn of(manifest: &Manifest) -> Result<Self, ImageError> {
        serde_json::from_slice(&manifest.bytes)
            .map_err(|error| ImageError::Document { document: manifest.digest.clone(), reason: error.to_string() })
    }
}

impl Part {
    pub fn blob(&self) -> Blob {
        Blob { digest: self.digest.clone(), size: self.size }
    }
}

/// The manifest of an index for a platform; one without a platform serves where it is the only one.
pub fn pick<'a>(parts: &'a [Part], platform: &str, index: &Digest) -> Result<&'a Digest, ImageError> {
    let image = |part: &&Part| part.platform.as_ref().is_none_or(|platform| platform.os != "unknown");
    let all: Vec<&Part> = parts.iter().filter(image).collect();
    let named = |part: &Part| part.platform.as_ref().map(ImagePlatform::name);
    let exact = all.iter().find(|part| named(part).as_deref() == Some(platform));
    let near = || all.iter().find(|part| part.platform.as_ref().is_some_and(|there| serves(there, platform)));
    let only = || all.first().filter(|part| all.len() == 1 && part.platform.is_none());
    let found = exact.or_else(near).or_else(only).map(|part| &part.digest);
    found.ok_or_else(|| ImageError::Platform {
        index: index.clone(),
        platform: platform.to_owned(),
        there: all.iter().map(|part| named(part).unwrap_or_else(|| "one without a platform".to_owned())).collect::<Vec<_>>().join(", "),
    })
}

/// Where one of the two names no variant, any will do.
fn serves(there: &ImagePlatform, wanted: &str) -> bool {
    let mut parts = wanted.splitn(3, '/');
    let same = parts.next() == Some(&there.os) && parts.next() == Some(&there.architecture);
    same && (parts.next().is_none() || there.variant.as_deref().is_none_or(str::is_empty))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(platforms: &[&str], wanted: &str) -> Result<usize, String> {
        let digests: Vec<Digest> = (0..platforms.len()).map(|at| Digest::of(&[u8::try_from(at).unwrap()])).collect();
        let parts: Vec<Part> = platforms
            .iter()
            .zip(&digests)
            .map(|(platform, digest)| {
                let words: Vec<&str> = platform.split('/').collect();
                let known = (words.len() > 1).then(|| ImagePlatform {
                    os: words[0].to_owned(),
                    architecture: words[1].to_owned(),
                    variant: words.get(2).map(|&word| word.to_owned()),
                });
                Part { digest: digest.clone(), size: 1, platform: known }
            })
            .collect();
        let found = pick(&parts, wanted, &Digest::of(b"index")).map_err(|error| error.to_string())?;
        Ok(digests.iter().position(|digest| digest == found).unwrap())
    }

    #[test]
    fn the_platform_of_an_index_is_picked() {
        let all = ["unknown/unknown", "linux/arm/v6", "linux/arm/v7", "linux/amd64", "linux/arm64/v8"];
        assert_eq!(picked(&all, "linux/amd64"), Ok(3));
        assert_eq!(picked(&all, "linux/arm/v7"), Ok(2));
        assert_eq!(picked(&all, "linux/arm64"), Ok(4));
        assert_eq!(picked(&["linux/arm64", "linux/amd64"], "linux/arm64/v8"), Ok(0));
        assert_eq!(picked(&["", "unknown/unknown"], "linux/amd64"), Ok(0));
        let error = picked(&all, "linux/s390x").unwrap_err();
        assert!(error.contains("linux/s390x") && error.contains("linux/arm/v6, linux/arm/v7, linux/amd64"), "{error}");
        assert!(picked(&[], "linux/amd64").is_err());
    }
}
