//! `promote`: images that passed get their release names.

mod carry_out;
mod images;
mod output;

use crate::cli::exit::{FAILED, Trouble, WRONG};
use crate::cli::options::Call;
use crate::cli::options::promotions::PromoteOptions;
use crate::cli::surroundings::Surroundings;
use crate::config::{Config, Promotion};
use crate::git;
use crate::name::Reference;
use crate::publish::promotion::{
    Action, Blame, Candidate, HeldBack, Inputs, Move, MoveKind, Problem, ProblemCode, PromotionPlan, Source, Standing, Timestamp, plan,
};
use crate::registry::Registry;
use crate::run::{Answer, Revision, RunError, Session, Sources, Wanted, looked, standing};
use images::JobImages;
use jiff::tz::TimeZone;
use std::path::Path;

/// Why an image is not promoted that is published to layouts on disk alone.
const NO_REGISTRY: &str = "it goes to no registry, only to folders on disk, and names are given in registries; `cooperage mirror` copies it \
                           to one, and --images names it there";

/// Promotes, or prints the plan.
pub async fn run(call: &Call, options: &PromoteOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    if options.resume {
        return super::publish::resume_only(&options.directory, options.dry_run, &options.reports, config, surroundings).await;
    }
    let timestamp = timestamp(options)?;
    let Some(promotion) = config.cooperage.promotion.clone() else {
        output::print(&config, &not_configured(), surroundings)?;
        return Ok(0);
    };
    if !options.dry_run {
        return carry_out::run(&config, &promotion, timestamp, options, surroundings).await;
    }
    let images = images::of(options, &config)?;
    let asks = options.images.is_none() && !options.offline && (!config.registry.is_empty() || !images.places.is_empty());
    let decision = Decision { promotion: &promotion, commit: commit(options, &config, &images)?, timestamp };
    let plan = if asks {
        let session = open(&config, options, surroundings).await?;
        match session.sides.registry.as_deref() {
            Some(registry) => decision.with_registry(&config, images, registry, Looking::Asked).await?.plan,
            None => decision.plan(&config, &images, &Standing::new()),
        }
    } else {
        decision.plan(&config, &images, &Standing::new())
    };
    output::print(&config, &plan, surroundings)?;
    Ok(exit(&plan))
}

async fn open(config: &Config, options: &PromoteOptions, surroundings: &Surroundings) -> Result<Session, Trouble> {
    let wanted = Wanted { engine: false, registry: true };
    let (env, directory) = (surroundings.env.clone(), options.directory.clone());
    Ok(Session::open(config.clone(), env, directory, Revision::default(), wanted).await?)
}

fn exit(plan: &PromotionPlan) -> u8 {
    match plan.blame() {
        Blame::Configuration => WRONG,
        Blame::Images => FAILED,
        Blame::Nobody => 0,
    }
}

/// How what stands at the names is found out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looking {
    /// Each name is asked for.
    Asked,
    /// Lists of tags count, because each name is looked at again before it is written.
    Again,
}

/// A plan and what it was made of.
struct Decided {
    plan: PromotionPlan,
    standing: Standing,
    sources: Sources,
}

/// What a plan is made of, besides images and what stands at their destinations.
struct Decision<'a> {
    promotion: &'a Promotion,
    commit: Option<String>,
    timestamp: Option<Timestamp>,
}

impl Decision<'_> {
    fn plan(&self, config: &Config, images: &JobImages, standing: &Standing) -> PromotionPlan {
        let inputs = Inputs {
            promotion: self.promotion,
            context: &config.cooperage.promotion_context,
            images: &images.candidates,
            is_complete: images.is_complete,
            skips_unaffected: images.skips_unaffected,
            commit: self.commit.as_deref(),
            timestamp: self.timestamp.as_ref(),
        };
        plan(&inputs, standing)
    }

    /// Asks for the images, then for what stands where they would go.
    async fn with_registry(
        &self,
        config: &Config,
        mut images: JobImages,
        registry: &dyn Registry,
        looking: Looking,
    ) -> Result<Decided, Trouble> {
        let (mut sources, workers) = (Sources::default(), config.registry_parallel());
        let first = self.plan(config, &images, &Standing::new());
        if first.blame() == Blame::Configuration {
            return Ok(Decided { plan: first, standing: Standing::new(), sources });
        }
        self.find(&mut images, registry, &mut sources, workers).await?;
        let names = self.plan(config, &images, &Standing::new()).names();
        let found = match looking {
            Looking::Asked => standing(registry, names, workers).await,
            Looking::Again => looked(registry, names, workers).await,
        };
        let standing = found.map_err(RunError::from)?;
        let mut plan = self.plan(config, &images, &standing);
        if looking == Looking::Again {
            plan.refuse_names_alone();
            settle(&mut plan, registry, &mut sources, workers).await?;
        }
        Ok(Decided { plan, standing, sources })
    }

    /// Finds the digests of images that come without one, at any of their destinations.
    async fn find(&self, images: &mut JobImages, registry: &dyn Registry, sources: &mut Sources, workers: usize) -> Result<(), Trouble> {
        // What a file of images names may be called otherwise outside of its cluster; the plan knows how.
        let unknown = |candidate: &Candidate| candidate.held_back.is_none() && images.places.contains_key(&candidate.name);
        let asked: Vec<usize> = (0..images.candidates.len()).filter(|at| unknown(&images.candidates[*at])).collect();
        let places = asked.iter().map(|at| self.places(images, &images.candidates[*at])).collect();
        let answers = sources.ask(registry, places, workers).await.map_err(RunError::from)?;
        for (at, answer) in asked.into_iter().zip(answers) {
            let candidate = &mut images.candidates[at];
            match answer {
                Answer::At(place, digest) => (candidate.source, candidate.digest) = (Some(place), Some(digest)),
                Answer::Nowhere if images.places.get(&candidate.name).is_none_or(Vec::is_empty) => {
                    candidate.held_back = Some(HeldBack::NotPassed(NO_REGISTRY.to_owned()));
                }
                Answer::Nowhere => candidate.held_back = Some(HeldBack::NotPassed("it is not published".to_owned())),
                Answer::Twice(text) => {
                    candidate.held_back = Some(HeldBack::NotPassed(format!("its version stands under two digests: {text}")));
                }
            }
        }
        Ok(())
    }

    /// Where an image may stand, its names' own repository first: from there nothing is copied.
    fn places(&self, images: &JobImages, candidate: &Candidate) -> Vec<Reference> {
        let mut places = images.places.get(&candidate.name).cloned().unwrap_or_default();
        places.sort_by_key(|place| Some(place.name().as_str()) != self.promotion.repository.as_deref());
        places
    }
}

