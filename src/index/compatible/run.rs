//! The run over all files: first what can be seen in them, then what the repositories have to show.

use super::read::{Unread, read};
use super::record::{About, FileVerdict, Record, Report, Said};
use super::schema;
use super::subject::Subject;
use super::unique::Seen;
use super::values::{self, Tree};
use crate::config::yaml::{Node, Shape};
use crate::index::entry::value;
use crate::index::folder::{IndexFile, IndexFolder, TEMPLATE};
use std::path::Path;
use std::sync::Arc;

/// The name of check 0.
const TOP_LEVEL: &str = "TopLevel";

/// A run of the validator: made from files, and continued with repositories.
pub struct Validation<'a> {
    files: Vec<Read<'a>>,
    report: Report,
}

/// A file whose entries can be looked at.
struct Read<'a> {
    file: &'a IndexFile,
    root: Node,
    at: usize,
}

/// Whether the original passes over every file below a folder: it looks for the mark of templates in the whole path.
pub fn is_passed_over(root: &Path) -> bool {
    root.to_string_lossy().contains(TEMPLATE)
}

/// Whether the original runs where all files are templates to it: one alone is nothing to process.
pub fn is_worth_a_run(folder: &IndexFolder) -> bool {
    folder.files.len() + folder.templates > 1
}

/// The repository of an entry, as the original addresses it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// `git-url`
    pub url: String,
    /// What is fetched of it: a branch, a tag, a commit.
    pub branch: String,
}

impl<'a> Validation<'a> {
    /// Runs checks 0 to 12 over files and what they hold, or why they cannot be read.
    pub fn schema(files: impl IntoIterator<Item = (&'a IndexFile, Result<Vec<u8>, String>)>) -> Self {
        let mut run = Self { files: Vec::new(), report: Report::default() };
        for (file, bytes) in files {
            run.file(file, bytes);
        }
        run
    }

    fn file(&mut self, file: &'a IndexFile, bytes: Result<Vec<u8>, String>) {
        let at = self.report.files.len();
        self.report.files.push(FileVerdict::new(&file.path, true, None, 0));
        if self.report.aborted.is_some() {
            return self.report.fail(at, "not looked at, because the run ended before", None);
        }
        let root = match bytes.map_err(|message| Unread { message, place: None, by_both: false }).and_then(|bytes| read(&bytes)) {
            Ok(root) => root,
            Err(unread) => {
                self.report.fail(at, &unread.message, unread.place);
                self.report.files[at].ok = unread.by_both;
                return;
            }
        };
        match &root.shape {
            Shape::Null => {
                self.report.fail(at, "this file is empty", None);
                self.report.files[at].ok = true;
            }
            Shape::Map(_) => self.entries(file, root, at),
            _ => self.report.abort(at, &format!("{}: this is {}, not a mapping", file.path, root.found()), Some(root.place)),
        }
    }

    fn entries(&mut self, file: &'a IndexFile, root: Node, at: usize) {
        let about = Arc::new(About { file: file.path.clone(), ..About::default() });
        let top = top_level(&root);
        if !top.errors.is_empty() {
            // The original writes it down twice.
            let record = top.record(&about, TOP_LEVEL);
            self.report.add(at, record.clone());
            return self.report.add(at, record);
        }
        self.report.add(at, top.record(&about, TOP_LEVEL));
        let mut seen = Seen::default();
        let items = items(&root);
        self.report.files[at].entries = items.len();
        for (number, node) in (1..).zip(items) {
            let Some(subject) = Subject::of(file, number, node) else {
                return self.report.abort(
                    at,
                    &format!("{}: entry {number} is {}, not a mapping", file.path, node.found()),
                    Some(node.place),
                );
            };
            for (check, said) in schema::check(&subject, &mut seen) {
                self.report.add(at, said.record(&subject.about, check));
            }
        }
        self.files.push(Read { file, root, at });
    }

    /// The repositories that [`Validation::values`] asks for; none after the run has ended early.
    pub fn sources(&self) -> Vec<Source> {
        if self.report.aborted.is_some() {
            return Vec::new();
        }
        let subjects = self.files.iter().flat_map(|read| subjects(read.file, &read.root));
        let mut sources: Vec<Source> =
            subjects.take_while(|subject| values::abort(subject).is_none()).map(|subject| source(&subject)).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// Runs checks 13 to 17; `tree_of` gives what was fetched, or why it was not.
    pub fn values<'t>(&mut self, tree_of: &dyn Fn(&Source) -> Result<&'t dyn Tree, &'t str>) {
        if self.report.aborted.is_some() {
            return;
        }
        for read in &self.files {
            for subject in subjects(read.file, &read.root) {
                let here = |why: String| format!("{}: {why}", read.file.path);
                if let Some(why) = values::abort(&subject) {
                    return self.report.abort(read.at, &here(why), Some(subject.node.place));
                }
                for (check, said) in values::check(&subject, tree_of(&source(&subject))) {
                    match said {
                        Ok(said) => self.report.add(read.at, said.record(&subject.about, check)),
                        Err(why) => return self.report.abort(read.at, &here(why), Some(subject.node.place)),
                    }
                }
            }
        }
    }

    /// What came out.
    pub fn into_report(self) -> Report {
        self.report
    }
}

fn top_level(root: &Node) -> Said {
    match value(root, "Projects") {
        Some(Node { shape: Shape::List(items), .. }) if !items.is_empty() => Said::default(),
        Some(list) if super::python::Python::of(list).is_true() => {
            Said::default().error("not_a_list", list.place, format!("Projects is {}, not a list", list.found()))
        }
        Some(list) => Said::default().error("missing", list.place, "Projects lists nothing"),
        None => Said::default().error("missing", root.place, "there is no key Projects"),
    }
}

fn items(root: &Node) -> &[Node] {
    match value(root, "Projects") {
        Some(Node { shape: Shape::List(items), .. }) => items,
        _ => &[],
    }
}

fn subjects<'n>(file: &'n IndexFile, root: &'n Node) -> impl Iterator<Item = Subject<'n>> {
    (1..).zip(items(root)).filter_map(move |(number, node)| Subject::of(file, number, node))
}

fn source(subject: &Subject<'_>) -> Source {
    // The original checks out `origin/<branch>`: tags and commits are none to it.
    let branch = subject.text("git-branch");
    let branch = if branch == "HEAD" { branch } else { format!("refs/heads/{branch}") };
    Source { url: subject.text("git-url"), branch }
}

impl Report {
    fn add(&mut self, at: usize, record: Record) {
        self.files[at].ok &= record.ok;
        self.records.push(record);
    }

    fn fail(&mut self, at: usize, why: &str, place: Option<crate::config::yaml::Place>) {
        let file = &mut self.files[at];
        (file.ok, file.error, file.place) = (false, Some(why.to_owned()), place);
    }

    fn abort(&mut self, at: usize, why: &str, place: Option<crate::config::yaml::Place>) {
        self.fail(at, why, place);
        self.aborted = Some(why.to_owned());
    }
}
