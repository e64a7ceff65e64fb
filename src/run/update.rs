//! `update` from a survey to files: who gets an entry, its text, and what git has to say about it.

use super::survey::Survey;
use super::work::prepare::RunError;
use crate::catalog::{Changelog, Defect, NewEntry, Severity};
use crate::config::Config;
use crate::git::Repository;
use crate::name::{Pattern, Version};
use crate::plan::{
    Cause, Change, Selection, UpdateError, UpdatePlan, UpdateRequest, Versioning, causes, check_one_version, is_pattern, requested, update,
};
use crate::update::NewBlock;
use jiff::Zoned;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// Which definitions an update is asked for.
#[derive(Clone, Debug)]
pub enum Target {
    /// The one of this name, or those that a pattern matches.
    Name(String),
    /// All.
    All,
    /// These nodes.
    Nodes(Vec<bool>),
}

/// What the new entries say.
#[derive(Clone, Debug)]
pub struct Wording {
    /// Why.
    pub reason: String,
    /// Why, for single requested nodes.
    pub reasons: BTreeMap<usize, String>,
    /// `Name <address>`.
    pub author: String,
    /// When.
    pub date: Zoned,
}

impl Wording {
    /// The reason, or each of the reasons once.
    fn whole(&self) -> String {
        let distinct: BTreeSet<&str> = self.reasons.values().map(String::as_str).collect();
        if distinct.is_empty() { self.reason.clone() } else { distinct.into_iter().collect::<Vec<_>>().join("\n") }
    }
}

/// Marks what `--exclude` matches.
pub fn excluded(survey: &Survey, exclude: &[Pattern]) -> Vec<bool> {
    let references = survey.graph.nodes.iter().map(|node| node.reference.to_string());
    references.map(|reference| exclude.iter().any(|pattern| pattern.matches(&reference))).collect()
}

/// Decides what an update changes. Warnings of the plan name the defects of definitions that it leaves alone.
///
/// # Errors
/// When NAME is unknown, a definition that needs an entry is broken, or a new version cannot be.
pub fn plan_update(
    survey: &Survey,
    config: &Config,
    target: &Target,
    exclude: &[Pattern],
    versioning: Versioning,
) -> Result<UpdatePlan, RunError> {
    let selection = Selection { exclude: exclude.to_vec(), ..Selection::default() };
    let (wanted, mut in_the_way) = match target {
        Target::Name(name) => by_name(survey, name, &versioning)?,
        Target::All => {
            let all = vec![true; survey.graph.nodes.len()];
            let in_the_way = survey.defects_in_the_way(&selection, &all);
            (all, in_the_way)
        }
        Target::Nodes(nodes) => (nodes.clone(), Vec::new()),
    };
    let excluded = excluded(survey, exclude);
    let changed: Vec<usize> = entries(survey, &wanted, &excluded);
    if changed.is_empty() && wanted.contains(&true) {
        return Err(UpdateError::AllExcluded.into());
    }
    let names: HashSet<&str> = changed.iter().map(|&node| survey.graph.nodes[node].name.as_str()).collect();
    in_the_way.extend(survey.defects_of_dependents(&names, &selection, &config.cooperage.build_args));
    let mut seen = HashSet::new();
    in_the_way.retain(|defect| seen.insert(std::ptr::from_ref(*defect)));
    let request = UpdateRequest { requested: wanted, excluded, versioning, identifier: config.update_id.clone() };
    let decided = update(&survey.graph, &request, &|node, version| was_used(survey, node, version));
    if !in_the_way.is_empty() {
        return Err(RunError::Defects(survey.with_causes(&in_the_way).into_iter().chain(decided.err().into_iter().flatten()).collect()));
    }
    let mut plan = decided.map_err(RunError::Defects)?;
    plan.warnings.extend(survey.defects.iter().map(|defect| Defect { severity: Severity::Warning, ..defect.clone() }));
    Ok(plan)
}

fn entries(survey: &Survey, wanted: &[bool], excluded: &[bool]) -> Vec<usize> {
    let causes = causes(&survey.graph, wanted, excluded);
    (0..causes.len()).filter(|&node| causes[node].is_some()).collect()
}

/// The nodes that NAME means, and the defects of broken definitions that it means, too.
fn by_name<'a>(survey: &'a Survey, name: &str, versioning: &Versioning) -> Result<(Vec<bool>, Vec<&'a Defect>), RunError> {
    let pattern = if is_pattern(name) { Pattern::parse(name).ok() } else { None };
    let broken = survey.defects_of(|candidate| pattern.as_ref().map_or(candidate == name, |pattern| pattern.matches(candidate)));
    let found = match requested(&survey.graph, name, survey.names_left_out()) {
        Err(_) if !broken.is_empty() => return Err(RunError::Defects(survey.with_causes(&broken))),
        found => found?,
    };
    if matches!(versioning, Versioning::Exactly(_)) {
        check_one_version(&survey.graph, name, &found)?;
    }
    Ok((found, broken))
}

