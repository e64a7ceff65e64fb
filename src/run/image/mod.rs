//! The steps of one image: pull parents, prebuild, build, test, scan, publish.

mod build;
pub(in crate::run) mod builder;
mod entry;
pub(in crate::run) mod labels;
mod states;

use crate::event::{ImageDetails, ImageOutcome, Step};
use crate::finding;
use crate::name::Digest;
use crate::plan::{Action, EngineSide, Planned, Reason, RegistrySide};
use crate::publish::{Arrival, Delivered, Grounds, Held, NameLock, Passed, Placement, Spot};
use crate::run::gates::findings::tell;
use crate::run::gates::image_tests::{Subject, Tester, structure_tests};
use crate::run::gates::test_policy::TestPolicy;
use crate::run::publish::publication::{Parcel, Publication, references_of, tell_deliveries};
use crate::run::scan::{Named, Origin, ScanGate};
use crate::run::work::failure::Failure;
use crate::run::work::shared::Shared;
use crate::run::work::steps::Teller;
use states::{Built, Cleared, Tested};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// How the work on one image ended.
#[derive(Debug)]
pub struct Done {
    /// Built, published or reused.
    pub outcome: ImageOutcome,
    /// The manifest's digest at its destinations, where it is there.
    pub digest: Option<Digest>,
    /// Whether its names appear only at the end of the run.
    pub waits: bool,
}

/// One image of a run.
pub struct ImageWork {
    /// What all images share.
    pub shared: Arc<Shared>,
    /// The decision.
    pub planned: Planned,
    /// How it tells what happens.
    pub teller: Teller,
    clone: OnceCell<entry::Clone>,
}

impl ImageWork {
    /// Nothing done yet.
    pub fn new(shared: Arc<Shared>, planned: Planned, teller: Teller) -> Self {
        Self { shared, planned, teller, clone: OnceCell::new() }
    }

    /// Does what the plan says.
    ///
    /// # Errors
    /// The first step that went wrong.
    pub async fn run(&self) -> Result<Done, Failure> {
        if let Reason::Partial { missing } = &self.planned.reason {
            return self.copy(missing).await;
        }
        let built = match self.planned.action {
            Action::Build => self.build().await?,
            _ => self.held().await?,
        };
        self.teller.details(ImageDetails { image_id: Some(built.id().to_string()), ..ImageDetails::default() });
        self.shared.remember_made(self.planned.node, built.reference(), built.id());
        let cleared = self.scan(self.test(built).await?).await?;
        let outcome = if self.planned.action == Action::Build { ImageOutcome::Built } else { ImageOutcome::Reused };
        if !self.planned.push {
            return Ok(Done { outcome, digest: None, waits: false });
        }
        let delivered = self.publish(&cleared).await?;
        let sent = delivered.arrivals.iter().any(|arrival| *arrival != Arrival::WasThere);
        let waits = delivered.arrivals.contains(&Arrival::Waiting);
        Ok(Done { outcome: if sent { ImageOutcome::Published } else { outcome }, digest: Some(delivered.digest), waits })
    }

    /// Copies what some destinations have to those that lack it. Neither engine nor test take part: what is published
    /// was tested.
    async fn copy(&self, missing: &[String]) -> Result<Done, Failure> {
        let (shared, publication) = (&self.shared, self.publication()?);
        let facts = &shared.prepared.presence.facts[self.planned.node];
        let stamped = self.planned.reference != shared.prepared.survey.graph.nodes[self.planned.node].reference;
        let side = if stamped { &facts.stamped } else { &facts.registry };
        let RegistrySide::Published(digest) = side else { return Err(Failure::of("no destination has it any more")) };
        let is_missing = |placement: &&Placement| missing.contains(&shared.prepared.survey.destinations.list()[placement.destination].name);
        let (lacking, having): (Vec<&Placement>, Vec<&Placement>) = self.placements().iter().partition(is_missing);
        let passed = Passed::by_publication(digest);
        let sources =
            having.iter().map(|placement| publication.deliverer.spots.at(&placement.version)).collect::<Result<Vec<Spot>, _>>()?;
        let delivered = self.deliver(publication, &passed, None, sources, lacking).await?;
        let waits = delivered.arrivals.contains(&Arrival::Waiting);
        Ok(Done { outcome: ImageOutcome::Published, digest: Some(delivered.digest), waits })
    }

    /// Where the image goes.
    fn placements(&self) -> &[Placement] {
        let prepared = &self.shared.prepared;
        prepared.placements().find(&prepared.survey.graph.nodes[self.planned.node].name)
    }

    fn publication(&self) -> Result<&Publication, Failure> {
        self.shared.publication.as_ref().ok_or_else(|| Failure::of("there is no destination to publish to"))
    }

    /// The engine's copy, as presence found it.
    async fn held(&self) -> Result<Built, Failure> {
        let reference = &self.planned.reference;
        let EngineSide::Held(held) = &self.shared.prepared.presence.facts[self.planned.node].engine else {
            return Err(Failure::of("the engine does not hold it any more"));
        };
        let lock = self.lock(Step::Test).await?;
        match self.shared.engine.inspect(&reference.to_string()).await? {
            Some(image) if image.id == held.id => Ok(Built::new(image.id, reference.clone(), lock)),
            _ => Err(Failure::of(format!("the engine holds another image as {reference} than when the run began; run again"))),
        }
    }

