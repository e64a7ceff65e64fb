//! What came of scanning one image.

use super::{Os, Report, Status};
use crate::finding::{Counts, Finding, Judged, Mode, Policy, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

/// What came of scanning one image, in the shape of CLI.md.
#[derive(Clone, Debug, Serialize)]
pub struct Scanned {
    /// The definition, where it is one's.
    pub name: Option<String>,
    /// The image.
    pub reference: String,
    /// The digest of its config.
    pub image_id: Option<String>,
    /// Of its manifest, where it was read from a registry or a layout.
    pub digest: Option<String>,
    /// Its system.
    pub os: Option<System>,
    /// What the scanners found, each by itself.
    pub scanners: Vec<Report>,
    /// How many packages there are of each type.
    pub packages: BTreeMap<&'static str, usize>,
    /// What changed since another version of the image.
    pub diff: Option<Difference>,
    /// The digest of its inventory, under which that is kept.
    pub inventory: Option<String>,
    /// Why it could not be read: nothing was scanned.
    pub error: Option<String>,
    /// Exceptions whose day is over.
    pub expired: Vec<Finding>,
    /// How many findings reach the threshold.
    pub reached: usize,
    /// Whether they stop the image.
    pub gated: bool,
    /// How long it took.
    pub seconds: f64,
}

/// A system, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct System {
    /// `ID` of os-release.
    pub id: String,
    /// `VERSION_ID` of os-release.
    pub version: String,
}

/// What changed between two versions of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The other version.
    pub reference: String,
    /// What it did not have.
    pub added: Vec<Finding>,
    /// What it had, and is gone.
    pub fixed: Vec<Finding>,
    /// Why nothing can be said of some of it.
    pub error: Option<String>,
}

impl System {
    /// Of what os-release says; none where it says nothing.
    pub fn of(os: &Os) -> Option<Self> {
        (!os.id.is_empty()).then(|| Self { id: os.id.clone(), version: os.version.clone() })
    }
}

impl Scanned {
    /// An image of which nothing is known yet.
    pub fn new(reference: &str, name: Option<&str>) -> Self {
        Self {
            name: name.map(str::to_owned),
            reference: reference.to_owned(),
            image_id: None,
            digest: None,
            os: None,
            scanners: Vec::new(),
            packages: BTreeMap::new(),
            diff: None,
            inventory: None,
            error: None,
            expired: Vec::new(),
            reached: 0,
            gated: false,
            seconds: 0.0,
        }
    }

    /// Everything that was found, of all scanners, and exceptions that ended.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.scanners.iter().flat_map(|report| &report.findings).chain(&self.expired)
    }

    /// How many findings of each severity there are, those under an exception apart.
    pub fn counts(&self) -> Counts {
        Counts::of(self.findings())
    }

    /// What scanners could not do, each with its name, and why the image could not be read.
    pub fn errors(&self) -> impl Iterator<Item = (&str, &str)> {
        let reports = self.scanners.iter().filter_map(|report| Some((report.name.as_str(), report.error.as_deref()?)));
        self.error.iter().map(|error| ("image", error.as_str())).chain(reports)
    }

    /// Whether all scanners did their work and nothing stops the image.
    pub fn is_good(&self) -> bool {
        !self.gated && self.error.is_none() && self.scanners.iter().all(|report| report.status != Status::Error)
    }

    /// As policy judged it.
    pub fn as_judged(&self, policy: &Policy) -> Judged {
        let verdict = match (self.reached, policy.mode) {
            _ if self.gated => Verdict::Blocked,
            (0, _) | (_, Mode::Off) => Verdict::Passed,
            _ => Verdict::Warned,
        };
        Judged { findings: self.findings().cloned().collect(), counts: self.counts(), reached: self.reached, verdict }
    }

    /// Takes what policy says of the findings of all scanners.
    pub fn judged(&mut self, judged: Judged) {
        let mut findings = judged.findings.into_iter();
        for report in &mut self.scanners {
            let count = report.findings.len();
            report.findings = findings.by_ref().take(count).collect();
            report.findings.sort_by(|a, b| (a.severity, &a.id, &a.message).cmp(&(b.severity, &b.id, &b.message)));
        }
        self.expired = findings.collect();
        self.reached = judged.reached;
        self.gated = judged.verdict == Verdict::Blocked;
    }
}
