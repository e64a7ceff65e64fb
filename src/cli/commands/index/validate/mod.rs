//! `index validate`: judges an index.

mod change;
mod compatible;
mod strict;
mod told;

use crate::cli::commands::index::base::{Base, Policy, repository};
use crate::cli::exit::Trouble;
use crate::cli::interrupt;
use crate::cli::options::Call;
use crate::cli::options::index::IndexValidateOptions;
use crate::cli::rules::{self, wrong};
use crate::cli::surroundings::Surroundings;
use crate::config::Config;
use crate::finding::{Rule, UnknownRule};
use crate::git::FetchError;
use crate::index::compatible::{CHECKS, Source};
use crate::index::values::{self, Clones, gather};
use crate::index::{IndexFolder, remotes, strict as rules_of_files};
use crate::report::Counting;
use crate::run::RunError;
use change::Change;
use std::path::PathBuf;

/// What both ways of judging look at.
struct Subject<'a> {
    folder: IndexFolder,
    config: Config,
    change: Option<Change>,
    options: &'a IndexValidateOptions,
    surroundings: &'a Surroundings,
}

/// Judges an index.
pub async fn run(call: &Call, options: &IndexValidateOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    if let Some(id) = &options.explain {
        return rules::explain(id, &all_rules(), unknown, |_| None, surroundings);
    }
    // clap asks for INDEX wherever there is no --explain.
    let index: PathBuf = options.index.clone().unwrap_or_default();
    let folder = IndexFolder::list(&index).map_err(wrong)?;
    let base = match &options.changed_since {
        Some(revision) => Some(Base::of(repository(&folder.root)?, &folder.root, revision)?),
        None => None,
    };
    let Policy { config, warnings, .. } = Policy::of(call, surroundings, base.as_ref(), Vec::new())?;
    crate::cli::commands::show(surroundings, &[&warnings]);
    crate::cli::commands::show_config_warnings(surroundings, &config);
    let change = base.map(|base| Change::since(base, &folder)).transpose()?;
    let subject = Subject { folder, config, change, options, surroundings };
    if options.compatible { compatible::run(&subject).await } else { strict::run(&subject).await }
}

/// Rules of every mode, those of the original last.
fn all_rules() -> Vec<Rule> {
    [rules_of_files::RULES, values::RULES, CHECKS].concat()
}

fn unknown(id: &str) -> UnknownRule {
    UnknownRule::new(id, &all_rules(), "index validate")
}

impl Subject<'_> {
    /// Fetches what is asked for, and shows how far that is.
    async fn clones(&self, wanted: impl IntoIterator<Item = Source>) -> Result<Clones, Trouble> {
        let mut wanted: Vec<Source> = wanted.into_iter().collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(Clones::default());
        }
        let remotes = remotes(&self.config, &self.surroundings.env).map_err(wrong)?;
        let cancel = interrupt::token()?;
        let counting = Counting::new(self.surroundings.err, "repositories fetched", wanted.len());
        counting.done(0);
        let clones = gather(&remotes, wanted, &cancel, &|count| counting.done(count)).await;
        counting.end();
        clones.map_err(|error| match error {
            FetchError::Cancelled => RunError::Interrupted.into(),
            error => wrong(error),
        })
    }
}
