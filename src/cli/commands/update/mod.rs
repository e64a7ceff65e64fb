//! `update`: new changelog entries for an image and for everything that depends on it.

mod tree;
mod wording;

use crate::catalog::Defect;
use crate::cli::documents::{ChangeDocument, UpdateDocument};
use crate::cli::exit::Trouble;
use crate::cli::interrupt;
use crate::cli::options::{BumpPart, Call, Format, UpdateOptions};
use crate::cli::surroundings::Surroundings;
use crate::config::Config;
use crate::git::{self, Repository};
use crate::name::{Bump, Pattern, Version};
use crate::plan::{Cause, Change, Node, UpdatePlan, Versioning};
use crate::report::{Paint, json, one_line, text};
use crate::run::{
    CatalogueLock, Judging, Revision, RunError, Session, Stale, Survey, Target, Wanted, Wording, blocks, check_git, commit, excluded,
    lock_catalogue, plan_update, stale, survey,
};
use crate::update::{Recovered, prepare, recover};
use std::io::Write as _;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// Writes the entries, or shows them.
pub async fn run(call: &Call, options: &UpdateOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    check_call(options)?;
    let directory = &options.directory;
    let mut warnings = Vec::new();
    let repository = repository(directory, options.commit, &mut warnings)?;
    let mut wording = wording::of(options, surroundings, &config, directory)?;
    let exclude = patterns(&options.exclude)?;
    let boundary = repository.as_ref().map_or(directory.as_path(), |repository| repository.top.as_path());
    // From here on Ctrl-C stops us only where nothing is half done.
    let cancel = interrupt::token()?;
    let _lock = begin(options, surroundings, boundary, &cancel).await?;
    let survey = survey(directory, &config, Judging::Lenient)?;
    let (target, stale) = tokio::select! {
        found = target(options, surroundings, &config, &survey, &exclude) => found?,
        () = cancel.cancelled() => return Err(RunError::Interrupted.into()),
    };
    if options.reason.is_none() {
        wording.reasons = stale.reasons;
    }
    let versioning = versioning(options, &wording);
    let UpdatePlan { changes, warnings: more } = plan_update(&survey, &config, &target, &exclude, versioning)?;
    let blocks = blocks(&survey, &config, &changes, &wording)?;
    let prepared = prepare(directory, boundary, &blocks).map_err(RunError::from)?;
    let files = prepared.files();
    if let Some(repository) = &repository {
        check_git(repository, &files, options.commit)?;
    }
    let mut committed = None;
    if !options.dry_run && !changes.is_empty() {
        prepared.write().map_err(RunError::from)?;
        if let (true, Some(repository)) = (options.commit, &repository) {
            committed = Some(commit(repository, &survey, &changes, &files, &wording)?);
        }
    }
    warnings.extend(super::hint_of_larger_catalogue(directory));
    warnings.extend(survey.warnings.iter().cloned().chain(more).chain(stale.warnings));
    let shown = Shown { survey: &survey, changes: &changes, warnings: &warnings, committed: committed.as_deref() };
    shown.print(options, surroundings)?;
    Ok(0)
}

/// What clap cannot say.
fn check_call(options: &UpdateOptions) -> Result<(), Trouble> {
    match (&options.name, options.all || options.stale) {
        (Some(name), true) => {
            let instead = if options.all { "--all" } else { "--stale" };
            Err(Trouble::call(format!("{instead} chooses the images itself; leave out the name {name}, or {instead}")))
        }
        (None, false) => Err(Trouble::call("which image? Give its name before the directory, or --all, or --stale")),
        _ => Ok(()),
    }
}

fn patterns(texts: &[String]) -> Result<Vec<Pattern>, Trouble> {
    texts.iter().map(|text| Pattern::parse(text).map_err(|error| Trouble::call(error.to_string()))).collect()
}

/// The repository of the catalogue. Only a commit needs one.
fn repository(directory: &Path, committing: bool, warnings: &mut Vec<Defect>) -> Result<Option<Repository>, Trouble> {
    // A directory that is none is for reading it to say.
    if !directory.is_dir() {
        return Ok(None);
    }
    match git::discover(directory) {
        Ok(None) if committing => {
            Err(Trouble::call(format!("{} is not in a git repository, so --commit cannot commit", directory.display())))
        }
        Ok(found) => Ok(found),
        Err(error) if committing => Err(RunError::Git(error).into()),
        Err(error) => {
            warnings.push(Defect::warning("git_refuses", error.to_string()).help("links may not leave DIRECTORY"));
            Ok(None)
        }
    }
}