/// Finds the digests of images of the job's streams, which are known by a tag alone.
async fn settle(plan: &mut PromotionPlan, registry: &dyn Registry, sources: &mut Sources, workers: usize) -> Result<(), Trouble> {
    let open = |of: &Move| of.digest.is_none() && of.kind != MoveKind::Backup && of.action != Action::Refuse;
    let mut asked: Vec<Reference> = Vec::new();
    for of in plan.moves.iter().filter(|of| open(of)) {
        if let Source::At(place) = &of.source {
            asked.push(place.clone());
        }
    }
    asked.sort();
    asked.dedup();
    // A name without a host would be looked for at Docker Hub, which nobody has named.
    let places = asked.iter().map(|place| Vec::from_iter(place.host().map(|_| place.clone()))).collect();
    let answers = sources.ask(registry, places, workers).await.map_err(RunError::from)?;
    for (place, answer) in asked.iter().zip(answers) {
        let own = |of: &&mut Move| of.source == Source::At(place.clone());
        match answer {
            Answer::At(_, digest) => plan.moves.iter_mut().filter(own).for_each(|of| {
                of.source = Source::At(place.with_digest(digest.clone()));
                of.digest = Some(digest.clone());
            }),
            Answer::Nowhere | Answer::Twice(_) => {
                let message = format!("{place} is not there, so it is not promoted");
                plan.problems.push(Problem::new(
                    ProblemCode::MissingSource,
                    "promotion_context.streams",
                    message,
                    "name what the job made",
                ));
                plan.moves.iter_mut().filter(own).filter(|of| of.kind != MoveKind::Backup).for_each(|of| of.action = Action::Refuse);
            }
        }
    }
    Ok(())
}

fn not_configured() -> PromotionPlan {
    let message = "nothing stands under cooperage.promotion, so nothing is promoted";
    let problem = Problem::new(ProblemCode::NotConfigured, "promotion", message, "docs/promote.md says what may stand there");
    PromotionPlan { problems: vec![problem], moves: Vec::new() }
}

/// An empty time is none.
fn timestamp(options: &PromoteOptions) -> Result<Option<Timestamp>, Trouble> {
    match options.timestamp.as_deref() {
        Some("") => Ok(None),
        Some(text) => Ok(Some(Timestamp::parse(text).map_err(|error| Trouble::call(format!("--timestamp: {error}")))?)),
        None => Ok(Some(Timestamp::of(jiff::Timestamp::now().to_zoned(TimeZone::UTC).datetime()))),
    }
}

fn commit(options: &PromoteOptions, config: &Config, images: &JobImages) -> Result<Option<String>, Trouble> {
    if let Some(revision) = &options.commit {
        return resolved(revision, &options.directory).map(|commit| Some(commit).filter(|commit| !commit.is_empty()));
    }
    let told = config.cooperage.promotion_context.commit.clone();
    Ok(told.or_else(|| images.commit.clone()).filter(|commit| !commit.is_empty()))
}

/// An id as it is; the id of anything else that git knows, since a name such as `HEAD` says tomorrow something else.
fn resolved(revision: &str, directory: &Path) -> Result<String, Trouble> {
    if revision.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(revision.to_owned());
    }
    match git::discover(directory).map_err(RunError::from)? {
        Some(repository) => Ok(repository.commit(revision).map_err(RunError::from)?),
        None => {
            let message = format!("--commit {revision} is no commit id, and {} is in no git repository that tells", directory.display());
            Err(Trouble::call(message))
        }
    }
}
