//! What a package says of its license, as documents may say it.

/// The names of the SPDX list of licenses that packages use most. A license that is not here is told by the package's own words,
/// which every reader accepts; an unknown name of the list would make a document invalid.
#[rustfmt::skip] // A line each would be a page.
const KNOWN: &[&str] = &[
    "0BSD", "AFL-2.1", "AFL-3.0", "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-1.1", "Apache-2.0", "Artistic-1.0",
    "Artistic-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSD-4-Clause", "BSL-1.0", "BlueOak-1.0.0", "CC-BY-3.0", "CC-BY-4.0",
    "CC0-1.0", "CDDL-1.0", "CDDL-1.1", "EPL-1.0", "EPL-2.0", "GPL-1.0-only", "GPL-1.0-or-later", "GPL-2.0-only",
    "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later", "HPND", "ISC", "LGPL-2.0-only", "LGPL-2.0-or-later",
    "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MIT", "MIT-0", "MPL-1.1", "MPL-2.0", "NCSA",
    "OpenSSL", "PSF-2.0", "Python-2.0", "Ruby", "SISSL", "Unicode-3.0", "Unlicense", "Vim", "W3C", "WTFPL", "X11", "ZPL-2.1",
    "Zlib", "curl",
];

/// A license of the list.
pub(super) fn known(text: &str) -> Option<&'static str> {
    KNOWN.iter().copied().find(|known| known.eq_ignore_ascii_case(text))
}

/// Whether it is an expression of licenses of the list: `MIT OR Apache-2.0`. A single one is not.
pub(super) fn is_expression(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let operators = words.iter().skip(1).step_by(2).all(|word| matches!(*word, "AND" | "OR"));
    let names = words.iter().step_by(2).all(|word| KNOWN.contains(word));
    words.len() > 2 && words.len() % 2 == 1 && operators && names
}

/// A text that may stand in the name of something in SPDX: letters, digits, dots and dashes.
pub(super) fn tame(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' }).collect()
}
