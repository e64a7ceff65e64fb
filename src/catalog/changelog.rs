//! The changelog of a definition: Debian's format, read forgivingly.
//!
//! Source of the format: deb-changelog(5). What real catalogues hold beyond it is accepted: odd trailers,
//! no urgency, no final newline, CRLF, Latin-1, names of other packages in older blocks.

use super::text::{excerpt, line_of_nul, lines};
use crate::name::Version;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// The entries of a changelog, newest first as they stand in the file. There is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changelog {
    /// In file order.
    pub entries: Vec<Entry>,
}

/// One block of a changelog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name before the parenthesis.
    pub package: String,
    /// What stands in the parenthesis, as it was written.
    pub version: Version,
    /// Between the parenthesis and the semicolon; empty when nothing is there, several are joined by a blank.
    pub distribution: String,
    /// The value of `urgency=`, if there is one.
    pub urgency: Option<String>,
    /// When the entry was written; `None` when the trailer is missing or its date cannot be read.
    pub date: Option<Timestamp>,
    /// Who wrote it, `Name <address>` as it stands in the trailer.
    pub author: Option<String>,
    /// The heading's line, from 1.
    pub line: usize,
    /// The trailer's line, from 1, when there is one.
    pub trailer_line: Option<usize>,
}

/// Why a changelog cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangelogError {
    /// Nothing but blank lines and comments.
    #[error("the changelog has no entries")]
    Empty,
    /// Text stands where the first heading should be. Reading on would take an older block for the newest.
    #[error("line {line} is not the heading of an entry: \"{text}\"")]
    Heading {
        /// The line, from 1.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// A NUL byte.
    #[error("the changelog is not a text file (line {line} holds a NUL byte)")]
    NotText {
        /// The line, from 1.
        line: usize,
    },
}

impl ChangelogError {
    /// The line in question, from 1.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Empty => None,
            Self::Heading { line, .. } | Self::NotText { line } => Some(*line),
        }
    }
}

impl Changelog {
    /// Reads a changelog.
    ///
    /// # Errors
    /// When it has no entry, when it does not start with a heading, and when it is not text.
    pub fn parse(bytes: &[u8]) -> Result<Self, ChangelogError> {
        if let Some(line) = line_of_nul(bytes) {
            return Err(ChangelogError::NotText { line });
        }
        let mut entries: Vec<Entry> = Vec::new();
        for (at, line) in lines(bytes) {
            if let Some(entry) = heading(&line, at) {
                entries.push(entry);
            } else if let Some(entry) = entries.last_mut() {
                entry.take_trailer(&line, at);
            } else if !is_ignorable(&line) {
                return Err(ChangelogError::Heading { line: at, text: excerpt(&line) });
            }
        }
        if entries.is_empty() { Err(ChangelogError::Empty) } else { Ok(Self { entries }) }
    }

    /// The first block: it gives name and version, even where an older block has a greater version.
    pub fn first(&self) -> &Entry {
        // `parse` is the only constructor and never leaves the list empty.
        &self.entries[0]
    }
}

impl Entry {
    /// Whether the distribution says that this version is not to be published yet.
    pub fn is_unreleased(&self) -> bool {
        self.distribution.split(' ').any(|word| word.eq_ignore_ascii_case("UNRELEASED"))
    }

    /// Reads ` -- Name <address>  date`; lines that are something else, or come after the trailer, change nothing.
    fn take_trailer(&mut self, line: &str, at: usize) {
        if self.trailer_line.is_some() {
            return;
        }
        // A change that starts with dashes is indented further than a trailer.
        let Some(rest) = line.strip_prefix([' ', '\t']).unwrap_or(line).strip_prefix("--") else { return };
        if !rest.starts_with([' ', '\t', '<']) {
            return;
        }
        let (author, date) = split_trailer(rest.trim());
        self.trailer_line = Some(at);
        self.author = (!author.is_empty()).then(|| author.to_owned());
        self.date = parse_date(date);
    }
}

