//! `promote`: which images get which release names.

mod images;
mod output;

use crate::cli::exit::{FAILED, Trouble, WRONG};
use crate::cli::options::Call;
use crate::cli::promotions::PromoteOptions;
use crate::cli::surroundings::Surroundings;
use crate::config::{Config, Promotion};
use crate::publish::promotion::{Blame, Candidate, HeldBack, Inputs, Problem, ProblemCode, PromotionPlan, Standing, Timestamp, plan};
use crate::run::{Revision, RunError, Session, Wanted, standing};
use images::JobImages;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;

/// Prints the plan.
pub async fn run(call: &Call, options: &PromoteOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let timestamp = timestamp(options)?;
    let Some(promotion) = config.cooperage.promotion.clone() else {
        output::print(&config, &not_configured(), surroundings)?;
        return Ok(0);
    };
    let images = images::of(options, &config)?;
    let asks = options.images.is_none() && !options.offline && !config.registry.is_empty();
    let made = Decision { promotion: &promotion, commit: commit(options, &config, &images), timestamp };
    let plan = if asks {
        made.with_registry(&config, images, options, surroundings).await?
    } else {
        made.plan(&config, &images, &Standing::new())
    };
    output::print(&config, &plan, surroundings)?;
    Ok(match plan.blame() {
        Blame::Configuration => WRONG,
        Blame::Images => FAILED,
        Blame::Nobody => 0,
    })
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

    /// Asks for the digests of the images, then for what stands where they would go.
    async fn with_registry(
        &self,
        config: &Config,
        mut images: JobImages,
        options: &PromoteOptions,
        surroundings: &Surroundings,
    ) -> Result<PromotionPlan, Trouble> {
        let wanted = Wanted { engine: false, registry: true };
        let session =
            Session::open(config.clone(), surroundings.env.clone(), options.directory.clone(), Revision::default(), wanted).await?;
        let Some(registry) = session.sides.registry.as_deref() else { return Ok(self.plan(config, &images, &Standing::new())) };
        let ask = async |references: BTreeSet<_>| standing(registry, references, config.registry_parallel()).await.map_err(RunError::from);
        let unknown = |candidate: &&Candidate| candidate.digest.is_none() && candidate.held_back.is_none();
        let sources = images.candidates.iter().filter(unknown).filter_map(|candidate| candidate.source.clone()).collect();
        let found = ask(sources).await?;
        for candidate in &mut images.candidates {
            match candidate.source.as_ref().and_then(|source| found.get(source)) {
                Some(Some(digest)) => candidate.digest = Some(digest.clone()),
                Some(None) => candidate.held_back = Some(HeldBack::NotPassed("it is not published".to_owned())),
                None => {}
            }
        }
        let names = self.plan(config, &images, &Standing::new()).names();
        Ok(self.plan(config, &images, &ask(names).await?))
    }
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

fn commit(options: &PromoteOptions, config: &Config, images: &JobImages) -> Option<String> {
    let told = options.commit.clone().or_else(|| config.cooperage.promotion_context.commit.clone());
    told.or_else(|| images.commit.clone()).filter(|commit| !commit.is_empty())
}