    /// The right to the image's name, until it is tested and published.
    async fn lock(&self, step: Step) -> Result<NameLock, Failure> {
        let reference = &self.planned.reference;
        let tell = || self.teller.log(step)(&format!("waiting for another run that works on {reference}"));
        Ok(NameLock::acquire(&self.shared.locks, reference, &self.shared.cancel, tell).await?)
    }

    /// The first gate.
    async fn lint(&self) -> Result<(), Failure> {
        let (shared, node) = (&self.shared, self.planned.node);
        let Some(judged) = shared.lint.of(node) else { return Ok(()) };
        let policy = shared.policy(finding::Step::Lint, node);
        let tell = async {
            self.teller.note(Step::Lint, shared.lint.who());
            Ok((tell(Step::Lint, judged, &policy, &self.teller)?, None))
        };
        self.teller.step(Step::Lint, tell).await
    }

    fn test_policy(&self) -> TestPolicy {
        let (shared, node) = (&self.shared, self.planned.node);
        let graph = &shared.prepared.survey.graph.nodes[node];
        let policy = shared.policy(finding::Step::Test, node);
        TestPolicy { policy, name: graph.name.clone(), reference: graph.reference.to_string(), today: shared.today }
    }

    async fn test(&self, built: Built) -> Result<Tested, Failure> {
        if let Some(making) = self.making() {
            return self.test_entry(making, built).await;
        }
        let (shared, policy) = (&self.shared, self.test_policy());
        if policy.is_off() {
            return built.untested(&policy);
        }
        let folder = absolute(&shared.prepared.survey.folder(self.planned.node))?;
        let tester = Tester { engine: shared.engine.as_ref(), verify: &shared.verify, env: &shared.env, cancel: &shared.cancel };
        let run = async {
            let structures = structure_tests(&folder)?;
            let reference = built.reference().to_string();
            let subject = Subject { reference: &reference, image: built.id() };
            let tests = tester.test(subject, Some(&folder), structures, Some(&policy), &self.teller).await?;
            let note = tests.is_empty().then(|| "the definition has no test".to_owned());
            let judged = policy.judge(&tests.cases);
            let told = tell(Step::Test, &judged, &policy.policy, &self.teller);
            built.passed(&tests, &policy, &judged, told).map(|tested| (tested, note))
        };
        self.teller.step(Step::Test, run).await
    }

    /// Tests that cannot be read are not worth a build.
    async fn refuse_broken_tests(&self) -> Result<(), Failure> {
        if self.test_policy().is_off() || self.making().is_some() {
            return Ok(());
        }
        match structure_tests(&self.shared.prepared.survey.folder(self.planned.node)) {
            Ok(_) => Ok(()),
            Err(failure) => self.teller.step(Step::Test, std::future::ready(Err(failure))).await,
        }
    }

    async fn scan(&self, tested: Tested) -> Result<Cleared, Failure> {
        let (shared, node) = (&self.shared, self.planned.node);
        let graph = &shared.prepared.survey.graph.nodes[node];
        let (reference, plain) = (self.planned.reference.to_string(), graph.reference.to_string());
        let policy = shared.policy(finding::Step::Scan, node);
        let origin = Origin::Engine { engine: shared.engine.clone(), id: tested.id().clone() };
        let gate = ScanGate { scanning: &shared.scanning, policy, teller: &self.teller };
        let named = Named { reference: &reference, plain: &plain, name: Some(&graph.name) };
        tested.cleared(gate.pass(named, &origin).await)
    }

    async fn publish(&self, cleared: &Cleared) -> Result<Delivered, Failure> {
        let placements: Vec<&Placement> = self.placements().iter().collect();
        if cleared.proof().grounds() == Grounds::Policy {
            self.teller.note(Step::Publish, "published by the policy for tests (cooperage.test or Test: in control), not for good tests");
        }
        self.deliver(self.publication()?, cleared.proof(), Some(cleared.held()), Vec::new(), placements).await
    }

    async fn deliver(
        &self,
        publication: &Publication,
        passed: &Passed,
        held: Option<Held<'_>>,
        sources: Vec<Spot>,
        placements: Vec<&Placement>,
    ) -> Result<Delivered, Failure> {
        let (shared, node) = (&self.shared, self.planned.node);
        let name = &shared.prepared.survey.graph.nodes[node].name;
        let destinations = &shared.prepared.survey.destinations;
        let parcel = Parcel { node, name, passed, held, sources, placements: placements.clone() };
        let delivered = publication.deliver(destinations, parcel, &self.teller, &shared.cancel).await?;
        shared.remember(&self.planned.reference, &delivered.digest);
        for reference in references_of(placements.iter().copied()) {
            shared.remember(&reference, &delivered.digest);
        }
        if !delivered.arrivals.contains(&Arrival::Waiting) {
            tell_deliveries(&self.teller, destinations, &placements, &delivered.digest);
        }
        Ok(delivered)
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|e| Failure::of(format!("{}: {e}", path.display())))
}
