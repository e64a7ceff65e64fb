//! Findings and policy together: what is told, and whether the image goes on.

use super::policy::{Mode, Policy};
use super::shape::{Counts, Finding};
use jiff::civil::Date;

/// What follows for an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing reaches the threshold.
    Passed,
    /// Something does, and the step only tells.
    Warned,
    /// Something does, and the image goes no further.
    Blocked,
}

/// The findings of a step on one image, judged.
#[derive(Clone, Debug)]
pub struct Judged {
    /// All of them, those under an exception marked; expired exceptions at the end.
    pub findings: Vec<Finding>,
    /// How many of each severity.
    pub counts: Counts,
    /// How many reach the threshold.
    pub reached: usize,
    /// What follows.
    pub verdict: Verdict,
}

/// Judges the findings of a step on one image. `reference` is that of the image, without a stamp. With the mode `off`
/// nothing is told.
pub fn judge(findings: Vec<Finding>, policy: &Policy, reference: &str, subject: Option<&str>, today: Date) -> Judged {
    if policy.mode == Mode::Off {
        return Judged { findings: Vec::new(), counts: Counts::default(), reached: 0, verdict: Verdict::Passed };
    }
    let mut findings = findings;
    for finding in &mut findings {
        let covers = policy.ignore.iter().filter(|exception| exception.holds(today) && exception.covers(finding, reference));
        finding.excepted_until = covers.map(|exception| exception.until).max().map(|day| day.to_string());
    }
    let expired = policy.ignore.iter().filter(|exception| !exception.holds(today) && exception.is_for(reference));
    findings.extend(expired.map(|exception| exception.expired(policy.step.family(), subject)));
    let counts = Counts::of(&findings);
    let counting = |finding: &&Finding| finding.excepted_until.is_none() && finding.severity.reaches(policy.threshold);
    let reached = findings.iter().filter(counting).count();
    let verdict = match (reached, policy.mode) {
        (0, _) => Verdict::Passed,
        (_, Mode::Gate) => Verdict::Blocked,
        _ => Verdict::Warned,
    };
    Judged { findings, counts, reached, verdict }
}

#[cfg(test)]
mod tests {
    use super::super::{EXPIRED, Exception, Severity, Step};
    use super::*;

    fn finding(id: &'static str, severity: Severity) -> Finding {
        Finding::new(id, severity, "m").about(Some("app"))
    }

    fn today() -> Date {
        "2026-11-21".parse().unwrap()
    }

    fn policy(mode: Mode, threshold: Severity, ignore: &[(&str, &str, &str)]) -> Policy {
        let ignore = ignore.iter().map(|(id, image, until)| Exception::new(id, image, until, "because").unwrap()).collect();
        Policy { step: Step::Lint, mode, threshold, ignore }
    }

    fn judged(findings: Vec<Finding>, policy: &Policy) -> Judged {
        judge(findings, policy, "r.example/team/app:1.0", Some("app"), today())
    }

    #[test]
    fn the_threshold_decides_and_the_mode_says_what_follows() {
        let findings = || vec![finding("a", Severity::Warning), finding("b", Severity::Info)];
        for (mode, threshold, reached, verdict) in [
            (Mode::Gate, Severity::Error, 0, Verdict::Passed),
            (Mode::Gate, Severity::Warning, 1, Verdict::Blocked),
            (Mode::Warn, Severity::Info, 2, Verdict::Warned),
        ] {
            let judged = judged(findings(), &policy(mode, threshold, &[]));
            assert_eq!((judged.reached, judged.verdict), (reached, verdict), "{mode:?} {threshold:?}");
            assert_eq!((judged.counts.warning, judged.counts.info), (1, 1));
        }
    }

    #[test]
    fn off_tells_nothing() {
        let judged = judged(vec![finding("a", Severity::Error)], &policy(Mode::Off, Severity::Error, &[("x", "*", "2020-01-01")]));
        assert_eq!((judged.findings.len(), judged.counts, judged.verdict), (0, Counts::default(), Verdict::Passed));
    }

    #[test]
    fn an_exception_holds_for_its_id_image_and_days_and_is_told_after() {
        for (exception, verdict, told) in [
            (("a", "*", "2026-11-21"), Verdict::Passed, 1),
            (("*", "*/app:*", "2027-01-01"), Verdict::Passed, 1),
            (("a", "*/web:*", "2027-01-01"), Verdict::Blocked, 1),
            (("b", "*", "2027-01-01"), Verdict::Blocked, 1),
            (("a", "*", "2026-11-20"), Verdict::Blocked, 2),
            (("a", "*/web:*", "2026-11-20"), Verdict::Blocked, 1),
        ] {
            let judged = judged(vec![finding("a", Severity::Error)], &policy(Mode::Gate, Severity::Error, &[exception]));
            assert_eq!((judged.verdict, judged.findings.len()), (verdict, told), "{exception:?}");
        }
    }

    #[test]
    fn what_ended_is_a_finding_that_no_exception_covers() {
        let exceptions = [("*", "*", "2027-01-01"), ("a", "*", "2026-11-20")];
        let judged = judged(vec![finding("a", Severity::Error)], &policy(Mode::Gate, Severity::Warning, &exceptions));
        assert_eq!(judged.findings[0].excepted_until.as_deref(), Some("2027-01-01"));
        assert_eq!(
            (judged.findings[1].id.as_ref(), judged.findings[1].severity, judged.verdict),
            (EXPIRED, Severity::Warning, Verdict::Blocked)
        );
        assert_eq!((judged.counts.excepted, judged.counts.warning), (1, 1));
    }
}
