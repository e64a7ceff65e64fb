//! What a scanner is given, and what it gives back.

use super::{Contents, ImageConfig, Inventory};
use crate::config::ScannerSettings;
use crate::finding::Finding;
use jiff::Timestamp;

/// An image that is scanned.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// How people name it.
    pub reference: &'a str,
    /// The definition, where it is one's; the subject of findings.
    pub name: Option<&'a str>,
    /// Its layers on top of each other.
    pub contents: &'a Contents,
    /// Its packages.
    pub inventory: &'a Inventory,
    /// Its config.
    pub config: &'a ImageConfig,
    /// What the configuration says.
    pub settings: &'a ScannerSettings,
    /// The time of the call.
    pub now: Timestamp,
}

/// What a scanner found, and what it could not do: one never hides the other.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What it found.
    pub findings: Vec<Finding>,
    /// What it could not do, each in a sentence that says what to do.
    pub errors: Vec<String>,
}
