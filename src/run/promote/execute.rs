//! Carries out the plan of a promotion: copies first, then names, each looked at right before it is written.

use super::names::{PAGES_TO_DOUBT, is_in};
use super::sources::Sources;
use crate::event::{Emitter, TagOutcome};
use crate::name::{Digest, Reference};
use crate::publish::journal::{Kind, Place};
use crate::publish::promotion::{Action, Move, MoveKind, PromotionPlan, Source, Standing};
use crate::publish::{Fate, Location, MoveError, PublishError, Spots, TagMove};
use crate::registry::{CopyOptions, RegistryError, copy};
use crate::run::carry::Carrier;
use crate::run::work::execute::RunEnd;
use crate::run::work::failure::{Failure, Scope};
use crate::run::work::steps::Teller;
use futures_util::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// The destination of release names in journals, records and events.
pub(super) const DESTINATION: &str = "promotion";

/// Carries out promotions.
pub struct Promoter<'a> {
    /// Where images come from and go to.
    pub spots: &'a Spots,
    /// Where the journal goes.
    pub journal: Option<&'a Place>,
    /// Where events go.
    pub emitter: &'a Arc<Emitter>,
    /// Stops it.
    pub cancel: &'a CancellationToken,
    /// When: in the names of backups.
    pub at: Timestamp,
    /// Whether what a name held is kept alive.
    pub keeps: bool,
    /// As many requests at once.
    pub parallel: usize,
}

/// What became of one move of the plan.
#[derive(Clone, Debug)]
pub struct Promoted<'a> {
    /// The move.
    pub of: &'a Move,
    /// What became of it.
    pub outcome: TagOutcome,
    /// What stood there before.
    pub from: Option<Digest>,
    /// Under which name that is kept.
    pub kept_as: Option<Reference>,
    /// Why, where it did not move.
    pub why: Option<String>,
}

/// A copy from one repository to another.
type Freight = (String, Digest, String);

