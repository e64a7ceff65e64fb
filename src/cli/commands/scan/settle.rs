//! Who takes part, and what is scanned.

use crate::cli::exit::Trouble;
use crate::cli::options::scanning::ScanOptions;
use crate::cli::surroundings::Surroundings;
use crate::config::{Config, LAYOUT_PREFIX};
use crate::engine::Engine;
use crate::event::ImageOutcome;
use crate::finding::{Mode, Policy, Step};
use crate::publish::Spots;
use crate::report::{ImageRecord, read};
use crate::run::{Places, Revision, ScanWish, Session, Survey, Wanted, choose, places, scan_wishes};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is scanned, and who is asked for it.
pub struct Settled {
    session: Session,
    /// The images.
    pub wishes: Vec<ScanWish>,
    /// So many definitions are left out, because their policy says `off`.
    pub off: usize,
}

impl Settled {
    /// The engine, where it answers.
    pub fn engine(&self) -> Option<Arc<dyn Engine>> {
        self.session.sides.engine.clone()?.ok()
    }

    /// Shows stored sign-ins that registries refuse.
    pub fn tell_stale(&self, surroundings: &Surroundings) {
        super::super::show(surroundings, &[&self.session.stale_sign_ins()]);
    }
}

/// Settles what is scanned.
pub async fn settle(config: Config, options: &ScanOptions, surroundings: &Surroundings) -> Result<Settled, Trouble> {
    let directory = options.directory.clone().unwrap_or_else(|| PathBuf::from("."));
    let chosen = match (&options.directory, &options.from_record) {
        (Some(directory), _) => Some(choose(directory, &config, &super::super::selection(&options.choice, directory)?)?),
        (None, _) => None,
    };
    if let Some((survey, _)) = &chosen {
        super::super::show(surroundings, &[&survey.warnings, &survey.defects]);
    }
    let on_disk = |text: &String| text.starts_with(LAYOUT_PREFIX);
    let engine = options.image.is_empty() || !options.image.iter().chain(&options.diff).all(on_disk);
    let session =
        Session::open(config, surroundings.env.clone(), directory, Revision::default(), Wanted { engine, registry: true }).await?;
    let session = session.with_registry()?;
    let spots = session.sides.registry.clone().map(|registry| Arc::new(Spots::new(registry)));
    let places = places(&session, spots).map_err(crate::run::RunError::from)?;
    let (mut wishes, off) = match (&options.from_record, &chosen) {
        (Some(path), chosen) => {
            let only = chosen.as_ref().filter(|_| !options.choice.is_empty()).map(|(survey, marked)| names(survey, marked));
            let survey = chosen.as_ref().map(|(survey, _)| survey);
            recorded(path, only.as_ref(), &session.config, survey, &places).await?
        }
        (None, Some((survey, marked))) => {
            let wishes = scan_wishes(&session, survey, marked, &places, !options.no_diff && options.diff.is_none()).await?;
            let off = marked.iter().filter(|marked| **marked).count() - wishes.len();
            (wishes, off)
        }
        (None, None) => (named(&options.image, &session.config, &places).await?, 0),
    };
    compare(&mut wishes, options, &places).await?;
    Ok(Settled { session, wishes, off })
}

/// The definitions that are marked.
fn names(survey: &Survey, marked: &[bool]) -> BTreeSet<String> {
    let nodes = survey.graph.order.iter().filter(|node| marked[**node]);
    nodes.map(|node| survey.graph.nodes[*node].name.clone()).collect()
}

/// The images that the call names. Where nobody has any of them, the call is wrong.
async fn named(images: &[String], config: &Config, places: &Places) -> Result<Vec<ScanWish>, Trouble> {
    let mut wishes = Vec::new();
    for image in images {
        wishes.push(ScanWish::named(places, image, config.policy(Step::Scan)).await);
    }
    let nowhere: Vec<&str> = wishes.iter().filter_map(ScanWish::nowhere).collect();
    if nowhere.len() == wishes.len() { Err(Trouble::call(nowhere.join("\n"))) } else { Ok(wishes) }
}

/// What a run made or published; of `only` these definitions, where some are chosen.
async fn recorded(
    path: &Path,
    only: Option<&BTreeSet<String>>,
    config: &Config,
    survey: Option<&Survey>,
    places: &Places,
) -> Result<(Vec<ScanWish>, usize), Trouble> {
    let record = read(path).map_err(|error| Trouble::call(error.to_string()))?;
    let is_good = |image: &&ImageRecord| {
        let good = matches!(image.outcome, Some(ImageOutcome::Built | ImageOutcome::Published | ImageOutcome::Reused));
        good || (image.outcome == Some(ImageOutcome::Skipped) && !image.destinations.is_empty())
    };
    let (mut wishes, mut off) = (Vec::new(), 0);
    let is_wanted = |image: &&ImageRecord| only.is_none_or(|names| names.contains(&image.name));
    for image in record.images.iter().filter(is_good).filter(is_wanted) {
        let policy = policy_of(&image.name, config, survey);
        if policy.mode == Mode::Off {
            off += 1;
            continue;
        }
        let destinations: Vec<(String, String)> =
            image.destinations.iter().filter_map(|one| Some((one.reference.clone(), one.digest.clone()?))).collect();
        wishes.push(ScanWish::recorded(places, &image.name, &image.reference, image.image_id.as_deref(), &destinations, policy).await);
    }
    Ok((wishes, off))
}

fn policy_of(name: &str, config: &Config, survey: Option<&Survey>) -> Policy {
    let policy = config.policy(Step::Scan);
    let item = survey.and_then(|survey| survey.items.iter().find(|item| item.definition.name == name));
    item.map_or(policy.clone(), |item| policy.with(item.definition.control.policy.of(Step::Scan)))
}

/// Compares with the image that the call names.
async fn compare(wishes: &mut [ScanWish], options: &ScanOptions, places: &Places) -> Result<(), Trouble> {
    let Some(other) = &options.diff else { return Ok(()) };
    let [wish] = wishes else {
        let message = format!("--diff compares one image with another, and {} are to be scanned; choose one", wishes.len());
        return Err(Trouble::call(message));
    };
    Ok(wish.compare(places, other).await?)
}
