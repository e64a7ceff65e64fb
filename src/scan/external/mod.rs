//! Scanners of the configuration: any command, or an image, that looks at an image and answers findings.
//!
//! It is told the image's name, a folder with its files ([`Rootfs`]) and its bill of materials where it asks for them. A
//! command gets an environment without secrets, a time limit and a process group that ends with it; an image runs in a
//! cage without a network that sees nothing else of this machine. What it answers is read with limits.

mod answer;
mod call;
mod container;
mod environment;
mod rootfs;
mod said;
#[cfg(test)]
mod tests;

pub use call::{External, Needs, scan};
pub use environment::environment;
pub use rootfs::{Rootfs, Unpacking};

use crate::finding::{Rule, Severity};

/// What this scanner finds beside what the scanners of the configuration name themselves.
pub const RULES: &[Rule] = &[Rule {
    id: "external-failed",
    severity: Some(Severity::High),
    text: "A scanner of the configuration that answers with its exit code says that the image is not good.",
    bad: "`command: [check-banner, \"{rootfs}\"]` with `answers: exit` ends with exit code 1",
    good: "it ends with exit code 0",
}];

/// The most characters of a line that somebody else wrote.
const LINE: usize = 300;

/// The first line of what a program said, without control characters, for a message.
pub(in crate::scan) fn first_line(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(&said[..said.len().min(16 << 10)]);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it says nothing");
    plain(line, LINE)
}

/// A text of somebody else's without control characters, which a terminal would obey.
pub(in crate::scan) fn plain(text: &str, most: usize) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(most).collect::<String>().trim().to_owned()
}
