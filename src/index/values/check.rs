//! The strict rules about the repository of an entry.

use super::gather::{Clones, is_unclear};
use super::table::RULES;
use crate::finding::{Finding, Severity, find};
use crate::git::{FetchError, Fetched, GitError, Kind, confined};
use crate::index::compatible::Source;
use crate::index::entry::Entry;
use crate::index::project::{Project, ProjectError, ProjectFault};

/// The most bytes of a project file.
const LARGEST: u64 = 1 << 20;

/// What is wrong with an entry's repository: a key of the entry, and the finding without its place.
pub fn check(entry: &Entry, clones: &Clones) -> Vec<(&'static str, Finding)> {
    let source = Source { url: entry.git_url.clone(), branch: entry.git_branch.clone() };
    let mut told = Told { entry, found: Vec::new() };
    match clones.get(&source) {
        None => {}
        Some(Err(error)) => told.fetch(error),
        Some(Ok(clone)) => told.clone(clone),
    }
    told.found
}

struct Told<'a> {
    entry: &'a Entry,
    found: Vec<(&'static str, Finding)>,
}

impl Told<'_> {
    fn tell(&mut self, key: &'static str, id: &'static str, message: impl Into<String>) {
        let severity = find(RULES, id).and_then(|rule| rule.severity).unwrap_or(Severity::Error);
        self.found.push((key, Finding::new(id, severity, message).about(Some(self.entry.image().image()))));
    }

    fn fetch(&mut self, error: &FetchError) {
        let (key, id) = match error {
            FetchError::UnknownRevision { .. } => ("git-branch", "no_revision"),
            error if is_unclear(error) => ("git-url", "repository_unclear"),
            _ => ("git-url", "not_fetched"),
        };
        self.tell(key, id, error.to_string());
    }

    fn clone(&mut self, clone: &Fetched) {
        let entry = self.entry;
        // What leaves the clone is told by the checks of the entry itself.
        let Some(folder) = confined(&entry.git_path, "") else { return };
        if let Some(prebuild) = &entry.prebuild {
            if let Some(context) = confined("", &prebuild.context) {
                self.wants(clone, "prebuild-context", "no_prebuild_file", &context, Kind::Folder);
            }
            if let Some(script) = confined(&prebuild.context, &prebuild.script) {
                self.wants(clone, "prebuild-script", "no_prebuild_file", &script, Kind::File);
            }
            return;
        }
        if !self.wants(clone, "git-path", "no_folder", &folder, Kind::Folder) {
            return;
        }
        if let Some(context) = confined(&entry.git_path, &entry.build_context) {
            self.wants(clone, "build-context", "no_folder", &context, Kind::Folder);
        }
        if let Some(target) = confined(&entry.git_path, &entry.target_file) {
            self.wants(clone, "target-file", "no_target_file", &target, Kind::File);
        }
        self.project(clone, &folder);
    }

    /// Whether a path of the clone is what it has to be; tells where it is not.
    fn wants(&mut self, clone: &Fetched, key: &'static str, id: &'static str, path: &str, wanted: Kind) -> bool {
        let what = if wanted == Kind::File { "file" } else { "folder" };
        let shown = if path.is_empty() { "the clone" } else { path };
        let why = match clone.kind(path) {
            Ok(Some(kind)) if kind == wanted => return true,
            Ok(Some(Kind::Link)) => "is a link that leads nowhere in it".to_owned(),
            Ok(Some(_)) => format!("is no {what}"),
            Ok(None) => "is not there".to_owned(),
            Err(error) => format!("cannot be read: {error}"),
        };
        self.tell(key, id, format!("{shown} {why} (commit {})", short(&clone.commit)));
        false
    }

    fn project(&mut self, clone: &Fetched, folder: &str) {
        let commit = short(&clone.commit).to_owned();
        match Project::find(folder, &mut |path| clone.read(path, LARGEST)) {
            Ok(None) => self.tell("git-path", "no_project_file", format!("there is neither .cooperage.yml nor cccp.yml (commit {commit})")),
            Ok(Some(project)) => {
                for ProjectFault { line, message, .. } in &project.warnings {
                    self.tell("git-path", "idle_project_key", format!("{}, line {line}: {message} (commit {commit})", project.file));
                }
                if project.job_id != self.entry.job_id {
                    self.tell("job-id", "other_job_id", format!("{} says job-id: {} (commit {commit})", project.file, project.job_id));
                }
            }
            Err(error) => self.tell("git-path", "bad_project_file", told(&error)),
        }
    }
}

fn told(error: &ProjectError<GitError>) -> String {
    match error {
        ProjectError::Read { source, .. } => format!("{error}: {source}"),
        _ => error.to_string(),
    }
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
