//! The scan as a gate of a run: after the test, before anything is published.

use super::image::{Named, Scanning};
use super::origin::Origin;
use crate::event::{ImageDetails, Step};
use crate::finding::{Finding, Mode, Policy};
use crate::run::gates::findings::tell;
use crate::run::work::failure::Failure;
use crate::run::work::steps::Teller;
use crate::scan::Scanned;

/// The scan of one image of a run.
pub struct ScanGate<'a> {
    /// What all images share.
    pub scanning: &'a Scanning,
    /// What follows from findings.
    pub policy: Policy,
    /// Who tells.
    pub teller: &'a Teller,
}

/// A finding in one line.
fn line(finding: &Finding) -> String {
    let package = finding.affected.as_ref().filter(|affected| !affected.package.is_empty()).map(|affected| {
        let fixed = affected.fixed.as_ref().map(|fixed| format!(", fixed in {fixed}")).unwrap_or_default();
        format!(" {} {}{fixed}", affected.package, affected.version)
    });
    format!("{} {}{}: {}", finding.severity.as_str(), finding.id, package.unwrap_or_default(), finding.message)
}

impl ScanGate<'_> {
    /// Reads the image from the engine, and tells what is in it. Nothing is read where the policy says `off`.
    ///
    /// # Errors
    /// When the policy stops the image, for what was found or because a scanner could not do its work, and when the engine
    /// cannot be used.
    pub async fn pass(&self, named: Named<'_>, origin: &Origin) -> Result<(), Failure> {
        if self.policy.mode == Mode::Off {
            return Ok(());
        }
        let run = async {
            let scanned = self.scanning.image(named, origin, &self.policy, self.teller.progress(Step::Scan)).await?;
            let mut found: Vec<&Finding> = scanned.findings().filter(|finding| finding.excepted_until.is_none()).collect();
            found.sort_by_key(|finding| finding.severity);
            let (inventory, found) = (scanned.inventory.clone(), Some(found.into_iter().map(line).collect()));
            self.teller.details(ImageDetails { inventory, found, ..ImageDetails::default() });
            let told = tell(Step::Scan, &scanned.as_judged(&self.policy), &self.policy, self.teller);
            let passed = match (told, self.tell_errors(&scanned)) {
                (Err(found), Err(lacking)) => Err(Failure::of(format!("{found}\n{lacking}"))),
                (told, complete) => told.and(complete),
            };
            passed.map(|()| ((), None))
        };
        self.teller.step(Step::Scan, run).await
    }

    /// A gate does not open where nobody can say what stands behind it.
    fn tell_errors(&self, scanned: &Scanned) -> Result<(), Failure> {
        let errors: Vec<String> = scanned.errors().map(|(who, error)| format!("{who}: {}", error.replace('\n', "; "))).collect();
        match (errors.is_empty(), self.policy.mode) {
            (true, _) => Ok(()),
            (false, Mode::Gate) => Err(Failure::of(format!("the scan is not complete: {}", errors.join("\n")))),
            (false, _) => {
                errors.iter().for_each(|error| self.teller.note(Step::Scan, error));
                self.teller.warn("scan", format!("the scan is not complete: {}", errors.join("; ")));
                Ok(())
            }
        }
    }
}
