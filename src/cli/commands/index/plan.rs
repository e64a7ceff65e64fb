//! `index plan`: what a change of the index leads to.

use super::base::{Base, Policy, repository};
use super::telling::{Telling, row};
use crate::catalog::Defect;
use crate::cli::exit::{DONE, FAILED, Trouble};
use crate::cli::interrupt;
use crate::cli::options::index::IndexPlanOptions;
use crate::cli::options::{Call, Format};
use crate::cli::rules::wrong;
use crate::cli::surroundings::Surroundings;
use crate::config::Config;
use crate::git::{FetchError, Head, Repository};
use crate::index::{Entry, IndexFolder, Loaded, Plan, load, load_at, plan, remotes};
use crate::report::{check_writable, replace};
use crate::run::RunError;
use futures_util::StreamExt as _;
use std::collections::{BTreeMap, BTreeSet};

/// Prints the plan.
pub async fn run(call: &Call, options: &IndexPlanOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    if surroundings.format == Format::Json && options.service == Some(crate::cli::options::views::Service::Gitlab) {
        return Err(Trouble::call("--format json prints a JSON document, and --for gitlab is none; leave one of them out"));
    }
    if let Some(path) = &options.summary {
        check_writable("the summary", path)?;
    }
    let root = IndexFolder::list(&options.index).map_err(wrong)?.root;
    let repository = repository(&root)?;
    let head = repository.as_ref().map(Repository::head).transpose().map_err(wrong)?.flatten();
    let branch = branch(options, repository.as_ref())?;
    let base = options.base.as_deref().map(|revision| Base::of(repository, &root, revision)).transpose()?;
    let policy = Policy::of(call, surroundings, base.as_ref(), Vec::new())?;
    let now = load(&options.index).map_err(wrong)?;
    let then = base.as_ref().map(|base| load_at(&base.repository, &base.commit)).transpose().map_err(wrong)?;
    let plan = then.as_ref().map_or_else(|| Plan::whole(&now), |then| plan(then, &now));
    let mut defects = unusable(&now, Defect::error, "");
    let mut warnings = policy.warnings.clone();
    warnings.extend(policy.config.warnings.iter().cloned());
    warnings.extend(then.iter().flat_map(|then| unusable(then, Defect::warning, "at the base: ")));
    warnings.extend(withheld(&plan));
    let commits = if options.resolve { resolve(&plan, &policy.config, surroundings, &mut defects).await? } else { BTreeMap::new() };
    let action = if publishes(&policy.config, branch.as_deref()) { "publish" } else { "build" };
    let entries = plan.entries.iter().map(|planned| row(planned, action, &commits));
    let telling = Telling {
        base: base.as_ref().map(|base| base.commit.as_str()),
        head: head.as_ref().map(|Head { commit, .. }| commit.as_str()),
        branch: policy.config.cooperage.index.branch.as_deref(),
        from_base: base.is_some(),
        differs: policy.differs,
        rows: entries.chain(plan.removed.iter().map(|planned| row(planned, "none", &commits))).collect(),
        plan: &plan,
        defects: &defects,
        warnings: &warnings,
    };
    telling.print(options, surroundings)?;
    if let Some(path) = &options.summary {
        replace("the summary", path, telling.summary().as_bytes())?;
    }
    crate::cli::commands::show(surroundings, &[&warnings, &defects]);
    Ok(if defects.is_empty() { DONE } else { FAILED })
}

/// The branch that is built.
fn branch(options: &IndexPlanOptions, repository: Option<&Repository>) -> Result<Option<String>, Trouble> {
    match (&options.branch, repository) {
        (Some(branch), _) => Ok(Some(branch.clone())),
        (None, Some(repository)) => repository.branch().map_err(wrong),
        (None, None) => Ok(None),
    }
}

/// Whether what is built here is published, as the configuration of the base says.
fn publishes(config: &Config, branch: Option<&str>) -> bool {
    match &config.cooperage.index.branch {
        Some(wanted) => branch == Some(wanted.as_str()),
        None => config.publishing().unwrap_or_else(|| config.login().is_some()),
    }
}

fn unusable(loaded: &Loaded, defect: fn(&'static str, String) -> Defect, at: &str) -> Vec<Defect> {
    let one = |(path, line, why): &(String, usize, String)| {
        let defect = defect("unusable_entry", format!("{at}{why}")).at(path);
        if *line > 0 { defect.line(*line) } else { defect }
    };
    loaded.unusable.iter().map(one).collect()
}

/// What the removal guard keeps.
fn withheld(plan: &Plan) -> Option<Defect> {
    let images: Vec<String> = plan.withheld.iter().map(|entry| entry.image().image()).collect();
    let message = format!("the index cannot be read whole, so these do not count as removed: {}", images.join(", "));
    (!images.is_empty())
        .then(|| Defect::warning("not_removed", message).help("repair what cannot be used; the next plan says what is removed"))
}

/// Asks each repository once for the commit of each branch: by address and branch.
async fn resolve(
    plan: &Plan,
    config: &Config,
    surroundings: &Surroundings,
    defects: &mut Vec<Defect>,
) -> Result<BTreeMap<(String, String), String>, Trouble> {
    let cancel = interrupt::token()?;
    let wanted: BTreeSet<(&str, &str)> =
        plan.entries.iter().map(|planned| (planned.entry.git_url.as_str(), planned.entry.git_branch.as_str())).collect();
    let remotes = remotes(config, &surroundings.env).map_err(wrong)?;
    let (remotes, cancel) = (&remotes, &cancel);
    let asked = wanted.into_iter().map(|(url, branch)| async move { (url, branch, remotes.resolve(url, branch, cancel).await) });
    // Whoever asks the same address waits, so that many at once share one answer.
    let answers: Vec<_> = futures_util::stream::iter(asked).buffer_unordered(256).collect().await;
    let mut commits = BTreeMap::new();
    for (url, branch, answer) in answers {
        match answer {
            Ok(Some(commit)) => drop(commits.insert((url.to_owned(), branch.to_owned()), commit)),
            // The beginning of a commit's id stands for itself.
            Ok(None) => {}
            Err(FetchError::Cancelled) => return Err(RunError::Interrupted.into()),
            Err(error) => {
                let named = |entry: &&Entry| entry.git_url == url && entry.git_branch == branch;
                let entries = plan.entries.iter().map(|planned| &planned.entry).filter(named);
                defects.extend(entries.map(|entry| {
                    Defect::error("unresolved", error.to_string()).at(&entry.file).line(entry.line).of(entry.image().image())
                }));
            }
        }
    }
    Ok(commits)
}
