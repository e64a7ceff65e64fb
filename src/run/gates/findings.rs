//! Telling what a step found on an image, and whether that lets it go on.

use crate::event::{ImageDetails, Step};
use crate::finding::{Finding, Judged, Policy, Verdict};
use crate::run::work::failure::Failure;
use crate::run::work::steps::Teller;
use std::collections::BTreeMap;

/// How many findings are named where there is room for a line.
const NAMED: usize = 3;
/// How many are shown below a failure.
const SHOWN: usize = 12;

/// Tells the findings of a step: how many there are for the record, all of them in the detailed log, and in one line what
/// reaches the threshold where the step only warns.
///
/// # Errors
/// When they stop the image: what reaches the threshold, in short.
pub fn tell(step: Step, judged: &Judged, policy: &Policy, teller: &Teller) -> Result<(), Failure> {
    let counts: BTreeMap<String, u64> =
        judged.counts.by_severity().into_iter().map(|(severity, count)| (severity.to_owned(), count as u64)).collect();
    if !counts.is_empty() {
        teller.details(ImageDetails { findings: BTreeMap::from([(step, counts)]), ..ImageDetails::default() });
    }
    let reaching = reaching(judged, policy);
    let stops = |finding: &Finding| judged.verdict == Verdict::Blocked && reaching.iter().any(|one| std::ptr::eq(*one, finding));
    judged.findings.iter().filter(|finding| !stops(finding)).for_each(|finding| teller.note(step, &line(finding)));
    // What stops an image stands below its failure; a test that failed has said so itself.
    if judged.verdict == Verdict::Blocked && step != Step::Test {
        reaching.iter().skip(SHOWN).for_each(|finding| teller.note(step, &line(finding)));
        let log = teller.log(step);
        reaching.iter().take(SHOWN).for_each(|finding| log(&line(finding)));
    }
    match judged.verdict {
        Verdict::Passed => Ok(()),
        Verdict::Warned => {
            teller.warn(step.as_str(), format!("{}; the detailed log has all", short(&reaching, policy)));
            Ok(())
        }
        Verdict::Blocked => Err(Failure::of(short(&reaching, policy))),
    }
}

/// What counts, worst first.
fn reaching<'a>(judged: &'a Judged, policy: &Policy) -> Vec<&'a Finding> {
    let counts = |finding: &&Finding| finding.excepted_until.is_none() && finding.severity.reaches(policy.threshold);
    let mut list: Vec<&Finding> = judged.findings.iter().filter(counts).collect();
    list.sort_by_key(|finding| (finding.severity, finding.line));
    list
}

/// `2 findings reach error: DL3020 (line 3), DL3004 (line 7)`.
fn short(reaching: &[&Finding], policy: &Policy) -> String {
    let name = |finding: &&Finding| match (finding.line, &finding.affected) {
        (Some(line), None) => format!("{} (line {line})", finding.id),
        (_, Some(affected)) if !affected.package.is_empty() => format!("{} ({})", finding.id, affected.package),
        _ => finding.id.to_string(),
    };
    let mut named: Vec<String> = reaching.iter().take(NAMED).map(name).collect();
    if reaching.len() > NAMED {
        named.push(format!("{} more", reaching.len() - NAMED));
    }
    let (noun, verb) = if reaching.len() == 1 { ("finding", "reaches") } else { ("findings", "reach") };
    format!("{} {noun} {verb} {}: {}", reaching.len(), policy.threshold.as_str(), named.join(", "))
}

/// A finding on a line of its own.
fn line(finding: &Finding) -> String {
    let about = if finding.approximate { "about " } else { "" };
    let place = match (&finding.path, finding.line) {
        (Some(path), Some(line)) => format!(" {about}{path}:{line}"),
        (Some(path), None) => format!(" {path}"),
        _ => String::new(),
    };
    let until = finding.excepted_until.as_ref().map(|day| format!(" (accepted until {day})")).unwrap_or_default();
    format!("{} {}{place}: {}{until}", finding.severity.as_str(), finding.id, finding.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Severity, Step as Gate, judge};

    fn finding(id: &'static str, severity: Severity, line: Option<usize>) -> Finding {
        Finding::new(id, severity, "m").at(None, line, None)
    }

    #[test]
    fn the_worst_are_named_and_the_others_counted() {
        let policy = Policy { threshold: Severity::Info, ..Policy::default_of(Gate::Lint) };
        let list = vec![
            finding("d", Severity::Info, Some(1)),
            finding("c", Severity::Warning, Some(9)),
            finding("b", Severity::Warning, None),
            finding("a", Severity::Error, Some(7)),
            finding("e", Severity::Style, Some(2)),
        ];
        let judged = judge(list, &policy, "x:1", None, "2026-11-21".parse().unwrap());
        assert_eq!(short(&reaching(&judged, &policy), &policy), "4 findings reach info: a (line 7), b, c (line 9), 1 more");
    }
}
