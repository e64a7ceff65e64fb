//! What `update` makes of a version: counted up, dated, bumped.
//!
//! Every version that makes a valid tag has a next one. Whether the result makes a tag is again for
//! [`super::Tag::parse`] to say.

use super::Version;
use jiff::civil::Date;

/// Which part of a version `--bump` raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bump {
    /// The third number of the upstream version.
    Patch,
    /// The second number of the upstream version.
    Minor,
    /// The first number of the upstream version.
    Major,
    /// The Debian revision behind the upstream version.
    Revision,
}

/// An upstream version that is not Semantic Versioning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the upstream part \"{upstream}\" of {version} cannot be bumped: {why}; give the new version with --version")]
pub struct BumpError {
    /// The whole version.
    pub version: Version,
    /// Its upstream part.
    pub upstream: String,
    why: String,
}

/// What may stand before the identifier of a counted number.
const SEPARATORS: [char; 3] = ['-', '.', '_'];

impl Version {
    /// The version without the dates (`-YYYYMMDD`, a day of the calendar) at its end.
    pub fn without_date(&self) -> &str {
        let mut text = self.as_str();
        while let Some((rest, tail)) = text.rsplit_once('-') {
            if rest.is_empty() || !is_date(tail) {
                break;
            }
            text = rest;
        }
        text
    }

    /// The next version: dates at the end are dropped, then `-sN` becomes `-sN+1` (`s` being `identifier`; a `.` or `_`
    /// may stand before it too), and `-s1` is added where there is none. With an empty identifier it is `-N`.
    #[must_use]
    pub fn counted_up(&self, identifier: &str) -> Self {
        let base = self.without_date();
        Self::new(match counter(base, identifier) {
            Some((before, number)) => format!("{before}{}", next(number)),
            None => format!("{base}-{identifier}1"),
        })
    }

    /// The version with this date at its end, in place of the dates that stand there.
    #[must_use]
    pub fn dated(&self, date: Date) -> Self {
        Self::new(format!("{}-{}", self.without_date(), date.strftime("%Y%m%d")))
    }

    /// The version with one part raised. Date and counter (see [`Version::counted_up`]) are dropped. A `v` in front and
    /// the number of parts stay (`1.0` to `1.1`), a Debian revision begins anew with 1.
    ///
    /// # Errors
    /// When the upstream part, up to the first `-`, is not Semantic Versioning (one or two numbers count as three).
    pub fn bumped(&self, bump: Bump, identifier: &str) -> Result<Self, BumpError> {
        let base = self.without_date();
        let base = match counter(base, identifier) {
            Some((before, _)) if !identifier.is_empty() => before.strip_suffix(identifier).unwrap_or(before).trim_end_matches(SEPARATORS),
            _ => base,
        };
        let (upstream, revision) = base.split_once('-').map_or((base, None), |(upstream, revision)| (upstream, Some(revision)));
        if bump == Bump::Revision {
            return Ok(Self::new(raised_revision(base, revision)));
        }
        let raised = raise(upstream, bump).map_err(|why| BumpError { version: self.clone(), upstream: upstream.to_owned(), why })?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        Ok(Self::new(if revision.is_some_and(is_number) { format!("{raised}-1") } else { raised }))
    }
}

fn is_date(text: &str) -> bool {
    let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    digits && Date::strptime("%Y%m%d", text).is_ok_and(|date| date.year() >= 1970)
}

/// What stands before the counted number, identifier included, and the number.
fn counter<'a>(base: &'a str, identifier: &str) -> Option<(&'a str, &'a str)> {
    let before = base.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &base[before.len()..];
    let rest = before.strip_suffix(identifier)?;
    // Without an identifier `1.0` would count as well, and is to become `1.0-1`.
    let is_set_off = if identifier.is_empty() { rest.ends_with('-') } else { rest.ends_with(SEPARATORS) };
    (!number.is_empty() && is_set_off && rest.len() > 1).then_some((before, number))
}

/// The number after this one, of any length; leading zeros go.
fn next(number: &str) -> String {
    let digits = number.trim_start_matches('0');
    let mut digits: Vec<u8> = if digits.is_empty() { vec![b'0'] } else { digits.bytes().collect() };
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return digits.into_iter().map(char::from).collect();
        }
        *digit = b'0';
    }
    std::iter::once('1').chain(digits.into_iter().map(char::from)).collect()
}

/// The last number behind the first `-` counted up, or a first one added.
fn raised_revision(base: &str, revision: Option<&str>) -> String {
    let number = revision.map_or("", |revision| &revision[revision.trim_end_matches(|c: char| c.is_ascii_digit()).len()..]);
    if number.is_empty() { format!("{base}-1") } else { format!("{}{}", &base[..base.len() - number.len()], next(number)) }
}

