//! Python's order. Source: PEP 440, with the expression of its appendix B.

use super::by_value;
use regex::Regex;
use std::cmp::Ordering;
use std::sync::LazyLock;

// The expression is fixed, so it compiles.
#[allow(clippy::unwrap_used)]
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)^v?(?:(?<epoch>[0-9]+)!)?(?<release>[0-9]+(?:\.[0-9]+)*)",
        r"(?:[-_.]?(?<phase>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<pre>[0-9]+)?)?",
        r"(?<posted>-(?<post1>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?<post2>[0-9]+)?)?",
        r"(?<developed>[-_.]?dev[-_.]?(?<dev>[0-9]+)?)?",
        r"(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$",
    ))
    .unwrap()
});

/// Compares two versions; none where one does not follow PEP 440.
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (Parts::of(left)?, Parts::of(right)?);
    let order = by_value(left.epoch, right.epoch)
        .then_with(|| release(left.release, right.release))
        .then_with(|| left.before.compare(&right.before))
        .then_with(|| optional(left.post, right.post))
        .then_with(|| left.development().compare(&right.development()))
        .then_with(|| local(left.local, right.local));
    Some(order)
}

struct Parts<'a> {
    epoch: &'a str,
    release: &'a str,
    before: Before<'a>,
    post: Option<&'a str>,
    dev: Option<&'a str>,
    local: Option<&'a str>,
}

/// What comes before a release, from the oldest.
enum Before<'a> {
    /// A development version of the release itself.
    Development,
    /// An alpha, beta or candidate: 0, 1, 2.
    Phase(u8, &'a str),
    /// Nothing: the release.
    Release,
}

impl Before<'_> {
    fn rank(&self) -> u8 {
        match self {
            Self::Development => 0,
            Self::Phase(..) => 1,
            Self::Release => 2,
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Phase(one, number), Self::Phase(other, theirs)) => one.cmp(other).then_with(|| by_value(number, theirs)),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let found = VERSION.captures(text.trim())?;
        let part = |name: &str| found.name(name).map(|part| part.as_str());
        let phase = part("phase").and_then(|phase| phase.bytes().next()).map(|letter| match letter.to_ascii_lowercase() {
            b'a' => 0,
            b'b' => 1,
            _ => 2,
        });
        let post = part("posted").map(|_| part("post1").or(part("post2")).unwrap_or("0"));
        let dev = part("developed").map(|_| part("dev").unwrap_or("0"));
        let before = match phase {
            Some(phase) => Before::Phase(phase, part("pre").unwrap_or("0")),
            None if dev.is_some() && post.is_none() => Before::Development,
            None => Before::Release,
        };
        Some(Self { epoch: part("epoch").unwrap_or("0"), release: part("release")?, before, post, dev, local: part("local") })
    }

    /// A development version comes before the same without.
    fn development(&self) -> Before<'a> {
        self.dev.map_or(Before::Release, |number| Before::Phase(0, number))
    }
}

/// Compares the numbers of releases; missing ones are 0.
fn release(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let (one, other) = (left.next(), right.next());
        if one.is_none() && other.is_none() {
            return Ordering::Equal;
        }
        let order = by_value(one.unwrap_or(""), other.unwrap_or(""));
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// None comes first.
fn optional(left: Option<&str>, right: Option<&str>) -> Ordering {
    left.is_some().cmp(&right.is_some()).then_with(|| by_value(left.unwrap_or(""), right.unwrap_or("")))
}

/// Compares local versions: none comes first, words before numbers, the shorter list before the longer.
fn local(left: Option<&str>, right: Option<&str>) -> Ordering {
    let parts = |text: Option<&str>| -> Vec<String> {
        text.map_or(Vec::new(), |text| text.split(['-', '_', '.']).map(str::to_ascii_lowercase).collect())
    };
    let (left, right) = (parts(left), parts(right));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let pairs = left.iter().zip(&right).map(|(one, other)| match (is_number(one), is_number(other)) {
        (true, true) => by_value(one, other),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => one.cmp(other),
    });
    pairs.into_iter().find(|order| *order != Ordering::Equal).unwrap_or_else(|| left.len().cmp(&right.len()))
}