/// Waits for other calls and deals with one that was interrupted. A dry run leaves all as it is.
async fn begin(
    options: &UpdateOptions,
    surroundings: &Surroundings,
    boundary: &Path,
    cancel: &CancellationToken,
) -> Result<Option<CatalogueLock>, Trouble> {
    let directory = &options.directory;
    if options.dry_run {
        return Ok(None);
    }
    if !directory.is_dir() {
        return Ok(None);
    }
    let lock =
        lock_catalogue(directory, cancel, || aside(surroundings, "another run works on this catalogue; waiting for it to end")).await?;
    match recover(directory, boundary).map_err(RunError::from)? {
        Some(Recovered::Kept { entries }) => {
            aside(surroundings, &format!("an interrupted update had written all its {entries} entries; they stay"));
        }
        Some(Recovered::TakenBack { entries, of }) => {
            aside(surroundings, &format!("an interrupted update had written {entries} of its {of} entries; they were taken back"));
        }
        None => {}
    }
    Ok(Some(lock))
}

fn aside(surroundings: &Surroundings, text: &str) {
    // There is nobody left to tell when stderr is gone.
    let _ = writeln!(std::io::stderr().lock(), "{} {text}", Paint::Strong.on(&surroundings.err, "cooperage:"));
}

/// Which definitions are asked for.
async fn target(
    options: &UpdateOptions,
    surroundings: &Surroundings,
    config: &Config,
    survey: &Survey,
    exclude: &[Pattern],
) -> Result<(Target, Stale), Trouble> {
    match &options.name {
        Some(name) => Ok((Target::Name(name.clone()), Stale::default())),
        None if options.all => Ok((Target::All, Stale::default())),
        None => {
            let revision = Revision::of(&options.directory).map_err(RunError::from)?;
            let wanted = Wanted { engine: false, registry: true };
            let session = Session::open(config.clone(), surroundings.env.clone(), options.directory.clone(), revision, wanted).await?;
            let mut found = stale(&session, survey, &excluded(survey, exclude)).await?;
            found.warnings.extend(session.stale_sign_ins());
            let nodes = (0..survey.graph.nodes.len()).map(|node| found.reasons.contains_key(&node)).collect();
            Ok((Target::Nodes(nodes), found))
        }
    }
}

fn versioning(options: &UpdateOptions, wording: &Wording) -> Versioning {
    if options.date_suffix || options.stale {
        return Versioning::Dated(wording.date.date());
    }
    match (&options.version, options.bump) {
        (Some(version), _) => Versioning::Exactly(Version::new(version.as_str())),
        (None, Some(part)) => Versioning::Bump(match part {
            BumpPart::Patch => Bump::Patch,
            BumpPart::Minor => Bump::Minor,
            BumpPart::Major => Bump::Major,
            BumpPart::Revision => Bump::Revision,
        }),
        (None, None) => Versioning::CountUp,
    }
}

fn document<'a>(change: &'a Change, nodes: &'a [Node]) -> ChangeDocument<'a> {
    let node = &nodes[change.node];
    let (cause, parent) = match change.cause {
        Cause::Requested => ("requested", None),
        Cause::Parent(parent) => ("parent", Some(nodes[parent].name.as_str())),
    };
    ChangeDocument { name: &node.name, path: &node.path, from: change.from.as_str(), to: change.to.as_str(), cause, parent }
}

/// What is shown at the end.
struct Shown<'a> {
    survey: &'a Survey,
    changes: &'a [Change],
    warnings: &'a [Defect],
    committed: Option<&'a str>,
}

impl Shown<'_> {
    fn print(&self, options: &UpdateOptions, surroundings: &Surroundings) -> Result<(), Trouble> {
        let mut out = std::io::stdout().lock();
        match surroundings.format {
            Format::Json => json(&mut out, &UpdateDocument { v: 1, changes: self.documents(), warnings: self.warnings })?,
            Format::Human | Format::Sarif | Format::Github => {
                let tree = tree::tree(&self.survey.graph, self.changes, &surroundings.out);
                text(&mut out, &format!("{tree}{}\n", one_line(&self.summary(options))))?;
                super::show(surroundings, &[self.warnings]);
            }
        }
        Ok(())
    }

    fn documents(&self) -> Vec<ChangeDocument<'_>> {
        let nodes = &self.survey.graph.nodes;
        self.changes.iter().map(|change| document(change, nodes)).collect()
    }

    fn summary(&self, options: &UpdateOptions) -> String {
        let entries = match self.changes.len() {
            0 => return "nothing to update".to_owned(),
            1 => "1 new changelog entry".to_owned(),
            count => format!("{count} new changelog entries"),
        };
        match self.committed {
            _ if options.dry_run => format!("{entries} would be written"),
            Some(commit) => format!("{entries}, committed as {commit}"),
            None => entries,
        }
    }
}
