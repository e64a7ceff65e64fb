//! From differences to findings that people can read: many files of a package with the same difference are one finding.

use super::RULES;
use super::letters::Letters;
use super::recorded::{Owner, Recorded};
use crate::finding::{Affected, Finding, Severity};
use crate::scan::Subject;
use std::collections::BTreeMap;

/// So many files of a package with the same difference are told one by one; the others together, all of them in
/// [`Finding::also`].
const EACH: usize = 5;

/// A file that is not as it was recorded.
#[derive(Debug)]
pub struct Difference<'a> {
    pub recorded: &'a Recorded,
    pub what: What,
    /// The layer that changed or removed it.
    pub layer: Option<usize>,
    /// Whether it is a program or a library.
    pub program: bool,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It differs; `privileged` is one that has more rights than who starts it.
    Altered { letters: Letters, privileged: bool },
    /// It is not there.
    Missing,
    /// It is not there, and is documentation.
    Documentation,
}

impl Difference<'_> {
    fn severity(&self) -> Severity {
        match self.what {
            What::Altered { letters, privileged: true } if letters.any("SM5LUGP") => Severity::High,
            What::Altered { letters, .. } if letters.any("S5L") && self.program => Severity::High,
            What::Altered { letters, .. } if letters.any("SM5LUGPD") && (self.program || letters.any("S5L")) => Severity::Medium,
            What::Missing if self.program => Severity::Medium,
            _ => Severity::Low,
        }
    }
}

/// What makes differences one finding.
type Key = (Severity, usize, What, Option<usize>);

/// The findings, worst first, in the order of packages.
pub fn findings(subject: &Subject<'_>, owners: &[Owner], told: Vec<Difference<'_>>) -> Vec<Finding> {
    let (documentation, told): (Vec<_>, Vec<_>) = told.into_iter().partition(|one| one.what == What::Documentation);
    let mut groups: BTreeMap<Key, Vec<&str>> = BTreeMap::new();
    for one in &told {
        let key = (one.severity(), one.recorded.owner, one.what, one.layer);
        groups.entry(key).or_default().push(&one.recorded.path);
    }
    let mut findings = Vec::new();
    for ((severity, owner, what, layer), mut paths) in groups {
        paths.sort_unstable();
        paths.dedup();
        let owner = &owners[owner];
        let affected = Affected {
            package: owner.name.clone(),
            version: owner.version.clone(),
            fixed: None,
            layer: layer.and_then(|layer| subject.layer(layer)),
        };
        let (single, together) = paths.split_at(if paths.len() > EACH + 1 { EACH } else { paths.len() });
        let of = |paths: &[&str]| Finding { affected: Some(affected.clone()), ..finding(subject, severity, owner, what, paths) };
        findings.extend(single.iter().map(|path| of(&[path])));
        findings.extend((!together.is_empty()).then(|| of(together)));
    }
    findings.extend(without_documentation(subject, &documentation));
    findings
}

fn finding(subject: &Subject<'_>, severity: Severity, owner: &Owner, what: What, paths: &[&str]) -> Finding {
    let (one, many) = (paths.len() == 1, paths.len());
    let first = paths.first().copied().unwrap_or_default();
    let name = &owner.name;
    let (rule, message, help) = match what {
        What::Altered { letters, .. } => {
            let (code, words) = (letters.code(), letters.words());
            let verb = if words.contains(" and ") || words.ends_with('s') { "differ" } else { "differs" };
            let message = match one {
                true => format!("{code} {first} ({name}): {words} {verb} from what the package brought"),
                false => format!("{code} {many} more files of {name}, {first} among them: {words} {verb} from what the package brought"),
            };
            (RULES[0], message, "have the package bring its file again, or keep the change in a file of your own")
        }
        What::Missing | What::Documentation => {
            let message = match one {
                true => format!("missing {first} ({name})"),
                false => format!("missing: {many} more files of {name}, {first} among them"),
            };
            (RULES[1], message, "install the package again, or remove it as a whole")
        }
    };
    let finding = Finding::new(rule.id, severity, message).about(subject.name).at(Some(first.to_owned()), None, None).help(Some(help));
    Finding { also: paths.iter().skip(1).map(|path| (*path).to_owned()).collect(), ..finding }
}

/// Told once, with a number: small images leave it out on purpose.
fn without_documentation(subject: &Subject<'_>, missing: &[Difference<'_>]) -> Option<Finding> {
    let count = missing.len();
    let first = missing.first()?;
    let mut packages: Vec<usize> = missing.iter().map(|one| one.recorded.owner).collect();
    packages.dedup();
    packages.sort_unstable();
    packages.dedup();
    let (files, brought) = (if count == 1 { "file" } else { "files" }, packages.len());
    let of = if brought == 1 { "1 package".to_owned() } else { format!("{brought} packages") };
    let verb = if count == 1 { "is" } else { "are" };
    let message = format!("{count} {files} of documentation and translations of {of} {verb} not there, {} among them", first.recorded.path);
    Some(Finding::new(RULES[2].id, Severity::Low, message).about(subject.name))
}
