//! Tests what is built or published, without building.

use super::image_tests::{Subject, Tester, Tests as Outcome, load, structure_tests};
use crate::engine::{Engine, EngineError, LocalImage};
use crate::event::{Counts, Emitter, EventKind, ImageOutcome, ReasonText, Step};
use crate::name::{Digest, Reference};
use crate::run::pulling::obtain::engine_of;
use crate::run::pulling::once::Pulls;
use crate::run::pulling::pull::{State, wishes};
use crate::run::session::Session;
use crate::run::survey::Survey;
use crate::run::work::environment;
use crate::run::work::execute::{RunEnd, verify};
use crate::run::work::failure::{Failure, Scope};
use crate::run::work::prepare::RunError;
use crate::run::work::steps::Teller;
use crate::sandbox::sweep;
use crate::testing::Case;
use futures_util::StreamExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// An image that is to be tested, and with what.
#[derive(Clone, Debug)]
pub struct Tests {
    /// The definition; of another image its reference.
    pub name: String,
    /// The image.
    pub reference: Reference,
    /// The definition's folder, whose script and structure tests are run.
    pub folder: Option<PathBuf>,
    /// Further files with structure tests.
    pub files: Vec<PathBuf>,
    /// What is known of where it is.
    pub state: State,
}

/// How the tests of an image ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestOutcome {
    /// All are good.
    Passed,
    /// One is not.
    Failed,
    /// There are none.
    Skipped,
    /// Neither engine nor registry have the image.
    Missing,
    /// Interrupted.
    Cancelled,
}

impl TestOutcome {
    /// The word of documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Missing => "missing",
            Self::Cancelled => "cancelled",
        }
    }
}

/// An image that was tested, or not.
#[derive(Clone, Debug)]
pub struct TestedImage {
    /// The definition; of another image its reference.
    pub name: String,
    /// The image.
    pub reference: String,
    /// Its id, where the engine has it.
    pub image_id: Option<String>,
    /// How it ended.
    pub outcome: TestOutcome,
    /// How long it took, pull and all.
    pub seconds: f64,
    /// Its tests.
    pub cases: Vec<Case>,
    /// Why there are none, or not all.
    pub errors: Vec<String>,
}

/// What came of a call.
pub struct TestEnd {
    /// In the order of the wishes.
    pub images: Vec<TestedImage>,
    /// For the exit code.
    pub end: RunEnd,
}

/// What there is to test of a catalogue.
///
/// # Errors
/// When the engine is not there, or it is not clear what is published.
pub async fn test_wishes(session: &Session, survey: &Survey, marked: &[bool]) -> Result<Vec<Tests>, RunError> {
    let order: Vec<usize> = survey.graph.order.iter().copied().filter(|&node| marked[node]).collect();
    let found = wishes(session, survey, marked, false).await?;
    Ok(order
        .into_iter()
        .zip(found)
        .map(|(node, wish)| Tests {
            name: wish.name,
            reference: wish.reference,
            folder: Some(survey.folder(node)),
            files: Vec::new(),
            state: wish.state,
        })
        .collect())
}

/// The wish for one image that may belong to no catalogue.
///
/// # Errors
/// When the engine is not there.
pub async fn wish_for(
    session: &Session,
    name: String,
    reference: Reference,
    folder: Option<PathBuf>,
    files: Vec<PathBuf>,
) -> Result<Tests, RunError> {
    let held = engine_of(session)?.inspect(&reference.to_string()).await?;
    let state = held.map_or(State::Wanted(None), |_| State::OnlyHere);
    Ok(Tests { name, reference, folder, files, state })
}

/// What all images of a call share.
struct Call<'a> {
    session: &'a Session,
    engine: Arc<dyn Engine>,
    pulls: Pulls,
    verify: crate::testing::Verify,
    emitter: &'a Arc<Emitter>,
    cancel: &'a CancellationToken,
}

/// Tests some images, as many at once as the configuration says, and tells it as events.
///
/// # Errors
/// When the engine is not there.
pub async fn test(session: &Session, wishes: Vec<Tests>, emitter: &Arc<Emitter>, cancel: &CancellationToken) -> Result<TestEnd, RunError> {
    let engine = engine_of(session)?;
    let started = Instant::now();
    let programs = environment::for_programs(session, &engine.info().address);
    let pulls = Pulls::new(engine.clone(), session.credentials.clone(), cancel.clone());
    sweep(engine.as_ref(), jiff::Timestamp::now()).await?;
    let call = Call { session, engine, pulls, verify: verify(session, programs), emitter, cancel };
    call.announce(&wishes);
    let jobs = session.config.jobs(std::thread::available_parallelism().map_or(1, usize::from));
    let ended: Vec<(TestedImage, Option<Scope>)> =
        futures_util::stream::iter(wishes.iter().map(|wish| call.one(wish))).buffered(jobs.max(1)).collect().await;
    let any = |wanted: Scope| ended.iter().any(|(_, scope)| *scope == Some(wanted));
    let good = |outcome| matches!(outcome, TestOutcome::Passed | TestOutcome::Skipped);
    let end = match () {
        () if any(Scope::Cancelled) => RunEnd::Interrupted,
        () if any(Scope::Run) => RunEnd::Stopped,
        () if ended.iter().all(|(image, _)| good(image.outcome)) => RunEnd::Good,
        () => RunEnd::Failed,
    };
    let mut counts = Counts::default();
    ended.iter().for_each(|(image, _)| counts.add(image.outcome.of_image()));
    emitter.emit(EventKind::RunFinished { counts, seconds: started.elapsed().as_secs_f64(), exit: end.exit() });
    Ok(TestEnd { images: ended.into_iter().map(|(image, _)| image).collect(), end })
}

