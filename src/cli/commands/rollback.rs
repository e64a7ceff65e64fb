//! `rollback`: floating tags of an image go back to an older version.

use crate::catalog::Defect;
use crate::cli::documents::RollbackDocument;
use crate::cli::exit::{FAILED, Trouble};
use crate::cli::interrupt;
use crate::cli::options::promotions::RollbackOptions;
use crate::cli::options::{Call, Format};
use crate::cli::reporters::{Reporters, Told};
use crate::cli::surroundings::Surroundings;
use crate::config::{Config, Flag};
use crate::event::{Clock as _, EventKind, SettledTag, SystemClock, TagOutcome};
use crate::publish::Spots;
use crate::publish::journal::Place;
use crate::report::{Cell, Paint, Table, json, text};
use crate::run::{
    Begun, Judging, Mark, Revision, Rollback, RunEnd, RunError, Session, Survey, Undoing, Wanted, has_destination, lock_catalogue, mark,
    resume, survey,
};
use std::future::Future;
use tokio_util::sync::CancellationToken;

/// A call that has been read.
struct Desk<'a> {
    config: &'a Config,
    options: &'a RollbackOptions,
    surroundings: &'a Surroundings,
    cancel: CancellationToken,
}

/// Rolls back, or says what would move.
pub async fn run(call: &Call, options: &RollbackOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let drops = options.drop_platforms.then(|| Flag {
        key: "cooperage.drop_platforms".to_owned(),
        value: true.into(),
        name: "--drop-platforms".to_owned(),
    });
    let config = surroundings.configure(call, drops.into_iter().collect())?;
    super::show_config_warnings(surroundings, &config);
    if !has_destination(&config) {
        return Err(Trouble::call("there is no destination; list destinations under `cooperage.publish`, or set `registry`"));
    }
    let desk = Desk { config: &config, options, surroundings, cancel: interrupt::token()? };
    if options.dry_run {
        return desk.dry_run().await;
    }
    let revision = Revision::of(&options.directory).unwrap_or_default();
    let reporters = Reporters::open(&options.reports, Told::Nothing, surroundings, &revision, SystemClock.now())?;
    let outcome = desk.roll_back(&reporters).await;
    reporters.end(outcome, surroundings)
}

