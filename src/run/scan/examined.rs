//! An image that was read, as scanners that run side by side share it.

use crate::config::ScannerSettings;
use crate::fetch::Fetcher;
use crate::scan::{Contents, Found, ImageConfig, Inventory, Subject, languages, updates};
use jiff::Timestamp;
use std::sync::Arc;

/// An image that was read.
pub struct Examined {
    /// How people name it.
    pub reference: String,
    /// The definition, where it is one's.
    pub name: Option<String>,
    /// Its layers.
    pub contents: Contents,
    /// Its packages.
    pub inventory: Inventory,
    /// Its config.
    pub config: ImageConfig,
    /// What the configuration says.
    pub settings: Arc<ScannerSettings>,
    /// Asks servers.
    pub fetcher: Arc<Fetcher>,
    /// The time of the call.
    pub now: Timestamp,
}

impl Examined {
    /// As scanners take it.
    pub fn subject(&self) -> Subject<'_> {
        Subject {
            reference: &self.reference,
            name: self.name.as_deref(),
            contents: &self.contents,
            inventory: &self.inventory,
            config: &self.config,
            settings: &self.settings,
            now: self.now,
        }
    }

    /// Has one scanner look at it; `external` is its place among those of the configuration.
    pub async fn look(&self, name: &str, _external: Option<usize>) -> Found {
        match name {
            "inventory" => Found { findings: Vec::new(), errors: self.inventory.troubles.clone() },
            "updates" => updates::scan(&self.subject(), &self.fetcher).await,
            "languages" => languages::scan(&self.subject(), &self.fetcher).await,
            _ => Found::default(),
        }
    }
}
