//! The name under which an old manifest stays alive when a tag moves away from it: registries collect manifests
//! without a tag, and somebody may still be using this one by digest.
//!
//! Source of the form: the promotion of OpenShift's CI images, `<YYYYMMDDhhmmss>_prune_<tag>`; in UTC here.

use super::spot::Spot;
use crate::name::{Digest, Tag, TagError};
use crate::registry::RegistryError;
use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan as _};

/// What stands between the time and the tag.
const MARK: &str = "_prune_";
/// The time, in UTC.
const FORM: &str = "%Y%m%d%H%M%S";

/// The name for the old manifest of `tag` when it moves at `at`.
///
/// # Errors
/// When the name is too long for a registry.
pub fn keep_name(tag: &Tag, at: Timestamp) -> Result<Tag, TagError> {
    Tag::parse(&format!("{}{MARK}{tag}", at.strftime(FORM)))
}

/// Gives an old manifest a name of its own: `name` or, where something else has that, the one of a second later. Returns the
/// name; `None` where the registry does not have the manifest any more.
///
/// # Errors
/// When the registry gives no clear answer, or does not take it.
pub(super) async fn keep_alive(spot: &Spot, old: &Digest, mut name: Tag) -> Result<Option<Tag>, RegistryError> {
    let manifest = match spot.manifest(old).await {
        Err(RegistryError::NotFound { .. }) => return Ok(None),
        other => other?,
    };
    loop {
        let place = spot.with_tag(name.clone());
        match place.head().await? {
            Some(held) if held == *old => return Ok(Some(name)),
            Some(_) => {}
            None => match place.put(&manifest, None).await {
                Err(RegistryError::Moved { .. }) => {}
                other => return other.map(|()| Some(name)),
            },
        }
        let taken = || RegistryError::Moved { host: spot.repository.name(), reference: name.to_string(), found: None };
        name = later(&name).ok_or_else(taken)?;
    }
}

/// Why a tag does not move whose old manifest is gone, and what to do.
pub(super) fn not_kept(spot: &Spot, old: &Digest) -> String {
    format!(
        "{spot} is not moved: what it holds ({old}) is to be kept alive, and the registry cannot serve that any more; delete the tag \
         there, or call without keeping alive, and run again"
    )
}

/// The same name a second later.
fn later(name: &Tag) -> Option<Tag> {
    let (stamp, tag) = name.as_str().split_once(MARK)?;
    let at = DateTime::strptime(FORM, stamp).ok()?.checked_add(1.second()).ok()?;
    Tag::parse(&format!("{}{MARK}{tag}", at.strftime(FORM))).ok()
}

/// Whether `name` is one under which `tag` is kept.
pub(super) fn is_keep_name(name: &str, tag: &str) -> bool {
    let of_tag = name.strip_suffix(tag).and_then(|rest| rest.strip_suffix(MARK));
    of_tag.is_some_and(|stamp| stamp.len() == 14 && DateTime::strptime(FORM, stamp).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gives_way_to_the_next_second() {
        let next = later(&Tag::parse("20241231235959_prune_a_prune_b").unwrap()).unwrap();
        assert_eq!(next.as_str(), "20250101000000_prune_a_prune_b");
        assert_eq!(later(&Tag::parse("latest").unwrap()), None);
        assert!(is_keep_name("20241231235959_prune_latest", "latest"));
        for other in ["latest", "20241231235959_prune_other", "2024_prune_latest", "20249931235959_prune_latest"] {
            assert!(!is_keep_name(other, "latest"), "{other}");
        }
    }

    #[test]
    fn the_name_is_in_utc_and_107_characters_are_the_most() {
        let at: Timestamp = "2024-06-03T23:54:01-02:00".parse().unwrap();
        let of = |text: &str| keep_name(&Tag::parse(text).unwrap(), at);
        assert_eq!(of("ocp_4.7_my-component").unwrap().as_str(), "20240604015401_prune_ocp_4.7_my-component");
        assert_eq!(of(&"a".repeat(107)).unwrap().as_str().len(), 128);
        assert_eq!(of(&"a".repeat(108)), Err(TagError::TooLong(129)));
    }
}
