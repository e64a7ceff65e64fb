//! The text of a new changelog entry, and changelogs that must not get one.
//!
//! Byte for byte what docker-pkg 4.0.4 writes (`fixtures/cases/update.json`). It is put before the old bytes, which
//! stay as they are.

use crate::name::Version;
use jiff::Zoned;

/// What a new entry says.
#[derive(Clone, Debug)]
pub struct NewEntry<'a> {
    /// The definition's name.
    pub name: &'a str,
    /// The new version.
    pub version: &'a Version,
    /// Between the parenthesis and the semicolon.
    pub distribution: &'a str,
    /// The parent that is the cause, where it is not the definition itself.
    pub parent: Option<&'a str>,
    /// Why: one line or several.
    pub reason: &'a str,
    /// `Name <address>`.
    pub author: &'a str,
    /// When, in the zone that is to be shown.
    pub date: &'a Zoned,
}

impl NewEntry<'_> {
    /// The block, with the blank line that parts it from what follows. Lines of the reason are set in by three blanks,
    /// so none of them can be taken for a heading or a trailer; empty ones stay empty, line ends at its end are dropped.
    pub fn text(&self) -> String {
        let cause = self.parent.map(|parent| format!("Refresh for update in parent image {parent}:"));
        let lines = cause.as_deref().into_iter().chain(self.reason.trim_end_matches(['\r', '\n']).lines());
        let changes: String = lines.map(|line| if line.is_empty() { "\n".to_owned() } else { format!("   {line}\n") }).collect();
        let (name, version, distribution, author) = (self.name, self.version, self.distribution, self.author);
        // deb-changelog(5): RFC 2822 with a day of two digits.
        let date = self.date.strftime("%a, %d %b %Y %H:%M:%S %z");
        format!("{name} ({version}) {distribution}; urgency=high\n\n{changes}\n -- {author}  {date}\n\n")
    }
}

/// Why a text cannot stand in a changelog's trailer or between heading and trailer: it holds control characters.
/// Line ends are allowed where `lines` says so.
pub fn unfit_character(text: &str, lines: bool) -> Option<char> {
    text.chars().find(|c| c.is_control() && !(*c == '\t' || lines && matches!(c, '\n' | '\r')))
}

/// The line, from 1, of the first mark that git leaves in a file it could not merge.
pub fn conflict_mark(changelog: &[u8]) -> Option<usize> {
    let is_mark = |line: &[u8]| [b"<<<<<<< ", b"||||||| ", b">>>>>>> "].iter().any(|mark| line.starts_with(*mark));
    changelog.split(|b| *b == b'\n').position(is_mark).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Changelog;

    fn block(parent: Option<&str>, reason: &str) -> String {
        let (version, date) = (Version::new("1.0-s1"), "2026-08-06T09:05:04+02:00[+02:00]".parse().unwrap());
        let entry = NewEntry { name: "a", version: &version, distribution: "wikimedia", parent, reason, author: "A <a@b>", date: &date };
        entry.text()
    }

    #[test]
    fn the_text_is_docker_pkgs() {
        let expected = "a (1.0-s1) wikimedia; urgency=high\n\n   Refresh for update in parent image base:\n   x\n\n -- A <a@b>  Thu, 06 Aug 2026 09:05:04 +0200\n\n";
        assert_eq!(block(Some("base"), "x"), expected);
    }

    #[test]
    fn the_reason_stays_as_given_and_cannot_end_the_entry() {
        let reason = "one\n\n -- B <b@c>  Thu, 06 Aug 2026 09:05:04 +0200\nother (2.0) x; urgency=low\r\nü\n\n";
        let text = block(None, reason);
        assert!(text.contains("\n\n   one\n\n    -- B <b@c>"), "{text}");
        assert!(text.contains("\n   other (2.0) x; urgency=low\n   ü\n\n -- A"), "{text}");
        let read = Changelog::parse(text.as_bytes()).unwrap();
        assert_eq!((read.entries.len(), read.first().author.as_deref()), (1, Some("A <a@b>")));
        assert_eq!(read.first().date.unwrap().to_string(), "2026-08-06T07:05:04Z");
    }

    #[test]
    fn a_block_before_a_byte_order_mark_leaves_both_entries_readable() {
        let all = block(None, "x") + "\u{feff}a (1.0) wikimedia; urgency=high\n\n   y\n\n -- A <a@b>  Thu, 06 Aug 2026 09:05:04 +0200\n";
        let names: Vec<String> = Changelog::parse(all.as_bytes()).unwrap().entries.into_iter().map(|entry| entry.package).collect();
        assert_eq!(names, ["a", "a"]);
    }

    #[test]
    fn marks_of_a_merge_are_found() {
        assert_eq!(conflict_mark(b"a (1) w;\n<<<<<<< HEAD\n"), Some(2));
        assert_eq!(conflict_mark(b"a (1) w;\n\n  x\n>>>>>>> topic"), Some(4));
        assert_eq!(conflict_mark(b"a (1) w;\n=======\n  <<<<<<< no\n<<<<<<<<\n"), None);
        assert_eq!(unfit_character("a\tb\n", true), None);
        assert_eq!((unfit_character("a\nb", false), unfit_character("a\u{1b}b", true)), (Some('\n'), Some('\u{1b}')));
    }
}
