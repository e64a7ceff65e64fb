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
use crate::event::{Clock as _, Emitter, EventKind, SystemClock};
use crate::publish::journal::{self, Entry, Place};
use crate::publish::promotion::{Blame, MoveKind, PromotionPlan, Timestamp};
use crate::publish::{MoveError, Spots};
use crate::run::{Judging, Promoter, Revision, RunEnd, RunError, Session, Wanted, left_behind, lock_catalogue, resume, survey};
use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;
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
        let left = match &journal {
            Some(place) => self.resume(&session, place, emitter).await?,
            None => Vec::new(),
        };
        let at = timestamp.as_ref().and_then(Timestamp::instant).unwrap_or_else(|| emitter.now());
        let decision = Decision { promotion: self.promotion, commit: super::commit(self.options, self.config, &images)?, timestamp };
        let facts = facts(&images);
        let decided = self.until(decision.with_registry(self.config, images, registry.as_ref(), Looking::Again)).await?;
        let Decided { plan, standing, sources } = &decided;
        output::problems(self.config, plan, reporters);
        if plan.blame() == Blame::Configuration {
            emitter.emit(EventKind::TagsSettled { ok: false, tags: Vec::new() });
            return Ok(WRONG);
        }
        check_left(&left, plan, directory)?;
        reporters.promotion(plan.moves.iter().filter(|of| of.kind != MoveKind::Stream).map(|of| of.image.as_str()), &facts);
        let spots = Spots::new(registry);
        let promoter = Promoter {
            spots: &spots,
            journal: journal.as_ref(),
            emitter,
            cancel: &self.cancel,
            at,
            keeps: self.promotion.override_host().is_none(),
            parallel: self.config.registry_parallel(),
        };
        promoter.announce(&directory.display().to_string(), plan);
        let (results, end) = promoter.carry_out(plan, standing, sources).await;
        if matches!(end, RunEnd::Good | RunEnd::Failed) {
            forget(&left)?;
        }
        promoter.finish(&results, end, started);
        output::results(&results, self.surroundings)?;
        Ok(end.exit().max(if plan.is_ok() { 0 } else { FAILED }))
    }

    /// Finishes what a killed call left. A file of images or a record needs no catalogue; then nobody knows whose the tags of a
    /// journal are, and what is in it is returned.
    async fn resume(&self, session: &Session, place: &Place, emitter: &Emitter) -> Result<Vec<(Place, Entry)>, Trouble> {
        let told = self.options.images.is_some() || self.options.from_record.is_some();
        match survey(&self.options.directory, self.config, Judging::Strict) {
            Ok(survey) => {
                let work = async { Ok(resume(session, &survey, place, emitter.run(), emitter.now()).await?) };
                self.until(work).await?.tell(emitter);
                Ok(Vec::new())
            }
            Err(_) if told => {
                let (left, damaged) = left_behind(place)?;
                damaged.tell(emitter);
                Ok(left)
            }
            Err(error) => Err(error.into()),
        }
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

/// Refuses to replace a journal with names in it that this call does not give: they would be forgotten.
fn check_left(left: &[(Place, Entry)], plan: &PromotionPlan, directory: &Path) -> Result<(), RunError> {
    let names: BTreeSet<String> = plan.names().iter().map(ToString::to_string).collect();
    let lost: Vec<&(Place, Entry)> = left.iter().filter(|(_, entry)| !names.contains(&entry.location)).collect();
    let Some((place, _)) = lost.first() else { return Ok(()) };
    let tags: String = lost.iter().map(|(_, entry)| format!("\n  {}", entry.location)).collect();
    Err(RunError::Refused(vec![format!(
        "nothing was promoted: an interrupted run left tags to be moved in its journal {}, this call does not move them, and in {} is no \
         catalogue that says whose they are; finish them with `cooperage promote --resume` and the catalogue of that run, or remove the \
         journal:{tags}",
        place.own().display(),
        directory.display()
    )]))
}

/// Removes journals of earlier runs; this call has moved all that was in them.
fn forget(left: &[(Place, Entry)]) -> Result<(), RunError> {
    for (place, _) in left {
        journal::forget(place).map_err(MoveError::from)?;
    }
    Ok(())
}

/// What the record is told of the images: name and reference.
fn facts(images: &JobImages) -> Vec<(String, String)> {
    let each = images.candidates.iter().map(|one| {
        let reference = one.source.as_ref().map(ToString::to_string).unwrap_or_default();
        (one.name.clone(), reference)
    });
    each.collect()
}