/// Whether the changelog has an entry of this version under the definition's present name.
fn was_used(survey: &Survey, node: usize, version: &Version) -> bool {
    let definition = &survey.item(node).definition;
    definition.changelog.entries.iter().any(|entry| entry.package == definition.name && entry.version == *version)
}

/// The text of every new entry.
///
/// # Errors
/// When the configured distribution or the author makes an entry that nobody can read back.
pub fn blocks(survey: &Survey, config: &Config, changes: &[Change], wording: &Wording) -> Result<Vec<NewBlock>, RunError> {
    let reason = |node: usize| wording.reasons.get(&node).unwrap_or(&wording.reason);
    let block = |change: &Change| {
        let node = &survey.graph.nodes[change.node];
        let (parent, reason) = match change.cause {
            Cause::Requested => (None, reason(change.node)),
            Cause::Parent(parent) => (Some(survey.graph.nodes[parent].name.as_str()), reason(parent)),
        };
        let (distribution, author, date) = (config.distribution.as_str(), wording.author.as_str(), &wording.date);
        let entry = NewEntry { name: &node.name, version: &change.to, distribution, parent, reason, author, date };
        NewBlock { path: node.path.clone(), block: entry.text() }
    };
    let blocks: Vec<NewBlock> = changes.iter().map(block).collect();
    if let (Some(first), Some(change)) = (blocks.first(), changes.first()) {
        // They differ in name, version and reason only, which cannot do harm.
        check_readable(&first.block, change, config, wording)?;
    }
    Ok(blocks)
}

fn check_readable(block: &str, change: &Change, config: &Config, wording: &Wording) -> Result<(), RunError> {
    let read = Changelog::parse(block.as_bytes()).ok();
    let first = read.as_ref().map(Changelog::first);
    let is_good = |first: &crate::catalog::Entry| {
        first.version == change.to
            && first.distribution == config.distribution
            && first.date == Some(wording.date.timestamp())
            && first.author.as_ref() == Some(&wording.author)
    };
    if first.is_some_and(is_good) {
        return Ok(());
    }
    let (distribution, author) = (config.distribution.escape_debug(), wording.author.escape_debug());
    let message = format!("the distribution \"{distribution}\" and the author \"{author}\" make no entry that can be read back");
    let help = "a distribution is words of letters, digits, \"-\", \"+\", \".\" and \"_\"; an author is Name <address>";
    Err(RunError::Defects(vec![Defect::error("bad_entry", message).help(help)]))
}

/// Checks what git says of the files that are to change: none may be in an unfinished merge, and before a commit none may
/// differ from the last one, for that would be swept in.
///
/// # Errors
/// When one is, and when git fails.
pub fn check_git(repository: &Repository, files: &[&Path], committing: bool) -> Result<(), RunError> {
    let refuse = |why, files: Vec<PathBuf>| Err(RunError::GitState { why, files });
    let unmerged = repository.unmerged()?;
    let conflicts: Vec<PathBuf> = files.iter().filter(|file| unmerged.contains(**file)).map(|file| file.to_path_buf()).collect();
    if !conflicts.is_empty() {
        return refuse("git calls these changelogs conflicted; resolve the merge and `git add` them", conflicts);
    }
    if !committing {
        return Ok(());
    }
    if repository.is_merging()? {
        return refuse(
            "a merge is under way, and git commits no part of it; finish it, or leave out --commit",
            vec![repository.top.clone()],
        );
    }
    let changed: Vec<PathBuf> = repository.not_committed(files)?.into_iter().map(Path::to_owned).collect();
    if changed.is_empty() {
        return Ok(());
    }
    refuse(
        "these changelogs differ from the last commit, and --commit would sweep that in; commit them first, or leave out --commit",
        changed,
    )
}

/// Commits exactly these files, with a message that lists the changes. Returns the commit's id.
///
/// # Errors
/// When git or one of its hooks refuses; the entries stay written.
pub fn commit(
    repository: &Repository,
    survey: &Survey,
    changes: &[Change],
    files: &[&Path],
    wording: &Wording,
) -> Result<String, RunError> {
    let message = message(survey, changes, &wording.whole());
    repository.commit_only(files, &message).map_err(RunError::NotCommitted)
}

/// The message of the commit: a title, the reason, every change.
fn message(survey: &Survey, changes: &[Change], reason: &str) -> String {
    let name = |change: &Change| survey.graph.nodes[change.node].name.as_str();
    let asked: Vec<&str> = changes.iter().filter(|change| change.cause == Cause::Requested).map(name).collect();
    let others = changes.len() - asked.len();
    let what = if asked.len() > 3 { format!("{} images", asked.len()) } else { asked.join(", ") };
    let title = match others {
        0 => format!("Update {what}"),
        1 => format!("Update {what} and 1 dependent image"),
        _ => format!("Update {what} and {others} dependent images"),
    };
    let lines: String = changes.iter().map(|change| format!("{} {} -> {}\n", name(change), change.from, change.to)).collect();
    format!("{title}\n\n{}\n\n{lines}", reason.trim_end())
}
