//! `promote` without `--dry-run`: the plan is made and carried out.

use super::images::{self, JobImages};
use super::output;
use super::{Decided, Decision, Looking};
use crate::cli::exit::{FAILED, Trouble, WRONG};
use crate::cli::interrupt;
use crate::cli::options::promotions::PromoteOptions;
use crate::cli::reporters::{Reporters, Told};
use crate::cli::surroundings::Surroundings;
use crate::config::{Config, Promotion};
use crate::event::{Clock as _, EventKind, SystemClock};
use crate::publish::Spots;
use crate::publish::journal::Place;
use crate::publish::promotion::{Blame, MoveKind, Timestamp};
use crate::run::{Judging, Promoter, Revision, RunError, Session, Wanted, lock_catalogue, resume, survey};
use std::future::Future;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// A call that has been read.
struct Desk<'a> {
    config: &'a Config,
    promotion: &'a Promotion,
    options: &'a PromoteOptions,
    surroundings: &'a Surroundings,
    cancel: CancellationToken,
}

/// Promotes.
pub async fn run(
    config: &Config,
    promotion: &Promotion,
    timestamp: Option<Timestamp>,
    options: &PromoteOptions,
    surroundings: &Surroundings,
) -> Result<u8, Trouble> {
    let desk = Desk { config, promotion, options, surroundings, cancel: interrupt::token()? };
    let revision = Revision::of(&options.directory).unwrap_or_default();
    let reporters = Reporters::open(&options.reports, Told::Nothing, surroundings, &revision, SystemClock.now())?;
    let outcome = desk.promote(timestamp, &reporters).await;
    reporters.end(outcome, surroundings)
}

impl Desk<'_> {
    async fn promote(&self, timestamp: Option<Timestamp>, reporters: &Reporters) -> Result<u8, Trouble> {
        let directory = &self.options.directory;
        let waiting = || reporters.aside("another run works on this catalogue; waiting for it to end");
        let _lock = if directory.is_dir() { Some(lock_catalogue(directory, &self.cancel, waiting).await?) } else { None };
        let images = images::of(self.options, self.config)?;
        let started = Instant::now();
        let emitter = &reporters.emitter;
        let session = self.until(self.open()).await?;
        let Some(registry) = session.sides.registry.clone() else { return Err(RunError::NoRegistry.into()) };
        let journal = Place::of(directory, &self.surroundings.env, self.options.reports.record.as_deref());
        if let Some(place) = &journal {
            // A file of images or a record needs no catalogue; then nobody knows whose the tags of a journal are.
            let told = self.options.images.is_some() || self.options.from_record.is_some();
            match survey(directory, self.config, Judging::Strict) {
                Ok(survey) => {
                    let work = async { Ok(resume(&session, &survey, place, emitter.run(), emitter.now()).await?) };
                    self.until(work).await?.tell(emitter);
                }
                Err(_) if told => {}
                Err(error) => return Err(error.into()),
            }
        }
        let at = timestamp.as_ref().and_then(Timestamp::instant).unwrap_or_else(|| emitter.now());
        let decision = Decision { promotion: self.promotion, commit: super::commit(self.options, self.config, &images), timestamp };
        let facts = facts(&images);
        let decided = self.until(decision.with_registry(self.config, images, registry.as_ref(), Looking::Again)).await?;
        let Decided { plan, standing, sources } = &decided;
        output::problems(self.config, plan, reporters);
        if plan.blame() == Blame::Configuration {
            emitter.emit(EventKind::TagsSettled { ok: false, tags: Vec::new() });
            return Ok(WRONG);
        }
        reporters.promotion(plan.moves.iter().filter(|of| of.kind != MoveKind::Stream).map(|of| of.image.as_str()), &facts);
        let spots = Spots::new(registry);
        let promoter = Promoter {
            spots: &spots,
            journal: journal.as_ref(),
            emitter,
            cancel: &self.cancel,
            at,
            keeps: self.promotion.registry_override.is_none(),
            parallel: self.config.registry_parallel(),
        };
        promoter.announce(&directory.display().to_string(), plan);
        let (results, end) = promoter.carry_out(plan, standing, sources).await;
        promoter.finish(&results, end, started);
        output::results(&results, self.surroundings)?;
        Ok(end.exit().max(if plan.is_ok() { 0 } else { FAILED }))
    }

    async fn open(&self) -> Result<Session, Trouble> {
        let wanted = Wanted { engine: false, registry: true };
        let (env, directory) = (self.surroundings.env.clone(), self.options.directory.clone());
        let session = Session::open(self.config.clone(), env, directory, Revision::default(), wanted).await?;
        Ok(session.with_registry()?)
    }

    /// Runs `work`, unless Ctrl-C comes first.
    async fn until<T>(&self, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
        tokio::select! {
            result = work => result,
            () = self.cancel.cancelled() => Err(RunError::Interrupted.into()),
        }
    }
}

/// What the record is told of the images: name and reference.
fn facts(images: &JobImages) -> Vec<(String, String)> {
    let each = images.candidates.iter().map(|one| {
        let reference = one.source.as_ref().map(ToString::to_string).unwrap_or_default();
        (one.name.clone(), reference)
    });
    each.collect()
}
