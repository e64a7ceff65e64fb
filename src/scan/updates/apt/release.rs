//! The document of a suite: what it is, until when it is good, and the digests of its indexes.

use super::super::offer::Rank;
use crate::name::Digest;
use crate::scan::paragraphs::{Paragraph, paragraphs};
use jiff::Timestamp;
use std::collections::HashMap;

/// What `Release` says.
#[derive(Clone, Debug, Default)]
pub(super) struct Release {
    /// Whether it is one of security updates: its origin, label, suite or codename says so.
    pub security: bool,
    /// The end of its validity, as it stands there.
    pub valid_until: Option<String>,
    /// Whether indexes can be had by their digests.
    pub by_hash: bool,
    /// When its packages are installed by themselves; none: never.
    pub rank: Option<Rank>,
    /// The architectures it has; empty where it does not say.
    pub arches: Vec<String>,
    /// Whether packages for every architecture have lists of their own that count; else those of each architecture have them.
    pub all_apart: bool,
    files: HashMap<String, Digest>,
}

impl Release {
    /// Reads it.
    ///
    /// # Errors
    /// When it has no digests that can be checked.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let paragraph = paragraphs(text).next().ok_or("its Release is empty")?;
        let files = digests(&paragraph);
        if files.is_empty() {
            return Err("its Release has no digests of SHA256 or SHA512, so that nothing of it can be checked".to_owned());
        }
        let is = |name: &str| paragraph.get(name).is_some_and(|value| value.eq_ignore_ascii_case("yes"));
        let named = ["Origin", "Label", "Suite", "Codename"].iter().filter_map(|name| paragraph.get(name));
        let rank = match (is("NotAutomatic"), is("ButAutomaticUpgrades")) {
            (false, _) => Some(Rank::Usual),
            (true, true) => Some(Rank::Upgrades),
            (true, false) => None,
        };
        let arches: Vec<String> = paragraph.get("Architectures").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        let all_inside = paragraph.get("No-Support-for-Architecture-all").is_some_and(|value| value.eq_ignore_ascii_case("packages"));
        Ok(Self {
            security: named.into_iter().any(|value| value.to_ascii_lowercase().contains("security")),
            valid_until: paragraph.get("Valid-Until").map(str::to_owned),
            by_hash: is("Acquire-By-Hash"),
            rank,
            // As apt does: Debian's security suites have such lists, do not count "all" among their architectures, and mirrors of
            // them may have stale ones.
            all_apart: !all_inside && (arches.is_empty() || arches.iter().any(|arch| arch == "all")),
            arches,
            files,
        })
    }

    /// The digest of an index, by its path below the suite.
    pub(super) fn digest(&self, path: &str) -> Option<&Digest> {
        self.files.get(path)
    }

    /// Whether there is anything below a path.
    pub(super) fn has_below(&self, folder: &str) -> bool {
        self.files.keys().any(|path| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
    }

    /// Whether it is still good.
    ///
    /// # Errors
    /// When it is not, or its time cannot be read.
    pub(super) fn check_time(&self, now: Timestamp) -> Result<(), String> {
        let Some(text) = &self.valid_until else { return Ok(()) };
        match timestamp(text) {
            Some(until) if until >= now => Ok(()),
            Some(_) => Err(format!("its Release was good until {text} only; the mirror is stale, or somebody hands out old lists")),
            None => Err(format!("its Valid-Until \"{text}\" is no date")),
        }
    }
}

/// A date as these documents write it: `UTC` instead of RFC 2822's `GMT`.
fn timestamp(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let text = text.strip_suffix("UTC").map_or_else(|| text.to_owned(), |rest| format!("{rest}+0000"));
    jiff::fmt::rfc2822::parse(&text).ok().map(|zoned| zoned.timestamp())
}

fn digests(paragraph: &Paragraph<'_>) -> HashMap<String, Digest> {
    let mut files = HashMap::new();
    for (field, algorithm) in [("SHA512", "sha512"), ("SHA256", "sha256")] {
        for line in paragraph.further(field) {
            let mut words = line.split_whitespace();
            let (Some(hex), Some(_), Some(path)) = (words.next(), words.next(), words.next()) else { continue };
            if let Some(digest) = Digest::parse(&format!("{algorithm}:{}", hex.to_ascii_lowercase())) {
                files.insert(path.trim_start_matches("./").to_owned(), digest);
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(more: &str) -> Result<Release, String> {
        Release::parse(&format!("Suite: x\n{more}SHA256:\n {} 12 ./Packages.gz\n", "0".repeat(64)))
    }

    #[test]
    fn ranks_and_security_are_read() {
        assert_eq!(release("").unwrap().rank, Some(Rank::Usual));
        assert_eq!(release("NotAutomatic: yes\nButAutomaticUpgrades: yes\n").unwrap().rank, Some(Rank::Upgrades));
        assert_eq!(release("NotAutomatic: yes\n").unwrap().rank, None);
        assert!(release("Label: Debian-Security\n").unwrap().security && !release("Label: Debian\n").unwrap().security);
        assert!(release("").unwrap().digest("Packages.gz").is_some());
        assert!(Release::parse("Suite: x\nMD5Sum:\n 0 1 Packages\n").unwrap_err().contains("SHA256"));
    }

    #[test]
    fn lists_for_every_architecture_count_where_the_release_says_that_it_has_that_one() {
        let apart = |more: &str| release(more).unwrap().all_apart;
        assert!(apart("") && apart("Architectures: all amd64\n"));
        assert!(!apart("Architectures: amd64 arm64\n"));
        assert!(!apart("Architectures: all amd64\nNo-Support-for-Architecture-all: Packages\n"));
    }

    #[test]
    fn time_ends() {
        let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        let check = |text: &str| release(text).unwrap().check_time(now);
        assert!(check("").is_ok() && check("Valid-Until: Sat, 03 Jan 2026 08:00:00 UTC\n").is_ok());
        assert!(check("Valid-Until: Thu, 01 Jan 2026 08:00:00 UTC\n").unwrap_err().contains("stale"));
        assert!(check("Valid-Until: soon\n").unwrap_err().contains("no date"));
    }
}
