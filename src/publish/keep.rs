//! The name under which an old manifest stays alive when a tag moves away from it: registries collect manifests
//! without a tag, and somebody may still be using this one by digest.
//!
//! Source of the form: the promotion of OpenShift's CI images, `<YYYYMMDDhhmmss>_prune_<tag>`; in UTC here.

use crate::name::{Tag, TagError};
use jiff::Timestamp;

/// What stands between the time and the tag.
const MARK: &str = "_prune_";

/// The name for the old manifest of `tag` when it moves at `at`.
///
/// # Errors
/// When the name is too long for a registry.
pub fn keep_name(tag: &Tag, at: Timestamp) -> Result<Tag, TagError> {
    Tag::parse(&format!("{}{MARK}{tag}", at.strftime("%Y%m%d%H%M%S")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_in_utc_and_107_characters_are_the_most() {
        let at: Timestamp = "2024-06-03T23:54:01-02:00".parse().unwrap();
        let of = |text: &str| keep_name(&Tag::parse(text).unwrap(), at);
        assert_eq!(of("ocp_4.7_my-component").unwrap().as_str(), "20240604015401_prune_ocp_4.7_my-component");
        assert_eq!(of(&"a".repeat(107)).unwrap().as_str().len(), 128);
        assert_eq!(of(&"a".repeat(108)), Err(TagError::TooLong(129)));
    }
}
