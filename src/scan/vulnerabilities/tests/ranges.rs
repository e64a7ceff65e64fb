//! Ranges of versions, a row each.

use super::super::osv::{AffectedPackage, Event, Range};
use super::super::range::{Verdict, judge};
use crate::scan::versions::Order;

/// Events as words: `>=1` introduced, `<2` fixed, `<=3` last affected, `|4` limit.
fn range(words: &str) -> Range {
    let event = |word: &str| {
        let text = |text: &str| Some(text.to_owned());
        match word.split_at(word.find(|c: char| c.is_ascii_alphanumeric() || c == '*').unwrap()) {
            (">=", bound) => Event { introduced: text(bound), ..Event::default() },
            ("<", bound) => Event { fixed: text(bound), ..Event::default() },
            ("<=", bound) => Event { last_affected: text(bound), ..Event::default() },
            (_, bound) => Event { limit: text(bound), ..Event::default() },
        }
    };
    Range { kind: "ECOSYSTEM".into(), events: words.split_whitespace().map(event).collect() }
}

/// A range or several with `;`, a version, and the fixed version; `clear` where it is not affected.
const ROWS: &[(Order, &str, &str, &str)] = &[
    (Order::SemVer, ">=0 <1.2.0", "1.1.9", "1.2.0"),
    (Order::SemVer, ">=0 <1.2.0", "1.2.0", "clear"),
    (Order::SemVer, ">=0 <1.2.0", "1.2.0-rc.1", "1.2.0"),
    (Order::SemVer, ">=1.0.0 <1.2.0", "0.9.0", "clear"),
    (Order::SemVer, ">=1.0.0 <1.2.0 >=2.0.0 <2.1.0", "2.0.5", "2.1.0"),
    (Order::SemVer, ">=1.0.0 <1.2.0 >=2.0.0 <2.1.0", "1.5.0", "clear"),
    (Order::SemVer, "<2.1.0 >=2.0.0 <1.2.0 >=1.0.0", "1.0.1", "1.2.0"),
    (Order::SemVer, ">=0 <=1.2.0", "1.2.0", "-"),
    (Order::SemVer, ">=0 <=1.2.0", "1.2.1", "clear"),
    (Order::SemVer, ">=1.2.0 <=1.2.0", "1.2.0", "-"),
    (Order::SemVer, ">=1.2.0 <=1.2.0", "1.2.1", "clear"),
    (Order::SemVer, ">=0 <1.0.0 >=1.0.0", "1.0.0", "-"),
    (Order::SemVer, ">=0", "99.0.0", "-"),
    (Order::SemVer, "<1.0.0", "0.5.0", "clear"),
    (Order::SemVer, ">=0 |2.0.0", "1.0.0", "-"),
    (Order::SemVer, ">=0 |2.0.0", "2.0.0", "clear"),
    (Order::SemVer, ">=0 |*", "2.0.0", "-"),
    (Order::SemVer, ">=0 <1.0.0;>=2.0.0 <2.2.0", "2.1.0", "2.2.0"),
    (Order::SemVer, "", "1.0.0", "clear"),
    (Order::Debian, ">=0 <1.0-1+deb12u2", "1.0-1+deb12u1", "1.0-1+deb12u2"),
    (Order::Debian, ">=0 <1:1.0-1", "9.0-1", "1:1.0-1"),
    (Order::Rpm, ">=0 <0:3.0.7-25.el9_3", "1:3.0.7-16.el9_2", "clear"),
    (Order::Rpm, ">=0 <1:3.0.7-25.el9_3", "1:3.0.7-16.el9_2", "1:3.0.7-25.el9_3"),
    (Order::Alpine, ">=0 <3.0.12-r1", "3.0.12-r0", "3.0.12-r1"),
    (Order::Pep440, ">=0 <2.0", "2.0rc1", "2.0"),
    (Order::Maven, ">=2.0-beta9 <2.15.0", "2.14.1", "2.15.0"),
    (Order::Gem, ">=0 <7.0.8.1", "7.0.8", "7.0.8.1"),
];

#[test]
fn each_row_is_judged_as_it_says() {
    for (order, ranges, version, expected) in ROWS {
        let affected = AffectedPackage { ranges: ranges.split(';').map(range).collect(), ..AffectedPackage::default() };
        let verdict = judge(&affected, version, *order);
        let said = match &verdict {
            Verdict::Clear => "clear",
            Verdict::Affected(fixed) => fixed.as_deref().unwrap_or("-"),
            Verdict::Unclear(_) => "unclear",
        };
        assert_eq!(said, *expected, "{ranges} {version}");
    }
}

#[test]
fn listed_versions_count_beside_ranges() {
    let git = Range { kind: "GIT".into(), ..range(">=0") };
    let affected =
        AffectedPackage { ranges: vec![git, range(">=5 <6")], versions: vec!["1.0".into(), "1.1".into()], ..AffectedPackage::default() };
    assert_eq!(judge(&affected, "1.0.0", Order::Pep440), Verdict::Affected(Some("6".into())));
    assert_eq!(judge(&affected, "1.2", Order::Pep440), Verdict::Clear);
}

#[test]
fn an_end_that_is_no_version_is_told() {
    let affected = AffectedPackage { ranges: vec![range(">=0 <rubbish")], ..AffectedPackage::default() };
    assert_eq!(judge(&affected, "1.0.0", Order::SemVer), Verdict::Unclear("rubbish".into()));
}
