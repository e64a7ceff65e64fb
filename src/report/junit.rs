//! `--junit FILE`: a suite for each image, a case for each of its steps.

use super::clean;
use super::file::{Finish, WriteError, replace};
use super::ledger::{Image, ImageEnd, Ledger, StepEnd};
use crate::event::{Event, ImageOutcome, Sink, Step, StepOutcome};
use crate::testing::{Case, CaseOutcome};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Collects events and writes them as JUnit XML at the end.
pub struct JUnit {
    path: PathBuf,
    ledger: Mutex<Ledger>,
}

impl JUnit {
    /// Will write to `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ledger: Mutex::default() }
    }
}

impl Sink for JUnit {
    fn take(&self, event: &Event) {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner).take(event);
    }
}

impl Finish for JUnit {
    fn finish(&self) -> Result<(), WriteError> {
        const WHAT: &str = "the JUnit report";
        let report = report(&self.ledger.lock().unwrap_or_else(PoisonError::into_inner));
        let xml =
            report.to_string().map_err(|error| WriteError { what: WHAT, path: self.path.clone(), source: io::Error::other(error) })?;
        replace(WHAT, &self.path, xml.as_bytes())
    }
}

fn report(ledger: &Ledger) -> Report {
    let mut report = Report::new("cooperage");
    // quick-junit's type of time is inferred, so that its time library needs no place among our dependencies.
    report.timestamp = ledger.started.as_deref().and_then(|at| at.parse().ok());
    report.time = ledger.end.map(|end| time(end.seconds));
    report.add_test_suites(ledger.images().iter().map(suite));
    report
}

fn suite(image: &Image) -> TestSuite {
    let mut suite = TestSuite::new(&image.name);
    suite.add_property(("reference", image.reference.as_str()));
    if let Some(end) = &image.end {
        suite.set_time(time(end.seconds));
        suite.add_property(("outcome", end.outcome.as_str()));
        if let Some(digest) = &end.digest {
            suite.add_property(("digest", digest.as_str()));
        }
    }
    suite.add_test_cases(image.steps.iter().map(|step| case_of_step(image, step)));
    suite.add_test_cases(image.cases.iter().map(|case| case_of_test(image, case)));
    suite.add_test_cases(case_of_image(image));
    suite
}

fn case_of_step(image: &Image, step: &StepEnd) -> TestCase {
    let mut status = match step.outcome {
        StepOutcome::Ok => TestCaseStatus::success(),
        StepOutcome::Failed => failure(NonSuccessKind::Failure, "failed", image.end.as_ref()),
        StepOutcome::Skipped => TestCaseStatus::skipped(),
        StepOutcome::Cancelled => failure(NonSuccessKind::Error, "cancelled", image.end.as_ref()),
    };
    if let Some(message) = step.message.as_deref().filter(|_| step.outcome != StepOutcome::Ok) {
        status.set_message(clean::line(message));
    }
    let mut case = TestCase::new(step.step.as_str(), status);
    case.set_classname(image.name.as_str()).set_time(time(step.seconds));
    let found: Vec<String> = image.found(step.step).map(clean::line).collect();
    if !found.is_empty() {
        case.set_system_out(found.join("\n"));
    }
    case
}

/// A test of an image, beside the step it was run in.
fn case_of_test(image: &Image, test: &Case) -> TestCase {
    // A test that failed in a step that is good was let pass by the policy.
    let passed = image.steps.iter().any(|step| step.step == Step::Test && step.outcome == StepOutcome::Ok);
    let mut status = match test.outcome {
        CaseOutcome::Failed | CaseOutcome::Timeout if passed => TestCaseStatus::skipped(),
        CaseOutcome::Passed => TestCaseStatus::success(),
        CaseOutcome::Skipped => TestCaseStatus::skipped(),
        CaseOutcome::Failed | CaseOutcome::Timeout => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    if test.outcome.is_bad() {
        status.set_type(test.outcome.as_str());
        let errors: Vec<String> = test.errors.iter().map(|error| clean::line(error)).collect();
        status.set_message(errors.first().cloned().unwrap_or_default());
        status.set_description(errors.join("\n"));
    }
    let mut case = TestCase::new(clean::line(&format!("{}: {}", test.kind.as_str(), test.name)), status);
    case.set_classname(image.name.as_str()).set_time(time(test.seconds));
    for (output, stream) in [(&test.stdout, true), (&test.stderr, false)] {
        if let Some(output) = output.as_ref().filter(|output| !output.is_empty()) {
            let output: Vec<String> = clean::lines(output).collect();
            if stream {
                case.set_system_out(output.join("\n"))
            } else {
                case.set_system_err(output.join("\n"))
            };
        }
    }
    case
}

/// What no step tells: an image without steps, or one that went wrong between them.
fn case_of_image(image: &Image) -> Option<TestCase> {
    let told = image.steps.iter().any(|step| matches!(step.outcome, StepOutcome::Failed | StepOutcome::Cancelled));
    let end = image.end.as_ref();
    let mut status = match end.map(|end| end.outcome) {
        Some(ImageOutcome::Failed) if !told => failure(NonSuccessKind::Failure, "failed", end),
        Some(ImageOutcome::Cancelled) if !told => failure(NonSuccessKind::Error, "cancelled", end),
        None if !told => failure(NonSuccessKind::Error, "unfinished", None),
        Some(ImageOutcome::Blocked | ImageOutcome::Skipped) => TestCaseStatus::skipped(),
        Some(_) if image.steps.is_empty() => TestCaseStatus::success(),
        _ => return None,
    };
    if !matches!(status, TestCaseStatus::Success { .. }) {
        status.set_message(clean::line(&image.why()));
    }
    let mut case = TestCase::new("image", status);
    case.set_classname(image.name.as_str());
    Some(case)
}

fn failure(kind: NonSuccessKind, word: &str, end: Option<&ImageEnd>) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(word);
    let tail: Vec<String> = end.into_iter().flat_map(|end| &end.log_tail).map(|line| clean::line(line)).collect();
    if !tail.is_empty() {
        status.set_description(tail.join("\n"));
    }
    status
}

/// `from_secs_f64` panics on what is no duration; a wrong number in an event must not.
fn time(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
