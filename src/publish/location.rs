//! One name of an image: in a registry, or in an OCI layout on disk.

use crate::config::LAYOUT_PREFIX;
use crate::name::{Reference, Tag};
use std::fmt;
use std::path::{Component, Path, PathBuf};

/// One name under which an image stands somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Location {
    /// In a registry; the reference has a host and a tag and no digest.
    Registry(Reference),
    /// In an OCI layout: the descriptor in its `index.json` with this `org.opencontainers.image.ref.name`.
    Layout {
        /// The layout's folder, relative to the current directory or absolute.
        folder: PathBuf,
        /// The name in it.
        tag: Tag,
    },
}

impl Location {
    /// Reads what [`Location::whole`] writes; `None` where it is neither a reference with a tag nor `oci:FOLDER:TAG`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix(LAYOUT_PREFIX) {
            Some(rest) => {
                let (folder, tag) = rest.rsplit_once(':')?;
                Some(Self::Layout { folder: PathBuf::from(folder), tag: Tag::parse(tag).ok()? })
            }
            None => {
                let reference = Reference::parse(text).ok().filter(|found| found.tag().is_some() && found.digest().is_none())?;
                Some(Self::Registry(reference))
            }
        }
    }

    /// As text that means the same place wherever it is read: with the whole path of a folder.
    pub fn whole(&self) -> String {
        match self {
            Self::Registry(reference) => reference.to_string(),
            Self::Layout { folder, tag } => {
                let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
                format!("{LAYOUT_PREFIX}{}:{tag}", folder.display())
            }
        }
    }

    /// Its tag.
    pub fn tag(&self) -> &str {
        match self {
            Self::Registry(reference) => reference.manifest_name(),
            Self::Layout { tag, .. } => tag.as_str(),
        }
    }

    /// The same repository or folder under another tag.
    #[must_use]
    pub fn with_tag(&self, tag: Tag) -> Self {
        match self {
            Self::Registry(reference) => Self::Registry(reference.with_tag(tag)),
            Self::Layout { folder, .. } => Self::Layout { folder: folder.clone(), tag },
        }
    }

    /// The reference, if it is in a registry.
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Self::Registry(reference) => Some(reference),
            Self::Layout { .. } => None,
        }
    }

    /// The same place as the same text, however it was written.
    #[must_use]
    pub fn canonical(&self) -> Self {
        match self {
            Self::Registry(reference) => Self::Registry(reference.canonical()),
            Self::Layout { folder, tag } => {
                let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
                Self::Layout { folder: plain(&whole), tag: tag.clone() }
            }
        }
    }
}

/// Without `..`, as far as that can be known without asking the disk.
fn plain(folder: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in folder.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(found.pop()),
            part => found.push(part),
        }
    }
    found
}

/// As people write it: the reference, or `oci:FOLDER:TAG`.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(reference) => reference.fmt(f),
            Self::Layout { folder, tag } => write!(f, "{LAYOUT_PREFIX}{}:{tag}", folder.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_folder_is_one_place_however_it_is_written() {
        let canonical = |text: &str| Location::parse(text).unwrap().canonical();
        let here = std::env::current_dir().unwrap();
        for other in
            ["oci:./out:1".to_owned(), "oci:x/../out:1".to_owned(), "oci:out/:1".to_owned(), format!("oci:{}/out:1", here.display())]
        {
            assert_eq!(canonical(&other), canonical("oci:out:1"), "{other}");
        }
        assert_ne!(canonical("oci:out:1"), canonical("oci:out/x:1"));
    }

    #[test]
    fn the_whole_text_is_read_again() {
        for text in ["h.example:5000/a/b:1.0", "oci:/srv/images:1.0", "oci:/srv/a:b:latest"] {
            assert_eq!(Location::parse(text).unwrap().whole(), text);
        }
        assert!(Location::parse("oci:out:1").unwrap().whole().starts_with("oci:/"));
        for bad in ["", "h.example/a", "oci:out", "oci:out:a/b", "h.example/a:b~", "oci:"] {
            assert_eq!(Location::parse(bad), None, "{bad}");
        }
    }
}
