//! The rules of all scanners.

use super::{capabilities, external, languages, updates, verify, vulnerabilities};
use crate::finding::Rule;

/// The rules of each scanner that has some, with its name.
pub const RULES: &[(&str, &[Rule])] = &[
    ("updates", updates::RULES),
    ("verify", verify::RULES),
    ("languages", languages::RULES),
    ("capabilities", capabilities::LABEL_RULES),
    ("capabilities", capabilities::FILE_RULES),
    ("capabilities", capabilities::SECRET_RULES),
    ("vulnerabilities", vulnerabilities::RULES),
    ("external", external::RULES),
];

/// All of them.
pub fn rules() -> Vec<Rule> {
    RULES.iter().flat_map(|(_, rules)| rules.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Family;
    use crate::scan::scanner;
    use std::collections::BTreeSet;

    #[test]
    fn ids_mean_one_thing_and_severities_are_those_of_scans() {
        let ids: Vec<&str> = rules().iter().map(|rule| rule.id).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
        for (name, rules) in RULES {
            assert!(scanner(name).is_some(), "{name}");
            assert!(rules.iter().all(|rule| rule.severity.is_none_or(|severity| severity.family() == Family::Contents)), "{name}");
        }
    }
}
