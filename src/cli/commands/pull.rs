//! `pull`: gets current versions into the engine.

use crate::cli::exit::Trouble;
use crate::cli::interrupt;
use crate::cli::options::housekeeping::PullOptions;
use crate::cli::options::{Call, Choice, Format};
use crate::cli::reporters::{Reporters, Told};
use crate::cli::surroundings::Surroundings;
use crate::config::Config;
use crate::event::{Clock as _, ImageOutcome, SystemClock};
use crate::report::{Cell, Paint, Table, text};
use crate::run::{Pulled, Revision, RunError, Session, Wanted, choose, has_destination, pull, wishes};
use std::io;
use tokio_util::sync::CancellationToken;

/// Pulls.
pub async fn run(call: &Call, options: &PullOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    if !has_destination(&config) && options.parents_of.is_empty() {
        return Err(Trouble::call(format!(
            "pull needs a registry; set `registry` in the configuration or COOPERAGE_REGISTRY{}",
            super::unread(call)
        )));
    }
    let cancel = interrupt::token()?;
    let mut doubts = Vec::new();
    let revision = super::revision(&options.directory, &mut doubts);
    super::show(surroundings, &[&doubts]);
    let reporters = Reporters::open(&options.reports, Told::Nothing, surroundings, &revision, SystemClock.now())?;
    let outcome = pulled(config, options, surroundings, revision, &reporters, &cancel).await;
    let (outcome, pulled) = match outcome {
        Ok((code, pulled)) => (Ok(code), pulled),
        Err(trouble) => (Err(trouble), None),
    };
    let code = reporters.end(outcome, surroundings);
    if let Some(pulled) = pulled.filter(|_| surroundings.format == Format::Human) {
        print(&pulled, reporters.log, surroundings)?;
    }
    code
}

/// The exit code and, where anything could be tried, what became of it.
async fn pulled(
    config: Config,
    options: &PullOptions,
    surroundings: &Surroundings,
    revision: Revision,
    reporters: &Reporters,
    cancel: &CancellationToken,
) -> Result<(u8, Option<Vec<Pulled>>), Trouble> {
    let parents = !options.parents_of.is_empty();
    let choice = if parents { Choice { select: options.parents_of.clone(), ..Choice::default() } } else { options.choice.clone() };
    let chosen = choose(&options.directory, &config, &super::selection(&choice, &options.directory)?);
    let (survey, marked) = chosen.map_err(|error| match error {
        RunError::Select(error) if parents => RunError::Select(error.asked_with("--parents-of")),
        error => error,
    })?;
    reporters.defects(&survey.warnings);
    reporters.defects(&survey.defects);
    let wanted = Wanted { engine: true, registry: true };
    let found = async {
        let session = Session::open(config, surroundings.env.clone(), options.directory.clone(), revision, wanted).await?;
        let wishes = wishes(&session, &survey, &marked, parents).await?;
        Ok::<_, Trouble>((session, wishes))
    };
    let (session, wishes) = tokio::select! {
        found = found => found?,
        () = cancel.cancelled() => return Err(RunError::Interrupted.into()),
    };
    reporters.wishes(&survey, &wishes);
    let ended = pull(&session, wishes, &reporters.emitter, cancel).await?;
    Ok((ended.end.exit(), Some(ended.pulled)))
}

fn print(pulled: &[Pulled], log: Option<&str>, surroundings: &Surroundings) -> Result<(), Trouble> {
    let mut table = Table::new(&["image", "outcome", "why"]);
    for one in pulled {
        let (word, paint) = match one.outcome {
            ImageOutcome::Reused => ("pulled", Paint::Good),
            ImageOutcome::Skipped => ("skipped", if one.reason.code == "held" { Paint::Faint } else { Paint::Caution }),
            other => (other.as_str(), Paint::Bad),
        };
        table.row([Cell::from(one.wish.reference.to_string()), Cell::new(word, paint), Cell::from(one.reason.text.as_str())]);
    }
    let shown = if pulled.is_empty() { "nothing to pull\n".to_owned() } else { table.render(&surroundings.out) };
    let tried = pulled.iter().any(|one| one.outcome != ImageOutcome::Skipped);
    let log = log.filter(|_| tried).map(|log| format!("You can see the logs at {log}\n")).unwrap_or_default();
    Ok(text(&mut io::stdout().lock(), &(shown + &log))?)
}