/// Where the author ends: at the last `>` (`Name <Name <a@b>>` occurs), else at the first double blank.
fn split_trailer(text: &str) -> (&str, &str) {
    let end = text.rfind('>').map(|at| at + 1).or_else(|| text.find("  ")).unwrap_or(text.len());
    let (author, date) = text.split_at(end);
    (author.trim(), date.trim())
}

/// RFC 2822 with any weekday and the old zone names; `None` when it is something else.
fn parse_date(text: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    PARSER.parse_timestamp(text).ok()
}

/// `name (version) distribution…; key=value, …`; the semicolon and what follows may be missing.
fn heading(line: &str, at: usize) -> Option<Entry> {
    // A byte order mark stands inside the file once an entry was put before it.
    let line = line.trim_start_matches('\u{feff}');
    if line.starts_with([' ', '\t', '#']) {
        return None;
    }
    let (name, rest) = line.split_once('(')?;
    let (version, rest) = rest.split_once(')')?;
    let name = name.trim_end();
    let (distributions, metadata) = rest.split_once(';').unwrap_or((rest, ""));
    let is_word = |word: &str| word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.' | b'_'));
    let is_heading = !name.is_empty()
        && !name.contains(char::is_whitespace)
        && !version.contains('(')
        && (distributions.is_empty() || distributions.starts_with([' ', '\t']))
        && distributions.split_whitespace().all(is_word);
    is_heading.then(|| Entry {
        package: name.to_owned(),
        version: Version::new(version.trim()),
        distribution: join_words(distributions),
        urgency: urgency(metadata),
        date: None,
        author: None,
        line: at,
        trailer_line: None,
    })
}

fn join_words(text: &str) -> String {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or("").to_owned();
    words.fold(first, |joined, word| joined + " " + word)
}

fn urgency(metadata: &str) -> Option<String> {
    metadata.split(',').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        let value = value.trim();
        (key.trim().eq_ignore_ascii_case("urgency") && !value.is_empty()).then(|| value.to_owned())
    })
}

