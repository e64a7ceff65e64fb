//! What a scanner is given, and what it gives back.

use super::{Contents, ImageConfig, Inventory, Package};
use crate::config::ScannerSettings;
use crate::finding::{Affected, Finding};
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

/// What is inside an image: what a [`Subject`] looks at.
#[derive(Debug, Default)]
pub struct Insides {
    /// Its layers on top of each other.
    pub contents: Contents,
    /// Its packages.
    pub inventory: Inventory,
    /// Its config.
    pub config: ImageConfig,
}

impl Insides {
    /// The image with this, under a reference and, where it is a definition's, a name.
    pub fn subject<'a>(&'a self, reference: &'a str, name: Option<&'a str>, settings: &'a ScannerSettings, now: Timestamp) -> Subject<'a> {
        Subject { reference, name, contents: &self.contents, inventory: &self.inventory, config: &self.config, settings, now }
    }
}

impl Subject<'_> {
    /// What a finding in a package is in; `fixed` is the version that has it no more.
    pub fn affected(&self, package: &Package, fixed: Option<String>) -> Affected {
        let (name, version) = (package.name.clone(), package.version.clone());
        Affected { package: name, version, fixed, layer: self.layer(package.layer) }
    }

    /// What a finding is in that is in no package.
    pub fn in_layer(&self, number: usize) -> Affected {
        Affected { package: String::new(), version: String::new(), fixed: None, layer: self.layer(number) }
    }

    /// The digest of a layer, by its number from the lowest.
    pub fn layer(&self, number: usize) -> Option<String> {
        self.contents.layers().get(number)?.diff_id.as_ref().map(ToString::to_string)
    }
}

/// What a scanner found, and what it could not do: one never hides the other.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What it found.
    pub findings: Vec<Finding>,
    /// What it could not do, each in a sentence that says what to do.
    pub errors: Vec<String>,
}
