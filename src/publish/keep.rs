//! The name under which an old manifest stays alive when a tag moves away from it: registries collect manifests
//! without a tag, and somebody may still be using this one by digest.
//!
//! Source of the form: the promotion of OpenShift's CI images, `<YYYYMMDDhhmmss>_prune_<tag>`; in UTC here.

use crate::name::{Tag, TagError};
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

/// The same name a second later.
pub(super) fn later(name: &Tag) -> Option<Tag> {
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
