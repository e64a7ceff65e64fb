//! Comments that silence a rule: `# cooperage ignore=ID: reason`, in the file that a finding names or in the template,
//! control or changelog of its definition.

use super::rule::rule;
use crate::catalog::{Defect, Definition};
use crate::finding::silence;
use crate::run::Survey;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

/// The comments of the files that findings are about, each file read once.
pub struct Silences {
    root: PathBuf,
    folders: HashMap<String, String>,
    files: BTreeMap<String, Vec<String>>,
    bad: Vec<Defect>,
}

impl Silences {
    /// For the definitions of a survey.
    pub fn new(survey: &Survey) -> Self {
        let folders = survey.items.iter().map(|item| (item.definition.name.clone(), item.definition.path.clone()));
        Self { root: survey.root.clone(), folders: folders.collect(), files: BTreeMap::new(), bad: Vec::new() }
    }

    /// Whether a comment silences this.
    pub fn silenced(&mut self, defect: &Defect) -> bool {
        let mut files: Vec<String> = defect.path.iter().cloned().collect();
        if let Some(folder) = defect.name.as_ref().and_then(|name| self.folders.get(name)) {
            let names = [Definition::TEMPLATE, Definition::CONTROL, Definition::CHANGELOG];
            files.extend(names.map(|name| if folder == "." { name.to_owned() } else { format!("{folder}/{name}") }));
        }
        files.into_iter().any(|file| self.ids(file).iter().any(|id| id == defect.code))
    }

    /// Comments that do not say why, or name no rule.
    pub fn into_bad(self) -> Vec<Defect> {
        self.bad
    }

    fn ids(&mut self, file: String) -> &[String] {
        let (root, bad) = (&self.root, &mut self.bad);
        self.files.entry(file).or_insert_with_key(|file| {
            // What cannot be read silences nothing; that it cannot be read is told elsewhere.
            let path = root.join(file);
            // A pipe would be waited for without end.
            let text = if path.is_file() { std::fs::read(path).unwrap_or_default() } else { Vec::new() };
            read(&String::from_utf8_lossy(&text), file, bad)
        })
    }
}

fn read(text: &str, file: &str, bad: &mut Vec<Defect>) -> Vec<String> {
    let mut ids = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some(told) = silence(line) else { continue };
        let mut complain = |message: String| {
            let help = "write `# cooperage ignore=ID: reason`; `cooperage check --explain all` lists the rules";
            bad.push(Defect::error("silence_without_reason", message).at(file).line(at + 1).help(help));
        };
        if told.reason.is_empty() {
            complain("the comment silences a rule without a reason, so it silences nothing".to_owned());
            continue;
        }
        for id in told.ids {
            match rule(id) {
                Some(_) => ids.push(id.to_owned()),
                // Rules of lint are silenced in the same files, by lint.
                None if crate::lint::is_rule(id) => {}
                None => complain(format!("the comment silences \"{id}\", which is no rule")),
            }
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn only_comments_with_a_reason_silence() {
        for (line, ids, bad) in [
            ("# cooperage ignore=cycle: until 2.0", vec!["cycle"], 0),
            ("{# cooperage ignore=cycle, bad_date: both #}", vec!["cycle", "bad_date"], 0),
            ("// cooperage ignore=cycle: x", vec!["cycle"], 0),
            ("# cooperage ignore=cycle", vec![], 1),
            ("{# cooperage ignore=cycle: #}", vec![], 1),
            ("# cooperage ignore=circle: x", vec![], 1),
            ("  * write cooperage ignore=cycle: x", vec![], 0),
            ("cooperage ignore=cycle: x", vec![], 0),
            ("RUN true # cooperage ignore=cycle: x", vec![], 0),
        ] {
            let mut complaints = Vec::new();
            assert_eq!(read(line, "f", &mut complaints), ids, "{line}");
            assert_eq!(complaints.len(), bad, "{line}");
        }
    }
}