fn raise(upstream: &str, bump: Bump) -> Result<String, String> {
    let (sign, numbers) = upstream.strip_prefix('v').map_or(("", upstream), |numbers| ("v", numbers));
    let parts = numbers.split('.').count();
    let padded = if parts < 3 && !numbers.is_empty() { format!("{numbers}{}", ".0".repeat(3 - parts)) } else { numbers.to_owned() };
    let old = semver::Version::parse(&padded).map_err(|error| format!("it is not Semantic Versioning ({error})"))?;
    let too_large = || "its number is too large".to_owned();
    let up = |number: u64| number.checked_add(1).ok_or_else(too_large);
    let (new, needed) = match bump {
        Bump::Major => (semver::Version::new(up(old.major)?, 0, 0), 1),
        Bump::Minor => (semver::Version::new(old.major, up(old.minor)?, 0), 2),
        Bump::Patch | Bump::Revision => (semver::Version::new(old.major, old.minor, up(old.patch)?), 3),
    };
    let text = new.to_string();
    let kept: Vec<&str> = text.split('.').take(parts.max(needed)).collect();
    Ok(format!("{sign}{}", kept.join(".")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Tag;

    fn counted(version: &str, identifier: &str) -> String {
        Version::new(version).counted_up(identifier).to_string()
    }

    #[test]
    fn versions_of_real_trees_count_up() {
        for (old, new) in [
            ("1.0", "1.0-s1"),
            ("1.0-s1", "1.0-s2"),
            ("0.3-s9", "0.3-s10"),
            ("8.1.0-2", "8.1.0-2-s1"),
            ("3.9.6-1-s2", "3.9.6-1-s3"),
            ("2026.04", "2026.04-s1"),
            ("1.10-0.s3", "1.10-0.s4"),
            ("8.1.33-1-s4-20260816", "8.1.33-1-s5"),
            ("2.0.2-wmf1-20260816", "2.0.2-wmf1-s1"),
            ("2.0.2-wmf1", "2.0.2-wmf1-s1"),
            ("v2022.1", "v2022.1-s1"),
            ("1.0-20260809-20260816", "1.0-s1"),
            ("20260816", "20260816-s1"),
            ("1.0-12345678", "1.0-12345678-s1"),
            ("1.0-s", "1.0-s-s1"),
            ("1.0-dots3", "1.0-dots3-s1"),
            ("s3", "s3-s1"),
            ("1.0-s007", "1.0-s8"),
            ("1.0-s99999999999999999999999", "1.0-s100000000000000000000000"),
        ] {
            assert_eq!(counted(old, "s"), new, "{old}");
        }
    }

    #[test]
    fn an_empty_identifier_counts_the_number_behind_the_last_hyphen() {
        for (old, new) in [
            ("1.0", "1.0-1"),
            ("1.0-1", "1.0-2"),
            ("1.0-9", "1.0-10"),
            ("1.0-20260816", "1.0-1"),
            ("1.0-3-20260816", "1.0-4"),
            ("1.0-99999999", "1.0-100000000"),
            ("1.0-s3", "1.0-s3-1"),
        ] {
            assert_eq!(counted(old, ""), new, "{old}");
        }
        assert_eq!(counted("2.0.2-wmf1", "wmf"), "2.0.2-wmf2");
    }

    #[test]
    fn every_tag_can_be_counted_up() {
        for text in ["_", "a", "1", "A.B_c-", "1..", "0-0", "latest", "1-s1-s1", "00000000", "1-20261341", "_s9", "1__s9"] {
            for identifier in ["s", "", "r.", "wmf"] {
                let mut version = Version::new(text);
                for _ in 0..12 {
                    let after = version.counted_up(identifier);
                    assert_ne!(after, version);
                    assert!(Tag::parse(after.as_str()).is_ok(), "{after}");
                    version = after;
                }
            }
        }
    }

    #[test]
    fn a_date_takes_the_place_of_the_old_one() {
        let date = jiff::civil::date(2026, 8, 23);
        for (old, new) in [
            ("1.0", "1.0-20260823"),
            ("1.0-s1-20260816", "1.0-s1-20260823"),
            ("1.0-20260809-20260816", "1.0-20260823"),
            ("20260816", "20260816-20260823"),
        ] {
            assert_eq!(Version::new(old).dated(date).as_str(), new);
        }
    }

    #[test]
    fn bumps_read_the_upstream_part() {
        let bumped = |old: &str, bump| Version::new(old).bumped(bump, "s").map(|new| new.to_string());
        for (old, patch, minor, major, revision) in [
            ("20.1.0", "20.1.1", "20.2.0", "21.0.0", "20.1.0-1"),
            ("8.1.33-1-s4-20260816", "8.1.34-1", "8.2.0-1", "9.0.0-1", "8.1.33-2"),
            ("1.0", "1.0.1", "1.1", "2.0", "1.0-1"),
            ("7", "7.0.1", "7.1", "8", "7-1"),
            ("v1.2.3-s3", "v1.2.4", "v1.3.0", "v2.0.0", "v1.2.3-1"),
            ("1.10-0.s3", "1.10.1-1", "1.11-1", "2.0-1", "1.10-1"),
            ("2.0.2-wmf1", "2.0.3", "2.1.0", "3.0.0", "2.0.2-wmf2"),
        ] {
            let all = [bumped(old, Bump::Patch), bumped(old, Bump::Minor), bumped(old, Bump::Major), bumped(old, Bump::Revision)];
            assert_eq!(all, [patch, minor, major, revision].map(|new| Ok(new.to_owned())), "{old}");
        }
    }

    #[test]
    fn what_is_not_semantic_versioning_is_refused_with_the_reason() {
        for bad in ["2026.04", "1.2.3.4", "wmf", "v", "1.2.x", "99999999999999999999"] {
            let error = Version::new(bad).bumped(Bump::Minor, "s").unwrap_err();
            assert_eq!((error.version.as_str(), error.upstream.as_str()), (bad, bad));
            assert!(error.to_string().contains("--version"), "{error}");
        }
        assert_eq!(Version::new("2026.04").bumped(Bump::Revision, "s").unwrap().as_str(), "2026.04-1");
        assert!(Version::new(format!("{}.0.0", u64::MAX)).bumped(Bump::Major, "s").is_err());
    }
}