impl TestOutcome {
    /// The word of events.
    fn of_image(self) -> ImageOutcome {
        match self {
            Self::Passed => ImageOutcome::Reused,
            Self::Skipped => ImageOutcome::Skipped,
            Self::Failed | Self::Missing => ImageOutcome::Failed,
            Self::Cancelled => ImageOutcome::Cancelled,
        }
    }
}

impl Call<'_> {
    fn announce(&self, wishes: &[Tests]) {
        self.emitter.emit(EventKind::RunStarted {
            directory: self.session.directory.display().to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            images: wishes.len(),
            publishing: false,
        });
        for wish in wishes {
            let reason = ReasonText { code: "test".to_owned(), text: "its tests were asked for".to_owned() };
            let (name, reference) = (wish.name.clone(), wish.reference.to_string());
            self.emitter.emit(EventKind::ImageQueued { name, reference, action: "test".to_owned(), reason });
        }
    }

    /// One image, from its first event to its last.
    async fn one(&self, wish: &Tests) -> (TestedImage, Option<Scope>) {
        let started = Instant::now();
        let teller = Teller::new(&wish.name, self.emitter.clone());
        let mut image = TestedImage {
            name: wish.name.clone(),
            reference: wish.reference.to_string(),
            image_id: None,
            outcome: TestOutcome::Missing,
            seconds: 0.0,
            cases: Vec::new(),
            errors: Vec::new(),
        };
        let scope = match self.attempt(wish, &teller, &mut image).await {
            Ok(()) => None,
            Err(failure) => {
                let cancelled = failure.scope == Scope::Cancelled;
                image.outcome = if cancelled { TestOutcome::Cancelled } else { image.outcome };
                image.errors.extend(failure.message.lines().map(str::to_owned));
                Some(failure.scope)
            }
        };
        image.seconds = started.elapsed().as_secs_f64();
        self.finish(&image, &teller);
        (image, scope)
    }

    async fn attempt(&self, wish: &Tests, teller: &Teller, image: &mut TestedImage) -> Result<(), Failure> {
        if self.cancel.is_cancelled() {
            return Err(Failure::cancelled());
        }
        let found = self.obtain(wish, teller).await?;
        image.image_id = Some(found.id.to_string());
        image.outcome = TestOutcome::Failed;
        let work = async {
            let folder = wish.folder.as_ref().map(std::path::absolute).transpose();
            let folder = folder.map_err(|error| Failure::of(format!("the definition's folder: {error}")))?;
            let mut structures = folder.as_ref().map(|folder| structure_tests(folder)).transpose()?.unwrap_or_default();
            structures.extend(load(wish.files.iter().map(|path| (path.clone(), path.display().to_string())))?);
            let tester = Tester { engine: self.engine.as_ref(), verify: &self.verify, env: &self.session.env, cancel: self.cancel };
            let subject = Subject { reference: &image.reference, image: &found.id };
            let tests: Outcome = tester.test(subject, folder.as_deref(), structures, None, teller).await?;
            let note = tests.is_empty().then(|| "the definition has no test".to_owned());
            image.outcome = match (tests.is_empty(), tests.gating(None).next()) {
                (true, _) => TestOutcome::Skipped,
                (_, None) => TestOutcome::Passed,
                (_, Some(_)) => TestOutcome::Failed,
            };
            image.cases = tests.cases;
            if image.outcome == TestOutcome::Failed { Err(Failure::of(String::new())) } else { Ok(((), note)) }
        };
        let ended = teller.step(Step::Test, work).await;
        // That cases failed is what they say themselves.
        ended.or_else(|failure| if failure.message.is_empty() { Ok(()) } else { Err(failure) })
    }

    /// The image in the engine, pulled where it is published and not there.
    async fn obtain(&self, wish: &Tests, teller: &Teller) -> Result<LocalImage, Failure> {
        let digest: Option<&Digest> = match &wish.state {
            State::Wanted(digest) => digest.as_ref(),
            State::NotPublished | State::WouldBeBuilt => {
                return Err(Failure::of(format!("{} is neither built nor published; `cooperage build` makes it", wish.reference)));
            }
            State::Held(_) | State::OnlyHere => return self.held(&wish.reference).await,
        };
        let pull = async { Ok((self.pulls.ensure(&wish.reference, digest, teller.progress(Step::Pull)).await?, None)) };
        teller.step(Step::Pull, pull).await
    }

    async fn held(&self, reference: &Reference) -> Result<LocalImage, Failure> {
        let found = self.engine.inspect(&reference.to_string()).await?;
        Ok(found.ok_or_else(|| EngineError::NotFound(reference.to_string()))?)
    }

    fn finish(&self, image: &TestedImage, teller: &Teller) {
        let text = match image.outcome {
            TestOutcome::Passed => "its tests are good".to_owned(),
            TestOutcome::Skipped => "the definition has no test".to_owned(),
            _ => image.errors.first().cloned().unwrap_or_else(|| "not all of its tests are good".to_owned()),
        };
        self.emitter.emit(EventKind::ImageFinished {
            name: image.name.clone(),
            reference: image.reference.clone(),
            outcome: image.outcome.of_image(),
            digest: None,
            reason: ReasonText { code: image.outcome.as_str().to_owned(), text },
            seconds: image.seconds,
            blocked_by: None,
            log_tail: teller.tail(),
        });
    }
}