impl<'a> Promoter<'a> {
    /// Carries out a plan in which the configuration is not to blame. Backups have no result of their own: a name says
    /// what was kept of it.
    pub async fn carry_out(&self, plan: &'a PromotionPlan, standing: &Standing, sources: &Sources) -> (Vec<Promoted<'a>>, RunEnd) {
        let mut results: Vec<Promoted<'a>> = plan.moves.iter().filter(|of| of.kind != MoveKind::Backup).map(started).collect();
        for result in &mut results {
            result.from = standing.get(&result.of.reference).cloned().flatten();
        }
        let end = match self.bring(&mut results).await {
            Err(failure) => self.ended_early(&failure),
            Ok(()) => match self.name(&mut results, sources).await {
                Ok(()) => RunEnd::Good,
                Err(failure) => self.ended_early(&failure),
            },
        };
        streams(&mut results);
        let is_good = |result: &Promoted<'_>| {
            matches!(result.outcome, TagOutcome::Moved | TagOutcome::There | TagOutcome::ToSet | TagOutcome::Refused)
        };
        let end = if end == RunEnd::Good && (!results.iter().all(is_good) || !plan.is_ok()) { RunEnd::Failed } else { end };
        (results, end)
    }

    fn ended_early(&self, failure: &Failure) -> RunEnd {
        let message = format!("not all names were moved; `cooperage promote` goes on: {failure}");
        self.warn("names_not_moved", None, message);
        if failure.scope == Scope::Cancelled { RunEnd::Interrupted } else { RunEnd::Stopped }
    }

    /// Brings images to the repositories of their names, by digest. One that is not there any more fails alone.
    async fn bring(&self, results: &mut [Promoted<'_>]) -> Result<(), Failure> {
        let mut freights: BTreeMap<Freight, &Move> = BTreeMap::new();
        for result in results.iter().filter(|result| result.outcome == TagOutcome::Open) {
            if let Some(freight) = freight(result.of) {
                freights.entry(freight).or_insert(result.of);
            }
        }
        let work: Vec<_> = freights.iter().map(|(freight, of)| self.haul(freight, of).boxed()).collect();
        let done: Vec<Result<(), Failure>> = futures_util::stream::iter(work).buffered(self.parallel.max(1)).collect().await;
        let mut failed: BTreeMap<Freight, String> = BTreeMap::new();
        for (freight, result) in freights.into_keys().zip(done) {
            match result {
                Ok(()) => {}
                Err(Failure { message, scope: Scope::Image }) => drop(failed.insert(freight, message)),
                Err(failure) => return Err(failure),
            }
        }
        for result in results.iter_mut().filter(|result| result.outcome == TagOutcome::Open) {
            if let Some(why) = freight(result.of).and_then(|freight| failed.get(&freight)) {
                (result.outcome, result.why) = (TagOutcome::Gone, Some(why.clone()));
            }
        }
        Ok(())
    }

    async fn haul(&self, (_, digest, _): &Freight, of: &Move) -> Result<(), Failure> {
        let Source::At(source) = &of.source else { return Ok(()) };
        let registry = self.spots.registry();
        let (from, to) = (registry.repository(source)?, registry.repository(&of.reference)?);
        let teller = Teller::new(&of.image, self.emitter.clone());
        let step = crate::event::Step::Publish;
        let options = CopyOptions { parallel: self.parallel.max(1), ..CopyOptions::default() };
        let progress = teller.progress(step);
        let work = async {
            let copied = copy(from.as_ref(), digest, to.as_ref(), &options, &progress, self.cancel).await;
            match copied {
                Ok(_) => Ok(((), None)),
                // What another registry lacks is one image's trouble; a registry that is gone is everybody's.
                Err(crate::registry::CopyError::Source { source, what }) if matches!(*source, RegistryError::NotFound { .. }) => {
                    Err(Failure::of(format!("{what} cannot be copied: {source}; it was there when this promotion was planned")))
                }
                Err(crate::registry::CopyError::Source { source, .. } | crate::registry::CopyError::Destination { source, .. }) => {
                    Err(Failure::from(*source))
                }
                Err(error) => Err(PublishError::from(error).into()),
            }
        };
        teller.step(step, work).await
    }

    /// Gives the names.
    async fn name(&self, results: &mut [Promoted<'_>], sources: &Sources) -> Result<(), Failure> {
        self.round(results, sources).await?;
        // A list of tags that left out what stands there; somebody who came in between is in the list by now.
        let mut doubted = false;
        for result in results.iter_mut().filter(|result| result.outcome == TagOutcome::Unlisted) {
            let reference = &result.of.reference;
            let tags = self.spots.registry().few_tags(reference, PAGES_TO_DOUBT).await.ok().flatten();
            let listed = tags.is_none_or(|tags| is_in(&tags, reference));
            if listed {
                let why = left(reference, result.from.as_ref());
                self.warn("lost_race", Some(&result.of.image), why.clone());
                (result.outcome, result.why) = (TagOutcome::Left, Some(why));
            } else {
                result.outcome = TagOutcome::Open;
                doubted = true;
            }
        }
        if doubted { self.round(results, sources).await } else { Ok(()) }
    }

    async fn round(&self, results: &mut [Promoted<'_>], sources: &Sources) -> Result<(), Failure> {
        let mut wanted = Vec::new();
        for result in results.iter().filter(|result| result.outcome == TagOutcome::Open) {
            wanted.extend(self.wanted(result, sources)?);
        }
        let fates: Mutex<BTreeMap<String, Fate>> = Mutex::default();
        let carrier = Carrier { spots: self.spots, journal: self.journal, emitter: self.emitter, at: self.at, parallel: self.parallel };
        let tell = |moved: &TagMove, fate: &Fate| {
            self.told(moved, fate);
            fates.lock().unwrap_or_else(PoisonError::into_inner).insert(moved.spot.location.whole(), fate.clone());
        };
        let done = tokio::select! {
            done = carrier.carry_out(&wanted, &tell) => done.map_err(failure),
            () = self.cancel.cancelled() => Err(Failure::cancelled()),
        };
        let fates = fates.into_inner().unwrap_or_else(PoisonError::into_inner);
        for result in results.iter_mut().filter(|result| result.outcome == TagOutcome::Open) {
            let Some(fate) = fates.get(&result.of.reference.to_string()) else { continue };
            settle(result, fate);
        }
        done
    }

    fn wanted(&self, result: &Promoted<'_>, sources: &Sources) -> Result<Option<TagMove>, Failure> {
        let (Some(digest), Source::At(source)) = (&result.of.digest, &result.of.source) else { return Ok(None) };
        Ok(Some(TagMove {
            name: result.of.image.clone(),
            destination: DESTINATION.to_owned(),
            kind: Kind::Promotion,
            spot: self.spots.at(&Location::Registry(result.of.reference.clone()))?,
            from: result.from.clone(),
            to: digest.clone(),
            version: Location::Registry(source.clone()),
            keep_alive: self.keeps,
            level: 0,
            manifest: sources.manifest(digest).cloned(),
        }))
    }

    pub(super) fn warn(&self, code: &str, name: Option<&str>, message: String) {
        self.emitter.emit(crate::event::EventKind::Warning { code: code.to_owned(), name: name.map(str::to_owned), message });
    }
}

fn failure(error: MoveError) -> Failure {
    match error {
        MoveError::Registry(error) => Failure::from(error),
        MoveError::Journal(error) => Failure::of(error.to_string()),
    }
}

fn started(of: &Move) -> Promoted<'_> {
    let outcome = match (of.action, of.kind) {
        (Action::Refuse, _) => TagOutcome::Refused,
        (_, MoveKind::Stream) => TagOutcome::ToSet,
        (Action::Keep, _) => TagOutcome::There,
        (Action::Create | Action::Move, _) => TagOutcome::Open,
    };
    Promoted { of, outcome, from: None, kept_as: None, why: None }
}

/// What has to come from another repository before the name can be given.
fn freight(of: &Move) -> Option<Freight> {
    let (Source::At(source), Some(digest)) = (&of.source, &of.digest) else { return None };
    let (from, to) = (source.canonical().name(), of.reference.canonical().name());
    (from != to).then(|| (from, digest.clone(), to))
}

fn settle(result: &mut Promoted<'_>, fate: &Fate) {
    result.outcome = match fate {
        Fate::Open => TagOutcome::Open,
        Fate::Moved(kept) => {
            result.kept_as = kept.clone().map(|tag| result.of.reference.with_tag(tag));
            TagOutcome::Moved
        }
        Fate::WasThere => TagOutcome::There,
        Fate::Left(Some(found)) if result.from.is_none() => {
            result.from = Some(found.clone());
            TagOutcome::Unlisted
        }
        Fate::Left(found) => {
            result.why = Some(left(&result.of.reference, found.as_ref()));
            TagOutcome::Left
        }
        Fate::Lost(found) => {
            result.why = Some(lost(&result.of.reference, found.as_ref()));
            TagOutcome::Lost
        }
        Fate::Unfounded => {
            result.why = Some(format!("{} does not hold it; it was there when this promotion was planned", result.of.source));
            TagOutcome::Gone
        }
        Fate::Gone(why) => {
            result.why = Some(why.clone());
            TagOutcome::Gone
        }
    };
}

pub(super) fn left(reference: &Reference, found: Option<&Digest>) -> String {
    format!("lost_race: somebody else made {reference} {} since we looked, so it is left alone; run again", or_nothing(found))
}

pub(super) fn lost(reference: &Reference, found: Option<&Digest>) -> String {
    format!("lost_race: {reference} holds {} right after we moved it; somebody else moves it, too", or_nothing(found))
}

fn or_nothing(found: Option<&Digest>) -> String {
    found.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

/// A stream follows its image: where no name was given, there is nothing to point to.
fn streams(results: &mut [Promoted<'_>]) {
    let good = |outcome| matches!(outcome, TagOutcome::Moved | TagOutcome::There);
    let names: Vec<(String, Option<Digest>, bool)> = results
        .iter()
        .filter(|result| result.of.kind != MoveKind::Stream)
        .map(|result| (result.of.image.clone(), result.of.digest.clone(), good(result.outcome)))
        .collect();
    for result in results.iter_mut().filter(|result| result.outcome == TagOutcome::ToSet) {
        let mut own = names.iter().filter(|(image, digest, _)| *image == result.of.image && *digest == result.of.digest).peekable();
        if own.peek().is_some() && !own.any(|(_, _, good)| *good) {
            result.outcome = TagOutcome::Refused;
            result.why = Some("its image did not get its name".to_owned());
        }
    }
}
