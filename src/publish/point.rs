//! What somebody names in a call: a repository or an OCI layout, with or without a tag or digest.

use super::location::Location;
use super::spot::{Spot, Spots};
use crate::config::LAYOUT_PREFIX;
use crate::name::{Digest, Reference, Tag};
use crate::registry::{Lookup, Named, RegistryError};
use std::fmt;
use std::path::PathBuf;

/// A repository or layout, and what is named in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    home: Home,
    /// The tag.
    pub tag: Option<Tag>,
    /// The digest, which counts more than the tag.
    pub digest: Option<Digest>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Home {
    Registry(Reference),
    Layout(PathBuf),
}

impl Point {
    /// Reads `registry/repository[:TAG][@DIGEST]` or `oci:FOLDER[:TAG]`.
    ///
    /// # Errors
    /// When it is neither, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix(LAYOUT_PREFIX) else {
            let reference = Reference::parse(text).map_err(|error| error.to_string())?;
            let (tag, digest) = (reference.tag().cloned(), reference.digest().cloned());
            return Ok(Self { home: Home::Registry(reference.bare()), tag, digest });
        };
        let (folder, tag) = match rest.rsplit_once(':') {
            Some((folder, tag)) if !tag.contains('/') => (folder, Some(Tag::parse(tag).map_err(|error| format!("{text}: {error}"))?)),
            _ => (rest, None),
        };
        if folder.is_empty() {
            return Err(format!("\"{text}\" names no folder; write oci:FOLDER or oci:FOLDER:TAG"));
        }
        Ok(Self { home: Home::Layout(PathBuf::from(folder)), tag, digest: None })
    }

    /// Whether it names one image and not a whole repository.
    pub fn is_one(&self) -> bool {
        self.tag.is_some() || self.digest.is_some()
    }

    /// The registry's host as Docker means it; none for a layout.
    pub fn registry(&self) -> Option<&str> {
        match &self.home {
            Home::Registry(reference) => Some(reference.registry()),
            Home::Layout(_) => None,
        }
    }

    /// The host as it was written; none for a layout, and where Docker Hub is only meant.
    pub fn host(&self) -> Option<&str> {
        match &self.home {
            Home::Registry(reference) => reference.host(),
            Home::Layout(_) => None,
        }
    }

    /// Repository or layout, as they are compared.
    pub fn name(&self) -> String {
        match &self.home {
            Home::Registry(reference) => reference.canonical().name(),
            Home::Layout(folder) => format!("{LAYOUT_PREFIX}{}", folder.display()),
        }
    }

    /// The name of a tag in this repository or layout.
    pub fn location(&self, tag: Tag) -> Location {
        match &self.home {
            Home::Registry(repository) => Location::Registry(repository.with_tag(tag)),
            Home::Layout(folder) => Location::Layout { folder: folder.clone(), tag },
        }
    }

    /// Ready to be asked: its tag, else `latest`.
    ///
    /// # Errors
    /// When there is no client for its host, or the folder is no layout.
    pub fn spot(&self, spots: &Spots) -> Result<Spot, RegistryError> {
        spots.at(&self.location(self.tag.clone().unwrap_or_else(Tag::latest)))
    }

    /// The digest that it names, if that is there.
    ///
    /// # Errors
    /// When there is no clear answer.
    pub async fn head(&self, spot: &Spot) -> Result<Option<Digest>, RegistryError> {
        let Some(digest) = &self.digest else { return spot.head().await };
        Ok(match spot.repository.head(Named::Digest(digest)).await? {
            Lookup::Found(found) => Some(found),
            Lookup::Absent => None,
        })
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.home {
            Home::Registry(reference) => f.write_str(&reference.name())?,
            Home::Layout(folder) => write!(f, "{LAYOUT_PREFIX}{}", folder.display())?,
        }
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        self.digest.as_ref().map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_and_layouts_with_and_without_a_tag() {
        let digest = Digest::of(b"");
        for (text, tag) in [
            ("r.example/a/b", None),
            ("localhost:5000/b:1", Some("1")),
            ("oci:/tmp/x", None),
            ("oci:x:1.0", Some("1.0")),
            ("oci:a:b/c", None),
        ] {
            let point = Point::parse(text).unwrap();
            assert_eq!(point.tag.as_ref().map(Tag::as_str), tag, "{text}");
            assert_eq!((point.to_string().as_str(), point.is_one()), (text, tag.is_some()));
        }
        let point = Point::parse(&format!("r.example/a@{digest}")).unwrap();
        assert_eq!((point.digest, point.tag), (Some(digest), None));
        for text in ["oci:", "oci::1", "oci:x:a b", "r.example/A:1", ""] {
            assert!(Point::parse(text).is_err(), "{text}");
        }
    }
}
