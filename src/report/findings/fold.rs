//! Findings that one correction in one place ends, told once: hundreds of images may start from a base that is not listed.

use super::place;
use crate::finding::Finding;
use std::collections::HashMap;

/// Rules whose findings are corrected in the configuration, so that their places say little.
const CORRECTED_AT_ONCE: [&str; 1] = ["unlisted_base"];

/// So many are told one by one.
const FEW: usize = 3;

/// Which findings stand below another one.
pub(super) struct Folds {
    /// The places of the others, by the finding that is told.
    others: HashMap<usize, Vec<String>>,
    hidden: Vec<bool>,
}

impl Folds {
    /// Puts findings together that say the same, each of its own definition.
    pub(super) fn of(findings: &[Finding]) -> Self {
        let mut alike: HashMap<[Option<&str>; 4], Vec<usize>> = HashMap::new();
        for (at, finding) in findings.iter().enumerate().filter(|(_, finding)| CORRECTED_AT_ONCE.contains(&finding.id.as_ref())) {
            let said = finding.subject.as_deref().and_then(|name| finding.message.strip_prefix(name)).unwrap_or(&finding.message);
            let said = [Some(finding.id.as_ref()), Some(said), finding.help.as_deref(), finding.excepted_until.as_deref()];
            alike.entry(said).or_default().push(at);
        }
        let mut folds = Self { others: HashMap::new(), hidden: vec![false; findings.len()] };
        for group in alike.into_values().filter(|group| group.len() > FEW) {
            let Some((first, others)) = group.split_first() else { continue };
            others.iter().for_each(|at| folds.hidden[*at] = true);
            let places = others.iter().map(|at| place(&findings[*at]).trim_end_matches(": ").to_owned());
            folds.others.insert(*first, places.collect());
        }
        folds
    }

    /// Whether another one stands for it.
    pub(super) fn hides(&self, at: usize) -> bool {
        self.hidden.get(at).copied().unwrap_or_default()
    }

    /// The line below a finding that stands for others.
    pub(super) fn below(&mut self, at: usize) -> String {
        let Some(places) = self.others.remove(&at) else { return String::new() };
        let more = places.len().checked_sub(FEW).filter(|more| *more > 0).map(|more| format!(", {more} more")).unwrap_or_default();
        let named: Vec<&str> = places.iter().take(FEW).map(String::as_str).collect();
        format!("  the same in {} more: {}{more}\n", places.len(), named.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use crate::finding::{Counts, Finding, Severity};
    use crate::report::{Screen, findings};

    fn many(id: &'static str, count: usize) -> String {
        let one = |at: usize| {
            Finding::new(id, Severity::Error, format!("d{at} is built on debian:12"))
                .about(Some(format!("d{at}")))
                .at(Some(format!("d{at}/Dockerfile")), Some(1), None)
                .help(Some("add debian:12 to base_images"))
        };
        let list: Vec<Finding> = (0..count).map(one).collect();
        findings(&list, &Counts::of(&list), &Screen::plain())
    }

    #[test]
    fn what_one_line_of_the_configuration_ends_is_told_once() {
        let expected = "d0/Dockerfile:1: error[unlisted_base]: d0 is built on debian:12\n  help: add debian:12 to base_images\n  \
            the same in 5 more: d1/Dockerfile:1, d2/Dockerfile:1, d3/Dockerfile:1, 2 more\n6 errors, 0 warnings\n";
        assert_eq!(many("unlisted_base", 6), expected);
        assert!(many("unlisted_base", 4).contains("the same in 3 more: d1/Dockerfile:1, d2/Dockerfile:1, d3/Dockerfile:1\n"));
    }

    #[test]
    fn a_few_and_those_of_other_rules_are_all_told() {
        assert_eq!(many("unlisted_base", 3).matches("help:").count(), 3);
        assert_eq!(many("DL3008", 6).matches("help:").count(), 6);
    }
}
