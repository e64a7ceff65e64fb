//! An image that was read, as scanners that run side by side share it.

use super::folder::NO_ADVISORIES;
use super::foreign;
use super::origin::Origin;
use super::read::Reader;
use crate::config::{ScannerSettings, VulnerabilityScanner};
use crate::engine::Engine;
use crate::fetch::Fetcher;
use crate::name::Digest;
use crate::scan::vulnerabilities::{self, Advisories};
use crate::scan::{Found, Insides, Subject, capabilities, languages, updates, verify};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What scanners work with, the same for all images of a call.
pub struct Tools {
    /// What the configuration says.
    pub settings: ScannerSettings,
    /// Asks servers.
    pub fetcher: Arc<Fetcher>,
    /// What is known of vulnerabilities.
    pub advisories: Advisories,
    /// The environment of the call.
    pub env: BTreeMap<String, String>,
    /// The time of the call.
    pub now: Timestamp,
    /// Ends everything.
    pub cancel: CancellationToken,
}

/// An image that was read.
pub struct Examined {
    /// How people name it.
    pub reference: String,
    /// The definition, where it is one's.
    pub name: Option<String>,
    /// The digest of its config.
    pub id: Digest,
    /// Where it was read from.
    pub origin: Origin,
    /// The engine, for scanners that are images.
    pub engine: Option<Arc<dyn Engine>>,
    /// What is inside it.
    pub inside: Insides,
    /// What scanners work with.
    pub tools: Arc<Tools>,
    /// Reads it again. A scanner that computes on after an interruption does not keep what the reader has on disk.
    pub reader: Weak<Reader>,
    /// Who has something of it in a folder for temporary files.
    pub held: TaskTracker,
}

impl Examined {
    /// Whether a scanner leaves files or containers behind where nobody waits for its end.
    pub fn is_held_by(&self, name: &str, external: Option<usize>) -> bool {
        let program = self.tools.settings.vulnerabilities != VulnerabilityScanner::Builtin;
        external.is_some() || (program && name == "vulnerabilities")
    }

    /// As scanners take it.
    pub fn subject(&self) -> Subject<'_> {
        self.inside.subject(&self.reference, self.name.as_deref(), &self.tools.settings, self.tools.now)
    }

    /// Has one scanner look at it; `external` is its place among those of the configuration.
    pub async fn look(&self, name: &str, external: Option<usize>) -> Found {
        if let Some(scanner) = external.and_then(|at| self.tools.settings.external.get(at)) {
            return foreign::external(self, scanner).await;
        }
        let subject = self.subject();
        match name {
            "updates" => updates::scan(&subject, &self.tools.fetcher).await,
            "verify" => verify::scan(&subject).await,
            "capabilities" => capabilities::scan(&subject).await,
            "languages" => languages::scan(&subject, &self.tools.fetcher).await,
            "vulnerabilities" => self.vulnerabilities().await,
            // The inventory was taken before any scanner looked.
            _ => Found { findings: Vec::new(), errors: self.inside.inventory.troubles.clone() },
        }
    }

    async fn vulnerabilities(&self) -> Found {
        if let Some(found) = foreign::vulnerabilities(self).await {
            return found;
        }
        if self.tools.advisories.is_empty() {
            return Found { findings: Vec::new(), errors: vec![NO_ADVISORIES.to_owned()] };
        }
        vulnerabilities::scan(&self.subject(), &self.tools.advisories).await
    }
}
