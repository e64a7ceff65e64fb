//! What failed tests of one image lead to in a run.

use crate::finding::{Finding, Judged, Mode, Policy, Severity, judge};
use crate::testing::Case;
use jiff::civil::Date;

/// The policy for the tests of one image.
#[derive(Clone, Debug)]
pub struct TestPolicy {
    /// The policy.
    pub policy: Policy,
    /// The definition.
    pub name: String,
    /// The image's reference without a stamp, which exceptions match.
    pub reference: String,
    /// The day, in UTC.
    pub today: Date,
}

impl TestPolicy {
    /// Whether there is nothing to run.
    pub fn is_off(&self) -> bool {
        self.policy.mode == Mode::Off
    }

    /// Judges what was run. A finding is a case that is bad; its id is the case's name.
    pub fn judge(&self, cases: &[Case]) -> Judged {
        let findings = cases.iter().filter(|case| case.outcome.is_bad()).map(|case| self.finding(case));
        judge(findings.collect(), &self.policy, &self.reference, Some(&self.name), self.today)
    }

    /// Whether a case that is bad stops the image.
    pub fn stops(&self, case: &Case) -> bool {
        let finding = self.finding(case);
        let holds = self.policy.ignore.iter().any(|exception| exception.holds(self.today) && exception.covers(&finding, &self.reference));
        self.policy.mode == Mode::Gate && !holds
    }

    fn finding(&self, case: &Case) -> Finding {
        let message = case.errors.first().cloned().unwrap_or_else(|| format!("the {} test is not good", case.kind.as_str()));
        Finding::new(case.name.clone(), Severity::Error, message).about(Some(&self.name))
    }
}
