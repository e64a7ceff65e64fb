//! What OCI layouts on disk hold under which name.
//!
//! Source: the OCI image specification, "OCI Image Layout": `index.json` lists manifests, the annotation
//! `org.opencontainers.image.ref.name` is their name.

use crate::name::{Digest, Tag};
use crate::plan::RegistrySide;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const REF_NAME: &str = "org.opencontainers.image.ref.name";

type Names = Result<HashMap<String, Digest>, String>;

/// Layouts, each read once.
#[derive(Default)]
pub struct Layouts {
    read: Mutex<HashMap<PathBuf, Names>>,
}

#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: Digest,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

impl Layouts {
    /// What the layout in `folder` says of a name. A folder without a layout holds nothing.
    pub fn standing(&self, folder: &Path, tag: &Tag) -> RegistrySide {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match read.entry(folder.to_path_buf()).or_insert_with(|| names(folder)) {
            Ok(names) => names.get(tag.as_str()).map_or(RegistrySide::Absent, |digest| RegistrySide::Published(digest.clone())),
            Err(why) => RegistrySide::Unknown(why.clone()),
        }
    }
}

fn names(folder: &Path) -> Names {
    let path = folder.join("index.json");
    let unreadable = |why: String| format!("the OCI layout {} cannot be read: {}: {why}", folder.display(), path.display());
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(error) => return Err(unreadable(error.to_string())),
    };
    let index: Index = serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
    let named = index.manifests.into_iter().filter_map(|mut found| Some((found.annotations.remove(REF_NAME)?, found.digest)));
    Ok(named.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_layout_and_of_none() {
        let folder = tempfile::tempdir().unwrap();
        let tag = |text: &str| Tag::parse(text).unwrap();
        assert_eq!(Layouts::default().standing(folder.path(), &tag("a")), RegistrySide::Absent);
        assert_eq!(Layouts::default().standing(&folder.path().join("no/such"), &tag("a")), RegistrySide::Absent);
        let digest = Digest::of(b"x");
        let text = format!(r#"{{"manifests":[{{"digest":"{digest}","annotations":{{"{REF_NAME}":"a"}}}},{{"digest":"{digest}"}}]}}"#);
        std::fs::write(folder.path().join("index.json"), text).unwrap();
        let layouts = Layouts::default();
        assert_eq!(layouts.standing(folder.path(), &tag("a")), RegistrySide::Published(digest));
        assert_eq!(layouts.standing(folder.path(), &tag("b")), RegistrySide::Absent);
        std::fs::write(folder.path().join("index.json"), "{").unwrap();
        assert!(matches!(Layouts::default().standing(folder.path(), &tag("a")), RegistrySide::Unknown(why) if why.contains("index.json")));
    }
}