/// Blank lines, comments and editors' settings may stand before the first heading.
fn is_ignorable(line: &str) -> bool {
    let line = line.trim();
    line.is_empty()
        || line.starts_with('#')
        || line.starts_with("-*-")
        || line.starts_with("vim:")
        || (line.starts_with("/*") && line.ends_with("*/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Changelog {
        Changelog::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn reads_what_people_write() {
        let log = parse(
            "civicrm (0.3.0-s2) wikimedia; urgency=high\n\n   Refresh\n\n -- Antoine Musso <Antoine Musso <hashar@example.org>>  Fri, 15 Jul 2022 13:18:31 +0200\n\nother (1.0) stable unstable;\n\n -- A <a@b> Thu,  23 May 2024 16:00:01 +0100",
        );
        let first = log.first();
        assert_eq!((first.package.as_str(), first.version.as_str(), first.line), ("civicrm", "0.3.0-s2", 1));
        assert_eq!((first.distribution.as_str(), first.urgency.as_deref()), ("wikimedia", Some("high")));
        assert_eq!(first.author.as_deref(), Some("Antoine Musso <Antoine Musso <hashar@example.org>>"));
        assert_eq!(first.date.unwrap().to_string(), "2022-07-15T11:18:31Z");
        let second = &log.entries[1];
        assert_eq!((second.package.as_str(), second.distribution.as_str(), second.urgency.as_deref()), ("other", "stable unstable", None));
        assert_eq!((second.line, second.trailer_line), (7, Some(9)));
        assert_eq!(second.date.unwrap().to_string(), "2024-05-23T15:00:01Z");
    }

    #[test]
    fn the_first_block_wins_even_over_a_greater_version() {
        let log = parse("a (0.8.1) w; urgency=low\n\n -- x <x>  Mon, 1 Jan 2024 00:00:00 +0000\n\na (1.0.0) w; urgency=low\n");
        assert_eq!(log.first().version.as_str(), "0.8.1");
        assert_eq!(log.entries.len(), 2);
    }

    #[test]
    fn versions_and_headings_may_be_odd() {
        for (line, version, distribution) in [
            ("x (v2022.1) wikimedia; urgency=medium", "v2022.1", "wikimedia"),
            ("x (wmf_1.2) wikimedia", "wmf_1.2", "wikimedia"),
            ("x(1.0) w; urgency=low", "1.0", "w"),
            ("x (1:1.0~rc1+b) w;", "1:1.0~rc1+b", "w"),
            ("x (1.0)", "1.0", ""),
            ("x ( 1.0 ) UNRELEASED ; urgency = low", "1.0", "UNRELEASED"),
        ] {
            let log = parse(line);
            assert_eq!((log.first().version.as_str(), log.first().distribution.as_str()), (version, distribution), "{line}");
        }
        assert!(parse("x (1) UNRELEASED; urgency=low").first().is_unreleased());
        assert!(parse("x (1) wikimedia unreleased; urgency=low").first().is_unreleased());
        assert!(!parse("x (1) wikimedia; urgency=low").first().is_unreleased());
    }

    #[test]
    fn dates_may_name_the_wrong_day_and_old_zones() {
        let date = |text: &str| parse(&format!("a (1) w; urgency=low\n\n -- A <a@b>  {text}\n")).first().date.map(|d| d.to_string());
        assert_eq!(date("Sun, 01 Jan 2024 00:00:00 +0000").as_deref(), Some("2024-01-01T00:00:00Z"));
        assert_eq!(date("Mon, 1 Jan 2024 00:00:00 EST").as_deref(), Some("2024-01-01T05:00:00Z"));
        assert_eq!(date("1 Jan 2024 00:00 GMT").as_deref(), Some("2024-01-01T00:00:00Z"));
        for bad in ["", "yesterday", "Mon, 32 Jan 2024 00:00:00 +0000", "2024-01-01"] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_trailer_may_lack_its_parts() {
        let trailer = |line: &str| {
            let log = parse(&format!("a (1) w; urgency=low\n\n  * c\n  -- no trailer\n{line}\n"));
            (log.first().author.clone(), log.first().date.is_some(), log.first().trailer_line)
        };
        assert_eq!(trailer(" -- Bot  Mon, 1 Jan 2024 00:00:00 +0000"), (Some("Bot".into()), true, Some(5)));
        assert_eq!(trailer("-- A <a@b> Mon, 1 Jan 2024 00:00:00 +0000"), (Some("A <a@b>".into()), true, Some(5)));
        assert_eq!(trailer(" -- A <a@b>"), (Some("A <a@b>".into()), false, Some(5)));
        assert_eq!(trailer(" -- "), (None, false, Some(5)));
        assert_eq!(trailer("--- a/file"), (None, false, None));
        assert_eq!(trailer(""), (None, false, None));
    }

    #[test]
    fn changes_are_not_headings() {
        let log = parse(
            "a (1) w; urgency=low\n\n  * fix (that) thing; urgency=high\nSee bug (1) for more; really\n\n -- x <x>  Mon, 1 Jan 2024 00:00:00 +0000\n",
        );
        assert_eq!(log.entries.len(), 1);
        assert!(log.first().date.is_some());
    }

    #[test]
    fn a_broken_first_heading_is_not_passed_over() {
        let bad = "a 2.0 w; urgency=low\n\n -- x <x>  d\n\na (1.0) w; urgency=low\n";
        assert_eq!(Changelog::parse(bad.as_bytes()), Err(ChangelogError::Heading { line: 1, text: "a 2.0 w; urgency=low".into() }));
        assert!(matches!(Changelog::parse(b"\n  a (1) w;\n"), Err(ChangelogError::Heading { line: 2, .. })));
        assert_eq!(parse("# comment\n\n-*- mode -*-\na (1) w;\n").first().line, 4);
    }

    #[test]
    fn nothing_and_binary_are_told_apart() {
        for empty in ["", "\n\n \n", "\u{feff}", "# only a comment\n"] {
            assert_eq!(Changelog::parse(empty.as_bytes()), Err(ChangelogError::Empty));
        }
        assert_eq!(Changelog::parse(b"a (1) w;\n\x00"), Err(ChangelogError::NotText { line: 2 }));
    }
}
