//! Tags: mutable names in a repository.

use std::fmt;

/// A tag as registries accept it: `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`.
///
/// Source: the grammar of the OCI distribution specification, "Pulling manifests".
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(String);

/// Why a text is no tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// Nothing was given.
    #[error("a tag cannot be empty")]
    Empty,
    /// Over 128 characters.
    #[error("the tag has {0} characters, registries accept 128")]
    TooLong(usize),
    /// A character that registries refuse.
    #[error(
        "the tag \"{tag}\" holds {character:?}; a tag consists of letters, digits, '_', '.' and '-' and starts with neither '.' nor '-'"
    )]
    Character {
        /// The text that was given.
        tag: String,
        /// The first character that is not allowed where it stands.
        character: char,
    },
}

impl Tag {
    /// Reads a tag.
    ///
    /// # Errors
    /// When the text is empty, longer than 128 characters or holds a character that registries refuse.
    pub fn parse(text: &str) -> Result<Self, TagError> {
        if text.is_empty() {
            return Err(TagError::Empty);
        }
        let allowed = |(at, c): (usize, char)| c.is_ascii_alphanumeric() || c == '_' || (at > 0 && (c == '.' || c == '-'));
        if let Some((_, character)) = text.char_indices().find(|pair| !allowed(*pair)) {
            return Err(TagError::Character { tag: text.to_owned(), character });
        }
        if text.len() > 128 {
            return Err(TagError::TooLong(text.len()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The tag `latest`.
    pub fn latest() -> Self {
        Self("latest".to_owned())
    }

    /// The text of the tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_registries_accept() {
        for good in ["1.0", "v2022.1", "_x", "1.0-s1-20260816", &"a".repeat(128)] {
            assert_eq!(Tag::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn refuses_with_the_reason() {
        assert_eq!(Tag::parse(""), Err(TagError::Empty));
        assert_eq!(Tag::parse(&"a".repeat(129)), Err(TagError::TooLong(129)));
        for (bad, character) in [("1.0~rc1", '~'), ("1:2", ':'), ("1+b", '+'), ("a b", ' '), (".a", '.'), ("-a", '-')] {
            assert_eq!(Tag::parse(bad), Err(TagError::Character { tag: bad.into(), character }));
        }
    }
}
