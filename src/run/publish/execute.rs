//! Carries out what `publish` is to do, and tells it as events, as a build does.

use super::floating::{Closing, Settled};
use super::plan::{PublishPlan, Shipment, Standstill};
use super::publication::{Parcel, Publication, tell_deliveries};
use crate::engine::Engine;
use crate::event::{Counts, Emitter, EventKind, ImageDetails, ImageOutcome, ReasonText};
use crate::name::{Digest, Reference};
use crate::publish::{Arrival, Delivered, Held, NameLock, Placement, Spot};
use crate::run::session::{Session, tell_stale};
use crate::run::survey::Survey;
use crate::run::work::execute::{Course, RunEnd};
use crate::run::work::failure::{Failure, Scope};
use crate::run::work::prepare::RunError;
use crate::run::work::steps::Teller;
use futures_util::{FutureExt as _, StreamExt as _};
use std::collections::BTreeSet;
use std::time::Instant;

/// How one image ended.
struct End<'a> {
    shipment: &'a Shipment,
    result: Result<Option<Delivered>, Failure>,
    seconds: f64,
}

/// What all shipments share.
struct Desk<'a> {
    session: &'a Session,
    survey: &'a Survey,
    publication: &'a Publication,
    course: &'a Course,
}

/// Carries out a plan.
///
/// # Errors
/// When nothing can be started.
pub async fn execute_publish(
    session: &Session,
    survey: &Survey,
    plan: &PublishPlan,
    publication: &Publication,
    course: &Course,
) -> Result<RunEnd, RunError> {
    let started = Instant::now();
    let desk = Desk { session, survey, publication, course };
    desk.announce(plan);
    tell_stale(session.credentials.as_ref(), &course.emitter);
    let jobs = session.config.jobs(std::thread::available_parallelism().map_or(1, usize::from));
    let work: Vec<_> = plan.shipments.iter().map(|shipment| desk.ship(shipment).boxed()).collect();
    let ends: Vec<End<'_>> = futures_util::stream::iter(work).buffered(jobs.max(1)).collect().await;
    let end = desk.finish(&ends).await;
    let mut counts = Counts::default();
    ends.iter().for_each(|one| counts.add(desk.tell(one, &end)));
    let end = end.run;
    course.emitter.emit(EventKind::RunFinished { counts, seconds: started.elapsed().as_secs_f64(), exit: end.exit() });
    Ok(end)
}

/// How the tags fared.
struct Finished {
    run: RunEnd,
    /// Nodes whose names did not appear, with the reason.
    hidden: BTreeSet<usize>,
    why: Option<(&'static str, &'static str)>,
}

