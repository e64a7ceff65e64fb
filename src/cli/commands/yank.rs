//! `yank`: marks a version so that everything passes over it.

use crate::cli::exit::Trouble;
use crate::cli::interrupt;
use crate::cli::options::promotions::YankOptions;
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::git;
use crate::report::{json, text};
use crate::run::{Judging, Mark, RunError, lock_catalogue, mark, survey};
use serde::Serialize;

/// The document of `yank`.
#[derive(Serialize)]
struct YankDocument<'a> {
    v: u32,
    name: &'a str,
    version: &'a str,
    yanked: bool,
    /// Whether the file changed.
    changed: bool,
    commit: Option<String>,
}

/// Sets or takes away the mark.
pub async fn run(call: &Call, options: &YankOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let directory = &options.directory;
    let repository = match options.commit {
        true => {
            let found = git::discover(directory).map_err(RunError::from)?;
            let missing = || Trouble::call(format!("{} is not in a git repository, so --commit cannot commit", directory.display()));
            Some(found.ok_or_else(missing)?)
        }
        false => None,
    };
    let cancel = interrupt::token()?;
    let waiting = || crate::cli::exit::note(surroundings, "another run works on this catalogue; waiting for it to end");
    let _lock = if directory.is_dir() { Some(lock_catalogue(directory, &cancel, waiting).await?) } else { None };
    let survey = survey(directory, &config, Judging::Lenient)?;
    let reason = options.reason.as_deref().unwrap_or_default();
    let asked = Mark { name: &options.image, version: &options.version, reason, undo: options.undo };
    let done = mark(&survey, &asked, repository.as_ref())?;
    let (changed, commit) = (done.is_some(), done.flatten());
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        let document = YankDocument { v: 1, name: asked.name, version: asked.version, yanked: !asked.undo, changed, commit };
        return Ok(json(&mut out, &document).map(|()| 0)?);
    }
    let what = match (options.undo, changed) {
        (false, true) => "is yanked: plans, promotions and floating tags pass over it",
        (false, false) => "was yanked already",
        (true, _) => "is no longer yanked",
    };
    let committed = match (&commit, changed) {
        (Some(commit), _) => format!("; committed as {}", &commit[..commit.len().min(12)]),
        (None, true) => "; commit and push the file yanked, so that others see it".to_owned(),
        (None, false) => String::new(),
    };
    text(&mut out, &format!("{} {} {what}{committed}\n", asked.name, asked.version))?;
    Ok(0)
}
