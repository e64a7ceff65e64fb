//! `cooperage.scanners`: what the scanners of an image are told beyond the policy.

use super::duration;
use super::kind::Kind;
use schemars::JsonSchema;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What the scanners are told; a part that is not said is as below.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct ScannerSettings {
    /// Scanners that do not run, by name.
    pub off: Vec<String>,
    /// The longest that one scanner may take on one image; 5 minutes.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(schema_with = "duration::schema")]
    pub timeout: Duration,
    /// Folder of what was read in layers, so that none is read twice. Null: the user's cache folder.
    pub cache: Option<PathBuf>,
    /// The most MiB that folder holds; what was not used for longest goes first. 2048.
    #[schemars(range(min = 1, max = 65535))]
    pub cache_mib: usize,
    /// The most MiB of an image's files that are unpacked for a scanner that asks for `{rootfs}`. 16384.
    #[schemars(range(min = 1, max = 65535))]
    pub rootfs_mib: usize,
    /// Addresses of package repositories, each by its beginning, and what stands there instead: a mirror.
    pub mirrors: BTreeMap<String, String>,
    /// Hosts on this machine or in private networks, with or without port, that package repositories of images may stand at; no
    /// other such host is asked because an image names it.
    pub private: Vec<String>,
    /// Folders or files of keys that repositories may be signed with, beside those in the image.
    pub keys: Vec<PathBuf>,
    /// Indexes of language packages, by kind (pypi, npm, gem, cargo); a kind without an address is not asked for.
    pub indexes: BTreeMap<String, String>,
    /// Patterns of paths that verify passes over, beside its own table.
    pub noise: Vec<String>,
    /// Advisories in the OSV form: folders, zip files, or addresses of a mirror.
    pub advisories: Vec<String>,
    /// Whether vulnerabilities without a fixed version are told.
    pub unfixed: bool,
    /// Who looks for vulnerabilities.
    pub vulnerabilities: VulnerabilityScanner,
    /// Further scanners.
    pub external: Vec<ExternalScanner>,
}

/// Who looks for vulnerabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum VulnerabilityScanner {
    /// Our own, with the advisories.
    #[default]
    Builtin,
    /// The program trivy.
    Trivy,
    /// The program grype.
    Grype,
}

/// A command or an image that scans.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct ExternalScanner {
    /// What it is called, as `--only` and findings name it.
    pub name: String,
    /// The program and its arguments; `{image}`, `{rootfs}` and `{sbom}` stand for what they say.
    pub command: Vec<String>,
    /// An image that the command runs in, without a network.
    #[serde(default)]
    pub image: Option<String>,
    /// How it answers.
    #[serde(default)]
    pub answers: ExternalAnswer,
}

/// How an external scanner answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum ExternalAnswer {
    /// A list of findings as JSON.
    #[default]
    Json,
    /// SARIF.
    Sarif,
    /// Its exit code: 0 is good.
    Exit,
}

impl Default for ScannerSettings {
    fn default() -> Self {
        Self {
            off: Vec::new(),
            timeout: Duration::from_secs(300),
            cache: None,
            cache_mib: 2048,
            rootfs_mib: 16384,
            mirrors: BTreeMap::new(),
            private: Vec::new(),
            keys: Vec::new(),
            indexes: BTreeMap::new(),
            noise: Vec::new(),
            advisories: Vec::new(),
            unfixed: true,
            vulnerabilities: VulnerabilityScanner::Builtin,
            external: Vec::new(),
        }
    }
}

/// What the key may hold.
pub(super) const KIND: Kind = Kind::Fields(&[
    ("off", Kind::Texts),
    ("timeout", Kind::Duration),
    ("cache", Kind::Path),
    ("cache_mib", Kind::Count),
    ("rootfs_mib", Kind::Count),
    ("mirrors", Kind::TextMap),
    ("private", Kind::Texts),
    ("keys", Kind::ListOf(&Kind::Path)),
    ("indexes", Kind::Fields(&[("pypi", Kind::Text), ("npm", Kind::Text), ("gem", Kind::Text), ("cargo", Kind::Text)])),
    ("noise", Kind::Texts),
    ("advisories", Kind::Texts),
    ("unfixed", Kind::Flag),
    ("vulnerabilities", Kind::Choice(&["builtin", "trivy", "grype"])),
    (
        "external",
        Kind::ListOf(&Kind::Fields(&[
            ("name", Kind::Text),
            ("command", Kind::Texts),
            ("image", Kind::Text),
            ("answers", Kind::Choice(&["json", "sarif", "exit"])),
        ])),
    ),
]);
