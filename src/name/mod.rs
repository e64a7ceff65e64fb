//! Names as types, from the first parse: references, tags, digests, versions, patterns.
//!
//! This room does no I/O and knows nothing of catalogues, engines or registries.

mod count;
mod credential;
mod digest;
mod pattern;
mod reference;
mod stamp;
mod tag;
mod version;

pub use count::{Bump, BumpError};
pub use credential::looks_like_credential;
pub use digest::Digest;
pub use pattern::{Pattern, PatternError};
pub use reference::{Reference, ReferenceError};
pub use stamp::Stamp;
pub use tag::{Tag, TagError};
pub use version::Version;

/// The names in `known` that a person who wrote `wanted` may have meant, nearest first, at most three.
///
/// Jaro-Winkler similarity of at least 0.8, or one name containing the other.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .filter(|name| *name != wanted)
        .map(|name| {
            let contained = wanted.len() > 2 && name.len() > 2 && (name.contains(wanted) || wanted.contains(name));
            let score = strsim::jaro_winkler(wanted, name);
            (if contained { score.max(0.85) } else { score }, name)
        })
        .filter(|(score, _)| *score >= 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.truncate(3);
    scored.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn nearest_finds_typing_mistakes_and_not_strangers() {
        let known = ["nodejs", "node-exporter", "python3", "httpd"];
        assert_eq!(nearest("nodjs", known)[0], "nodejs");
        assert_eq!(nearest("python", known), ["python3"]);
        assert!(nearest("zookeeper", known).is_empty());
    }
}
