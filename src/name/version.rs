//! Versions as changelogs write them, in Debian's order.

use std::cmp::Ordering;
use std::fmt;

/// What a changelog says is the version of an image. Any text a changelog holds; whether it makes a valid
/// tag is for [`super::Tag::parse`] to say.
///
/// Two versions are equal when their text is; [`Version::debian_cmp`] is Debian's order
/// (deb-version(7): epoch, upstream version, Debian revision; `~` sorts before the end).
/// The crate `debversion` is not used because it refuses `_`, which real catalogues have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version(String);

impl Version {
    /// Takes a version as it was written.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares in Debian's order. Equal here does not mean the same text: `1.0` and `1.00` compare equal.
    pub fn debian_cmp(&self, other: &Self) -> Ordering {
        let (left, right) = (Parts::of(&self.0), Parts::of(&other.0));
        compare_numbers(left.epoch, right.epoch)
            .then_with(|| compare_part(left.upstream, right.upstream))
            .then_with(|| compare_part(left.revision, right.revision))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

struct Parts<'a> {
    epoch: &'a str,
    upstream: &'a str,
    revision: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (epoch, rest) = match text.split_once(':') {
            Some((epoch, rest)) if epoch.bytes().all(|b| b.is_ascii_digit()) => (epoch, rest),
            _ => ("", text),
        };
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        Self { epoch, upstream, revision }
    }
}

/// Compares digit strings of any length by value.
fn compare_numbers(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

/// The alternating comparison of deb-version(7): a run without digits, then a number, and so on.
fn compare_part(mut left: &str, mut right: &str) -> Ordering {
    while !left.is_empty() || !right.is_empty() {
        let (left_text, left_rest) = split_run(left, |b| !b.is_ascii_digit());
        let (right_text, right_rest) = split_run(right, |b| !b.is_ascii_digit());
        let (left_number, left_rest) = split_run(left_rest, |b| b.is_ascii_digit());
        let (right_number, right_rest) = split_run(right_rest, |b| b.is_ascii_digit());
        let order = compare_text(left_text, right_text).then_with(|| compare_numbers(left_number, right_number));
        if order != Ordering::Equal {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
    Ordering::Equal
}

/// Splits after the longest prefix whose bytes all satisfy `belongs`. Only ASCII digits end or make up a
/// prefix, so the cut is always between characters.
fn split_run(text: &str, belongs: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(|b| !belongs(b)).unwrap_or(text.len());
    text.split_at(end)
}

fn compare_text(left: &str, right: &str) -> Ordering {
    let weight = |byte: Option<u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(b) if b.is_ascii_alphabetic() => i32::from(b),
        Some(b) => i32::from(b) + 256,
    };
    let (left, right) = (left.as_bytes(), right.as_bytes());
    (0..left.len().max(right.len()))
        .map(|at| weight(left.get(at).copied()).cmp(&weight(right.get(at).copied())))
        .find(|order| *order != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_order_as_dpkg_gives_it() {
        let ascending = ["0.8.1", "1.0~rc1", "1.0", "1.0-s1", "1.0-s1-20260816", "1.0-s2", "1.0.1", "1.2", "1.10", "1:0.1"];
        // dpkg --compare-versions 1.0-s2 lt 1.0-s1-20260816 is true: the revision starts at the last hyphen.
        let surprising = ("1.0-s2", "1.0-s1-20260816");
        for (left, right) in ascending.iter().zip(&ascending[1..]) {
            if (*right, *left) == surprising {
                continue;
            }
            assert_eq!(Version::new(*left).debian_cmp(&Version::new(*right)), Ordering::Less, "{left} < {right}");
        }
        let (low, high) = (Version::new(surprising.0), Version::new(surprising.1));
        assert_eq!(low.debian_cmp(&high), Ordering::Less);
    }

    #[test]
    fn leading_zeros_and_odd_characters_do_no_harm() {
        assert_eq!(Version::new("1.0").debian_cmp(&Version::new("1.00")), Ordering::Equal);
        assert_eq!(Version::new("1_é").debian_cmp(&Version::new("1_é")), Ordering::Equal);
        let long = Version::new("9".repeat(60));
        assert_eq!(long.debian_cmp(&Version::new("1")), Ordering::Greater);
    }
}
