//! Marks of an unfinished merge, anywhere in a file: below the first entry of a changelog nothing else stumbles over them.

use super::places::Places;
use super::timebomb::lines_without_git;
use crate::catalog::Defect;
use crate::git::{GitError, Repository, TrackedLine};
use crate::run::Survey;
use std::path::Path;

/// What git writes at the start of a line; the line of equals signs may be anybody's.
const MARKS: [&str; 3] = ["<<<<<<< ", "||||||| ", ">>>>>>> "];
/// The same as an extended regular expression.
const LINE: &str = "^(<{7}|[|]{7}|>{7}) ";

/// The first mark of each tracked text file below DIRECTORY. Without git, of all files.
///
/// # Errors
/// When git fails.
pub fn conflicts(directory: &Path, repository: Option<&Repository>, places: &Places, survey: &Survey) -> Result<Vec<Defect>, GitError> {
    let mut lines: Vec<TrackedLine> = match repository {
        Some(repository) => repository.tracked_lines(LINE, directory)?,
        None => lines_without_git(places, |line| MARKS.iter().any(|mark| line.starts_with(mark))),
    };
    lines.dedup_by(|later, first| later.path == first.path);
    let tell = |line: &TrackedLine| {
        let message = format!("{} holds marks of an unfinished merge", line.path);
        let defect = Defect::error("conflict_mark", message).at(&line.path).line(line.line);
        let defect = defect.help("resolve the conflict and remove the lines that git put in");
        let owner = line.path.rsplit_once('/').and_then(|(folder, _)| survey.items.iter().find(|item| item.definition.path == folder));
        owner.map_or(defect.clone(), |item| defect.of(&item.definition.name))
    };
    Ok(lines.iter().map(tell).collect())
}
