//! The strict verdicts.

use super::told::{Mode, Told};
use super::{Subject, all_rules};
use crate::cli::exit::{FAILED, Trouble, UNREACHABLE};
use crate::finding::{Finding, Severity};
use crate::index::compatible::{FileVerdict, Record, Source};
use crate::index::strict::{StrictInput, check, unreadable};
use crate::index::values::{self, Clones};
use crate::index::{IndexFile, Loaded, Outline, text};
use crate::run::names;
use std::collections::{BTreeMap, BTreeSet, HashSet};

type Texts = Vec<(IndexFile, String)>;

pub async fn run(subject: &Subject<'_>) -> Result<u8, Trouble> {
    let known = known(subject)?;
    let (texts, mut findings) = read(subject);
    let (found, loaded) = judge(subject, &known, &texts);
    findings.extend(found);
    let mut outlines = Outlines { texts: &texts, made: BTreeMap::new() };
    let mut unclear = false;
    if !subject.options.schema_only {
        let clones = subject.clones(sources(subject, &loaded)).await?;
        findings.extend(of_repositories(subject, &loaded, &clones, &mut outlines));
        unclear = clones.is_unclear();
    }
    keep_changed(subject, &known, &mut findings);
    findings.sort_by(|a, b| (&a.path, a.line, a.column, &a.id).cmp(&(&b.path, b.line, b.column, &b.id)));
    let records = outlines.records(&findings);
    let files = files(subject, &findings, &loaded, &mut outlines);
    let ok = findings.iter().all(|finding| finding.severity != Severity::Error);
    let told = Told {
        mode: Mode::Strict,
        base: subject.change.as_ref().map(|change| change.commit.as_str()),
        ok,
        aborted: false,
        files: &files,
        records: &records,
        findings: &findings,
        rules: &all_rules(),
    };
    told.print(subject, &|_| true)?;
    // Silence is no verdict on an entry.
    Ok(match (unclear, ok) {
        (true, _) => UNREACHABLE,
        (false, false) => FAILED,
        _ => 0,
    })
}

/// What `depends-on` may name beside the index.
fn known(subject: &Subject<'_>) -> Result<BTreeSet<String>, Trouble> {
    let Some(directory) = &subject.options.catalogue else { return Ok(BTreeSet::new()) };
    let names = names(directory, &subject.config)?;
    crate::cli::commands::show(subject.surroundings, &[&names.warnings, &names.defects]);
    let forms = names.definitions.iter().flat_map(|(definition, reference)| {
        let name = definition.name.clone();
        // The name below the registry, with the namespace.
        let whole = reference.to_string();
        let below = whole.strip_prefix(subject.config.registry.as_str()).unwrap_or(&whole).trim_start_matches('/').to_owned();
        let untagged = below.rsplit_once(':').map_or(below.clone(), |(name, _)| name.to_owned());
        [format!("{name}:{}", definition.version), name, untagged, below]
    });
    Ok(forms.collect())
}

/// The files that are text, and what is told of the others.
fn read(subject: &Subject<'_>) -> (Texts, Vec<Finding>) {
    let (mut texts, mut findings) = (Vec::new(), Vec::new());
    for file in &subject.folder.files {
        match file.read().and_then(text) {
            Ok(text) => texts.push((file.clone(), text)),
            Err(why) => findings.push(unreadable(&file.path, &why)),
        }
    }
    (texts, findings)
}

fn judge(subject: &Subject<'_>, known: &BTreeSet<String>, files: &Texts) -> (Vec<Finding>, Loaded) {
    let bases = &subject.config.base_images;
    check(&StrictInput { files, known, bases, allow_file: subject.config.cooperage.index.allow_file_urls })
}

fn is_looked_at(subject: &Subject<'_>, path: &str) -> bool {
    subject.change.as_ref().is_none_or(|change| change.has(path))
}

fn sources(subject: &Subject<'_>, loaded: &Loaded) -> Vec<Source> {
    let looked_at = loaded.entries.iter().filter(|entry| is_looked_at(subject, &entry.file));
    looked_at.map(|entry| Source { url: entry.git_url.clone(), branch: entry.git_branch.clone() }).collect()
}

fn of_repositories(subject: &Subject<'_>, loaded: &Loaded, clones: &Clones, outlines: &mut Outlines<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in loaded.entries.iter().filter(|entry| is_looked_at(subject, &entry.file)) {
        for (key, finding) in values::check(entry, clones) {
            let (line, column) = outlines.of(&entry.file).place(entry.line, key).unzip();
            findings.push(finding.at(Some(entry.file.clone()), line.or(Some(entry.line)), column));
        }
    }
    findings
}

/// With a base, leaves out what stands in files that did not change and was there before.
fn keep_changed(subject: &Subject<'_>, known: &BTreeSet<String>, findings: &mut Vec<Finding>) {
    let Some(change) = &subject.change else { return };
    let (before, _) = judge(subject, known, &change.before);
    let key = |finding: &Finding| (finding.id.to_string(), finding.path.clone(), finding.line, finding.message.clone());
    let before: HashSet<_> = before.iter().map(key).collect();
    findings.retain(|finding| finding.path.as_deref().is_none_or(|path| change.has(path)) || !before.contains(&key(finding)));
}

fn files(subject: &Subject<'_>, findings: &[Finding], loaded: &Loaded, outlines: &mut Outlines<'_>) -> Vec<FileVerdict> {
    let failed: HashSet<&str> = findings.iter().filter(|f| f.severity == Severity::Error).filter_map(|f| f.path.as_deref()).collect();
    let looked_at = subject.folder.files.iter().filter(|file| is_looked_at(subject, &file.path) || failed.contains(file.path.as_str()));
    let mut sound: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &loaded.entries {
        *sound.entry(&entry.file).or_default() += 1;
    }
    let verdict = |file: &IndexFile| {
        let is_ok = !failed.contains(file.path.as_str());
        let whole = findings.iter().find(|finding| !is_ok && finding.path.as_deref() == Some(&file.path) && WHOLE.contains(&&*finding.id));
        let entries = if is_ok { sound.get(file.path.as_str()).copied().unwrap_or_default() } else { outlines.of(&file.path).len() };
        FileVerdict::new(&file.path, is_ok, whole.map(|finding| finding.message.clone()), entries)
    };
    looked_at.map(verdict).collect()
}

/// Rules about a file as a whole.
const WHOLE: [&str; 4] = ["unreadable", "bad_yaml", "empty_file", "no_projects"];

/// The places of entries and keys, looked up where something is told of them.
struct Outlines<'a> {
    texts: &'a Texts,
    made: BTreeMap<String, Outline>,
}

impl Outlines<'_> {
    fn of(&mut self, path: &str) -> &Outline {
        let texts = self.texts;
        self.made.entry(path.to_owned()).or_insert_with(|| {
            let text = texts.iter().find(|(file, _)| file.path == path).map_or("", |(_, text)| text);
            Outline::of(path, text)
        })
    }

    /// Findings as the document has them: those of one rule and entry together.
    fn records(&mut self, findings: &[Finding]) -> Vec<Record> {
        let mut records: Vec<Record> = Vec::new();
        for finding in findings {
            let about = self.of(finding.path.as_deref().unwrap_or_default()).about(finding.line);
            Record::gather(&mut records, about, finding);
        }
        records
    }
}