impl Desk<'_> {
    fn announce(&self, plan: &PublishPlan) {
        let emitter = &self.course.emitter;
        let works = |shipment: &&Shipment| !shipment.targets.is_empty();
        emitter.emit(EventKind::RunStarted {
            directory: self.survey.root.display().to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            images: plan.shipments.iter().filter(works).count(),
            publishing: true,
        });
        self.course.resumed.tell(emitter);
        for shipment in plan.shipments.iter().filter(works) {
            let missing: Vec<&str> = self.targets(shipment).map(|placement| self.destination(placement)).collect();
            let text = format!("to be published at {}", missing.join(", "));
            emitter.emit(EventKind::ImageQueued {
                name: shipment.name.clone(),
                reference: shipment.reference.to_string(),
                action: "publish".to_owned(),
                reason: ReasonText { code: "partial".to_owned(), text },
            });
        }
    }

    fn targets<'a>(&self, shipment: &'a Shipment) -> impl Iterator<Item = &'a Placement> {
        shipment.targets.iter().map(|at| &shipment.placements[*at])
    }

    fn destination(&self, placement: &Placement) -> &str {
        &self.survey.destinations.list()[placement.destination].name
    }

    async fn ship<'a>(&self, shipment: &'a Shipment) -> End<'a> {
        let started = Instant::now();
        let result = if self.course.cancel.is_cancelled() { Err(Failure::cancelled()) } else { self.try_ship(shipment).await };
        End { shipment, result, seconds: started.elapsed().as_secs_f64() }
    }

    async fn try_ship(&self, shipment: &Shipment) -> Result<Option<Delivered>, Failure> {
        if let Some(Standstill { text, is_failure: true, .. }) = &shipment.standstill {
            return Err(Failure::of(text.clone()));
        }
        let Some(passed) = shipment.passed.as_ref().filter(|_| !shipment.targets.is_empty()) else { return Ok(None) };
        let teller = Teller::new(&shipment.name, self.course.emitter.clone());
        if let Some(id) = passed.image() {
            teller.details(ImageDetails { image_id: Some(id.to_string()), ..ImageDetails::default() });
        }
        let spots = &self.publication.deliverer.spots;
        let sources = shipment.sources.iter().map(|location| spots.at(location)).collect::<Result<Vec<Spot>, _>>()?;
        let hold = match (&self.session.sides.engine, passed.image()) {
            (Some(Ok(engine)), Some(id)) => self.hold(engine.as_ref(), id, &shipment.reference).await?,
            _ => None,
        };
        let held = hold.as_ref().map(|(id, reference, lock)| Held { id, reference, lock });
        let placements = self.targets(shipment).collect();
        let parcel = Parcel { node: shipment.node, name: &shipment.name, passed, held, sources, placements };
        let delivered = self.publication.deliver(&self.survey.destinations, parcel, &teller, &self.course.cancel).await?;
        Ok(Some(delivered))
    }

    /// The engine's image of a record, under a name that it has.
    async fn hold(
        &self,
        engine: &dyn Engine,
        id: &Digest,
        reference: &Reference,
    ) -> Result<Option<(Digest, Reference, NameLock)>, Failure> {
        let Some(image) = engine.inspect(id.as_str()).await? else { return Ok(None) };
        let names = image.tags.iter().filter_map(|tag| Reference::parse(tag).ok());
        let name = if image.is_tagged(reference) { Some(reference.clone()) } else { names.into_iter().next() };
        let Some(name) = name else { return Ok(None) };
        let lock = NameLock::acquire(&self.publication.deliverer.locks, &name, &self.course.cancel, || {}).await?;
        Ok(Some((id.clone(), name, lock)))
    }

    /// Moves tags.
    async fn finish(&self, ends: &[End<'_>]) -> Finished {
        let of_scope = |scope: Scope| ends.iter().any(|end| matches!(&end.result, Err(failure) if failure.scope == scope));
        let early = |run| Finished { run, hidden: BTreeSet::new(), why: Some(("not_shown", "the call ended before its names appeared")) };
        if self.course.cancel.is_cancelled() || of_scope(Scope::Cancelled) {
            return early(RunEnd::Interrupted);
        }
        if of_scope(Scope::Run) {
            return early(RunEnd::Stopped);
        }
        let good = ends.iter().all(|end| end.result.is_ok());
        let levels = self.survey.graph.levels(&vec![true; self.survey.graph.nodes.len()]);
        let followers: Vec<_> = ends
            .iter()
            .filter(|end| end.shipment.follows)
            .filter_map(|end| {
                let digest = end.result.as_ref().ok()?.as_ref().map(|delivered| &delivered.digest).or(end.shipment.digest.as_ref())?;
                Some(end.shipment.follower(self.survey, digest, levels[end.shipment.node]))
            })
            .collect();
        let closing = Closing {
            publication: self.publication,
            destinations: &self.survey.destinations,
            config: &self.session.config,
            emitter: &self.course.emitter,
        };
        let level = |node: usize| levels[node];
        let settled = tokio::select! {
            settled = closing.settle(good, &followers, &level) => settled,
            () = self.course.cancel.cancelled() => return early(RunEnd::Interrupted),
        };
        match settled {
            Settled::Withheld => Finished {
                run: RunEnd::Failed,
                hidden: BTreeSet::new(),
                why: Some(("atomic_run", "not all was good, and atomic is run; its names do not appear")),
            },
            Settled::Broken => early(RunEnd::Stopped),
            Settled::Done(closed) => {
                let run = if good && !closed.bad { RunEnd::Good } else { RunEnd::Failed };
                Finished { run, hidden: closed.hidden, why: None }
            }
        }
    }

    /// Tells how an image ended.
    fn tell(&self, end: &End<'_>, finished: &Finished) -> ImageOutcome {
        let shipment = end.shipment;
        let (outcome, reason) = outcome(end, finished);
        let digest =
            end.result.as_ref().ok().and_then(|delivered| delivered.as_ref().map(|one| one.digest.clone())).or(shipment.digest.clone());
        let digest = digest.filter(|_| matches!(outcome, ImageOutcome::Published | ImageOutcome::Skipped));
        if let Some(digest) = &digest {
            let placements: Vec<&Placement> = shipment.placements.iter().collect();
            let teller = Teller::new(&shipment.name, self.course.emitter.clone());
            tell_deliveries(&teller, &self.survey.destinations, &placements, digest);
        }
        finish_event(&self.course.emitter, shipment, outcome, digest, reason, end.seconds);
        outcome
    }
}

fn outcome(end: &End<'_>, finished: &Finished) -> (ImageOutcome, ReasonText) {
    let reason = |code: &str, text: &str| ReasonText { code: code.to_owned(), text: text.to_owned() };
    match (&end.result, &end.shipment.standstill) {
        (Err(failure), _) if failure.scope == Scope::Cancelled => (ImageOutcome::Cancelled, reason("interrupted", &failure.message)),
        (Err(failure), Some(still)) => (ImageOutcome::Failed, reason(still.code, &failure.message)),
        (Err(failure), None) => (ImageOutcome::Failed, reason("failed", &failure.message)),
        (Ok(Some(delivered)), _) => {
            let waits = delivered.arrivals.contains(&Arrival::Waiting);
            match finished.why.filter(|_| waits) {
                Some((code, text)) => (ImageOutcome::Reused, reason(code, text)),
                None if finished.hidden.contains(&end.shipment.node) => {
                    (ImageOutcome::Failed, reason("failed", "lost_race: somebody else published this version at the same moment"))
                }
                None if delivered.arrivals.iter().all(|arrival| *arrival == Arrival::WasThere) => {
                    (ImageOutcome::Skipped, reason("already_published", "all its destinations have it"))
                }
                None => (ImageOutcome::Published, reason("published", "all its destinations have it now")),
            }
        }
        (Ok(None), Some(still)) => (ImageOutcome::Skipped, reason(still.code, &still.text)),
        (Ok(None), None) => (ImageOutcome::Skipped, reason("already_published", "all its destinations have it")),
    }
}

fn finish_event(emitter: &Emitter, shipment: &Shipment, outcome: ImageOutcome, digest: Option<Digest>, reason: ReasonText, seconds: f64) {
    emitter.emit(EventKind::ImageFinished {
        name: shipment.name.clone(),
        reference: shipment.reference.to_string(),
        outcome,
        digest: digest.map(|digest| digest.to_string()),
        reason,
        seconds,
        blocked_by: None,
        log_tail: Vec::new(),
    });
}
