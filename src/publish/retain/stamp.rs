//! The usage stamp: when an image was last used, by which build, of which repository. It is a [`Referrer`] of the image.

use super::referrer::{Attached, Referrer, USAGE, attach, entries, held, stamp_tag};
use crate::name::Digest;
use crate::registry::{RegistryError, Repository};
use serde_json::Value;
use std::collections::BTreeMap;

/// The annotations; source of the names: the usage stamp of the image lifecycle this follows.
const LAST_USED: &str = "last-used";
const BUILD_ID: &str = "build-id";
const REPOSITORY: &str = "repo-ref";
const PERMANENT: &str = "permanent";
/// What a CI service leaves where nobody set a variable.
const UNSET: &str = "__unknown__";

/// What a use of an image leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When, in seconds since 1970.
    pub last_used: i64,
    /// The build that used it.
    pub build_id: String,
    /// The repository of that build.
    pub repository: String,
    /// Whether it is never to be removed.
    pub permanent: bool,
}

/// What the stamps of an image say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The last use, in seconds since 1970; 0 where no stamp says one.
    pub last_used: i64,
    /// Whether one says that it is never to be removed.
    pub permanent: bool,
}

/// A stamp that says too little.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("--{option} is {found}; give what the build is called, so that people find out who used the image")]
pub struct StampError {
    option: &'static str,
    found: &'static str,
}

impl Stamp {
    /// A stamp of now.
    ///
    /// # Errors
    /// When a text is empty, or is what stands for "nobody set this".
    pub fn new(last_used: i64, build_id: &str, repository: &str, permanent: bool) -> Result<Self, StampError> {
        for (option, text) in [("build-id", build_id), ("repo", repository)] {
            let found = match text.trim() {
                "" => "empty",
                UNSET => "__unknown__, which means that it was not set",
                _ => continue,
            };
            return Err(StampError { option, found });
        }
        Ok(Self { last_used, build_id: build_id.trim().to_owned(), repository: repository.trim().to_owned(), permanent })
    }

    fn referrer(&self) -> Referrer {
        let told = [(LAST_USED, self.last_used.to_string()), (BUILD_ID, self.build_id.clone()), (REPOSITORY, self.repository.clone())];
        let permanent = self.permanent.then(|| (PERMANENT, "true".to_owned()));
        let annotations = told.into_iter().chain(permanent).map(|(key, text)| (key.to_owned(), text)).collect::<BTreeMap<_, _>>();
        Referrer { artifact: USAGE.to_owned(), annotations, document: None }
    }
}

/// Writes a stamp; an earlier one of ours goes, where the registry lets it.
///
/// # Errors
/// When the image is not there, or the stamp is not taken.
pub async fn touch(repository: &dyn Repository, image: &Digest, stamp: &Stamp) -> Result<Attached, RegistryError> {
    attach(repository, image, &stamp.referrer()).await
}

/// What the stamps of an image say; `None` where there is none. `tagged`: whether the tag of its stamps is there, as far as that is
/// known; where it is not, only a registry that lists referrers is asked, if `listing` says that this one may.
///
/// # Errors
/// When there is no clear answer.
pub async fn usage(repository: &dyn Repository, image: &Digest, tagged: bool, listing: &mut bool) -> Result<Option<Usage>, RegistryError> {
    let mut found = Vec::new();
    if tagged && let Some(tag) = stamp_tag(image) {
        found.extend(held(repository, &tag).await?.into_iter().filter(is_stamp));
    }
    if *listing {
        match repository.referrers(image).await? {
            Some(pages) => found.extend(pages.iter().flat_map(|page| entries(page)).filter(is_stamp)),
            None => *listing = false,
        }
    }
    Ok(found
        .iter()
        .map(read)
        .reduce(|one, other| Usage { last_used: one.last_used.max(other.last_used), permanent: one.permanent || other.permanent }))
}

fn is_stamp(entry: &Value) -> bool {
    entry["artifactType"] == USAGE
}

/// A time that cannot be read is none.
fn read(entry: &Value) -> Usage {
    let text = |key: &str| entry["annotations"][key].as_str();
    Usage {
        last_used: text(LAST_USED).and_then(|text| text.parse().ok()).unwrap_or(0),
        permanent: text(PERMANENT).is_some_and(|text| text.eq_ignore_ascii_case("true")),
    }
}