impl Desk<'_> {
    async fn dry_run(&self) -> Result<u8, Trouble> {
        let survey = survey(&self.options.directory, self.config, Judging::Lenient)?;
        let session = self.open().await?;
        let spots = spots(&session)?;
        let begun = self.begun(&survey, self.journal().as_ref());
        let plan = self.plan(&survey, &spots, &begun).await?;
        let tags = plan.settled("", SystemClock.now());
        let goes_on: Vec<Defect> = self.goes_on(&begun).map(|message| Defect::warning("resumed", message)).into_iter().collect();
        super::show(self.surroundings, &[&session.stale_sign_ins(), &goes_on]);
        if self.surroundings.format == Format::Json {
            let (name, from, to) = (plan.name.as_str(), plan.from.as_deref(), plan.to.as_str());
            let ok = !tags.iter().any(|tag| tag.outcome == TagOutcome::Refused);
            json(&mut std::io::stdout().lock(), &RollbackDocument { v: 1, ok, name, from, to, tags: &tags })?;
        } else {
            self.print(&plan, &tags)?;
        }
        Ok(if tags.iter().any(|tag| tag.outcome == TagOutcome::Refused) { FAILED } else { 0 })
    }

    async fn roll_back(&self, reporters: &Reporters) -> Result<u8, Trouble> {
        let (directory, emitter) = (&self.options.directory, &reporters.emitter);
        let waiting = || reporters.aside("another run works on this catalogue; waiting for it to end");
        let _lock = if directory.is_dir() { Some(lock_catalogue(directory, &self.cancel, waiting).await?) } else { None };
        let survey = survey(directory, self.config, Judging::Lenient)?;
        let session = self.open().await?;
        let journal = self.journal();
        let begun = self.begun(&survey, journal.as_ref());
        if let Some(place) = &journal {
            let mut resumed = self.until(async { Ok(resume(&session, &survey, place, emitter.run(), emitter.now()).await?) }).await?;
            resumed.tags.retain(|(entry, _)| !begun.goes_on_with(entry));
            resumed.tell(emitter);
        }
        if let Some(message) = self.goes_on(&begun) {
            emitter.emit(EventKind::Warning { code: "resumed".to_owned(), name: Some(self.options.image.clone()), message });
        }
        let spots = spots(&session)?;
        let mut plan = self.plan(&survey, &spots, &begun).await?;
        reporters.rollback(&survey, &plan.name, &plan.to);
        emitter.emit(EventKind::RunStarted {
            directory: directory.display().to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            images: 1,
            publishing: true,
        });
        let reason = self.options.reason.as_deref().unwrap_or_default();
        let at = emitter.now();
        let parallel = self.config.registry_parallel();
        self.tell_not_yanked(&survey, &plan, reporters);
        let end = plan.carry_out(&spots, journal.as_ref(), emitter, &self.cancel, (reason, parallel)).await;
        if self.surroundings.format != Format::Json {
            self.print(&plan, &plan.settled(emitter.run(), at))?;
        }
        if self.options.yank && matches!(end, RunEnd::Good | RunEnd::Failed) {
            self.mark(&survey, &plan, reporters)?;
        }
        Ok(end.exit())
    }

    /// Marks what was rolled back from.
    fn mark(&self, survey: &Survey, plan: &Rollback, reporters: &Reporters) -> Result<(), Trouble> {
        let Some(from) = left_from(survey, plan) else { return Ok(()) };
        let (name, reason) = (plan.name.as_str(), self.options.reason.as_deref().unwrap_or_default());
        mark(survey, &Mark { name, version: from, reason, undo: false }, None)?;
        reporters.aside(&format!("{name} {from} is yanked; commit and push the file yanked, so that others see it"));
        Ok(())
    }

    /// Says that nothing keeps the next run from moving forward again, unless a mark will.
    fn tell_not_yanked(&self, survey: &Survey, plan: &Rollback, reporters: &Reporters) {
        let Some(from) = left_from(survey, plan).filter(|_| !self.options.yank) else { return };
        let name = &plan.name;
        let message =
            format!("the next build or publish moves the tags forward to {from} again; `cooperage yank {name} {from}` prevents that");
        reporters.problems(&[Defect::warning("not_yanked", message)]);
    }

    fn journal(&self) -> Option<Place> {
        Place::of(&self.options.directory, &self.surroundings.env, self.options.reports.record.as_deref())
    }

    /// What an earlier call of the same, which was killed, was about to do.
    fn begun(&self, survey: &Survey, journal: Option<&Place>) -> Begun {
        journal.map(|place| Begun::find(survey, place, &self.options.image)).unwrap_or_default()
    }

    /// That an earlier call says where this one goes.
    fn goes_on(&self, begun: &Begun) -> Option<String> {
        let to = begun.to.as_ref().filter(|to| self.options.to.as_ref().is_none_or(|asked| asked == *to))?;
        Some(format!("an interrupted rollback of {} was to go to {to}; this one goes on", self.options.image))
    }

    async fn plan(&self, survey: &Survey, spots: &Spots, begun: &Begun) -> Result<Rollback, Trouble> {
        let drops_platforms = self.config.cooperage.drop_platforms;
        let to = self.options.to.as_deref().or(begun.to.as_deref());
        let undoing = Undoing { name: &self.options.image, to, drops_platforms, was: &begun.was };
        self.until(async { Ok(Rollback::plan(survey, spots, &undoing).await?) }).await
    }

    async fn open(&self) -> Result<Session, Trouble> {
        let wanted = Wanted { engine: false, registry: true };
        let (env, directory) = (self.surroundings.env.clone(), self.options.directory.clone());
        Ok(Session::open(self.config.clone(), env, directory, Revision::default(), wanted).await?)
    }

    /// Runs `work`, unless Ctrl-C comes first.
    async fn until<T>(&self, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
        tokio::select! {
            result = work => result,
            () = self.cancel.cancelled() => Err(RunError::Interrupted.into()),
        }
    }

    fn print(&self, plan: &Rollback, tags: &[SettledTag]) -> Result<(), Trouble> {
        let mut out = std::io::stdout().lock();
        let from = plan.from.as_deref().unwrap_or("what this changelog does not know");
        let digest = plan.digest.short();
        text(&mut out, &format!("{}: from {from} to {} ({digest})\n", plan.name, plan.to))?;
        let mut table = Table::new(&["outcome", "tag", "held", "kept as"]).references(1).references(3);
        for tag in tags {
            let held = tag.from.as_deref().and_then(|text| text.strip_prefix("sha256:")).map_or("-", |hex| &hex[..12]);
            let paint = match tag.outcome {
                TagOutcome::Moved | TagOutcome::There => Paint::Good,
                TagOutcome::Open => Paint::Caution,
                _ => Paint::Bad,
            };
            table.row([
                Cell::new(tag.outcome.as_str(), paint),
                Cell::from(tag.reference.as_str()),
                Cell::new(held, Paint::Faint),
                Cell::from(tag.kept_as.as_deref().or(tag.reason.as_deref()).unwrap_or("-")),
            ]);
        }
        Ok(text(&mut out, &table.render(&self.surroundings.out))?)
    }
}

/// The version that is rolled back from, where it is known, another one, and not yanked yet.
fn left_from<'a>(survey: &Survey, plan: &'a Rollback) -> Option<&'a str> {
    plan.from.as_deref().filter(|from| *from != plan.to && survey.yanked.why(&plan.name, from).is_none())
}

fn spots(session: &Session) -> Result<Spots, Trouble> {
    Ok(Spots::new(session.sides.registry.clone().ok_or(RunError::NoRegistry)?))
}
