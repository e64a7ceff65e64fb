//! The orders: tables of cases here, the programs that know in `programs`.

mod programs;

use super::Order;
use std::cmp::Ordering;

/// Versions of an order from the oldest; those between two blanks are equal to each other.
pub(super) const ASCENDING: &[(Order, &str)] = &[
    (
        Order::Debian,
        "0~~ | 0~ | 0 0-0 00 | 0.9 | 1.0~alpha-1 | 1.0~rc1-1 | 1.0 1.0-0 0:1.0 | 1.0-1 | 1.0-1+b1 | 1.0-1+deb12u1 | 1.0-1.1 | 1.0-2~bpo12+1 \
         | 1.0-2 | 1.0-10 | 1.0a-1 | 1.0b-1 | 1.0+dfsg-1 | 1.0.1 | 1.9 | 1.10 | 20240101 | 1:0.1 | 1:1.0 | 2:0",
    ),
    (
        Order::Rpm,
        "0~ | 0 | 1.0~rc1-1 | 1.0~rc1^git1-1 | 1.0~rc2-1 | 1.0 0:1.0 | 1.0-1.el8 | 1.0-1.el9 | 1.0-1.el9_2.1 | 1.0-1.el10 | 1.0-2 | 1.0-10 \
         | 1.0^ | 1.0^20240101git-1 | 1.0a-1 | 1.0.0 1_0_0 1.0..0 | 1.0.1 | 1.9 | 1.10 1.010 | 2a | 2.0 | 1:0.1 | 2:0",
    ),
    (
        Order::Alpine,
        "0.1_alpha | 0.1_alpha1 | 0.1_beta | 0.1_pre2 | 0.1_rc | 0.1_rc1-r0 | 0.1 | 0.1-r0 | 0.1-r1 | 0.1-r10 | 0.1_cvs20240101 | 0.1_git20240101 \
         | 0.1_p1-r3 | 0.1_p2 | 0.1a | 0.1b-r1 | 0.1.01 | 0.1.1 | 0.1.2 | 0.1.10 | 0.2 | 0.10 | 1.0.4_pre7-r1 | 1.0.4 | 3.0.15-r0 | 20240705-r0",
    ),
    (
        Order::Pep440,
        "0.9 | 1.0.dev0 1dev 1.0dev0 | 1.0.dev1 | 1.0a1.dev1 | 1.0a1 1.0alpha1 1.0-a.1 | 1.0a1.post1 | 1.0a2.dev3 | 1.0b1 1.0-beta_1 | 1.0b2.post345.dev456 \
         | 1.0b2.post345 | 1.0rc1.dev456 | 1.0rc1 1.0c1 1.0pre1 v1.0-preview-1 | 1.0 1 1.0.0 v1.0 01.0 | 1.0+abc.5 | 1.0+abc.7 | 1.0+5 1.0+05 | 1.0+5.1 \
         | 1.0.post0.dev1 | 1.0.post0 1.0post 1.0-0 1.0.r0 1.0-rev | 1.0.post1 | 1.0.1.dev1 | 1.0.1 | 1.0.15 | 1.1.dev1 | 1.10 | 2012.4 | 1!0.1",
    ),
    (
        Order::SemVer,
        "0 0.0.0 v0 | 0.0.1-0 | 0.0.1 | 1.0.0-0 | 1.0.0-1 | 1.0.0-1.a | 1.0.0-10 | 1.0.0-alpha | 1.0.0-alpha.1 | 1.0.0-alpha.beta | 1.0.0-beta \
         | 1.0.0-beta.2 | 1.0.0-beta.11 | 1.0.0-rc.1 | 1.0.0 v1.0.0 1 1.0 1.0.0+build =1.0.0 | 1.0.1-0.20240102030405-0123456789ab \
         | 1.0.1-0.20250102030405-0123456789ab | 1.0.1 | 1.9.0 | 1.10.0 | 2.0.0+incompatible | 99999999999999999999999.0.0",
    ),
    (
        Order::Maven,
        "1-alpha-1 1-a1 1alpha1 1.0-alpha-1 | 1-alpha-2 | 1-beta-1 1-b1 | 1-milestone-1 1-m1 | 1-rc-1 1-cr-1 1.0-rc1 | 1-SNAPSHOT 1-snapshot | 1 1.0 1.0.0 1-ga 1-final 1.0.0-RELEASE \
         | 1-sp | 1-abc | 1-xyz | 1-1-snapshot | 1-1 | 1-2 | 1.1 1.1.0 | 1.9 | 1.10 | 2.0.0.RC1 2-rc1 | 2.0.0.Final 2 | 32.0.0-android | 32.0.0-jre | 99999999999999999999999",
    ),
    (
        Order::Gem,
        "0 0.0 | 0.9 | 1.0.a 1.a 1.0.0.a | 1.0.a.1 | 1.0.a.2 | 1.0.b1 1.0.b.1 | 1.0.pre 1-0 | 1.0.rc1 1.0.rc.1 | 1 1.0 1.0.0 | 1.0.0.1 | 1.0.1 | 1.9 | 1.10 1.010 | 2.0.0.rc1 | 2",
    ),
];

/// What no program of that kind takes for a version.
const NONE: &[(Order, &str)] = &[
    (Order::Alpine, "a1 1_ 1_foo 1-1 1-r v1 1.a 1..2 1é"),
    (Order::Pep440, "a 1.0x 1.0-a-b 1..0 2013k (devel) 1!"),
    (Order::SemVer, "(devel) 1.x 1.2.3.4 1.0.0- 1.0.0-a..b é v"),
    (Order::Gem, "a 1_0 1.0+x é"),
];

/// Every version of a row with the place of its group.
pub(super) fn placed(row: &str) -> Vec<(usize, &str)> {
    row.split(" | ").enumerate().flat_map(|(place, group)| group.split_whitespace().map(move |version| (place, version))).collect()
}

#[test]
fn every_pair_of_the_tables_is_in_order() {
    for (order, row) in ASCENDING {
        let versions = placed(row);
        for (place, left) in &versions {
            for (other, right) in &versions {
                assert_eq!(order.compare(left, right), Some(place.cmp(other)), "{order:?}: {left} and {right}");
            }
        }
    }
}

#[test]
fn what_is_no_version_is_not_compared() {
    for (order, words) in NONE {
        for word in words.split_whitespace() {
            assert_eq!(order.compare(word, "1"), None, "{order:?}: {word}");
            assert_eq!(order.compare("1", word), None, "{order:?}: {word}");
            assert!(!order.newer(word, "1"));
        }
    }
}

#[test]
fn any_text_is_taken_without_a_panic() {
    let long = "1.".repeat(50_000);
    let deep = "1-a".repeat(50_000);
    let texts = ["", "-", ":", ".", "~", "^", "é", "1:é-€", "\u{0}", "1.0-é_ß", "v", "1e999", "--1", "!!", "+", &long, &deep];
    for (order, _) in ASCENDING {
        for left in texts {
            for right in texts {
                let (forth, back) = (order.compare(left, right), order.compare(right, left));
                assert_eq!(forth.map(Ordering::reverse), back, "{order:?}: {left:.20} and {right:.20}");
            }
        }
    }
}
