//! Alpine's order: `NUMBER{.NUMBER}[LETTER]{_SUFFIX[NUMBER]}[~HASH][-rNUMBER]`.
//!
//! Source: Alpine Linux wiki, "Package policies" and apk's documentation of versions.

use super::{by_value, digits};
use std::cmp::Ordering;

/// Suffixes of what comes before a version, and of what comes after it, each from the oldest.
const BEFORE: [&str; 4] = ["alpha", "beta", "pre", "rc"];
const AFTER: [&str; 5] = ["cvs", "svn", "git", "hg", "p"];

/// Compares two versions; none where one is malformed.
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (parts(left)?, parts(right)?);
    let end = Part::End;
    let pairs = (0..left.len().max(right.len())).map(|at| (left.get(at).unwrap_or(&end), right.get(at).unwrap_or(&end)));
    Some(pairs.map(|(one, other)| one.compare(other)).find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal))
}

enum Part<'a> {
    Before(usize, &'a str),
    End,
    Revision(&'a str),
    Hash(&'a str),
    After(usize, &'a str),
    Letter(u8),
    Number { digits: &'a str, first: bool },
}

impl Part<'_> {
    /// What a part is worth beside one of another kind.
    fn rank(&self) -> u8 {
        match self {
            Self::Before(..) => 0,
            Self::End => 1,
            Self::Revision(_) => 2,
            Self::Hash(_) => 3,
            Self::After(..) => 4,
            Self::Letter(_) => 5,
            Self::Number { .. } => 6,
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Before(one, number), Self::Before(other, theirs)) | (Self::After(one, number), Self::After(other, theirs)) => {
                one.cmp(other).then_with(|| number.is_empty().cmp(&theirs.is_empty()).reverse()).then_with(|| by_value(number, theirs))
            }
            (Self::Number { digits, first }, Self::Number { digits: theirs, .. }) => {
                // After the first one, a number that begins with 0 is read like a fraction.
                let fraction = !first && (digits.starts_with('0') || theirs.starts_with('0'));
                if fraction { digits.cmp(theirs) } else { by_value(digits, theirs) }
            }
            (Self::Letter(one), Self::Letter(other)) => one.cmp(other),
            (Self::Hash(one), Self::Hash(other)) => one.cmp(other),
            (Self::Revision(one), Self::Revision(other)) => by_value(one, other),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

fn parts(text: &str) -> Option<Vec<Part<'_>>> {
    let (number, mut rest) = digits(text)?;
    let mut parts = vec![Part::Number { digits: number, first: true }];
    while let Some((number, after)) = rest.strip_prefix('.').and_then(digits) {
        parts.push(Part::Number { digits: number, first: false });
        rest = after;
    }
    if let Some(letter @ b'a'..=b'z') = rest.bytes().next() {
        parts.push(Part::Letter(letter));
        rest = &rest[1..];
    }
    while let Some(suffix) = rest.strip_prefix('_') {
        let end = suffix.bytes().position(|byte| !byte.is_ascii_lowercase()).unwrap_or(suffix.len());
        let (word, after) = suffix.split_at(end);
        let (number, after) = digits(after).unwrap_or(("", after));
        let place = |list: &[&str]| list.iter().position(|known| *known == word);
        parts.push(place(&BEFORE).map(|at| Part::Before(at, number)).or_else(|| place(&AFTER).map(|at| Part::After(at, number)))?);
        rest = after;
    }
    if let Some(hash) = rest.strip_prefix('~') {
        let end = hash.bytes().position(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f')).unwrap_or(hash.len());
        parts.push(Part::Hash(&hash[..end]));
        rest = &hash[end..];
    }
    if let Some((number, after)) = rest.strip_prefix("-r").and_then(digits) {
        parts.push(Part::Revision(number));
        rest = after;
    }
    rest.is_empty().then_some(parts)
}
