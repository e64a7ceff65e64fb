//! The one table of scanners; the documentation is written from it.

use super::Found;
use super::external::plain;
use crate::finding::Finding;

/// The longest error of a scanner, in characters: names of images' files stand in it.
const LONGEST: usize = 10_000;

/// A scanner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scanner {
    /// As `--only`, `off` and documents name it.
    pub name: &'static str,
    /// What it looks at, and what it tells.
    pub text: &'static str,
    /// Whether it asks somebody over the network.
    pub network: bool,
}

/// What came of a scanner on one image.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Report {
    /// The scanner.
    pub name: String,
    /// How it ended.
    pub status: Status,
    /// How long it took.
    pub seconds: f64,
    /// What it could not do; findings may be there all the same.
    pub error: Option<String>,
    /// What it found.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Of a scanner that ran for so many seconds. Each error stays one line, whatever others wrote into it.
    pub fn of(name: String, found: Found, seconds: f64) -> Self {
        let status = match (found.errors.is_empty(), found.findings.is_empty()) {
            (false, _) => Status::Error,
            (true, false) => Status::Findings,
            (true, true) => Status::Ok,
        };
        let errors: Vec<String> = found.errors.iter().map(|error| plain(error, LONGEST)).collect();
        let error = (!errors.is_empty()).then(|| errors.join("\n"));
        Self { name, status, seconds, error, findings: found.findings }
    }
}

/// How a scanner ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It found nothing.
    Ok,
    /// It found something.
    Findings,
    /// It could not do its work, or not all of it.
    Error,
    /// It did not run.
    Off,
}

const fn scanner_of(name: &'static str, network: bool, text: &'static str) -> Scanner {
    Scanner { name, text, network }
}

/// Every scanner, in the order in which reports show them.
pub const SCANNERS: &[Scanner] = &[
    scanner_of("inventory", false, "The packages of the image, of its system and of programming languages."),
    scanner_of("updates", true, "Packages of the system that the image's own repositories have in a newer version."),
    scanner_of("verify", false, "Files of packages that are not as the packages brought them."),
    scanner_of("languages", true, "Packages of Python, Node, Ruby and Rust that their indexes have in a newer version."),
    scanner_of("capabilities", false, "Privileges: how the image wants to be run, setuid files, capabilities, root, secrets, shells."),
    scanner_of("vulnerabilities", false, "Packages with known vulnerabilities."),
    scanner_of("external", false, "Scanners of the configuration."),
];

/// The scanner of this name.
pub fn scanner(name: &str) -> Option<&'static Scanner> {
    SCANNERS.iter().find(|scanner| scanner.name == name)
}
